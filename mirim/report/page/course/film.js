// A training as a film: the boundary, what each hidden neuron says, the loss and the weights, epoch by epoch.
import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, section, svgNode, table} from "../dom.js";
import {digits, fixed, percent} from "../format.js";
import {t} from "../texts.js";
import {middle, paint, plane, slider, withScheme} from "./controls.js";
import {answers, cut} from "./net.js";

const cells = 56;

/** A square for each weight, its area the weight's magnitude: filled if positive, hollow if negative (a Hinton diagram). */
function hinton({units, inputs, weights}) {
  const largest = Math.max(1e-9, ...weights.map(Math.abs));
  const svg = svgNode("svg", {viewBox: `0 0 ${inputs} ${units}`, class: "hinton", style: `max-width:${Math.max(inputs * 15, 40)}px`, "aria-hidden": "true"});
  weights.forEach((w, i) => {
    const side = 0.9 * Math.sqrt(Math.abs(w) / largest);
    svg.append(svgNode("rect", {x: (i % inputs) + 0.5 - side / 2, y: Math.floor(i / inputs) + 0.5 - side / 2, width: side, height: side, class: w < 0 ? "minus" : "plus"}));
  });
  return svg;
}

/** The loss over the epochs, with the one that is shown. */
function lossChart(frames, shown) {
  const known = frames.filter((f) => f.loss !== undefined);
  return (width) => Plot.plot({
    width, height: 170, marginLeft: 46, marginRight: 12, marginTop: 10, marginBottom: 34, style: {fontSize: "12px", background: "none"},
    x: {label: t("epoch"), labelArrow: "none", domain: [0, frames.at(-1).epoch]}, y: {label: null, grid: true, ticks: 4, domain: [0, Math.max(...known.map((f) => f.loss))], tickFormat: (v) => digits(v, 3)},
    marks: [Plot.line(known, {x: "epoch", y: "loss", stroke: "var(--int8)", strokeWidth: 2}), Plot.ruleX([shown.epoch], {stroke: "var(--ink)", strokeDasharray: "3 3"}),
      Plot.dot(known.filter((f) => f === shown), {x: "epoch", y: "loss", r: 5, fill: "var(--int8)", stroke: "var(--card)"})],
  });
}

export function film({layers, points, frames}) {
  const main = plane(t("film.label"), points);
  const hidden = layers.slice(0, -1).map((layer, l) => Array.from({length: layer.units}, (_, u) => plane(t("film.neuron", {layer: l + 1, n: u + 1}))));
  const lossPlace = h("div"), weightPlace = h("div", {class: "hintons"});
  const line = h("p", {class: "figure-line", "aria-live": "off"});
  let at = frames.length - 1;
  const draw = () => {
    const frame = frames[at];
    const net = cut(layers, frame.weights);
    const output = new Array(cells * cells);
    const inside = hidden.map((all) => all.map(() => new Array(cells * cells)));
    for (let i = 0; i < cells * cells; ++i) {
      const said = answers(net, middle(i % cells, cells), -middle(Math.floor(i / cells), cells));
      output[i] = said.at(-1)[0];
      inside.forEach((all, l) => all.forEach((values, u) => { values[i] = net[l].activation === "tanh" ? (said[l][u] + 1) / 2 : said[l][u]; }));
    }
    paint(main.canvas, output, cells);
    hidden.forEach((all, l) => all.forEach(({canvas}, u) => paint(canvas, inside[l][u], cells)));
    lossPlace.replaceChildren(chart(t("film.loss_label", {loss: frame.loss === undefined ? "" : fixed(frame.loss, 3), epoch: frame.epoch}), lossChart(frames, frame)));
    weightPlace.replaceChildren(...net.map((layer, l) => h("figure", null, h("h3", null, t("film.weights_of", {n: l + 1})), hinton(layer))));
    line.textContent = frame.loss === undefined ? t("film.before") : t("film.at", {epoch: frame.epoch, loss: fixed(frame.loss, 3), accuracy: percent(frame.accuracy, 1)});
  };
  const move = slider(t("film.epoch"), {min: 0, max: frames.length - 1, step: 1, value: at, say: (i) => `${frames[i].epoch}`}, (i) => {
    at = i;
    draw();
  });
  let timer;
  const play = h("button", {type: "button", class: "plain", onclick: () => {
    if (timer) return stop();
    play.textContent = t("film.stop");
    if (at === frames.length - 1) at = -1;
    timer = setInterval(() => {
      move.set(++at);
      draw();
      if (at === frames.length - 1) stop();
    }, 120);
  }}, t("film.play"));
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = t("film.play");
  };
  withScheme(draw);
  return section("film", t("film.title"), t("film.note"),
    h("div", {class: "moves"}, move.node, play), line,
    legend(["transparent", t("plane.zero"), "ring"], ["var(--ink)", t("plane.one"), "square"]),
    h("div", {class: "beside"}, main.node, h("div", null, h("h3", null, t("film.loss")), lossPlace)),
    hidden.map((all, l) => h("figure", {class: "apart"}, h("h3", null, t("film.layer", {n: l + 1})), h("div", {class: "planes"}, all.map(({node}) => node)))),
    h("div", {class: "apart"}, h("p", {class: "note"}, t("film.weights_note")), weightPlace),
    asTable(table([{title: t("epoch"), text: true, cell: (f) => `${f.epoch}`}, {title: t("metric.loss"), cell: (f) => fixed(f.loss, 4)}, {title: t("metric.accuracy"), cell: (f) => percent(f.accuracy, 1)}],
      frames.filter((f) => f.loss !== undefined), {caption: t("film.title")})));
}
