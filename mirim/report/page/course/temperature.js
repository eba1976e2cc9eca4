// What a temperature does to a teacher's answer.
import * as Plot from "@observablehq/plot";
import {chart, h, section} from "../dom.js";
import {fixed, percent} from "../format.js";
import {t} from "../texts.js";
import {slider} from "./controls.js";

export function temperature() {
  const classes = [[t("temperature.shirt"), 9], [t("temperature.coat"), 6.2], [t("temperature.pullover"), 5.4], [t("temperature.tshirt"), 4.1], [t("temperature.dress"), 2.5], [t("temperature.bag"), -1], [t("temperature.boot"), -4]];
  const place = h("div"), line = h("p", {class: "figure-line", "aria-live": "polite"});
  const draw = (T) => {
    const weights = classes.map(([, z]) => Math.exp((z - classes[0][1]) / T)), sum = weights.reduce((a, b) => a + b);
    const rows = classes.map(([name, z], i) => ({name, z, p: weights[i] / sum}));
    const entropy = -rows.reduce((total, {p}) => total + (p > 0 ? p * Math.log2(p) : 0), 0);
    place.replaceChildren(chart(t("temperature.label", {all: rows.map((r) => `${r.name} ${percent(r.p, 1)}`).join("; ")}), (width) => Plot.plot({
      width, height: 30 * rows.length + 30, marginLeft: 92, marginRight: 60, marginTop: 4, marginBottom: 26, style: {fontSize: "12px", background: "none"},
      x: {domain: [0, 1], label: null, ticks: 5, tickFormat: (v) => percent(v, 0)}, y: {label: null, domain: rows.map((r) => r.name)},
      marks: [Plot.barX(rows, {x: "p", y: "name", fill: "var(--int8)"}), Plot.text(rows, {x: "p", y: "name", text: (r) => percent(r.p, r.p < 0.001 ? 3 : 1), textAnchor: "start", dx: 5, fill: "var(--ink)"})],
    })));
    line.textContent = t("temperature.at", {T: fixed(T, 1), entropy: fixed(entropy, 2)});
  };
  const move = slider("T", {min: 0.5, max: 10, step: 0.5, value: 1, say: (v) => fixed(v, 1)}, draw);
  draw(1);
  return section("temperature", t("temperature.title"), t("temperature.note"), move.node, line, place);
}
