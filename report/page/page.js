// The page is whole without this: it finds queries, hides arms, and shows where else a document stands.
(() => {
  const queries = [...document.querySelectorAll("details.query")];
  const tools = document.querySelector(".tools");

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (target && target.closest("details")) target.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", reveal);
  reveal();

  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("submit", (event) => event.preventDefault());

  const texts = queries.map((query) => query.querySelector("summary").textContent.toLowerCase());
  const status = tools.querySelector("[role=status]");
  tools.elements.find.addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    queries.forEach((query, i) => {
      query.hidden = !words.every((word) => texts[i].includes(word));
      found += query.hidden ? 0 : 1;
    });
    status.textContent = words.length ? `${found} of ${queries.length} queries` : "";
  });

  tools.addEventListener("change", (event) => {
    if (event.target.name !== "arm") return;
    for (const ranking of document.querySelectorAll(`[data-arm="${event.target.value}"]`)) {
      ranking.hidden = !event.target.checked;
    }
  });

  const mark = (event) => {
    const query = event.currentTarget;
    const place = event.type === "focusout" || event.type === "mouseleave" ? null : event.target.closest("[data-document]");
    for (const other of query.querySelectorAll("[data-document]")) {
      other.classList.toggle("marked", place !== null && other.dataset.document === place.dataset.document);
    }
  };
  for (const query of queries) {
    for (const type of ["mouseover", "mouseleave", "focusin", "focusout"]) query.addEventListener(type, mark);
  }
})();
