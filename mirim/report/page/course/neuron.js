// One neuron on two inputs: its weights by hand, or as trained.
import {choice, h, legend, section} from "../dom.js";
import {fixed} from "../format.js";
import {t} from "../texts.js";
import {middle, paint, plane, pointsOver, slider, withScheme} from "./controls.js";

const corners = (labels) => [[-0.7, -0.7], [-0.7, 0.7], [0.7, -0.7], [0.7, 0.7]].map(([x, y], i) => [x, y, labels[i]]);

export function neuron(data) {
  const trained = data.frames.at(-1).weights;
  const sets = [[t("neuron.clouds"), data.points], ["AND", corners([0, 0, 0, 1])], ["OR", corners([0, 1, 1, 1])], ["XOR", corners([0, 1, 1, 0])]];
  const {canvas, node} = plane(t("neuron.label"));
  const verdict = h("p", {class: "figure-line", "aria-live": "polite"});
  let points = sets[0][1];
  const draw = () => {
    const [w1, w2, b] = sliders.map((s) => s.value());
    const n = 90, answer = (x, y) => 1 / (1 + Math.exp(-(w1 * x + w2 * y + b)));
    paint(canvas, Array.from({length: n * n}, (_, i) => answer(middle(i % n, n), -middle(Math.floor(i / n), n))), n);
    const right = points.filter(([x, y, label]) => (answer(x, y) > 0.5) === (label === 1)).length;
    verdict.textContent = t("neuron.right", {right, all: points.length});
  };
  const most = Math.max(6, ...trained.map((w) => Math.ceil(Math.abs(w))));
  const sliders = ["w1", "w2", "b"].map((name, i) => slider(name, {min: -most, max: most, step: 0.1, value: trained[i], say: (v) => fixed(v, 1)}, draw));
  const show = (i) => {
    points = sets[i][1];
    node.querySelector("svg")?.remove();
    node.append(pointsOver(points));
    draw();
  };
  node.append(pointsOver(points));
  const asTrained = h("button", {type: "button", class: "plain", onclick: () => {
    sliders.forEach((s, i) => s.set(trained[i]));
    draw();
  }}, t("neuron.as_trained"));
  withScheme(draw);
  return section("neuron", t("neuron.title"), t("neuron.note"),
    choice(t("neuron.data"), sets.map(([name]) => name), 0, show),
    legend(["transparent", t("plane.zero"), "ring"], ["var(--ink)", t("plane.one"), "square"]),
    h("div", {class: "beside"}, node, h("div", null, sliders.map((s) => s.node), verdict, asTrained)));
}
