// What several sections ask of the run.
import {digits, exponential, fixed, percent} from "./format.js";
import {t} from "./texts.js";

/** The model that goes onto the device: the int8 one, else the last. */
export const deployed = (run) => run.models?.find((model) => model.name === "int8") ?? run.models?.at(-1);
export const float = (run) => run.models?.find((model) => model.name === "float32");

const steps = 6; // colours of style.css that also differ for colour-blind readers
const made = (models) => models.filter(({name}) => name !== "float32" && name !== "int8");

/** The colour of a model's balls and lines: float32 and int8 have their own, the steps' models one each in order. */
export function colour(models, model) {
  const step = made(models).indexOf(model);
  return model.name === "float32" ? "var(--float32)" : step < 0 || models.length === 1 ? "var(--int8)" : `var(--step-${step % steps})`;
}

/** The model that this one was made of, if the run has it: recipes say "float" for float32; int8 is made of float32. */
export function source(models, model) {
  const from = model.from === "float" || (!model.from && model.name === "int8") ? "float32" : model.from;
  return from && models.slice(0, models.indexOf(model)).find(({name}) => name === from);
}

/** From one model's figure to another's: "−0.27", points of accuracy, else in the figure's own unit. */
export function changed(metric, before, after) {
  const by = after - before;
  const sign = (text) => `${/[1-9]/.test(text) ? (by < 0 ? "−" : "+") : "±"}${text}`;
  return sign(metric.key === "accuracy" ? fixed(Math.abs(100 * by), 2) : metric.say(Math.abs(by)));
}

/** The same with its unit: "−0.27 points". */
export const change = (metric, before, after) =>
  (metric.key === "accuracy" ? t("points", {n: changed(metric, before, after)}) : changed(metric, before, after));

/** {flash, ram}: what the firmware takes of the board, as far as it was measured. RAM is static data and stack. */
export function taken({firmware}) {
  const sum = (...parts) => (parts.every((part) => part !== undefined) ? parts.reduce((a, b) => a + b) : undefined);
  return {
    flash: sum(firmware?.code_bytes, firmware?.constant_bytes),
    ram: sum(firmware?.static_ram_bytes, firmware?.stack_bytes ?? 0),
  };
}

const number = (v) => (v === 0 || (Math.abs(v) >= 1e-3 && Math.abs(v) < 1e6) ? digits(v, 4) : exponential(v, 2));

const tick = (v) => digits(v, 6);

/** Every figure that says how good a model is, the telling ones first. `most` is where it ends, if anywhere. */
export const metrics = [
  {key: "accuracy", title: t("metric.accuracy"), say: (v) => percent(v), tick: (v) => `${digits(+(100 * v).toFixed(2), 6)} %`, more: true, most: 1},
  {key: "root_mean_squared_error", title: t("metric.rmse"), short: "RMSE", inHistory: "rmse", say: number, tick, more: false},
  {key: "mean_absolute_error", title: t("metric.mae"), short: "MAE", say: number, tick, more: false},
  {key: "r_squared", title: "R²", short: "R²", say: (v) => fixed(v, 4), tick, more: true, most: 1, least: -Infinity},
  {key: "roc_auc", title: t("metric.auc"), short: "AUC", say: (v) => fixed(v, 4), tick, more: true, most: 1},
  {key: "macro_f1", title: t("metric.f1"), say: (v) => fixed(v, 4), tick, more: true, most: 1},
  {key: "loss", title: t("metric.loss"), say: number, tick, more: false},
];

/** Figures that only a recipe's goal names. */
const goals = [
  {key: "normalized_rmse", title: t("metric.nrmse"), say: number},
  {key: "mean_distance", title: t("metric.distance"), say: number},
  {key: "bits", title: t("metric.bits"), say: number},
  {key: "right_among_three", title: t("metric.among_three"), say: (v) => percent(v)},
];

/** The figure of a key of run.json; one that is not known is told by its key. */
export const metricNamed = (name) => [...metrics, ...goals].find(({key}) => key === name) ?? {key: name, title: name.replaceAll("_", " "), say: number};

/** The figures that a model has. */
export const metricsOf = (model) => metrics.filter(({key}) => typeof model?.[key] === "number");

/** The figure that all these models have and that tells most: of an autoencoder with labels the area under the curve. */
export function mainMetric(models) {
  const all = metrics.filter(({key}) => models.length > 0 && models.every((model) => typeof model[key] === "number"));
  const auc = all.find(({key}) => key === "roc_auc");
  const itself = all.every(({key}) => key !== "accuracy" && key !== "r_squared");
  return auc && itself ? auc : all[0];
}

/** From the least to the most of a figure's values; of accuracies at least one point, so that chance is not drawn large. */
export function span(values, {key, most = Infinity}) {
  const low = Math.min(...values), high = Math.max(...values);
  const least = key === "accuracy" ? 0.01 : 0.05 * Math.abs(high) || 0.05;
  const top = Math.min(most, high + Math.max(0, least - (high - low)) / 2);
  return [Math.min(low, top - least), top];
}

/** What was lost from float to int8: {text, bad}; bad beyond 2 points of accuracy, 0.02 of R² or AUC, a tenth of an error. */
export function loss(run) {
  const before = float(run), after = deployed(run);
  if (!before || !after || before === after) return null;
  const metric = mainMetric([before, after]);
  if (!metric) return null;
  const by = after[metric.key] - before[metric.key];
  const text = change(metric, before[metric.key], after[metric.key]);
  if (metric.key === "accuracy") return {text, lost: -100 * by, unit: t("metric.points_of_accuracy"), bad: 100 * by < -2, before, metric};
  const r2 = (after.r_squared ?? 0) - (before.r_squared ?? 0);
  const bad = metric.more ? by < -0.02 : "r_squared" in after && "r_squared" in before ? r2 < -0.02 : by > 0.1 * Math.abs(before[metric.key]);
  return {text, bad, before, metric};
}

/** Precision, recall and F1 of each class of a confusion matrix (rows true, columns predicted), unless the run has them. */
export function perClass(model) {
  if (model.per_class) return model.per_class;
  return model.confusion.map((row, c) => {
    const hit = row[c];
    const predicted = model.confusion.reduce((sum, other) => sum + other[c], 0);
    const present = row.reduce((sum, n) => sum + n, 0);
    return {precision: predicted ? hit / predicted : 0, recall: present ? hit / present : 0, f1: predicted + present ? (2 * hit) / (predicted + present) : 0};
  });
}
