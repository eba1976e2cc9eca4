import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, legend, section, table} from "./dom.js";
import {bytes, count, large, lowered, short} from "./format.js";
import {cutTo, textWidth, writeLabels} from "./labels.js";
import {colour, deployed, mainMetric, taken} from "./model.js";
import {aboutSeeds, averaged, ends, half, said} from "./seeds.js";

/** What a board allows: a size (its flash) and a pace (multiply-adds that it does in a second, at the measured instructions each). */
function limits(run, models) {
  const model = deployed(run);
  const {device, firmware} = run;
  const each = firmware?.instructions_per_inference && model?.macs ? firmware.instructions_per_inference / model.macs : undefined;
  // Beside a model of a few bytes the board's flash is no ball that a page can hold.
  const largest = Math.max(...models.map((m) => m.size));
  return {flash: device?.flash / largest < 64 ? device.flash : undefined, macsPerSecond: device?.clock_hz && each ? device.clock_hz / each : undefined};
}

const range = (values) => [Math.min(...values), Math.max(...values)];

/** Some room around the models' figures, little if `close`, but no further than the figure goes: an accuracy ends at 100 %. */
function reach(values, {most = Infinity, least = 0, key}, close) {
  const [low, high] = range(values);
  const room = close && high > low ? 0.1 * (high - low) : Math.max(0.35 * (high - low), key === "accuracy" ? 0.01 : 0.1 * Math.abs(high) || 0.1);
  return [Math.max(least, low - room), Math.min(most, high + room)];
}

/** Where a value stands between the ends of a domain, from 0 to 1. */
const part = (value, [low, high]) => (value - low) / (high - low);

/** What an axis of `length` pixels needs free at both ends, so that a ball of radius r at this part of the rest is not cut. */
function freeEnds(r, at, length) {
  const edge = Math.min(at, 1 - at);
  return edge < 0.5 ? Math.max(0, (r - edge * length) / (1 - 2 * edge)) : 0;
}

const sameWork = (models) => {
  const [fewest, most] = range(models.map((m) => m.macs));
  return most <= 1.02 * fewest;
};

/** The work is a logarithmic axis with lines for the board's pace. */
function workAxis(models, board, width) {
  const [fewest, most] = range(models.map((m) => m.macs));
  const paces = board.macsPerSecond ? [[1, "1 s"], [10, "100 ms"], [100, "10 ms"], [1000, "1 ms"]].map(([hz, text]) => ({macs: board.macsPerSecond / hz, text: `~${text}`})) : [];
  const near = paces.flatMap(({macs}) => [macs / fewest, most / macs].map((ratio) => (ratio < 12 ? 1.6 * ratio : 0)));
  const wide = Math.max(6, ...near);
  const domain = [fewest / wide, most * wide];
  return {x: "macs", scale: {type: "log", domain, label: t("ball.axis"), labelArrow: "none", ticks: Math.max(2, Math.floor(width / 130)), tickFormat: short},
    lines: paces.filter(({macs}) => macs > domain[0] && macs < domain[1])};
}

/** Models that do the same work stand side by side. */
const nameAxis = (models, column) => ({x: "name", lines: [],
  scale: {type: "point", domain: models.map((m) => m.name), padding: 0.9, label: null, tickSize: 0, tickFormat: (name) => cutTo(name, column - 8)}});

const axisTitle = (metric) => lowered(metric.short ?? metric.title);

/** The flash of the board, dashed, behind the ball of the model that goes onto it. */
const ring = (main, board, r, place) => board.flash && Plot.dot([main], {...place, r: r(board.flash), stroke: "var(--quiet)", strokeDasharray: "3 4", fill: "var(--track)", fillOpacity: 0.35, clip: true});

/** The models' figures at the pointer or the finger. */
const tip = (models, metric, place) => Plot.tip(models, Plot.pointer({...place, maxRadius: 60, fill: "var(--card)", stroke: "var(--line)",
  title: (m) => `${m.name}\n${metric.title} ${said(metric, m)}\n${bytes(m.size)}${m.macs > 0 ? `\n${t("macs.of", {n: m.macs})}` : ""}`}));

/** The models whose figure has an interval. */
const unsure = (models, metric) => models.filter((m) => half(m, metric.key) > 0);

/** How far the ring may reach from its ball: to the neighbours' balls, given in its own radii, or to the ends of the work's axis. */
function roomBeside(models, main, board, {x, scale}, column, width) {
  if (x !== "name") return Math.min(...[0, 1].map((end) => Math.abs(end - part(Math.log(main.macs), scale.domain.map(Math.log))))) * (width - 78) - 2;
  const at = models.indexOf(main);
  const neighbour = Math.max(0, ...[models[at - 1], models[at + 1]].filter(Boolean).map((m) => Math.sqrt(m.size / board.flash)));
  return (column - 8) / (1 + neighbour);
}

