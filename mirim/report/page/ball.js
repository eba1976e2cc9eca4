import * as Plot from "@observablehq/plot";
import {asTable, chart, legend, section, table} from "./dom.js";
import {bytes, count, large, short} from "./format.js";
import {colour, deployed, mainMetric, taken} from "./model.js";

/** What a board allows: a size (its flash) and a pace (multiply-adds that it does in a second, at the measured instructions each). */
function limits(run) {
  const model = deployed(run);
  const {device, firmware} = run;
  const each = firmware?.instructions_per_inference && model?.macs ? firmware.instructions_per_inference / model.macs : undefined;
  // Beside a model of a few bytes the board's flash is no ball that a page can hold.
  const largest = Math.max(...(run.models ?? []).map((m) => m.bytes ?? 0));
  return {flash: device?.flash / largest < 64 ? device.flash : undefined, macsPerSecond: device?.clock_hz && each ? device.clock_hz / each : undefined};
}

const range = (values) => [Math.min(...values), Math.max(...values)];

/** A little around the models' figures, but no further than the figure goes: an accuracy ends at 100 %. */
function reach(values, {most = Infinity, least = 0, key}) {
  const [low, high] = range(values);
  const room = Math.max(0.35 * (high - low), key === "accuracy" ? 0.01 : 0.1 * Math.abs(high) || 0.1);
  return [Math.max(least, low - room), Math.min(most, high + room)];
}

/** Models that do the same work stand side by side; else the work is a logarithmic axis with lines for the board's pace. */
function axisOf(models, board, width) {
  const [fewest, most] = range(models.map((m) => m.macs));
  if (most <= 1.02 * fewest) {
    return {x: "name", scale: {type: "point", domain: models.map((m) => m.name), padding: 0.9, label: null, tickSize: 0, tickFormat: (name) => (name.length > 16 ? `${name.slice(0, 15)}…` : name)}, lines: []};
  }
  const paces = board.macsPerSecond ? [[1, "1 s"], [10, "100 ms"], [100, "10 ms"], [1000, "1 ms"]].map(([hz, text]) => ({macs: board.macsPerSecond / hz, text: `~${text}`})) : [];
  const near = paces.flatMap(({macs}) => [macs / fewest, most / macs].map((ratio) => (ratio < 12 ? 1.6 * ratio : 0)));
  const wide = Math.max(6, ...near);
  const domain = [fewest / wide, most * wide];
  return {x: "macs", scale: {type: "log", domain, label: "multiply-adds per inference", labelArrow: "none", ticks: Math.max(2, Math.floor(width / 130)), tickFormat: short},
    lines: paces.filter(({macs}) => macs > domain[0] && macs < domain[1])};
}

