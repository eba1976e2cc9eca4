import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {chart, h} from "./dom.js";
import {byteAxis, bytes, ratio} from "./format.js";
import {cutTo, textWidth} from "./labels.js";
import {change, colour, source, span} from "./model.js";
import {ends, half, said as saidOf} from "./seeds.js";

/** Every model after the one that it was made of, so that a chain of steps stands together. */
export function inChains(models) {
  const after = (from) => models.filter((m) => source(models, m) === from).flatMap((m) => [m, ...after(m)]);
  return after(undefined);
}

const halo = 8; // pixels of card colour around a text, so that no line shows between its words
const bold = {weight: 600};
const row = 46, line = 0.34, bar = 0.72; // a row's height in pixels; where in it its text and its step stand

/** A row for each model: from the value of the model that it was made of to its own; a thin line leads down from there. */
function draw(width, rows, {value, figure, axis, key}) {
  const steps = rows.filter((r) => Number.isFinite(value(r.model))).map((r) => ({...r, at: value(r.model), was: r.from && value(r.from.model)}));
  const moved = steps.filter((s) => Number.isFinite(s.was));
  const unsure = steps.filter((s) => half(s.model, key) > 0);
  const height = row * rows.length + 40;
  const said = (s) => figure(s.model, s.from?.model);
  const title = (s) => `${cutTo(s.model.name, width - textWidth(said(s)) - textWidth(s.by, bold) - 28, bold)}${s.by}`;
  return Plot.plot({
    width, height, marginLeft: 8, marginRight: 8, marginTop: 4, marginBottom: 36,
    style: {fontSize: "12px", background: "none"},
    x: {...axis(Math.max(2, Math.floor(width / 90))), label: null, grid: true, insetLeft: 16, insetRight: 16},
    y: {domain: [rows.length, 0], axis: null},
    color: {type: "identity"},
    marks: [
      Plot.link(moved, {x1: "was", x2: "was", y1: (s) => s.from.index + bar, y2: (s) => s.index + bar, stroke: "var(--quiet)", strokeOpacity: 0.7, strokeDasharray: "2 3"}),
      Plot.link(moved, {x1: "was", x2: "at", y1: (s) => s.index + bar, y2: (s) => s.index + bar, stroke: "colour", strokeWidth: 6, strokeOpacity: 0.55}),
      unsure.length > 0 && Plot.link(unsure, {x1: (s) => ends(s.model, key)[0], x2: (s) => ends(s.model, key)[1], y1: (s) => s.index + bar, y2: (s) => s.index + bar, stroke: "var(--ink)", strokeWidth: 1.5, marker: "tick"}),
      Plot.dot(steps, {x: "at", y: (s) => s.index + bar, r: 6, fill: "colour", stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.text(steps, {y: (s) => s.index + line, text: title, frameAnchor: "left", textAnchor: "start", fontWeight: bold.weight, fill: "var(--ink)", stroke: "var(--card)", strokeWidth: halo}),
      Plot.text(steps, {y: (s) => s.index + line, text: said, frameAnchor: "right", textAnchor: "end", fill: "var(--ink)", stroke: "var(--card)", strokeWidth: halo}),
    ].filter(Boolean),
  });
}

/** Bytes and quality along each chain of steps. */
export function stepsView(models, metric) {
  const ordered = inChains(models);
  const rows = ordered.map((model, index) => ({model, index, colour: colour(models, model), by: model.made_by ? `, ${t("steps.by", {verb: model.made_by})}` : ""}));
  for (const r of rows) r.from = rows.find(({model}) => model === source(models, r.model));
  const sized = ordered.filter((m) => m.stored_bytes > 0);
  const small = (m, from) => `${bytes(m.stored_bytes)}${from?.stored_bytes > 0 ? `, ${ratio(from.stored_bytes, m.stored_bytes)}` : ""}`;
  const good = (m, from) => `${saidOf(metric, m)}${from && Number.isFinite(from[metric.key]) ? `, ${change(metric, from[metric.key], m[metric.key])}` : ""}`;
  const panel = (title, all, how) => h("figure", null, h("h3", null, title),
    chart(`${title}: ${all.map((m) => `${m.name} ${how.figure(m, source(models, m))}`).join("; ")}`, (width) => draw(width, rows, how)));
  return h("div", {class: "pair"},
    sized.length > 1 && panel(t("size.stored_title"), sized,
      {key: "stored_bytes", value: (m) => (m.stored_bytes > 0 ? m.stored_bytes : NaN), figure: small, axis: (ticks) => byteAxis(sized.map((m) => m.stored_bytes), ticks)}),
    metric && panel(metric.title, ordered,
      {key: metric.key, value: (m) => m[metric.key], figure: good, axis: (ticks) => ({type: "linear", domain: span(ordered.flatMap((m) => ends(m, metric.key)), metric), ticks, tickFormat: metric.tick})}));
}
