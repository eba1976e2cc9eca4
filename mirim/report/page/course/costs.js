// Networks side by side: parameters, bytes and work.
import * as Plot from "@observablehq/plot";
import {chart, h, section, table} from "../dom.js";
import {count, fixed, short} from "../format.js";
import {t} from "../texts.js";

function bars(width, rows, key) {
  const left = 112;
  return Plot.plot({
    width, height: 26 * rows.length + 34, marginLeft: left, marginRight: 56, marginTop: 4, marginBottom: 30, style: {fontSize: "12px", background: "none"},
    x: {type: "log", label: null, grid: true, ticks: width < 420 ? 3 : 5, tickFormat: (v) => short(v)}, y: {label: null, domain: rows.map((r) => r.name)},
    marks: [Plot.barX(rows, {x1: () => Math.min(...rows.map((r) => r[key])) / 3, x2: key, y: "name", fill: key === "macs" ? "var(--int8)" : "var(--float32)"}),
      Plot.text(rows, {x: key, y: "name", text: (r) => short(r[key]), textAnchor: "start", dx: 4, fill: "var(--ink)"})],
  });
}

export const costs = (rows) => section("costs", t("costs.title"), t("costs.note"),
  h("div", {class: "pair"},
    h("figure", null, h("h3", null, t("costs.parameters")), chart(t("costs.label_parameters", {all: rows.map((r) => `${r.name} ${count(r.parameters)}`).join("; ")}), (width) => bars(width, rows, "parameters"))),
    h("figure", null, h("h3", null, t("costs.macs")), chart(t("costs.label_macs", {all: rows.map((r) => `${r.name} ${count(r.macs)}`).join("; ")}), (width) => bars(width, rows, "macs")))),
  h("div", {class: "apart"}, table([
    {title: t("costs.network"), text: true, cell: (r) => r.name}, {title: t("costs.year"), cell: (r) => `${r.year}`}, {title: t("costs.parameters"), cell: (r) => count(r.parameters)}, {title: t("costs.macs"), cell: (r) => count(r.macs)},
    {title: t("costs.float32"), cell: (r) => fixed((4 * r.parameters) / 2 ** 20, 1)}, {title: t("costs.int8"), cell: (r) => fixed(r.parameters / 2 ** 20, 1)},
  ], rows, {caption: t("costs.title"), stack: true})));
