// Each activation, its derivative, and what it costs in int8 on a Cortex-M4.
import * as Plot from "@observablehq/plot";
import {asTable, chart, h, section, table} from "../dom.js";
import {count, digits} from "../format.js";
import {t} from "../texts.js";

const softplus = (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x);
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function erf(x) {
  const s = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = ((((1.061405429 * s - 1.453152027) * s + 1.421413741) * s - 0.284496736) * s + 0.254829592) * s * Math.exp(-x * x);
  return Math.sign(x) * (1 - tail);
}
const curves = {
  step: (x) => (x > 0 ? 1 : 0), relu: (x) => Math.max(0, x), relu6: (x) => Math.min(6, Math.max(0, x)), leaky_relu: (x) => (x > 0 ? x : 0.01 * x), elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507 * (x > 0 ? x : 1.67326 * Math.expm1(x)), softplus, softsign: (x) => x / (1 + Math.abs(x)), swish: (x) => x * sigmoid(x), hard_swish: (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)), mish: (x) => x * Math.tanh(softplus(x)), tanh: Math.tanh, sigmoid,
};

function draw(width, f) {
  const xs = Array.from({length: 161}, (_, i) => -4 + i / 20);
  const slope = (x) => (f(x + 1e-3) - f(x - 1e-3)) / 2e-3;
  return Plot.plot({
    width, height: 120, margin: 2, marginLeft: 22, marginBottom: 18, style: {fontSize: "11px", background: "none"},
    x: {domain: [-4, 4], ticks: [-4, 0, 4], label: null}, y: {domain: [-2, 4], ticks: [-1, 0, 1, 3], label: null}, clip: true,
    marks: [Plot.ruleY([0], {stroke: "var(--line)"}), Plot.ruleX([0], {stroke: "var(--line)"}),
      Plot.line(xs.filter((x) => Math.abs(slope(x)) < 20), {x: (x) => x, y: slope, stroke: "var(--quiet)", strokeWidth: 1.2, strokeDasharray: "4 3", clip: true}),
      Plot.line(xs, {x: (x) => x, y: f, stroke: "var(--int8)", strokeWidth: 2.5, clip: true})],
  });
}

/** "no more" where the layer before does it already. */
const cyclesOf = (row) => (row.cycles <= 0 ? t("activations.nothing") : t("activations.cycles", {n: digits(row.cycles, 2)}));

export const activations = (rows) => section("activations", t("activations.title"), t("activations.note"),
  h("div", {class: "multiples"}, rows.map((row) => h("div", null, h("h3", null, row.name), chart(t("activations.label", {name: row.name}), (width) => draw(width, curves[row.name])),
    h("div", {class: "detail"}, cyclesOf(row), row.bytes > 0 && [h("br"), t("activations.bytes", {n: row.bytes})])))),
  asTable(table([{title: t("activations.name"), text: true, cell: (r) => r.name}, {title: t("activations.cycles_column"), cell: (r) => digits(Math.max(0, r.cycles), 3)}, {title: t("activations.bytes_column"), cell: (r) => count(Math.max(0, r.bytes))}], rows, {caption: t("activations.title")})));
