// The chart of networks: 29 topologies by what connects to what, and how they are drawn.
import {h, svgNode} from "./dom.js";
import {t} from "./texts.js";

/**
 * Cells by kind, a letter each: i input, x noisy input, h hidden, p probabilistic, r recurrent, m memory, k convolution or pooling,
 * o output, a output that shall be as the input, s spiking. A network is columns of cells from left to right; `ring` puts
 * them on a circle, each connected with each; `skips` are arcs over columns; `loose` draws only some connections, `within` those
 * inside a column, `store` a row of memory below.
 */
export const families = () => [
  {title: t("networks.rows"), all: [
    {code: "P", year: 1958, columns: ["ii", "o"], name: t("networks.p"), use: t("networks.p_use")},
    {code: "FF", year: 1986, columns: ["ii", "hh", "o"], name: t("networks.ff"), use: t("networks.ff_use")},
    {code: "DFF", year: 2006, columns: ["iii", "hhhh", "hhhh", "oo"], name: t("networks.dff"), use: t("networks.dff_use")},
    {code: "RBF", year: 1988, columns: ["ii", "hhh", "o"], name: t("networks.rbf"), use: t("networks.rbf_use")},
    {code: "DRN", year: 2015, columns: ["ii", "hh", "hh", "hh", "hh", "oo"], skips: [[1, 3], [3, 5]], name: t("networks.drn"), use: t("networks.drn_use")},
  ]},
  {title: t("networks.windows"), all: [
    {code: "DCN", year: 1989, columns: ["iiii", "kkk", "kk", "hh", "oo"], loose: true, name: t("networks.dcn"), use: t("networks.dcn_use")},
    {code: "DN", year: 2010, columns: ["ii", "hh", "kk", "kkk", "oooo"], loose: true, name: t("networks.dn"), use: t("networks.dn_use")},
    {code: "DCIGN", year: 2015, columns: ["iiii", "kk", "pp", "kk", "aaaa"], loose: true, name: t("networks.dcign"), use: t("networks.dcign_use")},
    {code: "CN", year: 2017, columns: ["iiii", "kk", "mm", "mm", "oo"], loose: true, name: t("networks.cn"), use: t("networks.cn_use")},
  ]},
  {title: t("networks.loops"), all: [
    {code: "RNN", year: 1990, columns: ["ii", "rrr", "oo"], name: t("networks.rnn"), use: t("networks.rnn_use")},
    {code: "LSTM", year: 1997, columns: ["ii", "mmm", "oo"], name: t("networks.lstm"), use: t("networks.lstm_use")},
    {code: "GRU", year: 2014, columns: ["ii", "mm", "oo"], name: t("networks.gru"), use: t("networks.gru_use")},
    {code: "NTM", year: 2014, columns: ["ii", "rr", "oo"], store: 5, name: t("networks.ntm"), use: t("networks.ntm_use")},
    {code: "DNC", year: 2016, columns: ["ii", "rrr", "oo"], store: 6, name: t("networks.dnc"), use: t("networks.dnc_use")},
    {code: "AN", year: 2017, columns: ["iii", "mmm", "hhh", "ooo"], skips: [[0, 2]], name: t("networks.an"), use: t("networks.an_use")},
  ]},
  {title: t("networks.narrow"), all: [
    {code: "AE", year: 1986, columns: ["iiii", "hh", "aaaa"], name: t("networks.ae"), use: t("networks.ae_use")},
    {code: "VAE", year: 2013, columns: ["iiii", "pp", "aaaa"], name: t("networks.vae"), use: t("networks.vae_use")},
    {code: "DAE", year: 2008, columns: ["xxxx", "hh", "aaaa"], name: t("networks.dae"), use: t("networks.dae_use")},
    {code: "SAE", year: 2006, columns: ["ii", "hhhhh", "aa"], name: t("networks.sae"), use: t("networks.sae_use")},
    {code: "GAN", year: 2014, columns: ["xx", "hhh", "aa", "hhh", "o"], name: t("networks.gan"), use: t("networks.gan_use")},
  ]},
  {title: t("networks.energy"), all: [
    {code: "MC", year: 1913, ring: "pppppp", sparse: true, name: t("networks.mc"), use: t("networks.mc_use")},
    {code: "HN", year: 1982, ring: "iiiiii", name: t("networks.hn"), use: t("networks.hn_use")},
    {code: "BM", year: 1985, ring: "iiippp", name: t("networks.bm"), use: t("networks.bm_use")},
    {code: "RBM", year: 1986, columns: ["iiii", "ppp"], name: t("networks.rbm"), use: t("networks.rbm_use")},
    {code: "DBN", year: 2006, columns: ["iiii", "ppp", "ppp", "oo"], name: t("networks.dbn"), use: t("networks.dbn_use")},
  ]},
  {title: t("networks.unlearnt"), all: [
    {code: "ELM", year: 2004, columns: ["ii", "hhhhh", "o"], loose: true, name: t("networks.elm"), use: t("networks.elm_use")},
    {code: "ESN", year: 2001, columns: ["ii", "rrrr", "o"], loose: true, within: true, name: t("networks.esn"), use: t("networks.esn_use")},
    {code: "LSM", year: 2002, columns: ["ii", "ssss", "o"], loose: true, within: true, name: t("networks.lsm"), use: t("networks.lsm_use")},
    {code: "KN", year: 1982, columns: ["ii", "hhh", "hhh", "hhh"], grid: true, name: t("networks.kn"), use: t("networks.kn_use")},
  ]},
];

const width = 150, height = 92, r = 7;