/** Columns of models, or models over their work. */
function drawOver(width, models, metric, board) {
  const main = deployed({models});
  const height = Math.round(Math.max(320, Math.min(400, width * 0.6)));
  const few = models.length <= 2, same = sameWork(models);
  const column = (width - 78) / (models.length + 0.8);
  const {x, scale, lines} = same ? nameAxis(models, column) : workAxis(models, board, width);
  const inner = Math.min(width - 80, height - 70);
  const beside = board.flash ? roomBeside(models, main, board, {x, scale}, column, width) : 0;
  const inOrder = [...models].sort((a, b) => b.size - a.size);
  const largest = inOrder[0].size;
  const above = few || same; // two lines of text; else many balls may share a place, and the names find theirs
  const widest = few ? 0.2 * inner : same ? Math.min(0.2 * inner, 0.42 * column) : width < 600 ? 15 : 24;
  const roomy = Math.min(Math.min(0.45 * inner, beside) / Math.sqrt(board.flash ?? 0.001), widest / Math.sqrt(largest));
  const unit = Math.max(roomy, 12 / Math.sqrt(largest));
  const r = (n) => unit * Math.sqrt(n);
  const labelled = above ? 40 : 20; // pixels of text above a ball
  const domain = reach(models.flatMap((m) => ends(m, metric.key)), metric, !above);
  const free = Math.max(r(largest) + labelled, board.flash ? 2 + freeEnds(r(board.flash), part(main[metric.key], domain), height - 68) : 0);
  const place = {x, y: metric.key};
  const svg = Plot.plot({
    width, height, marginLeft: 58, marginRight: 20, marginTop: 28, marginBottom: 40,
    style: {fontSize: "12px", background: "none"},
    x: scale,
    y: {domain, insetTop: free, insetBottom: free,
      label: axisTitle(metric), labelArrow: "none", grid: true, ticks: 4, tickFormat: metric.tick},
    r: {type: "identity"},
    marks: [
      ring(main, board, r, place),
      Plot.ruleX(lines, {x: "macs", stroke: "var(--quiet)", strokeOpacity: 0.55, strokeDasharray: "2 4"}),
      Plot.text(lines, {x: "macs", text: "text", frameAnchor: "top", dy: -12, fill: "var(--quiet)"}),
      ...inOrder.map((m) => Plot.dot([m], {...place, r: r(m.size), fill: colour(models, m), fillOpacity: m === main ? 0.85 : 0.5, stroke: colour(models, m)})),
      Plot.ruleX(unsure(models, metric), {...place, y: undefined, y1: (m) => ends(m, metric.key)[0], y2: (m) => ends(m, metric.key)[1], stroke: "var(--ink)", strokeWidth: 1.5, marker: "tick"}),
      ...(above ? models : []).map((m) => Plot.text([m], {...place, text: [`${said(metric, m)}\n${bytes(m.size)}`], lineHeight: 1.25, lineAnchor: "bottom", dy: -(r(m.size) + 5),
        fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4, fontWeight: m === main ? 600 : 400})),
      tip(models, metric, place),
    ].filter(Boolean),
  });
  if (above) return svg;
  const px = svg.scale("x"), py = svg.scale("y");
  return writeLabels(svg, models.map((m) => ({x: px.apply(m.macs), y: py.apply(m[metric.key]), r: r(m.size), bold: m === main, lines: width < 600 ? [m.name] : [m.name, `${said(metric, m)}, ${bytes(m.size)}`]})),
    {left: 60, right: width - 2, top: 30, bottom: height - 42},
    unsure(models, metric).map((m) => ({left: px.apply(m.macs) - 6, right: px.apply(m.macs) + 6, top: py.apply(ends(m, metric.key)[1]), bottom: py.apply(ends(m, metric.key)[0])})));
}

