import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, table} from "./dom.js";
import {byteAxis, bytes, count, lowered} from "./format.js";
import {pareto} from "./front.js";
import {colour, metrics, span} from "./model.js";

/** "channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv1' bits=8" in words, a line for each layer of its own. */
export function inWords(candidate) {
  const word = (text) => {
    const [key, value] = text.split("=");
    const n = Number(value);
    if (key === "channels") return n > 0 && t("candidates.macs_gone", {n: Math.round(100 * n)});
    if (key === "sparsity") return n > 0 && t("candidates.zeros", {n: Math.round(100 * n)});
    if (key === "clusters") return n > 0 && t("candidates.values", {n});
    return key === "bits" ? t("candidates.bits", {n}) : text;
  };
  // A layer's name is quoted; what stands between the quotes is not taken apart.
  const parts = candidate.split(/; (?=')/);
  const mix = parts[0].split(" ").map(word).filter(Boolean).join(", ");
  const own = parts.slice(1).map((part) => {
    const end = part.lastIndexOf("' ");
    return `${part.slice(1, end)}: ${part.slice(end + 2).split(" ").map((setting) => word(setting) || t("candidates.as_is", {what: setting.replace(/=.*/, "")})).join(", ")}`;
  });
  return [mix, ...own];
}

const shown = 6; // lines of single layers in a tip

function draw(width, all, front, metric, chosen, fill) {
  const height = Math.round(Math.max(300, Math.min(400, width * 0.5)));
  const {domain, ...x} = byteAxis(all.map((c) => c.stored_bytes), Math.max(2, Math.floor((width - 74) / 80)));
  const right = x.type === "log" ? domain[1] * 1.3 : domain[1] * 1.1;
  const unit = 15 / Math.sqrt(Math.max(...all.map((c) => c.flash)));
  const place = {x: "stored_bytes", y: metric.key};
  const r = (c) => Math.max(3.5, unit * Math.sqrt(c.flash));
  const path = [...front.map((c) => ({x: c.stored_bytes, y: c[metric.key]})), {x: right, y: front.at(-1)[metric.key]}];
  return Plot.plot({
    width, height, marginLeft: 58, marginRight: 16, marginTop: 16, marginBottom: 44, style: {fontSize: "12px", background: "none"},
    x: {...x, domain: [x.type === "log" ? domain[0] / 1.3 : 0, right], label: t("size.stored"), labelArrow: "none", labelAnchor: "center"},
    y: {domain: span(all.map((c) => c[metric.key]), metric), label: null, grid: true, ticks: 4, tickFormat: metric.tick, insetTop: 24, insetBottom: 24},
    r: {type: "identity"},
    marks: [
      Plot.line(path, {x: "x", y: "y", curve: "step-after", stroke: "var(--quiet)", strokeWidth: 1.75}),
      Plot.dot(all.filter((c) => c !== chosen), {...place, r, fill, fillOpacity: (c) => (c.onFront ? 0.55 : 0.12), stroke: fill, strokeWidth: (c) => (c.finalist ? 2.5 : 1)}),
      Plot.dot([chosen], {...place, r, fill, fillOpacity: 0.95, stroke: "var(--ink)", strokeWidth: 2.5}),
      Plot.tip(all, Plot.pointer({...place, fill: "var(--card)", stroke: "var(--line)", maxRadius: 60, lineWidth: Math.min(34, width / 13),
        title: (c) => {
          const [mix, ...own] = inWords(c.candidate);
          return [c === chosen ? t("candidates.chosen", {mix}) : c.finalist ? t("candidates.finalist", {mix}) : mix, ...own.slice(0, shown), own.length > shown && t("candidates.more", {n: own.length - shown}),
            `${metric.short ?? metric.title} ${metric.say(c[metric.key])}`, t("candidates.sizes", {stored: bytes(c.stored_bytes), flash: bytes(c.flash), ram: bytes(c.ram)}), t("macs.of", {n: c.macs})].filter(Boolean).join("\n");
        }})),
    ],
  });
}

/** The candidates that a shrink tried, as balls: of each model that it made. */
export function candidatesView(models) {
  const figures = models.flatMap((model) => {
    const {candidates, front: best, chosen: index} = model.found ?? {};
    if (!(candidates?.length > 0) || !candidates[index]) return [];
    const key = "accuracy" in candidates[0] ? "accuracy" : "rmse";
    const metric = {...metrics.find((m) => m.key === (key === "rmse" ? "root_mean_squared_error" : key)), key};
    const onFront = new Set(best);
    const all = candidates.map((c, i) => ({...c, stored_bytes: c.stored, onFront: onFront.has(i)}));
    const chosen = all[index];
    const fill = colour(models, model);
    const label = t("candidates.label", {model: model.name, n: all.length, chosen: inWords(chosen.candidate).join("; "), figure: metric.say(chosen[key]), size: bytes(chosen.stored_bytes)});
    const inOrder = all.filter((c) => c.onFront || c === chosen).sort((a, b) => a.stored_bytes - b.stored_bytes);
    return h("figure", {class: "apart"}, h("h3", null, t("candidates.title", {model: model.name, n: all.length})),
      h("p", {class: "note"}, t("candidates.note", {metric: metric.title, lower: lowered(metric.title)})),
      legend(["var(--quiet)", t("candidates.front", {metric: lowered(metric.title)}), "line"]),
      chart(label, (width) => draw(width, all, pareto(all, metric), metric, chosen, fill)),
      asTable(table([
        {title: t("candidates.candidate"), text: true, cell: (c) => (c === chosen ? t("candidates.chosen", {mix: inWords(c.candidate).join("; ")}) : inWords(c.candidate).join("; "))}, {title: lowered(metric.title), cell: (c) => metric.say(c[key])},
        {title: t("size.stored_column"), cell: (c) => count(c.stored_bytes)}, {title: t("size.flash_column"), cell: (c) => count(c.flash)}, {title: t("size.ram_column"), cell: (c) => count(c.ram)}, {title: t("macs"), cell: (c) => count(c.macs)},
      ], inOrder, {caption: t("candidates.caption"), stack: true})));
  });
  return figures.length > 0 && h("div", null, figures);
}
