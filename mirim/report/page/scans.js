import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, table} from "./dom.js";
import {digits, lowered, percent} from "./format.js";
import {cutTo} from "./labels.js";
import {colour, metrics} from "./model.js";

/** What a scan goes along: the key of a level, its axis from the weakest to the strongest, and how a level is called. */
const along = [
  {key: "sparsity", title: t("scans.zeros"), axis: {domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (v) => `${100 * v} %`}, say: (v) => `${digits(+(100 * v).toFixed(1), 4)} %`},
  {key: "clusters", title: t("scans.values"), axis: {type: "log", base: 2, domain: [256, 2], ticks: [256, 64, 16, 4, 2], tickFormat: (v) => `${v}`}, say: (v) => `${v}`},
  {key: "bits", title: t("scans.bits"), axis: {domain: [8, 2], ticks: [8, 6, 4, 2], tickFormat: (v) => `${v}`}, say: (v) => `${v}`},
];

const hues = 6;
const hue = (i) => `var(--hue-${i % hues})`;

/** {lines: [{layer, points: [{at, value}]}], of, metric} of a model's scan, or null. */
function read({found}) {
  const scan = found?.scan;
  const first = scan?.[0]?.scores?.[0];
  const of = first && along.find(({key}) => key in first);
  if (!of) return null;
  const key = "accuracy" in first ? "accuracy" : "rmse";
  const metric = metrics.find((m) => m.key === (key === "rmse" ? "root_mean_squared_error" : key));
  return {of, metric, samples: found.scan_samples,
    lines: scan.map(({layer, scores}) => ({layer, points: scores.map((s) => ({layer, at: s[of.key], value: s[key]}))}))};
}

function draw(width, {of, metric, lines}, fill) {
  const [all, ...single] = lines;
  const height = Math.round(Math.max(240, Math.min(320, width * 0.55)));
  const each = single.map((line, i) => ({...line, stroke: hue(i)}));
  const points = each.flatMap(({points, stroke}) => points.map((p) => ({...p, stroke})));
  return Plot.plot({
    width, height, marginLeft: 52, marginRight: 14, marginTop: 12, marginBottom: 42, style: {fontSize: "12px", background: "none"},
    x: {...of.axis, label: of.title, labelArrow: "none", labelAnchor: "center"},
    y: {label: null, grid: true, ticks: 5, tickFormat: metric.tick, nice: true},
    color: {type: "identity"},
    marks: [
      Plot.line(points, {x: "at", y: "value", z: "layer", stroke: "stroke", strokeWidth: 1.75}),
      Plot.line(all.points, {x: "at", y: "value", stroke: fill, strokeWidth: 3}),
      Plot.dot(all.points, {x: "at", y: "value", fill, r: 3.5}),
      Plot.tip([...all.points, ...points], Plot.pointer({x: "at", y: "value", fill: "var(--card)", stroke: "var(--line)", maxRadius: 60,
        title: (p) => `${p.layer === "all" ? t("scans.all") : p.layer}\n${of.say(p.at)} ${of.title}\n${metric.short ?? metric.title} ${metric.say(p.value)}`})),
    ],
  });
}

/** The accuracy against how far a layer alone, or all of them, are compressed: of each model whose step was to scan. */
export function scansView(models) {
  const charts = models.flatMap((model) => {
    const scan = read(model);
    if (!scan) return [];
    const {of, metric, lines} = scan;
    const fill = colour(models, model);
    const label = `${t("scans.label", {metric: metric.title, along: of.title, model: model.name})}: ${lines.map((l) => `${l.layer} ${l.points.map((p) => `${of.say(p.at)} ${metric.say(p.value)}`).join(", ")}`).join("; ")}`;
    const levels = lines[0].points;
    return h("figure", null, h("h3", null, `${t("scans.title", {model: model.name, metric: lowered(metric.title), along: of.title})} `,
      h("span", {class: "after"}, scan.samples && t("scans.untrained", {n: scan.samples}))),
      legend([fill, t("scans.all"), "line"], ...lines.slice(1).map((l, i) => [hue(i), cutTo(l.layer, 180), "line"])),
      chart(label, (width) => draw(width, scan, fill)),
      asTable(table([{title: t("layers.layer"), text: true, cell: (l) => (l.layer === "all" ? t("layers.all") : l.layer)},
        ...levels.map((level, i) => ({title: of.say(level.at), cell: (l) => (metric.key === "accuracy" ? percent(l.points[i].value, 1) : metric.say(l.points[i].value))}))], lines, {caption: t("scans.caption"), stack: true})));
  });
  return charts.length > 0 && h("div", {class: "pair apart"}, charts);
}
