import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, section, table} from "./dom.js";
import {digits, duration, fixed, lowered} from "./format.js";
import {metrics} from "./model.js";

/** The quantities that a history may have, as PART_KEY: train_loss, validation_accuracy. */
const quantities = [{key: "loss", title: t("metric.loss"), say: (v) => fixed(v, 4), tick: (v) => digits(v, 6), more: false},
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
  const series = [["train", t("learning.train"), "var(--train)", 1.5], ["validation", t("learning.validation"), "var(--int8)", 2.25]]
    .map(([part, name, stroke, width]) => ({name, stroke, width, key: `${part}_${key}`, points: history.filter((e) => Number.isFinite(e[`${part}_${key}`]))}))
    .filter(({points}) => points.length > 0);
  if (series.length === 0) return null;
  const judged = series.at(-1);
  const best = judged.points.reduce((a, b) => ((more ? b[judged.key] > a[judged.key] : b[judged.key] < a[judged.key]) ? b : a));
  const label = `${title}: ${series.map((s) => t("learning.from_to", {part: s.name, from: say(s.points[0][s.key]), to: say(s.points.at(-1)[s.key])})).join(", ")}`;
  const domain = reach(series.flatMap((s) => s.points.map((e) => e[s.key])), quantity);
  return h("figure", null, h("h3", null, title, h("span", {class: "best"}, t("learning.best", {figure: say(best[judged.key]), epoch: best.epoch}))), chart(label, (width) => Plot.plot({
    width, height: Math.round(Math.max(200, Math.min(280, width * 0.55))), marginLeft: 52, marginRight: 16, marginTop: 12, marginBottom: 34,
    style: {fontSize: "12px", background: "none"},
    x: {label: t("epoch"), labelArrow: "none", domain: history.length > 1 ? undefined : [0, 2], ticks: Math.min(history.length, Math.floor(width / 60)), tickFormat: (d) => (Number.isInteger(d) && d > 0 ? `${d}` : "")},
    y: {label: null, grid: true, ticks: 5, domain, tickFormat: tick},
    marks: [
      ...series.map((s) => Plot.line(s.points, {x: "epoch", y: s.key, stroke: s.stroke, strokeWidth: s.width, strokeLinejoin: "round"})),
      ...series.filter((s) => s.points.length === 1).map((s) => Plot.dot(s.points, {x: "epoch", y: s.key, fill: s.stroke})),
      Plot.dot([best], {x: "epoch", y: judged.key, r: 4.5, fill: judged.stroke, stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.ruleX(judged.points, Plot.pointerX({x: "epoch", stroke: "var(--quiet)", strokeOpacity: 0.5})),
      Plot.tip(judged.points, Plot.pointerX({x: "epoch", y: judged.key, fill: "var(--card)", stroke: "var(--line)",
        title: (e) => [t("learning.epoch", {n: e.epoch}), ...series.map((s) => `${s.name} ${e[s.key] === undefined ? "" : say(e[s.key])}`)].join("\n")})),
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
    {title: t("epoch"), cell: (e) => `${e.epoch}`},
    ...there.flatMap(({key, title, say}) => ["train", "validation"].map((part) => ({key: `${part}_${key}`,
      title: part === "train" ? t("learning.of_training", {figure: lowered(title)}) : t("learning.of_validation", {figure: lowered(title)}), cell: (e) => (Number.isFinite(e[`${part}_${key}`]) ? say(e[`${part}_${key}`]) : "")}))),
    {key: "learning_rate", title: t("learning.rate"), cell: (e) => (e.learning_rate === undefined ? "" : digits(e.learning_rate, 3))},
    {key: "seconds", title: t("learning.seconds"), cell: (e) => (e.seconds === undefined ? "" : fixed(e.seconds, 1))},
  ].filter(({key}) => !key || history.some((e) => e[key] !== undefined));
  return section("learning", t("learning.title"),
    `${seconds === undefined ? t("learning.epochs", {n: history.length}) : t("learning.epochs_in", {n: history.length, time: duration(seconds)})} ${validated ? t("learning.dot_validated") : t("learning.dot")}`,
    legend(["var(--train)", t("learning.training"), "line"], validated && ["var(--int8)", t("learning.validation"), "line"]),
    h("div", {class: "pair"}, there.slice(0, 2).map((quantity) => curves(history, quantity))),
    asTable(table(columns, history, {caption: t("learning.each"), stack: true})));
}
