// The page: a query, one or two systems, their results side by side.

import {ask} from "./api.js";
import {el, options} from "./build.js";
import {Column, gradedItem} from "./results.js";

const at = (id) => document.getElementById(id);
const slowAfter = 3000; // ms until the person is told that it takes long

let systems = []; // {key, label, mode, encoder}
let picked = null; // the collection's query that the text is: {id, split}
let running = null; // of the search under way

start();

async function start() {
  try {
    const collection = await ask("/collection");
    offer(collection);
  } catch (fault) {
    say(fault.message, true);
    return;
  }
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    run(true);
  });
  at("query").addEventListener("input", () => { picked = null; });
  at("stop").addEventListener("click", () => running?.abort());
  for (const id of ["left", "right", "only", "k"]) at(id).addEventListener("change", () => at("query").value && run(true));
  at("split").addEventListener("change", listQueries);
  at("contains").addEventListener("input", listQueries);
  at("picker").addEventListener("toggle", () => at("picker").open && listQueries());
  document.addEventListener("keydown", shortcut);
  addEventListener("popstate", restore);
  restore();
}

// offer fills the page with what the server has.
function offer(collection) {
  const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
  at("about").textContent = collection.name ?
    `${collection.name}: ${count(collection.documents, "document", "documents")}, ${count(collection.queries, "query", "queries")}` :
    "No collection is served here, only embeddings.";
  if (collection.report) {
    at("report").href = collection.report;
    at("report").hidden = false;
  }
  for (const {name, searches} of collection.encoders) {
    if (searches) systems.push({key: `dense:${name}`, label: `${name}, vectors`, mode: "dense", encoder: name});
  }
  if (collection.modes.includes("bm25")) systems.push({key: "bm25", label: "BM25, words", mode: "bm25"});
  if (collection.modes.includes("hybrid")) {
    for (const {name, searches} of collection.encoders) {
      if (searches) systems.push({key: `hybrid:${name}`, label: `${name}, vectors and words`, mode: "hybrid", encoder: name});
    }
  }
  const list = systems.map(({key, label}) => [key, label]);
  options(at("left"), list, systems[0]?.key);
  options(at("right"), [["", "nothing"], ...list], systems[1]?.key ?? "");
  options(at("only"), [["", "all"], ...collection.splits.map((split) => [split, `graded in ${split}`])], "");
  options(at("split"), [...collection.splits.map((split) => [split, split]), ["", "any"]], collection.splits[0] ?? "");
  at("picker").hidden = collection.queries === 0;
  at("ask").hidden = systems.length === 0;
}

// run searches for what the form says. A search under way is given up.
async function run(remember) {
  const query = at("query").value.trim();
  if (!query) return;
  running?.abort();
  const mine = running = new AbortController();
  const link = `?${new URLSearchParams(state())}`;
  if (remember && link !== location.search) history.pushState(null, "", link);
  const sides = [["left", at("left").value], ["right", at("right").value]].filter(([, key]) => key);
  const columns = sides.map(([side, key]) => new Column(side, systems.find((system) => system.key === key).label));
  at("columns").replaceChildren(...columns.map((column) => column.section));
  at("columns").dataset.columns = columns.length;
  at("graded").hidden = true;
  at("stop").hidden = false;
  say("Searching …");
  const slow = setTimeout(() => say("Still searching. The server may be busy; Stop gives up."), slowAfter);
  const before = performance.now();
  const grading = picked?.split ? gradedFor(picked, mine.signal) : null;
  const outcomes = await Promise.all(columns.map((column, i) => fill(column, sides[i][1], query, mine.signal)));
  const graded = await grading;
  clearTimeout(slow);
  if (running !== mine) return; // a later search has taken the page over
  running = null;
  at("stop").hidden = true;
  if (columns.length === 2) {
    columns[0].beside(columns[1], "right");
    columns[1].beside(columns[0], "left");
  }
  if (graded) showGraded(graded, columns);
  const took = Math.round(performance.now() - before);
  const found = columns.map((column) => column.hits.length).join(" and ");
  say(mine.signal.aborted ? "Stopped." : outcomes.every((ok) => ok) ? `${found} documents in ${took} ms.` : "Not everything could be found.", !outcomes.every((ok) => ok));
}

async function fill(column, key, query, signal) {
  const {mode, encoder} = systems.find((system) => system.key === key);
  const question = picked ? {query_id: picked.id, qrels: picked.split} : {query};
  try {
    column.show(await ask("/search", {...question, mode, encoder: encoder ?? "", k: Number(at("k").value), split: at("only").value, marks: true}, signal));
    return true;
  } catch (fault) {
    column.fail(fault.name === "AbortError" ? "Stopped." : fault.message);
    return false;
  }
}

async function gradedFor({id, split}, signal) {
  try {
    return await ask(`/graded?${new URLSearchParams({query_id: id, split})}`, undefined, signal);
  } catch {
    return null; // the results say what is wrong
  }
}

function showGraded(graded, columns) {
  if (graded.documents.length === 0) return;
  at("graded-title").textContent = `Graded for this query in ${graded.split}: ${graded.documents.length}`;
  const places = columns.map((column) => ({side: column.side, rankOf: (id) => column.rankOf(id)}));
  at("graded-list").replaceChildren(...graded.documents.map((document) => gradedItem(document, places)));
  at("graded").hidden = false;
}

let listing = null;

async function listQueries() {
  listing?.abort();
  const mine = listing = new AbortController();
  const split = at("split").value;
  try {
    const {queries, more} = await ask(`/queries?${new URLSearchParams({split, contains: at("contains").value})}`, undefined, mine.signal);
    const items = queries.map(({id, text, graded}) => el("li", {}, queryButton(id, text, graded, split)));
    if (more) items.push(el("li", {className: "more"}, "… and more; name a word to narrow them down"));
    at("queries").replaceChildren(...(items.length ? items : [el("li", {className: "more"}, "None has that.")]));
  } catch (fault) {
    if (fault.name !== "AbortError") at("queries").replaceChildren(el("li", {className: "fault", role: "alert"}, fault.message));
  }
}

function queryButton(id, text, graded, split) {
  const button = el("button", {type: "button"}, text, split ? el("small", {}, `${graded} graded`) : null);
  button.addEventListener("click", () => {
    at("query").value = text;
    picked = {id, split};
    at("picker").open = false;
    at("query").focus();
    run(true);
  });
  return button;
}

// state is what a link to this page holds.
function state() {
  const all = {q: at("query").value.trim(), id: picked?.id, qrels: picked?.split, left: at("left").value, right: at("right").value, only: at("only").value, k: at("k").value};
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function restore() {
  const linked = new URLSearchParams(location.search);
  at("query").value = linked.get("q") ?? "";
  picked = linked.has("id") ? {id: linked.get("id"), split: linked.get("qrels") ?? ""} : null;
  for (const id of ["left", "right", "only", "k"]) {
    const value = linked.get(id);
    if ([...at(id).options].some((option) => option.value === value)) at(id).value = value;
  }
  if (at("query").value) {
    run(false);
  } else {
    running?.abort();
    at("columns").replaceChildren();
    at("graded").hidden = true;
    say("");
  }
}

function shortcut(event) {
  if (event.key === "/" && !event.target.closest("input, select, textarea, dialog")) {
    event.preventDefault();
    at("query").focus();
    at("query").select();
  }
}

function say(text, fault = false) {
  at("status").textContent = text;
  at("status").classList.toggle("fault", fault);
}
