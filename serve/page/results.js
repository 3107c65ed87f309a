// The columns of results, side by side, and the graded documents above them.

import {el, gradeBadge, marked, number} from "./build.js";
import {whyButton} from "./why.js";

// Column shows one system's results.
export class Column {
  constructor(side, label) {
    this.side = side;
    this.hits = [];
    this.body = el("div");
    this.section = el("section", {className: "column", "aria-labelledby": `${side}-title`, "aria-busy": "true"},
      el("h2", {id: `${side}-title`}, label), this.body);
    this.body.append(el("p", {className: "waiting"}, "Searching …"));
  }

  show(search) {
    this.hits = search.hits;
    this.items = search.hits.map((hit) => this.item(search, hit));
    this.done(search.hits.length ? el("ol", {className: "hits"}, ...this.items) : el("p", {}, "Nothing found."));
  }

  fail(message) {
    this.done(el("p", {className: "fault", role: "alert"}, message));
  }

  done(content) {
    this.body.replaceChildren(content);
    this.section.removeAttribute("aria-busy");
  }

  rankOf(docID) {
    return this.hits.find((hit) => hit.doc_id === docID)?.rank;
  }

  item(search, hit) {
    const title = hit.title || hit.doc_id;
    const [button, panel] = whyButton(search, hit, title, `${this.side}-why-${hit.rank}`);
    return el("li", {},
      el("div", {className: "head"},
        el("span", {className: "rank", "aria-hidden": "true"}, String(hit.rank)),
        el("h3", {}, title),
        hit.grade === undefined ? null : gradeBadge(hit.grade)),
      el("p", {className: "excerpt"}, ...marked(hit.marks)),
      el("p", {className: "meta"},
        el("span", {}, `score ${number(hit.score)}`), el("span", {}, hit.doc_id), el("span", {className: "other"}), button),
      panel);
  }

  // beside notes, for each document, where another column has it, and whether that is higher up.
  beside(other, where) {
    this.items?.forEach((item, i) => {
      const rank = other.rankOf(this.hits[i].doc_id);
      const moved = rank === undefined ? "new" : rank < this.hits[i].rank ? "up" : rank > this.hits[i].rank ? "down" : "same";
      const note = item.querySelector(".other");
      note.textContent = rank === undefined ? `not ${where}` : `${where} ${rank}`;
      note.dataset.moved = moved;
    });
  }
}

// gradedItem is a graded document, with its rank in each column.
export function gradedItem(document, columns) {
  const places = columns.map(({side, rankOf}) => `${side} ${rankOf(document.doc_id) ?? "–"}`);
  return el("li", {},
    gradeBadge(document.grade),
    el("span", {className: "name"}, document.missing ? `${document.doc_id} (not in the corpus)` : document.title || document.excerpt || document.doc_id),
    el("span", {className: "places"}, places.join(" · ")));
}
