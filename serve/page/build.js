// Elements. Text from the server only ever becomes text.

// el makes an element; properties beginning with "aria-" or "data-" and role become attributes.
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key.startsWith("data-") || key === "role" || key === "scope") {
      element.setAttribute(key, value);
    } else {
      element[key] = value;
    }
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// marked makes nodes of a text in pieces, those at odd places being shared with the query.
export function marked(pieces) {
  return pieces.map((piece, i) => (i % 2 ? el("mark", {}, piece) : piece));
}

export function options(select, list, chosen) {
  select.replaceChildren(...list.map(([value, label]) => el("option", {value, selected: value === chosen}, label)));
}

export function gradeBadge(grade) {
  return el("span", {className: "grade", "data-grade": Math.min(3, Math.max(0, grade))}, `grade ${grade}`);
}

export function number(x, digits = 4) {
  return x.toFixed(digits).replace(/^-(?=0\.?0*$)/, "");
}
