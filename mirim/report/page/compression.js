import {candidatesView} from "./candidates.js";
import {h, section, table} from "./dom.js";
import {count, fixed, lowered, percent} from "./format.js";
import {frontView} from "./front.js";
import {histogramsView} from "./histograms.js";
import {changed, float, mainMetric, source} from "./model.js";
import {scansView} from "./scans.js";
import {aboutSeeds, averaged, said} from "./seeds.js";
import {stepsView} from "./steps.js";
import {t} from "./texts.js";
import {withinView} from "./within.js";

function comparison(models, metric, base) {
  const number = (v) => (v === undefined ? "" : count(v));
  const against = base && metric && Number.isFinite(base[metric.key]) ? base : null;
  return table([
    {title: t("column.model"), text: true, cell: (m) => m.name},
    {title: t("compression.made_by"), text: true, cell: (m) => m.made_by ?? (m.name === "int8" ? "quantize" : "")},
    {title: t("compression.from"), text: true, cell: (m) => source(models, m)?.name ?? m.from ?? ""},
    ...(metric ? [{title: lowered(metric.title), cell: (m) => said(metric, m)}] : []),
    ...(against ? [{title: metric.key === "accuracy" ? t("compression.change_points") : t("compression.change"), cell: (m) => (m === base ? "" : changed(metric, base[metric.key], m[metric.key]))}] : []),
    {title: t("size.file_column"), cell: (m) => number(m.bytes)},
    {title: t("size.stored_column"), cell: (m) => number(m.stored_bytes)},
    ...(base?.stored_bytes > 0 ? [{title: t("compression.times"), cell: (m) => (m.stored_bytes > 0 ? fixed(base.stored_bytes / m.stored_bytes, 1) : "")}] : []),
    {title: t("macs"), cell: (m) => number(m.macs)},
  ], models, {caption: t("compression.all"), stack: true});
}

/** How far chance alone moves an accuracy on so many test samples: sqrt(p (1 - p) / n). */
function chance({accuracy, samples}) {
  if (!(samples > 0) || !(accuracy > 0 && accuracy < 1)) return "";
  return t("compression.chance", {n: samples, accuracy: percent(accuracy, 1), error: fixed(100 * Math.sqrt((accuracy * (1 - accuracy)) / samples), 2)});
}

/** A section with these views of the models that the steps of a recipe made, and their table. */
function made(first, views) {
  const run = averaged(first);
  const models = run.models ?? [];
  if (models.length <= 2) return null;
  const metric = mainMetric(models);
  const base = float(run);
  return section("compression", t("compression.title"),
    [t("compression.note"), metric?.key === "accuracy" && chance(base ?? models[0]), aboutSeeds(run)].filter(Boolean).join(" "),
    views.map((view) => view(models, metric)), h("div", {class: "apart"}, comparison(models, metric, base)));
}

/** What the steps of a recipe made of the model: how small, how good, and what they did in its layers. */
export const compression = (run) => made(run, [stepsView, frontView, candidatesView, scansView, withinView, histogramsView]);

/** The same without what they did in its layers. */
export const models = (run) => made(run, [stepsView, frontView]);
