import * as Plot from "@observablehq/plot";
import {asTable, chart, legend, section, table} from "./dom.js";
import {bytes, count, percent, short} from "./format.js";
import {colour, deployed, taken} from "./model.js";

/** What a board allows: a size (its flash) and a pace (multiply-adds that it does in a second, at the measured instructions each). */
function limits(run) {
  const model = deployed(run);
  const {device, firmware} = run;
  const each = firmware?.instructions_per_inference && model?.macs ? firmware.instructions_per_inference / model.macs : undefined;
  return {flash: device?.flash, macsPerSecond: device?.clock_hz && each ? device.clock_hz / each : undefined};
}

/** Multiply-adds against accuracy; the area of a ball is the size of the model's file. */
export function ball(run) {
  const models = (run.models ?? []).filter((m) => m.macs > 0 && m.accuracy !== undefined && m.bytes > 0);
  if (models.length === 0) return null;
  const board = limits(run);
  const main = deployed({models});
  const inOrder = [...models].sort((a, b) => b.bytes - a.bytes);
  const range = (values) => [Math.min(...values), Math.max(...values)];
  const [low, high] = range(models.map((m) => m.accuracy));
  const room = Math.max(0.012, 0.9 * (high - low));
  const accuracies = [low - room, high + room];
  const paces = [1, 10, 100, 1000].map((hz) => board.macsPerSecond && board.macsPerSecond / hz).filter(Boolean);
  const [fewest, most] = range(models.map((m) => m.macs));
  const near = paces.filter((macs) => macs > fewest / 60 && macs < most * 60);
  const reach = Math.max(6, ...near.flatMap((macs) => [macs / fewest, most / macs].map((ratio) => (ratio < 12 ? 1.6 * ratio : 0))));
  const domain = [fewest / reach, most * reach]; // the models in the middle: there is room for words on both sides
  const marks = (width, height) => {
    const inner = Math.min(width - 80, height - 70);
    const scale = Math.min((inner * 0.46) / Math.sqrt(board.flash ?? 0.001), (inner * (board.flash ? 0.3 : 0.2)) / Math.sqrt(inOrder[0].bytes));
    const largest = Math.max(scale, 12 / Math.sqrt(inOrder[0].bytes));
    const r = (n) => largest * Math.sqrt(n);
    return [
      board.flash && r(board.flash) < 0.62 * inner && Plot.dot([main], {x: "macs", y: "accuracy", r: r(board.flash), stroke: "var(--quiet)", strokeDasharray: "3 4", fill: "var(--track)", fillOpacity: 0.35, clip: true}),
      ...paceLines(board, domain),
      ...inOrder.flatMap((m) => [
        Plot.dot([m], {x: "macs", y: "accuracy", r: r(m.bytes), fill: colour(m), fillOpacity: m === main ? 0.85 : 0.4, stroke: colour(m), clip: true}),
      ]),
      ...models.map((m, i) => {
        const left = models.length > 1 && i === 0;
        return Plot.text([m], {x: "macs", y: "accuracy", text: [`${m.name}\n${percent(m.accuracy)}\n${bytes(m.bytes)}`], lineHeight: 1.25, textAnchor: left ? "end" : "start",
          dx: (left ? -1 : 1) * (Math.max(r(m.bytes), models.length > 1 ? r(inOrder[0].bytes) : 0) + 9), fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4, fontWeight: m === main ? 600 : 400});
      }),
    ];
  };
  const label = `Accuracy against multiply-adds: ${models.map((m) => `${m.name} ${percent(m.accuracy)}, ${count(m.macs)} multiply-adds, ${bytes(m.bytes)}`).join("; ")}`;
  const note = ["The area of a ball is the size of the model's file: right is more work, up is better answers.",
    board.flash && `The dashed ball is all the flash of the ${run.device.name}.`,
    near.length > 0 && `The dashed lines are the work it does in that time at ${run.device.clock_hz / 1e6} MHz, ~1 instruction a cycle.`].filter(Boolean).join(" ");
  return section("ball", "What it costs, what it gives", note,
    legend(...models.map((m) => [colour(m), m.name]), board.flash && ["var(--quiet)", `flash of the board, ${bytes(board.flash)}`, "ring"]),
    chart(label, (width) => {
      const height = Math.round(Math.max(300, Math.min(430, width * 0.62)));
      return Plot.plot({
        width, height, marginLeft: 52, marginRight: 20, marginTop: 28, marginBottom: 40,
        style: {fontSize: "12px", background: "none"},
        x: {type: "log", domain, label: "multiply-adds per inference", labelArrow: "none", ticks: Math.max(2, Math.floor(width / 130)), tickFormat: short},
        y: {domain: accuracies, label: "accuracy", labelArrow: "none", grid: true, ticks: 5, tickFormat: (d) => `${+(100 * d).toFixed(2)} %`},
        r: {type: "identity"},
        marks: marks(width, height).filter(Boolean),
      });
    }),
    asTable(table([
      {title: "model", cell: (m) => m.name}, {title: "accuracy", cell: (m) => percent(m.accuracy)}, {title: "multiply-adds", cell: (m) => count(m.macs)},
      {title: "parameters", cell: (m) => (m.parameters === undefined ? "" : count(m.parameters))}, {title: "file, bytes", cell: (m) => count(m.bytes)},
    ], models, {caption: "The models"}), taken(run).flash !== undefined && board.flash ? table([
      {title: "board", cell: () => run.device.name}, {title: "flash", cell: () => count(board.flash)}, {title: "RAM", cell: () => (run.device.ram ? count(run.device.ram) : "")},
      {title: "flash taken", cell: () => count(taken(run).flash)}, {title: "RAM taken", cell: () => (taken(run).ram === undefined ? "" : count(taken(run).ram))},
    ], [run], {caption: "The board's limits, bytes"}) : null));
}

function paceLines({macsPerSecond}, [from, to]) {
  if (!macsPerSecond) return [];
  const lines = [[1, "1 s"], [10, "100 ms"], [100, "10 ms"], [1000, "1 ms"]].map(([hz, text]) => ({macs: macsPerSecond / hz, text: `~${text}`})).filter(({macs}) => macs > from && macs < to);
  return [
    Plot.ruleX(lines, {x: "macs", stroke: "var(--quiet)", strokeOpacity: 0.55, strokeDasharray: "2 4"}),
    Plot.text(lines, {x: "macs", text: "text", frameAnchor: "top", dy: -12, fill: "var(--quiet)"}),
  ];
}
