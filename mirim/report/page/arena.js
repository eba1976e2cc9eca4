import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {asTable, chart, section, table} from "./dom.js";
import {bytes, count} from "./format.js";

const hues = 6;

/** Bytes under these tensors. A tensor that is made row by row may lie over the rows of its input that are done. */
function covered(tensors) {
  let end = 0, sum = 0;
  for (const t of [...tensors].sort((a, b) => a.offset - b.offset)) {
    sum += Math.max(0, t.offset + t.bytes - Math.max(end, t.offset));
    end = Math.max(end, t.offset + t.bytes);
  }
  return sum;
}

const together = (a, b) => a.first <= b.last && b.first <= a.last;
const overlap = (a, b) => together(a, b) && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

/** Each tensor with a hue that no tensor beside it in time has, as far as they reach, and none that it lies over. */
function coloured(tensors) {
  const all = [];
  tensors.forEach((tensor, i) => {
    const taken = (test) => new Set(all.filter((other) => test(other, tensor)).map((other) => other.at));
    const free = (used) => [...Array(hues).keys()].map((k) => (i + k) % hues).find((k) => !used.has(k));
    const at = free(taken(together)) ?? free(taken(overlap)) ?? i % hues;
    all.push({...tensor, at, hue: `var(--hue-${at})`});
  });
  return all;
}

/** The longest stretch of a tensor that no later one lies over: [from, to]. */
function uncovered(tensor, later) {
  let best = [tensor.offset, tensor.offset], at = tensor.offset;
  const take = (to) => { if (to - at > best[1] - best[0]) best = [at, to]; };
  for (const other of later.filter((o) => overlap(tensor, o)).sort((a, b) => a.offset - b.offset)) {
    take(Math.max(at, Math.min(other.offset, tensor.offset + tensor.bytes)));
    at = Math.max(at, other.offset + other.bytes);
  }
  take(tensor.offset + tensor.bytes);
  return best;
}

/** Every tensor of the arena as a rectangle: from the step that first needs it to the last, from its offset up by its bytes. */
export function arena(run) {
  const {arena: plan} = run;
  if (!plan?.tensors?.length) return null;
  const steps = plan.steps ?? [...Array(1 + Math.max(...plan.tensors.map((t) => t.last))).keys()].map(String);
  // Inputs are there before the first step and outputs after the last one.
  const within = (step) => Math.min(Math.max(step, 0), steps.length - 1);
  const tensors = coloured(plan.tensors.map((t) => ({...t, first: within(t.first), last: within(t.last)})));
  const live = steps.map((_, s) => covered(tensors.filter((t) => t.first <= s && s <= t.last)));
  const peak = live.indexOf(Math.max(...live));
  const largest = [...tensors].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const label = t("arena.label", {bytes: plan.bytes, n: steps.length, step: steps[peak], tensors: largest.map((tensor) => `${tensor.name} ${count(tensor.bytes)}`).join(", ")});
  return section("arena", t("arena.title"),
    t("arena.note", {bytes: plan.bytes, size: bytes(plan.bytes), step: steps[peak], live: live[peak]}),
    chart(label, (width) => draw(width, plan, steps, tensors)),
    asTable(table([
      {title: t("arena.tensor"), text: true, cell: (r) => r.name}, {title: t("arena.offset"), cell: (r) => count(r.offset)}, {title: t("arena.bytes"), cell: (r) => count(r.bytes)},
      {title: t("arena.first"), text: true, cell: (r) => steps[r.first]}, {title: t("arena.last"), text: true, cell: (r) => steps[r.last]},
    ], tensors, {caption: t("arena.caption"), stack: true})));
}

/** 0 and at most six multiples of a power of two. */
function roundBytes(all) {
  const unit = 2 ** Math.ceil(Math.log2(all / 6));
  return Array.from({length: Math.floor(all / unit) + 1}, (_, i) => i * unit);
}

function draw(width, plan, steps, tensors) {
  const left = 58, right = 12;
  const step = (width - left - right) / steps.length;
  const every = Math.ceil(26 / step); // a slanted step name needs 26 pixels
  const height = 340;
  const pixels = (height - 24 - 84) / plan.bytes;
  const cut = (text, room) => (text.length * 6.6 <= room ? text : room > 34 ? `${text.slice(0, Math.max(1, Math.floor(room / 6.6) - 1))}…` : "");
  const named = tensors.map((t, i) => {
    const [from, to] = uncovered(t, tensors.slice(i + 1));
    return {...t, from, to};
  });
  return Plot.plot({
    width, height, marginLeft: left, marginRight: right, marginTop: 24, marginBottom: 84,
    style: {fontSize: "12px", background: "none"},
    x: {domain: [0, steps.length], axis: null},
    y: {domain: [0, plan.bytes], label: null, grid: true, ticks: roundBytes(plan.bytes), tickFormat: (d) => bytes(d)},
    marks: [
      Plot.rect(tensors, {x1: "first", x2: (t) => t.last + 1, y1: "offset", y2: (t) => t.offset + t.bytes, fill: "hue", inset: 0.75, rx: 2,
        title: (r) => t("arena.tip", {name: r.name, bytes: r.bytes, offset: r.offset, first: steps[r.first], last: steps[r.last]}), tip: {fill: "var(--card)", stroke: "var(--line)"}}),
      Plot.text(named.filter((t) => (t.to - t.from) * pixels > 15), {x: (t) => (t.first + t.last + 1) / 2, y: (t) => (t.from + t.to) / 2,
        text: (t) => cut(t.name, (t.last + 1 - t.first) * step - 10), fill: "var(--on-hue)", pointerEvents: "none"}),
      Plot.ruleY([plan.bytes], {stroke: "var(--ink)", strokeWidth: 1.25}),
      Plot.text([plan.bytes], {y: (d) => d, text: (d) => t("arena.whole", {size: bytes(d)}), frameAnchor: "right", textAnchor: "end", dy: -9, fill: "var(--ink)", fontWeight: 600}),
      Plot.text(steps.map((name, i) => ({name, i})).filter(({i}) => i % every === 0), {x: ({i}) => i + 0.5, text: ({name}) => (name.length > 13 ? `${name.slice(0, 12)}…` : name),
        frameAnchor: "bottom", dy: 10, rotate: -45, textAnchor: "end", fill: "var(--quiet)"}),
    ],
    color: {type: "identity"},
  });
}