function draw(width, models, metric, board) {
  const main = deployed({models});
  const height = Math.round(Math.max(320, Math.min(400, width * 0.6)));
  const {x, scale, lines} = axisOf(models, board, width);
  const inner = Math.min(width - 80, height - 70);
  const beside = x === "name" ? (0.75 * (width - 78)) / (models.length + 0.8) : Infinity; // what the ring has before it meets the next ball
  const inOrder = [...models].sort((a, b) => b.bytes - a.bytes);
  const largest = inOrder[0].bytes;
  const roomy = Math.min(Math.min(0.45 * inner, beside) / Math.sqrt(board.flash ?? 0.001), (inner * 0.2) / Math.sqrt(largest));
  const unit = Math.max(roomy, 12 / Math.sqrt(largest));
  const r = (n) => unit * Math.sqrt(n);
  const labelled = 40; // pixels of two lines above a ball
  return Plot.plot({
    width, height, marginLeft: 58, marginRight: 20, marginTop: 28, marginBottom: 40,
    style: {fontSize: "12px", background: "none"},
    x: scale,
    y: {domain: reach(models.map((m) => m[metric.key]), metric), insetTop: r(largest) + labelled, insetBottom: r(largest) + labelled,
      label: (metric.short ?? metric.title).toLowerCase().replace("rmse", "RMSE").replace("mae", "MAE").replace("auc", "AUC"), labelArrow: "none", grid: true, ticks: 4, tickFormat: metric.tick},
    r: {type: "identity"},
    marks: [
      board.flash && Plot.dot([main], {x, y: metric.key, r: r(board.flash), stroke: "var(--quiet)", strokeDasharray: "3 4", fill: "var(--track)", fillOpacity: 0.35, clip: true}),
      Plot.ruleX(lines, {x: "macs", stroke: "var(--quiet)", strokeOpacity: 0.55, strokeDasharray: "2 4"}),
      Plot.text(lines, {x: "macs", text: "text", frameAnchor: "top", dy: -12, fill: "var(--quiet)"}),
      ...inOrder.map((m) => Plot.dot([m], {x, y: metric.key, r: r(m.bytes), fill: colour(m), fillOpacity: m === main ? 0.85 : 0.5, stroke: colour(m)})),
      ...models.map((m) => Plot.text([m], {x, y: metric.key, text: [`${metric.say(m[metric.key])}\n${bytes(m.bytes)}`], lineHeight: 1.25, lineAnchor: "bottom", dy: -(r(m.bytes) + 5),
        fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4, fontWeight: m === main ? 600 : 400})),
    ].filter(Boolean),
  });
}

/** What a model costs against what it gives; the area of a ball is the size of the model's file. */
export function ball(run) {
  const sized = (run.models ?? []).filter((m) => m.bytes > 0);
  const metric = mainMetric(sized);
  const models = sized.filter((m) => Number.isFinite(m[metric?.key]) && (m.macs > 0 || sized.length > 1));
  if (models.length === 0) return null;
  const board = limits(run);
  const [fewest, most] = range(models.map((m) => m.macs));
  const same = most <= 1.02 * fewest;
  const label = `${metric.title} against cost: ${models.map((m) => `${m.name} ${metric.say(m[metric.key])}, ${count(m.macs)} multiply-adds, ${bytes(m.bytes)}`).join("; ")}`;
  const note = [`The area of a ball is the size of the model's file; ${metric.more ? "higher" : "lower"} is better.`,
    same && models.length > 1 && `All do the same ${large(most)} multiply-adds an inference.`,
    !same && "Further right is more work.",
    board.flash && `The dashed ball is all the flash of the ${run.device.name}.`,
    !same && board.macsPerSecond && `The dashed lines are the work it does in that time at ${run.device.clock_hz / 1e6} MHz, ~1 instruction a cycle.`].filter(Boolean).join(" ");
  return section("ball", "What it costs, what it gives", note,
    legend(...models.map((m) => [colour(m), m.name]), board.flash && ["var(--quiet)", `flash of the board, ${bytes(board.flash)}`, "ring"]),
    chart(label, (width) => draw(width, models, metric, board)),
    asTable(table([
      {title: "model", cell: (m) => m.name}, {title: metric.title.toLowerCase(), cell: (m) => metric.say(m[metric.key])}, {title: "multiply-adds", cell: (m) => count(m.macs)},
      {title: "parameters", cell: (m) => (m.parameters === undefined ? "" : count(m.parameters))}, {title: "file, bytes", cell: (m) => count(m.bytes)},
    ], models, {caption: "The models", stack: true}), taken(run).flash !== undefined && run.device?.flash ? table([
      {title: "board", cell: () => run.device.name}, {title: "flash", cell: () => count(run.device.flash)}, {title: "RAM", cell: () => (run.device.ram ? count(run.device.ram) : "")},
      {title: "flash taken", cell: () => count(taken(run).flash)}, {title: "RAM taken", cell: () => (taken(run).ram === undefined ? "" : count(taken(run).ram))},
    ], [run], {caption: "The board's limits, bytes", stack: true}) : null));
}
