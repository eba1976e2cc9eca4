import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {chart, h} from "./dom.js";
import {count, percent} from "./format.js";
import {cutTo, textWidth} from "./labels.js";
import {colour} from "./model.js";

/** What the steps did inside their models, layer by layer: the key in `found.layers`, its axis and how a bar is called. */
const kinds = [
  {key: "sparsity", there: (layers) => layers.some((l) => l.sparsity > 0), title: t("scans.zeros"), short: (v) => percent(v, 1),
    axis: {domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: (v) => `${100 * v} %`}, from: 0,
    whole: (layers) => {
      const weights = layers.reduce((sum, l) => sum + l.weights, 0);
      return t("within.of", {share: percent(layers.reduce((sum, l) => sum + l.weights * l.sparsity, 0) / weights, 1), n: weights});
    }},
  {key: "centroids", there: (layers) => layers.length > 0, title: t("scans.values"), short: count, from: 1,
    axis: {type: "log", base: 2, domain: [1, 256], ticks: [1, 4, 16, 64, 256], tickFormat: (v) => `${v}`}, whole: () => null},
];

function draw(width, layers, {key, short, axis, from}, fill) {
  const many = layers.length > 16;
  const [height, size] = many ? [15, 10.5] : [24, 12];
  const named = 12 + Math.ceil(Math.max(...layers.map((l) => textWidth(l.name, {size}))));
  const [marginLeft, marginRight, marginBottom] = [Math.min(named, Math.round(0.42 * width)), 58, 26];
  return Plot.plot({
    width, height: height * layers.length + marginBottom + 4, marginLeft, marginRight, marginTop: 4, marginBottom, style: {fontSize: `${size}px`, background: "none"},
    x: {...axis, label: null, grid: true},
    y: {domain: layers.map((_, i) => i), label: null, tickSize: 0, tickFormat: (i) => cutTo(layers[i].name, marginLeft - 10, {size}), padding: 0.3},
    marks: [
      Plot.barX(layers, {x1: from, x2: (l) => Math.max(from, l[key]), y: (_, i) => i, fill, fillOpacity: 0.85, rx: 2,
        title: (l) => (l.weights ? t("within.tip", {layer: l.name, figure: short(l[key]), n: l.weights}) : `${l.name}: ${short(l[key])}`)}),
      Plot.text(layers, {x: (l) => Math.max(from, l[key]), y: (_, i) => i, text: (l) => short(l[key]), textAnchor: "start", dx: 6, fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 3}),
    ],
  });
}

/** A small chart for each model whose step left zeros or shared values in its layers. */
export function withinView(models) {
  const charts = models.flatMap((model) => kinds.map((kind) => {
    const layers = (model.found?.layers ?? []).filter((l) => Number.isFinite(l[kind.key]));
    if (layers.length === 0 || !kind.there(layers)) return null;
    const whole = kind.whole(layers);
    const label = `${t("within.label", {model: model.name, what: kind.title})}: ${layers.map((l) => `${l.name} ${kind.short(l[kind.key])}`).join(", ")}`;
    return h("figure", null, h("h3", null, `${model.name}: ${kind.title} `, whole && h("span", {class: "after"}, whole)),
      chart(label, (width) => draw(width, layers, kind, colour(models, model))));
  })).filter(Boolean);
  return charts.length > 0 && h("div", {class: "pair apart"}, charts);
}
