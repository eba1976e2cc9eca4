// Sparser and sparser copies of one model: the reader chooses where to stop.
import * as Plot from "@observablehq/plot";
import {chart, h, section} from "../dom.js";
import {byteAxis, bytes, count, percent} from "../format.js";
import {t} from "../texts.js";
import {slider} from "./controls.js";

const zeros = (model) => {
  const layers = model.weights ?? [];
  const all = layers.reduce((sum, l) => sum + l.count, 0);
  return all ? layers.reduce((sum, l) => sum + l.zeros, 0) / all : 0;
};

export function balance(_, run) {
  const models = run.models.filter((m) => m.name === "float32" || m.made_by === "prune");
  const place = h("div"), line = h("p", {class: "figure-line", "aria-live": "polite"});
  const draw = (at) => {
    const shown = models[at];
    const values = models.map((m) => m.accuracy);
    place.replaceChildren(chart(t("balance.label", {all: models.map((m) => `${percent(zeros(m), 0)}: ${percent(m.accuracy, 1)}, ${bytes(m.stored_bytes)}`).join("; ")}), (width) => Plot.plot({
      width, height: Math.round(Math.max(230, Math.min(330, width * 0.5))), marginLeft: 54, marginRight: 24, marginTop: 16, marginBottom: 42, style: {fontSize: "12px", background: "none"},
      x: {...byteAxis(models.map((m) => m.stored_bytes), width < 420 ? 3 : 6), label: t("balance.stored"), labelArrow: "none", labelAnchor: "center", reverse: true},
      y: {label: null, grid: true, ticks: 5, domain: [Math.min(...values) - 0.02, Math.min(1, Math.max(...values) + 0.02)], tickFormat: (v) => percent(v, 0)},
      marks: [Plot.line(models, {x: "stored_bytes", y: "accuracy", stroke: "var(--quiet)"}),
        Plot.dot(models, {x: "stored_bytes", y: "accuracy", r: 4.5, fill: "var(--card)", stroke: "var(--int8)", strokeWidth: 2}),
        Plot.dot([shown], {x: "stored_bytes", y: "accuracy", r: 8, fill: "var(--int8)", stroke: "var(--card)", strokeWidth: 2})],
    })));
    line.textContent = at === 0 ? t("balance.all", {accuracy: percent(shown.accuracy, 2), bytes: count(shown.stored_bytes)}) : t("balance.at", {zeros: percent(zeros(shown), 0), accuracy: percent(shown.accuracy, 2), bytes: count(shown.stored_bytes), times: (models[0].stored_bytes / shown.stored_bytes).toPrecision(3) * 1});
  };
  const move = slider(t("balance.zeros"), {min: 0, max: models.length - 1, step: 1, value: 0, say: (i) => percent(zeros(models[i]), 0)}, draw);
  draw(0);
  return section("balance", t("balance.title"), t("balance.note"), move.node, line, place);
}
