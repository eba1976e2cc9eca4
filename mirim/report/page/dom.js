// Building blocks of the page. Text from the run always becomes a text node, never markup.
import {t} from "./texts.js";

/** h("p", {class: "note"}, "text", child): an element; attributes that are null, undefined or false are left out. */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The same of an SVG, with its text. */
export const svgNode = (tag, attributes, text = "") => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
};

export const section = (id, title, note, ...children) =>
  h("section", {id, "aria-labelledby": `${id}-title`}, h("h2", {id: `${id}-title`}, title), note && h("p", {class: "note"}, note), ...children);

/**
 * columns: [{title, text?: left-aligned, cell: row => string or node}]; the first column heads its row. With `stack` a
 * narrow screen has each row as a block of named numbers, so that none is cut off; else the table scrolls in its place.
 */
export function table(columns, rows, {caption, foot, stack} = {}) {
  const cell = (column, index, content) =>
    h(index === 0 ? "th" : "td", {scope: index === 0 ? "row" : null, "data-title": stack && index > 0 && content !== "" ? column.title : null,
      class: [column.text && "text", column.class].filter(Boolean).join(" ") || null}, content);
  return h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption ?? t("page.table")},
    h("table", {class: stack && "stack"},
      caption && h("caption", null, caption),
      h("thead", null, h("tr", null, columns.map((column) => h("th", {scope: "col", class: column.text && "text"}, column.title)))),
      h("tbody", null, rows.map((row) => h("tr", null, columns.map((column, i) => cell(column, i, column.cell(row)))))),
      foot && h("tfoot", null, h("tr", null, foot.map((content, i) => cell(columns[i], i, content))))));
}

export const asTable = (...content) => h("details", null, h("summary", null, t("page.same_as_table")), ...content);

export const legend = (...entries) =>
  h("ul", {class: "legend"}, entries.filter(Boolean).map(([colour, text, kind]) => h("li", null, h("i", {class: kind, style: kind === "ring" ? `color:${colour}` : `background:${colour}`}), text)));

/** A place that draws itself anew whenever its width changes; draw(width) returns the SVG, label says what a reader would see. */
export function chart(label, draw) {
  const place = h("div", {class: "chart", role: "img", "aria-label": label});
  let drawn = 0;
  const redraw = () => {
    const width = Math.floor(place.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    place.replaceChildren(draw(width));
  };
  new ResizeObserver(redraw).observe(place);
  return place;
}

/** Buttons of which one is pressed: choice("model", ["float32", "int8"], 1, index => ...). */
export function choice(label, names, chosen, onChoice) {
  const buttons = names.map((name, i) =>
    h("button", {type: "button", "aria-pressed": String(i === chosen), onclick: () => {
      buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === i)));
      onChoice(i);
    }}, name));
  return h("div", {class: "choice", role: "group", "aria-label": label}, buttons);
}
