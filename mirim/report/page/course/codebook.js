// The 4x4 matrix of Han, Mao and Dally (2016), figure 3: its weights as indices of a few centroids.
import {h, section, table} from "../dom.js";
import {count, digits, fixed} from "../format.js";
import {t} from "../texts.js";
import {slider} from "./controls.js";

const weights = [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0, -1.03, 1.87, 0, 1.53, 1.49];
const hues = 6;

/** Lloyd's algorithm from centroids spread evenly over the range: {centroids, index}. Empty clusters go. */
export function cluster(values, k) {
  const low = Math.min(...values), high = Math.max(...values);
  let centroids = Array.from({length: k}, (_, i) => (k === 1 ? (low + high) / 2 : low + (i * (high - low)) / (k - 1)));
  const nearest = (v) => centroids.reduce((best, c, i) => (Math.abs(v - c) < Math.abs(v - centroids[best]) ? i : best), 0);
  for (let turn = 0; turn < 50; ++turn) {
    const index = values.map(nearest);
    centroids = centroids.map((c, i) => {
      const mine = values.filter((_, v) => index[v] === i);
      return mine.length ? mine.reduce((a, b) => a + b) / mine.length : null;
    }).filter((c) => c !== null);
  }
  return {centroids, index: values.map(nearest)};
}

const square = (name, cells) => h("figure", null, h("h3", null, name), h("div", {class: "matrix"}, cells));
const cell = (text, i) => h("span", {style: `background:var(--hue-${i % hues})`}, text);

export function codebook() {
  const place = h("div", {class: "matrices"}), line = h("p", {class: "figure-line", "aria-live": "polite"}), list = h("div", {class: "apart"});
  const draw = (k) => {
    const {centroids, index} = cluster(weights, k);
    const bits = Math.ceil(Math.log2(centroids.length)), small = (weights.length * bits) / 8 + 4 * centroids.length;
    place.replaceChildren(
      square(t("codebook.weights"), weights.map((w, i) => cell(fixed(w, 2), index[i]))),
      square(t("codebook.indices"), weights.map((_, i) => cell(`${index[i]}`, index[i]))),
      square(t("codebook.again"), weights.map((_, i) => cell(fixed(centroids[index[i]], 2), index[i]))));
    line.textContent = t("codebook.at", {n: centroids.length, bits, bytes: small, times: digits(64 / small, 3)});
    list.replaceChildren(table([
      {title: t("codebook.index"), text: true, cell: (c) => `${c.i}`}, {title: t("codebook.centroid"), cell: (c) => fixed(c.value, 3)},
      {title: t("codebook.members"), text: true, cell: (c) => weights.filter((_, v) => index[v] === c.i).map((w) => fixed(w, 2)).join("  ")}, {title: t("codebook.count"), cell: (c) => count(index.filter((i) => i === c.i).length)},
    ], centroids.map((value, i) => ({value, i})), {caption: t("codebook.centroids"), stack: true}));
  };
  const move = slider(t("codebook.k"), {min: 1, max: 8, step: 1, value: 4}, draw);
  draw(4);
  return section("codebook", t("codebook.title"), t("codebook.note"), move.node, line, place, list);
}
