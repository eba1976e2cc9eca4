// What a reader moves, and planes that are coloured by a function.
import {h, svgNode} from "../dom.js";

let ids = 0;

/** A slider with its name and value: {node, value(), set(v)}; say writes the value, onInput is called with each new one. */
export function slider(name, {min, max, step, value, say = String}, onInput) {
  const id = `slider-${++ids}`;
  const input = h("input", {type: "range", id, min, max, step, value});
  const output = h("output", {for: id}, say(value));
  const read = () => Number(input.value);
  input.addEventListener("input", () => {
    output.textContent = say(read());
    input.setAttribute("aria-valuetext", say(read()));
    onInput(read());
  });
  const set = (v) => {
    input.value = v;
    output.textContent = say(read());
  };
  return {node: h("div", {class: "slider"}, h("label", {for: id}, name), input, output), value: read, set};
}

/** The colour that a CSS variable has now, as [red, green, blue]. */
export function colourOf(variable) {
  const probe = h("i", {style: `color:var(${variable});display:none`});
  document.body.append(probe);
  const rgb = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  probe.remove();
  return rgb;
}

/** Calls draw now and again when the page turns dark or light. */
export function withScheme(draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  queueMicrotask(draw);
}

/** How far the planes of points reach, in each direction from 0. */
export const reach = 1.25;

/** The middle of cell i of n, along the plane. */
export const middle = (i, n) => ((i + 0.5) / n * 2 - 1) * reach;

/** Paints values from 0 to 1, row by row from the top, onto a square canvas of n x n cells: 0 in one hue, 1 in the other, a half as the card. */
export function paint(canvas, values, n) {
  const [low, high, card] = ["--float32", "--int8", "--card"].map(colourOf);
  canvas.width = canvas.height = n;
  const image = new ImageData(n, n);
  values.forEach((v, i) => {
    const end = v < 0.5 ? low : high, part = Math.min(1, Math.abs(2 * v - 1)) * 0.85;
    for (let c = 0; c < 3; ++c) image.data[4 * i + c] = card[c] + part * (end[c] - card[c]);
    image.data[4 * i + 3] = 255;
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Points over a plane, [x, y, label]: class 0 as rings, class 1 as filled squares. */
export function pointsOver(points) {
  const svg = svgNode("svg", {viewBox: `${-reach} ${-reach} ${2 * reach} ${2 * reach}`, class: "points", "aria-hidden": "true"});
  const r = points.length > 100 ? 0.016 : 0.05;
  for (const [x, y, label] of points) {
    svg.append(label === 0 ? svgNode("circle", {cx: x, cy: -y, r, class: "zero", "stroke-width": r / 2}) : svgNode("rect", {x: x - r, y: -y - r, width: 2 * r, height: 2 * r, class: "one"}));
  }
  return svg;
}

/** A square place for a canvas and points over it. */
export const plane = (label, points) => {
  const canvas = h("canvas", {class: "plane"});
  return {canvas, node: h("div", {class: "plane", role: "img", "aria-label": label}, canvas, points && pointsOver(points))};
};
