// One model's price on each core.
import * as Plot from "@observablehq/plot";
import {chart, h, section, table} from "../dom.js";
import {count, fixed, short} from "../format.js";
import {t} from "../texts.js";

export function cores(rows, run) {
  const macs = run.models.find((m) => m.name === "int8").macs;
  const inOrder = [...rows].sort((a, b) => a.cycles - b.cycles);
  return section("cores", t("cores.title"), t("cores.note"),
    chart(t("cores.label", {all: inOrder.map((r) => `${r.name} ${count(r.cycles)}`).join("; ")}), (width) => Plot.plot({
      width, height: 30 * rows.length + 40, marginLeft: 104, marginRight: 60, marginTop: 4, marginBottom: 34, style: {fontSize: "12px", background: "none"},
      x: {label: t("cores.cycles"), labelArrow: "none", labelAnchor: "center", grid: true, ticks: width < 420 ? 3 : 6, tickFormat: (v) => short(v)}, y: {label: null, domain: inOrder.map((r) => r.name)},
      marks: [Plot.barX(inOrder, {x: "cycles", y: "name", fill: "var(--int8)"}), Plot.text(inOrder, {x: "cycles", y: "name", text: (r) => short(r.cycles), textAnchor: "start", dx: 5, fill: "var(--ink)"})],
    })),
    h("div", {class: "apart"}, table([{title: t("cores.core"), text: true, cell: (r) => r.name}, {title: t("cores.cycles"), cell: (r) => count(r.cycles)}, {title: t("cores.per_mac"), cell: (r) => fixed(r.cycles / macs, 2)},
      {title: t("cores.constants"), cell: (r) => count(r.constant_bytes)}, {title: t("cores.arena"), cell: (r) => count(r.arena_bytes)}], inOrder, {caption: t("cores.title"), stack: true})));
}
