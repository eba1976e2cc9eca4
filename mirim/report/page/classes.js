import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, choice, h, section, table} from "./dom.js";
import {count, fixed, percent} from "./format.js";
import {deployed, perClass} from "./model.js";

const most = 24; // classes up to which counts are written into the cells

/** Confusion matrix: a row for each true class, shaded by the share of the row. */
function matrix(model, names) {
  const cells = model.confusion.flatMap((row, t) => {
    const all = row.reduce((a, b) => a + b, 0) || 1;
    return row.map((n, p) => ({true: t, predicted: p, n, share: n / all}));
  });
  const wrong = cells.filter((c) => c.true !== c.predicted && c.n > 0).sort((a, b) => b.n - a.n).slice(0, names.length > most ? 12 : 3);
  const taken = (c) => t("classes.taken", {truth: names[c.true], answer: names[c.predicted]});
  const label = t("classes.label", {model: model.name, pairs: wrong.slice(0, 3).map((c) => `${taken(c)}, ${count(c.n)}`).join("; ") || t("classes.none")});
  const named = names.length <= 40; // of more classes the numbers stand at the sides
  const longest = named ? Math.min(14, Math.max(...names.map((name) => name.length))) : 3;
  const cut = (i) => (!named ? `${i}` : names[i].length > 14 ? `${names[i].slice(0, 7)}…${names[i].slice(-6)}` : names[i]);
  const place = chart(label, (width) => {
    const margin = Math.round(14 + longest * 6.4);
    const slanted = named ? Math.round(margin * 0.8) : 20; // what a name at 45 degrees needs above, and to the right of the last cell
    const cell = Math.min(72, (Math.min(width, 560) - margin - Math.max(8, slanted - 14)) / names.length);
    const right = Math.max(8, Math.round(slanted - cell / 2));
    const size = cell * names.length;
    // A name needs 13 pixels; of many classes only each tenth has its number.
    const every = named ? Math.ceil(13 / cell) : 10 * Math.ceil(names.length / 200);
    const ticks = names.map((_, i) => i).filter((i) => i % every === 0);
    return Plot.plot({
      width: margin + size + right, height: size + slanted + 4, marginLeft: margin, marginTop: slanted, marginRight: right, marginBottom: 4, padding: cell > 12 ? 0.05 : 0,
      style: {fontSize: cell < 34 ? "10.5px" : "12px", background: "none"},
      x: {axis: "top", domain: names.map((_, i) => i), ticks, tickFormat: cut, tickRotate: named ? -45 : 0, tickSize: 0, label: null},
      y: {domain: names.map((_, i) => i), ticks, tickFormat: cut, tickSize: 0, label: null},
      marks: [
        Plot.cell(cells, {x: "predicted", y: "true", fill: "var(--track)", fillOpacity: 0.5, rx: 2}),
        Plot.cell(cells, {x: "predicted", y: "true", rx: 2, fill: (c) => (c.true === c.predicted ? "var(--float32)" : "var(--int8)"),
          fillOpacity: (c) => (c.n ? 0.06 + 0.94 * (c.true === c.predicted ? c.share : Math.min(1, 2.2 * Math.sqrt(c.share) * 0.75)) : 0),
          title: (c) => `${taken(c)}: ${count(c.n)} (${percent(c.share, 1)})`}),
        ...(names.length > most ? [] : [Plot.text(cells.filter((c) => c.n > 0), {x: "predicted", y: "true", text: (c) => count(c.n),
          fill: (c) => (c.true === c.predicted && c.share > 0.45 ? "var(--card)" : "var(--ink)"), fontSize: cell < 22 ? 8.5 : cell < 34 ? 9.5 : 12, pointerEvents: "none"})]),
      ],
      color: {type: "identity"}, opacity: {type: "identity"},
    });
  });
  return {place, wrong};
}

function metrics(model, names) {
  const rows = perClass(model).map((m, i) => ({...m, i, name: names[i], n: model.confusion?.[i].reduce((a, b) => a + b, 0)}));
  const mean = (key) => rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
  const columns = [{title: t("classes.class"), text: true, cell: (r) => (rows.length > 40 ? `${r.i} ${r.name}` : r.name)}, ...(model.confusion ? [{title: t("classes.samples"), cell: (r) => count(r.n)}] : []),
    {title: t("classes.precision"), cell: (r) => percent(r.precision, 1)}, {title: t("classes.recall"), cell: (r) => percent(r.recall, 1)}, {title: t("classes.f1"), cell: (r) => fixed(r.f1, 3)}];
  const foot = [t("classes.mean"), ...(model.confusion ? [count(rows.reduce((sum, row) => sum + row.n, 0))] : []), percent(mean("precision"), 1), percent(mean("recall"), 1), fixed(mean("f1"), 3)];
  if (rows.length <= most) return [table(columns, rows, {caption: t("classes.each", {model: model.name}), foot})];
  const worst = [...rows].sort((a, b) => a.f1 - b.f1).slice(0, 12);
  return [table(columns, worst, {caption: t("classes.lowest", {n: worst.length, model: model.name, all: rows.length}), foot}),
    h("details", null, h("summary", null, t("classes.all", {n: rows.length})), table(columns, rows, {caption: t("classes.each", {model: model.name}), foot}))];
}

function view(model) {
  const names = model.confusion.map((_, i) => model.classes?.[i] ?? `${i}`);
  const {place, wrong} = matrix(model, names);
  return [
    h("div", {class: "pair"},
      h("figure", null, h("h3", null, names.length > 40 ? t("classes.axes_by_number") : t("classes.axes")), place,
        asTable(table([{title: t("classes.truth"), text: true, cell: (r) => r.name}, ...names.map((name, p) => ({title: name, cell: (r) => count(r.row[p])}))],
          model.confusion.map((row, t) => ({name: names[t], row})), {caption: t("classes.matrix", {model: model.name})}))),
      h("div", null, metrics(model, names),
        wrong.length > 0 && h("p", {class: "note", style: "margin-top:16px"}, t("classes.confused", {pairs: wrong.map((c) => `${t("classes.taken", {truth: names[c.true], answer: names[c.predicted]})} (${count(c.n)})`).join(", ")})))),
  ];
}

/** Confusion matrix and the figures of each class, for one model at a time. */
export function classes(run) {
  const models = (run.models ?? []).filter((m) => m.confusion?.length);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const place = h("div", null, view(models[start]));
  return section("classes", t("classes.title"), t("classes.note"),
    models.length > 1 && choice(t("page.model"), models.map((m) => m.name), start, (i) => place.replaceChildren(...view(models[i]))), place);
}
