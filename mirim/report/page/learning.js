import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, section, table} from "./dom.js";
import {duration} from "./format.js";
import {metrics} from "./model.js";

/** The quantities that a history may have, as PART_KEY: train_loss, validation_accuracy. */
const quantities = [{key: "loss", title: "Loss", say: (v) => v.toFixed(4), more: false}, 
  ...metrics.filter(({key}) => key !== "loss").map((m) => ({...m, key: m.inHistory ?? m.key}))];

/** From a little below the least to a little above the most, but not beyond where the quantity ends. */
function reach(values, {most = Infinity, least = 0, key}) {
  const low = Math.min(...values), high = Math.max(...values);
  const room = 0.08 * (high - low || Math.abs(high) || 1);
  return [key === "loss" ? Math.min(0, low) : Math.max(least, low - room), Math.min(most, high + room)];
}

/** One line over the epochs for training and one for validation. */
function curves(history, quantity) {
  const {key, title, say, more, tick} = quantity;
  const series = [["train", "var(--train)", 1.5], ["validation", "var(--int8)", 2.25]]
    .map(([part, stroke, width]) => ({part, stroke, width, key: `${part}_${key}`, points: history.filter((e) => Number.isFinite(e[`${part}_${key}`]))}))
    .filter(({points}) => points.length > 0);
  if (series.length === 0) return null;
  const judged = series.at(-1);
  const best = judged.points.reduce((a, b) => ((more ? b[judged.key] > a[judged.key] : b[judged.key] < a[judged.key]) ? b : a));
  const label = `${title}: ${series.map((s) => `${s.part} from ${say(s.points[0][s.key])} to ${say(s.points.at(-1)[s.key])}`).join(", ")}`;
  const domain = reach(series.flatMap((s) => s.points.map((e) => e[s.key])), quantity);
  return h("figure", null, h("h3", null, title, h("span", {class: "best"}, `best ${say(best[judged.key])}, epoch ${best.epoch}`)), chart(label, (width) => Plot.plot({
    width, height: Math.round(Math.max(200, Math.min(280, width * 0.55))), marginLeft: 52, marginRight: 16, marginTop: 12, marginBottom: 34,
    style: {fontSize: "12px", background: "none"},
    x: {label: "epoch", labelArrow: "none", domain: history.length > 1 ? undefined : [0, 2], ticks: Math.min(history.length, Math.floor(width / 60)), tickFormat: (d) => (Number.isInteger(d) && d > 0 ? `${d}` : "")},
    y: {label: null, grid: true, ticks: 5, domain, tickFormat: tick},
    marks: [
      ...series.map((s) => Plot.line(s.points, {x: "epoch", y: s.key, stroke: s.stroke, strokeWidth: s.width, strokeLinejoin: "round"})),
      ...series.filter((s) => s.points.length === 1).map((s) => Plot.dot(s.points, {x: "epoch", y: s.key, fill: s.stroke})),
      Plot.dot([best], {x: "epoch", y: judged.key, r: 4.5, fill: judged.stroke, stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.ruleX(judged.points, Plot.pointerX({x: "epoch", stroke: "var(--quiet)", strokeOpacity: 0.5})),
      Plot.tip(judged.points, Plot.pointerX({x: "epoch", y: judged.key, fill: "var(--card)", stroke: "var(--line)",
        title: (e) => [`epoch ${e.epoch}`, ...series.map((s) => `${s.part} ${e[s.key] === undefined ? "" : say(e[s.key])}`)].join("\n")})),
    ],
  })));
}

/** Loss and, as the task has them, accuracy or errors of each epoch. */
export function learning({history}) {
  if (!history?.length) return null;
  const validated = history.some((e) => e.validation_loss !== undefined);
  const seconds = history.every((e) => e.seconds !== undefined) ? history.reduce((sum, e) => sum + e.seconds, 0) : undefined;
  const there = quantities.filter(({key}) => history.some((e) => e[`train_${key}`] !== undefined || e[`validation_${key}`] !== undefined));
  const columns = [
    {title: "epoch", cell: (e) => `${e.epoch}`},
    ...there.flatMap(({key, title, say}) => ["train", "validation"].map((part) => ({key: `${part}_${key}`,
      title: `${part === "train" ? "training" : part} ${title.toLowerCase()}`, cell: (e) => (Number.isFinite(e[`${part}_${key}`]) ? say(e[`${part}_${key}`]) : "")}))),
    {key: "learning_rate", title: "learning rate", cell: (e) => e.learning_rate?.toPrecision(3) ?? ""},
    {key: "seconds", title: "seconds", cell: (e) => e.seconds?.toFixed(1) ?? ""},
  ].filter(({key}) => !key || history.some((e) => e[key] !== undefined));
  return section("learning", "Learning",
    `${history.length} epoch${history.length > 1 ? "s" : ""}${seconds === undefined ? "" : `, ${duration(seconds)} in all`}. The dot marks the best epoch${validated ? " on samples that training never saw" : ""}.`,
    legend(["var(--train)", "training", "line"], validated && ["var(--int8)", "validation", "line"]),
    h("div", {class: "pair"}, there.slice(0, 2).map((quantity) => curves(history, quantity))),
    asTable(table(columns, history, {caption: "Each epoch", stack: true})));
}
