import {candidatesView} from "./candidates.js";
import {h, section, table} from "./dom.js";
import {count, percent} from "./format.js";
import {frontView} from "./front.js";
import {histogramsView} from "./histograms.js";
import {change, float, mainMetric, source} from "./model.js";
import {scansView} from "./scans.js";
import {aboutSeeds, averaged, said} from "./seeds.js";
import {stepsView} from "./steps.js";
import {withinView} from "./within.js";

function comparison(models, metric, base) {
  const number = (v) => (v === undefined ? "" : count(v));
  const against = base && metric && Number.isFinite(base[metric.key]) ? base : null;
  return table([
    {title: "model", text: true, cell: (m) => m.name},
    {title: "made by", text: true, cell: (m) => m.made_by ?? (m.name === "int8" ? "quantize" : "")},
    {title: "from", text: true, cell: (m) => source(models, m)?.name ?? m.from ?? ""},
    ...(metric ? [{title: metric.title.toLowerCase(), cell: (m) => said(metric, m)}] : []),
    ...(against ? [{title: metric.key === "accuracy" ? "change, points" : "change", cell: (m) => (m === base ? "" : change(metric, base[metric.key], m[metric.key]).replace(" points", ""))}] : []),
    {title: "file, bytes", cell: (m) => number(m.bytes)},
    {title: "stored, bytes", cell: (m) => number(m.stored_bytes)},
    ...(base?.stored_bytes > 0 ? [{title: "times smaller", cell: (m) => (m.stored_bytes > 0 ? (base.stored_bytes / m.stored_bytes).toFixed(1) : "")}] : []),
    {title: "multiply-adds", cell: (m) => number(m.macs)},
  ], models, {caption: "All models", stack: true});
}

/** How far chance alone moves an accuracy on so many test samples: sqrt(p (1 - p) / n). */
function chance({accuracy, samples}) {
  if (!(samples > 0) || !(accuracy > 0 && accuracy < 1)) return "";
  return ` On ${count(samples)} test samples the standard error of an accuracy of ${percent(accuracy, 1)} is ${(100 * Math.sqrt((accuracy * (1 - accuracy)) / samples)).toFixed(2)} points.`;
}

/** What the steps of a recipe made of the model: how small, how good, and what they did in its layers. */
export function compression(first) {
  const run = averaged(first);
  const models = run.models ?? [];
  if (models.length <= 2) return null;
  const metric = mainMetric(models);
  const base = float(run);
  return section("compression", "Compression",
    "Stored bytes are those of all constants in the smallest form that keeps them: a .tflite file holds every zero and every shared value in full, firmware and archives need not. "
    + "Each bar runs from the model that a step started with to the one that it made."
    + (metric?.key === "accuracy" ? chance(base ?? models[0]) : "") + (run.seeds ? ` ${aboutSeeds(run)}` : ""),
    stepsView(models, metric), frontView(models, metric), candidatesView(models), scansView(models), withinView(models), histogramsView(models),
    h("div", {class: "apart"}, comparison(models, metric, base)));
}
