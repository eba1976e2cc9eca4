// A chart that mirim/chart drew (`mirim chart`): its picture with tips, and the same numbers as tables.
import {asTable, h, table} from "./dom.js";
import {t} from "./texts.js";

const reach = 24; // pixels around a mark in which it is meant

/** The drawing for a place: the widest that fits, else the narrowest, which then shrinks. */
const drawingFor = (drawings, width) => drawings.filter((d) => d.width <= width).at(-1) ?? drawings[0];

/** What is said of a mark, beside it and inside the place. */
function showTip(place, tip, mark, scale, text) {
  tip.hidden = false;
  tip.replaceChildren(...text.split("\n").map((line, i) => h(i === 0 ? "b" : "div", null, line)));
  const x = mark.dataset.x * scale, y = mark.dataset.y * scale;
  const left = Math.max(0, Math.min(x + 12, place.clientWidth - tip.offsetWidth));
  tip.style.left = `${left}px`;
  tip.style.top = `${y + 14 + tip.offsetHeight > place.clientHeight ? Math.max(0, y - 12 - tip.offsetHeight) : y + 14}px`;
}

function withTips(data) {
  const place = h("div", {class: "chart drawing", role: "img", "aria-label": data.label});
  const tip = h("div", {class: "tip", hidden: true});
  let shown;
  const draw = () => {
    const width = place.clientWidth;
    if (width === 0) return;
    const drawing = drawingFor(data.drawings, width);
    if (drawing === shown) return;
    shown = drawing;
    // The text is mirim's own SVG; whatever came from a file is escaped in it.
    const svg = document.importNode(new DOMParser().parseFromString(drawing.svg, "image/svg+xml").documentElement, true);
    svg.removeAttribute("height");
    svg.setAttribute("width", "100%");
    svg.setAttribute("aria-hidden", "true");
    place.replaceChildren(svg, tip);
  };
  const look = (event) => {
    const svg = place.querySelector("svg");
    const {left, top, width} = svg.getBoundingClientRect();
    const scale = width / shown.width;
    const [x, y] = [(event.clientX - left) / scale, (event.clientY - top) / scale];
    // The smallest of the marks in reach: a ball may lie on a larger one.
    const near = [...svg.querySelectorAll("[data-tip]")].map((mark) => ({mark, far: Math.hypot(mark.dataset.x - x, mark.dataset.y - y), r: Number(mark.getAttribute("r") ?? 5)}));
    const over = near.filter(({far, r}) => far <= r).sort((a, b) => a.r - b.r)[0] ?? near.filter(({far}) => far * scale <= reach).sort((a, b) => a.far - b.far)[0];
    tip.hidden = !over;
    if (over) showTip(place, tip, over.mark, scale, data.tips[over.mark.dataset.tip]);
  };
  place.addEventListener("pointermove", look);
  place.addEventListener("pointerdown", look);
  place.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") tip.hidden = true; });
  new ResizeObserver(draw).observe(place);
  return place;
}

/** An address in a source becomes a link; nothing else of it is markup. */
const linked = (text) => text.split(/(https?:\/\/[^\s"'<>]+)/).map((part, i) => (i % 2 ? h("a", {href: part, rel: "noreferrer"}, part) : part));

function shownTable({caption, columns, rows, folded}) {
  const all = table(columns.map((title, i) => ({title, text: i === 0 || i === columns.length - 1, class: i === columns.length - 1 ? "source" : null, cell: (row) => h("span", null, linked(row[i]))})), rows, {caption, stack: true});
  return folded ? h("details", null, h("summary", null, t("page.same_as_table")), all) : all;
}

/** A chart inside of another page: its picture, and its numbers when asked for. */
export const drawn = (data) => h("section", {id: data.name ?? "chart", "aria-label": data.title}, h("h2", null, data.title), withTips(data),
  asTable(data.tables.map((one) => shownTable({...one, folded: false}))), data.credits.map((text) => h("p", {class: "note"}, text)));

/** {title, parts}: the page's title, and the elements of its <main>. */
export const chart = (data) => ({title: data.title, parts: [
  h("header", null, h("h1", null, data.title), data.lead.map((text) => h("p", {class: "lead"}, text))),
  h("section", {id: data.name, "aria-label": data.title}, withTips(data), data.tables.map(shownTable)),
  h("footer", null, h("div", null, data.credits.map((text) => h("p", null, text))), h("span", null, t("page.made_by", {version: data.mirim}))),
]});
