import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {chart, h, legend} from "./dom.js";
import {byteAxis, bytes} from "./format.js";
import {writeLabels} from "./labels.js";
import {colour, span} from "./model.js";
import {ends, half, said} from "./seeds.js";

/** The models that no other beats: none is both as small and better, or smaller and as good. From small to large. */
export function pareto(models, metric) {
  const worth = (m) => (metric.more ? m[metric.key] : -m[metric.key]);
  const front = [];
  for (const m of [...models].sort((a, b) => a.stored_bytes - b.stored_bytes || worth(b) - worth(a))) {
    if (front.length === 0 || worth(m) > worth(front.at(-1))) front.push(m);
  }
  return front;
}

function draw(width, models, front, metric) {
  const height = Math.round(Math.max(300, Math.min(380, width * 0.5)));
  const [marginLeft, marginRight, marginTop, marginBottom] = [58, 16, 16, 44];
  const {domain, ...x} = byteAxis(models.map((m) => m.stored_bytes), Math.max(2, Math.floor((width - 74) / 80)));
  const right = x.type === "log" ? domain[1] * 1.4 : domain[1] * 1.1;
  const dots = models.map((m) => ({m, x: m.stored_bytes, y: m[metric.key], colour: colour(models, m)}));
  const unsure = dots.filter(({m}) => half(m, metric.key) > 0);
  const path = [...front.map((m) => ({x: m.stored_bytes, y: m[metric.key]})), {x: right, y: front.at(-1)[metric.key]}];
  const svg = Plot.plot({
    width, height, marginLeft, marginRight, marginTop, marginBottom, style: {fontSize: "12px", background: "none"},
    x: {...x, domain: [x.type === "log" ? domain[0] / 1.4 : 0, right], label: t("size.stored"), labelArrow: "none", labelAnchor: "center"},
    y: {domain: span(models.flatMap((m) => ends(m, metric.key)), metric), label: null, grid: true, ticks: 4, tickFormat: metric.tick, insetTop: 30, insetBottom: 30},
    color: {type: "identity"},
    marks: [
      Plot.line(path, {x: "x", y: "y", curve: "step-after", stroke: "var(--quiet)", strokeWidth: 1.75}),
      unsure.length > 0 && Plot.ruleX(unsure, {x: "x", y1: ({m}) => ends(m, metric.key)[0], y2: ({m}) => ends(m, metric.key)[1], stroke: "var(--ink)", strokeWidth: 1.5, marker: "tick"}),
      Plot.dot(dots, {x: "x", y: "y", r: 7, fill: "colour", stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.tip(dots, Plot.pointer({x: "x", y: "y", fill: "var(--card)", stroke: "var(--line)", maxRadius: 60,
        title: ({m}) => [m.name, `${metric.short ?? metric.title} ${said(metric, m)}`, t("size.stored_of", {size: bytes(m.stored_bytes), n: m.stored_bytes}),
          m.macs > 0 && t("macs.of", {n: m.macs})].filter(Boolean).join("\n")})),
    ].filter(Boolean),
  });
  const px = svg.scale("x"), py = svg.scale("y");
  // The line goes right, then up or down, to each next point; names keep 3 pixels away from it.
  const corners = path.map(({x, y}) => [px.apply(x), py.apply(y)]);
  const box = (x1, y1, x2, y2) => ({left: Math.min(x1, x2) - 3, right: Math.max(x1, x2) + 3, top: Math.min(y1, y2) - 3, bottom: Math.max(y1, y2) + 3});
  const line = corners.slice(1).flatMap(([x, y], i) => [box(corners[i][0], corners[i][1], x, corners[i][1]), box(x, corners[i][1], x, y)]);
  const bars = unsure.map(({m, x}) => box(px.apply(x), py.apply(ends(m, metric.key)[1]), px.apply(x), py.apply(ends(m, metric.key)[0])));
  return writeLabels(svg, dots.map((d) => ({x: px.apply(d.x), y: py.apply(d.y), r: 7, lines: [d.m.name], bold: front.includes(d.m)})),
    {left: marginLeft + 2, right: width - 4, top: 2, bottom: height - marginBottom - 2}, [...line, ...bars]);
}

/** Quality against stored bytes, with the front of the models that no other beats. */
export function frontView(all, metric) {
  const models = all.filter((m) => m.stored_bytes > 0 && Number.isFinite(m[metric?.key]));
  if (models.length < 2) return null;
  const front = pareto(models, metric);
  const label = t("front.label", {metric: metric.title, models: front.map((m) => t("front.model", {name: m.name, figure: metric.say(m[metric.key]), size: bytes(m.stored_bytes)})).join("; ")});
  return h("figure", {class: "apart"}, h("h3", null, t("front.title", {metric: metric.title})),
    legend(["var(--quiet)", t("front.legend"), "line"]),
    chart(label, (width) => draw(width, models, front, metric)));
}
