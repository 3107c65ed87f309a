// Why a document ranks where it does.

import {ask} from "./api.js";
import {el, marked, number} from "./build.js";

// whyButton opens and closes an explanation, which is fetched once.
export function whyButton(search, hit, title, id) {
  const panel = el("div", {className: "why", id, hidden: true});
  const button = el("button", {
    type: "button", className: "quiet", "aria-expanded": "false", "aria-controls": id, "aria-label": `Why ${title} ranks here`,
  }, "Why?");
  button.addEventListener("click", async () => {
    const open = panel.hidden;
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open || panel.childElementCount > 0) return;
    panel.replaceChildren(el("p", {role: "status"}, "Looking …"));
    try {
      const question = search.query_id ? {query_id: search.query_id} : {query: search.query};
      const why = await ask("/explain", {...question, encoder: search.encoder ?? "", doc_id: hit.doc_id});
      panel.replaceChildren(...explanation(search, hit, why));
    } catch (fault) {
      panel.replaceChildren();
      panel.append(el("p", {className: "fault", role: "alert"}, fault.message));
    }
  });
  return [button, panel];
}

function explanation(search, hit, why) {
  const parts = [el("p", {}, "Shared with the query: ",
    why.shared.length ? el("span", {className: "terms"}, ...why.shared.map((term) => el("code", {}, term))) : "no word")];
  if (hit.parts) parts.push(fusion(hit));
  if (why.dense && search.mode !== "bm25") parts.push(byWord(why.dense));
  if (why.bm25 && search.mode !== "dense") parts.push(byTerm(why.bm25));
  parts.push(el("h4", {}, "The document"), el("p", {className: "whole"},
    ...(why.title.join("") ? [el("strong", {}, ...marked(why.title)), " "] : []), ...marked(why.text)));
  return parts;
}

function fusion(hit) {
  const rows = [["dense", "vectors"], ["bm25", "words"]].map(([mode, label]) => {
    const place = hit.parts[mode];
    return place ? [label, place.rank, number(place.score), number(place.share)] : [label, "–", "–", number(0)];
  });
  return table("Score parts: each ranking gives 1 / (60 + rank)", ["ranking", "rank", "score", "share"], rows);
}

function byWord(dense) {
  const most = Math.max(...dense.words.map((word) => Math.abs(word.share)), 1e-9);
  const rows = dense.words.map(({word, share}) => [word, number(share), bar(share / most)]);
  return table(`Vectors: similarity ${number(dense.score)}. What it loses without each word:`, ["word", "share", ""], rows);
}

function byTerm(bm25) {
  const most = Math.max(...bm25.terms.map((term) => term.share), 1e-9);
  const rows = bm25.terms.map(({term, count, documents, share}) => [term, count, documents, number(share), bar(share / most)]);
  return table(`Words: BM25 ${number(bm25.score)}, the sum of:`, ["term", "times", "in docs", "share", ""], rows);
}

function bar(share) {
  const inner = el("span", {className: share < 0 ? "bar less" : "bar"});
  inner.style.width = `${Math.round(100 * Math.abs(share))}%`;
  return el("span", {className: "track", "aria-hidden": "true"}, inner);
}

function table(caption, head, rows) {
  return el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...head.map((name) => (name ? el("th", {scope: "col"}, name) : el("td"))))),
    el("tbody", {}, ...rows.map(([first, ...rest]) => el("tr", {}, el("th", {scope: "row"}, first), ...rest.map((cell) => el("td", {}, typeof cell === "number" ? String(cell) : cell))))));
}
