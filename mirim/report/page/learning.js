import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, section, table} from "./dom.js";
import {duration, percent} from "./format.js";

/** One curve over the epochs for training and one for validation. */
function curves(history, quantity, {title, best, percentAxis}) {
  const series = [["train", "var(--train)", 1.5], ["validation", "var(--int8)", 2.25]]
    .map(([part, stroke, width]) => ({part, stroke, width, key: `${part}_${quantity}`, points: history.filter((e) => e[`${part}_${quantity}`] !== undefined)}))
    .filter(({points}) => points.length > 0);
  if (series.length === 0) return null;
  const {key, points} = series.at(-1);
  const top = points.reduce((a, b) => (best(b[key], a[key]) ? b : a));
  const say = (v) => (percentAxis ? percent(v) : v.toFixed(4));
  const label = `${title}: ${series.map((s) => `${s.part} from ${say(s.points[0][s.key])} to ${say(s.points.at(-1)[s.key])}`).join(", ")}`;
  return h("figure", null, h("h3", null, title), chart(label, (width) => Plot.plot({
    width, height: Math.round(Math.max(200, Math.min(280, width * 0.55))), marginLeft: 44, marginRight: 16, marginTop: 12, marginBottom: 34,
    style: {fontSize: "12px", background: "none"},
    x: {label: "epoch", labelArrow: "none", ticks: Math.min(history.length, Math.floor(width / 60)), tickFormat: (d) => (Number.isInteger(d) ? `${d}` : "")},
    y: {label: null, grid: true, ticks: 5, nice: true, zero: !percentAxis, tickFormat: percentAxis ? (d) => `${+(100 * d).toFixed(1)} %` : undefined},
    marks: [
      ...series.map((s) => Plot.line(s.points, {x: "epoch", y: s.key, stroke: s.stroke, strokeWidth: s.width, curve: "monotone-x"})),
      ...series.filter((s) => s.points.length === 1).map((s) => Plot.dot(s.points, {x: "epoch", y: s.key, fill: s.stroke})),
      Plot.dot([top], {x: "epoch", y: key, r: 4.5, fill: "var(--int8)", stroke: "var(--card)", strokeWidth: 1.5}),
      Plot.text([top], {x: "epoch", y: key, text: [say(top[key])], dy: best(1, 0) ? -13 : 15, fill: "var(--int8-text)", stroke: "var(--card)", strokeWidth: 4, fontWeight: 600,
        textAnchor: top === points.at(-1) ? "end" : "middle", dx: top === points.at(-1) ? 6 : 0}),
      Plot.ruleX(points, Plot.pointerX({x: "epoch", stroke: "var(--quiet)", strokeOpacity: 0.5})),
      Plot.tip(points, Plot.pointerX({x: "epoch", y: key, fill: "var(--card)", stroke: "var(--line)",
        title: (e) => [`epoch ${e.epoch}`, ...series.map((s) => `${s.part} ${e[s.key] === undefined ? "" : say(e[s.key])}`)].join("\n")})),
    ],
  })));
}

/** Loss and accuracy of each epoch. */
export function learning({history}) {
  if (!history?.length) return null;
  const validated = history.some((e) => e.validation_loss !== undefined);
  const seconds = history.every((e) => e.seconds !== undefined) ? history.reduce((sum, e) => sum + e.seconds, 0) : undefined;
  const columns = [
    {title: "epoch", cell: (e) => `${e.epoch}`},
    ...[["train_loss", "training loss"], ["validation_loss", "validation loss"]].map(([key, title]) => ({key, title, cell: (e) => e[key]?.toFixed(4) ?? ""})),
    ...[["train_accuracy", "training accuracy"], ["validation_accuracy", "validation accuracy"]].map(([key, title]) => ({key, title, cell: (e) => (e[key] === undefined ? "" : percent(e[key]))})),
    {key: "learning_rate", title: "learning rate", cell: (e) => e.learning_rate?.toPrecision(3) ?? ""},
    {key: "seconds", title: "seconds", cell: (e) => e.seconds?.toFixed(1) ?? ""},
  ].filter(({key}) => !key || history.some((e) => e[key] !== undefined));
  return section("learning", "Learning",
    `${history.length} epoch${history.length > 1 ? "s" : ""}${seconds === undefined ? "" : `, ${duration(seconds)} in all`}. The dot marks the best epoch${validated ? " on samples that training never saw" : ""}.`,
    legend(["var(--train)", "training", "line"], validated && ["var(--int8)", "validation", "line"]),
    h("div", {class: "pair"},
      curves(history, "loss", {title: "Loss", best: (a, b) => a < b, percentAxis: false}),
      curves(history, "accuracy", {title: "Accuracy", best: (a, b) => a > b, percentAxis: true})),
    asTable(table(columns, history, {caption: "Each epoch"})));
}
