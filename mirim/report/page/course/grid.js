// Real numbers on the grid of an integer: how many bits, how wide a range.
import * as Plot from "@observablehq/plot";
import {chart, h, section} from "../dom.js";
import {count, digits, fixed} from "../format.js";
import {t} from "../texts.js";
import {slider} from "./controls.js";

/** 400 numbers spread as a bell: the quantiles of the logistic distribution, which is one in a closed form. */
const numbers = Array.from({length: 400}, (_, i) => 0.28 * Math.log((i + 0.5) / (400 - i - 0.5)));

export function grid() {
  const place = h("div"), line = h("p", {class: "figure-line", "aria-live": "polite"});
  const draw = () => {
    const b = bits.value(), most = range.value();
    const top = 2 ** (b - 1) - 1, scale = most / top;
    const stored = numbers.map((r) => scale * Math.max(-top, Math.min(top, Math.round(r / scale))));
    const noise = numbers.reduce((sum, r, i) => sum + (r - stored[i]) ** 2, 0), signal = numbers.reduce((sum, r) => sum + r * r, 0);
    const outside = numbers.filter((r) => Math.abs(r) > most + scale / 2).length;
    const steps = 2 * top + 1;
    const lines = Array.from({length: steps}, (_, i) => (i - top) * scale);
    place.replaceChildren(chart(t("grid.label", {steps}), (width) => Plot.plot({
      width, height: 240, marginLeft: 40, marginRight: 14, marginTop: 8, marginBottom: 40, style: {fontSize: "12px", background: "none"},
      x: {label: t("grid.value"), labelArrow: "none", labelAnchor: "center", domain: [-2, 2], tickFormat: (v) => digits(v, 2)}, y: {label: null, ticks: 4},
      marks: [
        ...(steps <= 70 ? [Plot.ruleX(lines, {stroke: "var(--line)"})] : []),
        Plot.rectY(numbers, Plot.binX({y: "count"}, {x: (v) => v, thresholds: 60, fill: "var(--train)", fillOpacity: 0.45})),
        Plot.ruleX([...new Set(stored)].filter((v) => Math.abs(v) <= 2).map((v) => ({v, n: stored.filter((s) => s === v).length})), {x: "v", y1: 0, y2: "n", stroke: "var(--int8)", strokeWidth: steps <= 40 ? 3 : 1.2}),
        Plot.ruleY([0]),
      ],
    })));
    line.textContent = t("grid.at", {steps, scale: digits(scale, 3), noise: fixed(10 * Math.log10(signal / Math.max(noise, 1e-12)), 1), outside: count(outside)});
  };
  const bits = slider(t("grid.bits"), {min: 2, max: 8, step: 1, value: 4}, draw);
  const range = slider(t("grid.range"), {min: 0.3, max: 2, step: 0.05, value: 1.5, say: (v) => fixed(v, 2)}, draw);
  draw();
  return section("grid", t("grid.title"), t("grid.note"), bits.node, range.node, line, place);
}
