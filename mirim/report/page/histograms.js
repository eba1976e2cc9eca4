import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {chart, h, legend} from "./dom.js";
import {digits, percent} from "./format.js";
import {cutTo} from "./labels.js";
import {colour, source} from "./model.js";

/** The layer of the model before that a layer stands for: of the same name, else of the same place where both have as many. */
const before = (layer, i, now, was) => was.find(({name}) => name === layer.name) ?? (was.length === now.length ? was[i] : undefined);

/** Rectangles of a histogram: x from the bins, y the share of all weights; single values are as narrow as they can be seen. */
function bars({count: all, counts, values, largest}, narrow) {
  const width = (2 * largest) / counts.length;
  return counts.flatMap((n, i) => {
    if (n === 0) return [];
    const [x1, x2] = values ? [values[i] - narrow, values[i] + narrow] : [-largest + i * width, -largest + (i + 1) * width];
    return [{x1, x2, y: n / all}];
  });
}

function draw(width, {was, now}, fill) {
  const largest = Math.max(was?.largest ?? 0, now.largest) || 1;
  const narrow = (1.5 * largest) / width;
  // Each by its own highest bar: single values would flatten the bell of what was before.
  const scaled = (layer) => {
    const all = bars(layer, narrow);
    const most = Math.max(...all.map(({y}) => y), 1e-12);
    return all.map((bar) => ({...bar, y: bar.y / most}));
  };
  return Plot.plot({
    width, height: 92, marginLeft: 4, marginRight: 4, marginTop: 4, marginBottom: 20, style: {fontSize: "10.5px", background: "none"},
    x: {domain: [-largest, largest], label: null, ticks: [-largest, 0, largest], tickFormat: (v) => digits(v, 2).replace("-", "−"), insetLeft: 10, insetRight: 10},
    y: {domain: [0, 1], axis: null},
    marks: [
      was && Plot.rectY(scaled(was), {x1: "x1", x2: "x2", y: "y", fill: "var(--train)", fillOpacity: 0.35, inset: 0}),
      Plot.rectY(scaled(now), {x1: "x1", x2: "x2", y: "y", fill, fillOpacity: 0.75, inset: 0}),
      Plot.ruleY([0], {stroke: "var(--line)"}),
    ].filter(Boolean),
  });
}

const most = 12; // layers of a model: who has more sees the largest

function panel(models, model) {
  const from = source(models, model);
  const pairs = model.weights.map((now, i) => ({now, was: from?.weights && before(now, i, model.weights, from.weights)}));
  const shown = pairs.length <= most ? pairs : [...pairs].sort((a, b) => b.now.count - a.now.count).slice(0, most).sort((a, b) => pairs.indexOf(a) - pairs.indexOf(b));
  const fill = colour(models, model);
  const zeros = ({count: all, zeros: n}) => (n > 0 ? t("histograms.zeros", {share: percent(n / all, 0)}) : "");
  const distinct = ({values, zeros: n}) => (values ? t("candidates.values", {n: values.length + (n > 0 ? 1 : 0)}) : "");
  const facts = (now) => [zeros(now), distinct(now)].filter(Boolean).join(", ");
  return h("figure", {class: "apart"},
    h("h3", null, `${from ? t("histograms.before_after", {model: model.name}) : t("histograms.weights", {model: model.name})} `, pairs.length > most && h("span", {class: "after"}, t("histograms.largest", {most, n: pairs.length}))),
    from && legend(["var(--train)", from.name], [fill, model.name]),
    h("div", {class: "multiples"}, shown.map(({was, now}) => h("div", null,
      h("div", {class: "detail"}, h("b", null, cutTo(now.name, 150, {size: 13, weight: 600})), " ", facts(now)),
      chart(`${t("histograms.label", {layer: now.name, n: now.count, largest: now.largest})}${facts(now) && `, ${facts(now)}`}`, (width) => draw(width, {was, now}, fill))))));
}

/** How the weights of each layer are spread, before a step and after it. */
export function histogramsView(models) {
  const changed = models.filter((m) => m.made_by && m.weights?.length > 0);
  if (changed.length === 0) return null;
  return h("div", {class: "apart"},
    h("p", {class: "note"}, t("histograms.note")),
    changed.map((m) => panel(models, m)));
}