/** A cell: inputs are empty, hidden cells filled, outputs have two rims; marks inside tell the others apart without colour. */
function cell(kind, x, y) {
  const shape = kind === "k" ? svgNode("rect", {x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: 2}) : svgNode("circle", {cx: x, cy: y, r});
  shape.setAttribute("class", `cell cell-${kind}`);
  const marks = {o: ["circle", {cx: x, cy: y, r: 3.5}], a: ["circle", {cx: x, cy: y, r: 3.5}], x: ["path", {d: `M${x - 4} ${y}q2 -4 4 0t4 0`}], p: ["path", {d: `M${x - 3} ${y + 3}V${y - 2}M${x} ${y + 3}V${y - 4}M${x + 3} ${y + 3}V${y}`}],
    r: ["path", {d: `M${x - 3} ${y + 2}a4 4 0 1 1 6 0`}], m: ["rect", {x: x - 3, y: y - 3, width: 6, height: 6}], s: ["path", {d: `M${x - 4} ${y + 2}h3l1.5 -6l1.5 6h2`}]}[kind];
  if (!marks) return [shape];
  const mark = svgNode(...marks);
  mark.setAttribute("class", "mark");
  return [shape, mark];
}

const line = (a, b) => svgNode("line", {x1: a.x, y1: a.y, x2: b.x, y2: b.y, class: "link"});

function ring({ring: kinds, sparse, labels = []}) {
  const cells = [...kinds].map((kind, i) => ({kind, x: width / 2 + 36 * Math.cos((2 * Math.PI * i) / kinds.length), y: height / 2 + 36 * Math.sin((2 * Math.PI * i) / kinds.length)}));
  const links = cells.flatMap((a, i) => cells.slice(i + 1).filter((_, k) => !sparse || k === 0 || k === 2 || k + i + 1 === cells.length - 1).map((b) => line(a, b)));
  const below = labels.map((text) => svgNode("text", {x: width / 2, y: height + 11}, text));
  return [...links, ...cells.flatMap(({kind, x, y}) => cell(kind, x, y)), ...below];
}

/** `labels`: a text below each column. A column without cells stands for columns that are left out. */
function columns({columns: all, loose, within, skips = [], store = 0, grid, labels = []}) {
  const room = store ? height - 22 : height;
  const gap = (width - 24) / Math.max(1, all.length - 1);
  const cells = all.map((kinds, c) => [...kinds].map((kind, i) => ({kind, x: 12 + c * gap, y: room / 2 + (i - (kinds.length - 1) / 2) * Math.min(20, (room - 16) / Math.max(1, kinds.length - 1))})));
  const links = cells.slice(1).flatMap((column, c) => column.flatMap((b, i) => cells[c].filter((_, k) => (grid && c > 0 ? k === i : !loose || Math.abs(k / cells[c].length - i / column.length) < 0.4)).map((a) => line(a, b))));
  const inside = (column) => column.slice(1).map((b, i) => line(column[i], b));
  if (within) links.push(...cells[1].slice(2).map((b, i) => svgNode("path", {d: `M${cells[1][i].x} ${cells[1][i].y}q22 ${(b.y - cells[1][i].y) / 2} 0 ${b.y - cells[1][i].y}`, class: "link"})));
  if (grid) links.push(...cells.slice(1).flatMap(inside));
  const arcs = skips.map(([from, to]) => {
    const [a, b] = [cells[from][0], cells[to][0]], top = Math.min(a.y, b.y) - r;
    const above = Math.max(a.y - 34, 2 * (2 - attic) - top); // its highest point is halfway to there
    return svgNode("path", {d: `M${a.x} ${a.y - r}Q${(a.x + b.x) / 2} ${above} ${b.x} ${b.y - r}`, class: "link arc"});
  });
  const row = Array.from({length: store}, (_, i) => svgNode("rect", {x: width / 2 + (i - store / 2) * 14, y: height - 14, width: 12, height: 12, rx: 2, class: "cell cell-m"}));
  const wires = store ? cells[1].map((a) => line(a, {x: width / 2, y: height - 14})) : [];
  const at = (c) => 12 + c * gap;
  const left = all.flatMap((kinds, c) => (kinds === "" ? [svgNode("text", {x: at(c), y: room / 2 + 3, class: "left-out"}, "···")] : []));
  const below = labels.map((text, c) => svgNode("text", {x: at(c), y: height + 11}, text));
  return [...links, ...arcs, ...wires, ...cells.flat().flatMap(({kind, x, y}) => cell(kind, x, y)), ...row, ...left, ...below];
}

const attic = 14; // above the cells, for arcs

export function picture(network) {
  const tall = network.labels ? height + 14 : height, above = network.skips?.length > 0 ? attic : 0;
  const svg = svgNode("svg", {viewBox: `0 ${-above} ${width} ${tall + above}`, class: "network", "aria-hidden": "true"});
  svg.append(...(network.ring ? ring(network) : columns(network)));
  return svg;
}

function key(kind, text) {
  const svg = svgNode("svg", {viewBox: "0 0 18 18", class: "network key", "aria-hidden": "true"});
  svg.append(...cell(kind, 9, 9));
  return h("li", null, svg, text);
}

/** The kinds of cells with their names. */
export const cellNames = () => ({
  i: t("networks.cell_input"), x: t("networks.cell_noisy"), h: t("networks.cell_hidden"), p: t("networks.cell_chance"), r: t("networks.cell_loop"),
  m: t("networks.cell_memory"), k: t("networks.cell_window"), s: t("networks.cell_spike"), o: t("networks.cell_output"), a: t("networks.cell_again"),
});

/** What each kind of cell means. */
export const kindsOfCells = () => h("ul", {class: "legend"}, Object.entries(cellNames()).map(([kind, name]) => key(kind, name)));
