import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, choice, h, section, table} from "./dom.js";
import {count, digits, fixed, lowered} from "./format.js";
import {cutTo} from "./labels.js";
import {changed, colour, mainMetric} from "./model.js";

/** The run with the means over its seeds in place of the first seed's figures; half an interval of each in `interval`. */
export function averaged(run) {
  if (!run.seeds) return run;
  const found = new Map(run.seeds.models.map(({name, ...figures}) => [name, Object.entries(figures)]));
  const of = (figures, part) => Object.fromEntries(figures.map(([key, value]) => [key, value[part]]));
  return {...run, models: (run.models ?? []).map((m) => (found.has(m.name) ? {...m, ...of(found.get(m.name), "mean"), interval: of(found.get(m.name), "half")} : m))};
}

/** Half the 95 % interval of a model's figure; 0 of one seed. */
export const half = (model, key) => model.interval?.[key] ?? 0;

/** Both ends of the interval. */
export const ends = (model, key) => [model[key] - half(model, key), model[key] + half(model, key)];

/** "92.39 ± 0.12 %", "4.5 ± 0.2"; without an interval the figure alone. */
export function withInterval(metric, value, by) {
  if (!(by > 0)) return metric.say(value);
  return metric.key === "accuracy" ? `${fixed(100 * value, 2)}\u00a0±\u00a0${fixed(100 * by, 2)}\u00a0%` : `${metric.say(value)}\u00a0±\u00a0${digits(by, 2)}`;
}
export const said = (metric, model) => withInterval(metric, model[metric.key], half(model, metric.key));

export const aboutSeeds = (run) => run.seeds && t("seeds.about", {n: run.seeds.values.length});

/** Every other model's difference to the base at the same seed. */
function differences({seeds}, base, key) {
  return seeds.pairs.flatMap(({name, against, [key]: found}) => {
    if (!found || (name !== base && against !== base)) return [];
    const sign = against === base ? 1 : -1;
    return [{name: against === base ? name : against, mean: sign * found.mean, half: found.half, values: found.values.map((v) => sign * v)}];
  });
}

const inWords = (metric, {mean, half: by}) =>
  metric.key === "accuracy" ? t("points", {n: `${changed(metric, 0, mean)}\u00a0±\u00a0${fixed(100 * by, 2)}`}) : `${changed(metric, 0, mean)}\u00a0±\u00a0${digits(by, 2)}`;
const sure = ({mean, half: by}) => Math.abs(mean) > by;

/** A row for each model: the difference of each seed, their mean and its interval. */
function draw(width, run, rows, metric) {
  const row = 46, line = 0.34, bar = 0.72;
  const ofName = (name) => colour(run.models, run.models.find((m) => m.name === name));
  const all = rows.flatMap((r, index) => r.values.map((value) => ({value, index, colour: ofName(r.name)})));
  const reach = Math.max(...rows.flatMap((r) => [...r.values.map(Math.abs), Math.abs(r.mean) + r.half])) || 0.01;
  const tick = metric.key === "accuracy" ? (v) => `${v < 0 ? "−" : ""}${digits(+Math.abs(100 * v).toFixed(2), 6)}` : metric.tick;
  return Plot.plot({
    width, height: row * rows.length + 48, marginLeft: 8, marginRight: 8, marginTop: 4, marginBottom: 44, style: {fontSize: "12px", background: "none"},
    x: {domain: [-reach, reach], label: metric.key === "accuracy" ? t("points.unit") : (metric.short ?? metric.title), labelArrow: "none", labelAnchor: "center", grid: true, ticks: Math.max(3, Math.floor(width / 110)), tickFormat: tick, insetLeft: 14, insetRight: 14},
    y: {domain: [rows.length, 0], axis: null},
    color: {type: "identity"},
    marks: [
      Plot.ruleX([0], {stroke: "var(--quiet)"}),
      Plot.dot(all, {x: "value", y: (d) => d.index + bar, r: 3, fill: "colour", fillOpacity: 0.45}),
      Plot.link(rows, {x1: (r) => r.mean - r.half, x2: (r) => r.mean + r.half, y1: (_, i) => i + bar, y2: (_, i) => i + bar, stroke: "var(--ink)", strokeWidth: 1.5, marker: "tick"}),
      Plot.dot(rows, {x: "mean", y: (_, i) => i + bar, r: 5, fill: (r) => ofName(r.name), stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.text(rows, {y: (_, i) => i + line, text: (r) => cutTo(r.name, width - 190, {weight: 600}), frameAnchor: "left", textAnchor: "start", fontWeight: 600, fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 8}),
      Plot.text(rows, {y: (_, i) => i + line, text: (r) => inWords(metric, r), frameAnchor: "right", textAnchor: "end", fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 8}),
    ],
  });
}

/** How sure the figures are: each model over the seeds, and each against another at the same seed. */
export function seeds(run) {
  if (!run.seeds) return null;
  const models = averaged(run).models;
  const metric = mainMetric(models);
  const {values} = run.seeds;
  const found = new Map(run.seeds.models.map((m) => [m.name, m]));
  if (!metric || !models.every((m) => found.get(m.name)?.[metric.key])) return null;
  const place = h("div", null);
  const show = (base) => {
    const rows = differences(run, models[base].name, metric.key);
    const label = `${t("seeds.label", {model: models[base].name})}: ${rows.map((r) => `${r.name} ${inWords(metric, r)}`).join("; ")}`;
    place.replaceChildren(chart(label, (width) => draw(width, {models}, rows, metric)));
  };
  show(0);
  const stored = (m) => (m.stored_bytes > 0 ? `${count(m.stored_bytes)}${half(m, "stored_bytes") >= 0.5 ? `\u00a0±\u00a0${count(half(m, "stored_bytes"))}` : ""}` : "");
  const pairs = run.seeds.pairs.filter((p) => p[metric.key]);
  return section("seeds", t("seeds.title", {n: values.length}),
    t("seeds.note", {seeds: values.join(", "), first: `${values[0]}`}),
    table([
      {title: t("column.model"), text: true, cell: (m) => m.name},
      {title: t("seeds.mean", {metric: lowered(metric.title)}), cell: (m) => said(metric, m)},
      {title: t("seeds.least"), cell: (m) => metric.say(Math.min(...found.get(m.name)[metric.key].values))},
      {title: t("seeds.most"), cell: (m) => metric.say(Math.max(...found.get(m.name)[metric.key].values))},
      {title: t("size.stored_column"), cell: stored},
    ], models, {caption: t("seeds.each"), stack: true}),
    h("figure", {class: "apart"}, h("h3", null, t("seeds.differences")), choice(t("seeds.choice"), models.map((m) => m.name), 0, show),
      h("p", {class: "note"}, t("seeds.dots")), place),
    asTable(table([
      {title: t("column.model"), text: true, cell: (p) => p.name}, {title: t("seeds.against"), text: true, cell: (p) => p.against},
      {title: t("seeds.difference"), cell: (p) => inWords(metric, p[metric.key])}, {title: "", text: true, cell: (p) => (sure(p[metric.key]) ? "" : t("seeds.chance"))},
    ], pairs, {caption: t("seeds.pairs"), stack: true})));
}
