// A trained network drawn from its graph, with the cells of the chart of networks.
import {short} from "./format.js";

const most = 7; // columns of a drawing

/** How many cells stand for so many units. */
const cells = (units) => (units <= 4 ? units : Math.min(6, 2 + Math.ceil(1.3 * Math.log10(units))));

/** The kind of cell that a layer is, where its network on the chart has `inside` kinds. */
function kindOf(op, inside) {
  if (/CONV|POOL/.test(op)) return "k";
  if (/LSTM|MATMUL/.test(op)) return "m";
  if (/RNN/.test(op)) return "r";
  return inside.find((kind) => kind !== "k" && (op !== "WHILE" || kind !== "h")) ?? "h";
}

/** The columns that are drawn of so many: all, or the first and the last ones with null between. */
function shown(count) {
  const all = Array.from({length: count}, (_, i) => i);
  return count <= most ? all : [...all.slice(0, 3), null, ...all.slice(-3)];
}

/** A run's network as topologies.js draws it; `network` is its place on the chart, if it has one. */
export function sketched({columns, skips}, network) {
  if (network?.ring) {
    const units = columns[0].units, count = Math.max(6, 2 * cells(units));
    return {...network, ring: Array.from({length: count}, (_, i) => network.ring[Math.floor((i * network.ring.length) / count)]).join(""), labels: [short(units)]};
  }
  const chart = network?.columns ?? ["i", "h", "o"];
  const inside = [...new Set(chart.slice(1).join(""))].filter((kind) => !"oa".includes(kind));
  const end = chart.at(-1).at(-1);
  const kind = (i) => (i === 0 ? chart[0][0] : i === columns.length - 1 ? ("oa".includes(end) ? end : "o") : kindOf(columns[i].op, inside));
  const order = shown(columns.length);
  return {
    ...network,
    columns: order.map((i) => (i === null ? "" : kind(i).repeat(cells(columns[i].units)))),
    labels: order.map((i) => (i === null ? "" : short(columns[i].units))),
    skips: skips.map((pair) => pair.map((i) => order.indexOf(i))).filter(([a, b]) => a >= 0 && b >= 0),
    loose: columns.some(({op}) => /CONV|POOL/.test(op)), grid: false,
  };
}

/** The kinds of cells that a drawing has. */
export const kindsIn = (network) => [...new Set(network.ring ?? network.columns.join(""))];
