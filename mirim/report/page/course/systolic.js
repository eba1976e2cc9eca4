// A 4x4 systolic array at work, cycle by cycle: C = A * B, each cell keeps its sum.
import {h, section, svgNode} from "../dom.js";
import {t} from "../texts.js";
import {slider} from "./controls.js";

const n = 4, side = 58, edge = 150, last = 3 * n - 2;

/** Cell (i, j) gets its k-th pair, A[i][k] and B[k][j], in cycle i + j + k + 1. */
const pairOf = (i, j, cycle) => cycle - 1 - i - j;
const text = (x, y, content, attributes = {}) => svgNode("text", {x, y, "text-anchor": "middle", "font-size": 12, fill: "var(--ink)", ...attributes}, content);
/** a11 to a44. */
const name = (letter, i, k) => `${letter}${i + 1}${k + 1}`;

function draw(cycle) {
  const size = edge + n * side + 6;
  const svg = svgNode("svg", {viewBox: `0 0 ${size} ${size}`, class: "systolic", "aria-hidden": "true"});
  for (let i = 0; i < n; ++i) {
    // Numbers that wait outside: the next one to enter stands nearest to the array.
    for (let k = 0; k < n; ++k) {
      const away = i + k + 1 - cycle; // cycles until it enters
      if (away <= 0 || away > 4) continue;
      svg.append(text(edge - away * 34 + 8, edge + i * side + side / 2 + 4, name("a", i, k), {fill: "var(--quiet)"}));
      svg.append(text(edge + i * side + side / 2, edge - away * 30 + 18, name("b", k, i), {fill: "var(--quiet)"}));
    }
    for (let j = 0; j < n; ++j) {
      const k = pairOf(i, j, cycle), busy = k >= 0 && k < n, done = Math.max(0, Math.min(n, k + 1));
      const x = edge + j * side, y = edge + i * side;
      svg.append(svgNode("rect", {x: x + 2, y: y + 2, width: side - 4, height: side - 4, rx: 6, fill: busy ? "var(--hue-0)" : done === n ? "var(--hue-2)" : "var(--track)", stroke: busy ? "var(--ink)" : "none"}));
      const ink = {fill: busy || done === n ? "var(--on-hue)" : "var(--ink)"};
      svg.append(text(x + side / 2, y + 24, busy ? `${name("a", i, k)}·${name("b", k, j)}` : done === n ? "✓" : "", {...ink, "font-size": busy ? 11 : 14}), text(x + side / 2, y + 44, `${done}/${n}`, ink));
    }
  }
  return svg;
}

export function systolic() {
  const place = h("div", {role: "img", "aria-label": t("systolic.label")}), line = h("p", {class: "figure-line", "aria-live": "polite"});
  const show = (cycle) => {
    const busy = Array.from({length: n * n}, (_, c) => pairOf(Math.floor(c / n), c % n, cycle)).filter((k) => k >= 0 && k < n).length;
    place.replaceChildren(draw(cycle));
    line.textContent = t("systolic.at", {cycle, busy, cells: n * n});
  };
  const move = slider(t("systolic.cycle"), {min: 0, max: last, step: 1, value: 4}, show);
  show(4);
  return section("systolic", t("systolic.title"), t("systolic.note"), move.node, line, place);
}