/** Many models of the same work on a narrow screen: a row for each, its name and figures above its ball. */
function drawRows(width, models, metric, board) {
  const main = deployed({models});
  const largest = Math.max(...models.map((m) => m.size));
  const unit = Math.max(Math.min(16 / Math.sqrt(largest), 60 / Math.sqrt(board.flash ?? 0.001)), 5 / Math.sqrt(largest));
  const r = (n) => unit * Math.sqrt(n);
  // A row has its text and below it a ball, or the ring around the ball; y is in pixels.
  const widest = (m) => r(m === main && board.flash > largest ? board.flash : largest);
  const bottoms = models.map((_, i) => models.slice(0, i + 1).reduce((sum, m) => sum + Math.round(30 + 2 * widest(m)), 0));
  const bottom = (m) => bottoms[models.indexOf(m)];
  const place = {x: metric.key, y: (m) => bottom(m) - widest(m) - 4};
  const figures = (m) => `${said(metric, m)}, ${bytes(m.size)}`;
  const domain = reach(models.flatMap((m) => ends(m, metric.key)), metric);
  const free = Math.max(18, board.flash ? 2 + freeEnds(r(board.flash), part(main[metric.key], domain), width - 16) : 0);
  const text = {y: (m) => bottom(m) - 2 * widest(m) - 18, fill: "var(--ink)", stroke: "var(--card)", strokeWidth: 4};
  return Plot.plot({
    width, height: bottoms.at(-1) + 48, marginLeft: 8, marginRight: 8, marginTop: 4, marginBottom: 44,
    style: {fontSize: "12px", background: "none"},
    x: {domain, label: axisTitle(metric), labelArrow: "none", labelAnchor: "center", grid: true, ticks: 4, tickFormat: metric.tick, insetLeft: free, insetRight: free},
    y: {domain: [bottoms.at(-1), 0], axis: null},
    r: {type: "identity"},
    marks: [
      ring(main, board, r, place),
      ...models.map((m) => Plot.dot([m], {...place, r: r(m.size), fill: colour(models, m), fillOpacity: m === main ? 0.85 : 0.5, stroke: colour(models, m)})),
      Plot.ruleY(unsure(models, metric), {...place, x: undefined, x1: (m) => ends(m, metric.key)[0], x2: (m) => ends(m, metric.key)[1], stroke: "var(--ink)", strokeWidth: 1.5, marker: "tick"}),
      Plot.text(models, {...text, text: (m) => cutTo(m.name, width - textWidth(figures(m)) - 30, {weight: 600}), frameAnchor: "left", textAnchor: "start", fontWeight: 600}),
      Plot.text(models, {...text, text: figures, frameAnchor: "right", textAnchor: "end"}),
      tip(models, metric, place),
    ].filter(Boolean),
  });
}

const draw = (width, models, metric, board) =>
  (models.length > 2 && sameWork(models) && (width - 78) / (models.length + 0.8) < 96 ? drawRows : drawOver)(width, models, metric, board);

/** The models with `size`: the bytes of their constants as `mirim cost --stored` counts them, or of their files if one lacks that. */
function withSizes(models) {
  const stored = models.length > 0 && models.every((m) => m.stored_bytes > 0);
  return {stored, sized: models.map((m) => ({...m, size: stored ? m.stored_bytes : m.bytes})).filter((m) => m.size > 0)};
}

/** What a model costs against what it gives; the area of a ball is the model's size. */
export function ball(first) {
  const run = averaged(first);
  const {stored, sized} = withSizes(run.models ?? []);
  const metric = mainMetric(sized);
  const models = sized.filter((m) => Number.isFinite(m[metric?.key]) && (m.macs > 0 || sized.length > 1));
  if (models.length === 0) return null;
  const board = limits(run, sized);
  const same = sameWork(models);
  const label = t("ball.label", {metric: metric.title, models: models.map((m) => `${m.name} ${metric.say(m[metric.key])}, ${t("macs.of", {n: m.macs})}, ${bytes(m.size)}`).join("; ")});
  const note = [stored ? t("ball.area_stored") : t("ball.area_file"), metric.more ? t("ball.higher") : t("ball.lower"),
    same && models.length > 1 && t("ball.same_work", {n: large(models[0].macs)}),
    !same && t("ball.more_work"),
    board.flash && t("ball.dashed", {board: run.device.name}),
    !same && board.macsPerSecond && t("ball.lines", {mhz: run.device.clock_hz / 1e6}),
    aboutSeeds(run)].filter(Boolean).join(" ");
  return section("ball", t("ball.title"), note,
    legend(...models.map((m) => [colour(models, m), m.name]), board.flash && ["var(--quiet)", t("ball.flash", {size: bytes(board.flash)}), "ring"]),
    chart(label, (width) => draw(width, models, metric, board)),
    asTable(table([
      {title: t("column.model"), cell: (m) => m.name}, {title: lowered(metric.title), cell: (m) => said(metric, m)}, {title: t("macs"), cell: (m) => count(m.macs)},
      {title: t("column.parameters"), cell: (m) => (m.parameters === undefined ? "" : count(m.parameters))}, ...(stored ? [{title: t("size.stored_column"), cell: (m) => count(m.size)}] : []), {title: t("size.file_column"), cell: (m) => (m.bytes > 0 ? count(m.bytes) : "")},
    ], models, {caption: t("ball.models"), stack: true}), taken(run).flash !== undefined && run.device?.flash ? table([
      {title: t("ball.board"), cell: () => run.device.name}, {title: t("ball.flash_column"), cell: () => count(run.device.flash)}, {title: t("ball.ram_column"), cell: () => (run.device.ram ? count(run.device.ram) : "")},
      {title: t("ball.flash_taken"), cell: () => count(taken(run).flash)}, {title: t("ball.ram_taken"), cell: () => (taken(run).ram === undefined ? "" : count(taken(run).ram))},
    ], [run], {caption: t("ball.limits"), stack: true}) : null));
}
