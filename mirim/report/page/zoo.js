// The chart of networks with what runs of a folder reached: a card for each.
import {choice, h, section} from "./dom.js";
import {bytes, count, duration} from "./format.js";
import {metricNamed} from "./model.js";
import {kindsIn, sketched} from "./sketch.js";
import {t} from "./texts.js";
import {cellNames, families, kindsOfCells, picture} from "./topologies.js";

const tasks = () => [
  {name: t("zoo.task_images"), data: ["fashion-mnist", "cifar10", "idx", "sprites"]},
  {name: t("zoo.task_sound"), data: ["wav"]},
  {name: t("zoo.task_movement"), data: ["strokes", "windows"]},
  {name: t("zoo.task_signals"), data: ["series", "npy"]},
  {name: t("zoo.task_tables"), data: ["csv"]},
  {name: t("zoo.task_text"), data: ["text"]},
  {name: t("zoo.task_made"), data: []},
];
const taskOf = (all, {data}) => all.find((task) => task.data.includes(data.split(":")[0])) ?? all.at(-1);

const fits = (run, board) => run.flash_bytes <= board.flash_bytes && run.ram_bytes <= board.ram_bytes;

/** The figures of a run: what it reached in float and int8, beside its goal and the reference. */
function reached(run) {
  const metric = metricNamed(run.figure);
  const bound = ["least" in run && `≥ ${metric.say(run.least)}`, "most" in run && `≤ ${metric.say(run.most)}`].filter(Boolean).join(", ") || null;
  const row = (title, value, note) => value !== null && value !== undefined && [h("dt", null, title), h("dd", null, value, note)];
  const verdict = run.met === undefined ? null : h("span", {class: run.met ? "good" : "bad"}, ` ${run.met ? t("zoo.met") : t("zoo.missed")}`);
  const said = (value) => (value === undefined ? null : metric.say(value));
  return h("dl", {class: "facts"}, h("dt", {class: "whole"}, run.seeds > 1 ? t("zoo.mean", {figure: metric.title, n: run.seeds}) : metric.title),
    [row("float32", said(run.float)), row(run.form, said(run.int8)), row(t("zoo.goal"), bound, verdict), row(t("zoo.reference"), said(run.reference))].filter(Boolean).flat());
}

function costs(run) {
  const row = (title, value) => value !== undefined && [h("dt", null, title), h("dd", null, value)];
  const told = (value, write) => (value === undefined ? undefined : write(value));
  return h("dl", {class: "facts"}, [row(t("summary.parameters"), count(run.parameters)), row(t("summary.flash"), told(run.flash_bytes, bytes)), row(t("summary.ram"), told(run.ram_bytes, bytes)),
    row(t("zoo.instructions"), told(run.instructions, count)), row(t("zoo.took"), duration(run.seconds))].filter(Boolean).flat());
}

const learns = (run) => run.learns_by.length > 0 && h("p", {class: "detail"}, `${t("zoo.learns_by")} `, run.learns_by.flatMap((name, i) => [i > 0 && ", ", h("code", null, name)]));

function card(network, run) {
  const drawn = run ? sketched(run, network) : network;
  const title = network ? h("h3", null, h("b", null, network.code), ` ${network.name}, ${network.year}`) : h("h3", null, run.name);
  const open = run?.page ? h("a", {href: encodeURI(run.page)}, t("zoo.report", {name: run.name})) : run && h("span", null, run.name);
  return {run, kinds: kindsIn(drawn), node: h("article", {class: run ? "card" : "card absent"}, title, picture(drawn), network && h("p", {class: "detail"}, network.use),
    run ? [learns(run), reached(run), costs(run), run.source && h("p", {class: "detail"}, t("zoo.source", {source: run.source})), h("p", {class: "detail"}, open)] : h("p", {class: "detail"}, t("zoo.no_run")))};
}

/** Cards of a family: each network of the chart with its runs, or none. */
const cardsOf = (all, runs) => all.flatMap((network) => {
  const own = runs.filter((run) => run.topology === network.code);
  return own.length > 0 ? own.map((run) => card(network, run)) : [card(network)];
});

/** {title, parts}: the page's title, and the elements of its <main>. */
export function zoo({mirim, runs, boards}) {
  const codes = families().flatMap(({all}) => all.map(({code}) => code));
  const others = runs.filter(({topology}) => !codes.includes(topology));
  const groups = [...families().map(({title, all}) => ({title, cards: cardsOf(all, runs)})),
    ...(others.length > 0 ? [{title: t("zoo.others"), cards: others.map((run) => card(undefined, run))}] : [])];
  const found = new Set(runs.map(({topology}) => topology).filter((code) => codes.includes(code))).size;
  const shown = h("p", {class: "figure-line", role: "status"});
  const wanted = {kind: null, task: null, board: null};
  const all = tasks(), kinds = Object.entries(cellNames());
  const figures = groups.map(({title, cards}) => ({cards, node: h("figure", {class: "apart"}, h("h3", null, title), h("div", {class: "cards"}, cards.map(({node}) => node)))}));
  const choose = () => {
    const right = ({run, kinds: has}) => (!wanted.kind || has.includes(wanted.kind)) && (!wanted.task || (run && taskOf(all, run) === wanted.task)) && (!wanted.board || (run && fits(run, wanted.board)));
    let n = 0;
    for (const {cards, node} of figures) {
      for (const one of cards) one.node.hidden = !right(one);
      const left = cards.filter((one) => !one.node.hidden).length;
      node.hidden = left === 0;
      n += left;
    }
    shown.textContent = t("zoo.shown", {n, of: groups.reduce((sum, {cards}) => sum + cards.length, 0)});
  };
  const filter = (label, key, options) => h("div", null, h("span", {class: "note"}, `${label} `), choice(label, [t("zoo.any"), ...options.map(({name}) => name)], 0, (i) => {
    wanted[key] = i === 0 ? null : options[i - 1].value;
    choose();
  }));
  const page = [
    h("header", null, h("h1", null, t("zoo.title")), h("p", {class: "lead"}, t("zoo.lead", {found, of: codes.length}))),
    section("zoo", t("networks.title"), t("zoo.note"), kindsOfCells(),
      filter(t("zoo.cell"), "kind", kinds.map(([value, name]) => ({value, name}))),
      filter(t("zoo.task"), "task", all.map((task) => ({value: task, name: task.name}))),
      filter(t("zoo.board"), "board", boards.map((board) => ({value: board, name: board.title}))),
      shown, figures.map(({node}) => node)),
    h("footer", null, h("span", null, t("page.units")), h("span", null, t("page.made_by", {version: mirim}))),
  ];
  choose();
  return {title: t("zoo.title"), parts: page};
}
