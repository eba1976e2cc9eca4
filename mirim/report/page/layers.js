import {choice, h, section, table} from "./dom.js";
import {count, percent, shape} from "./format.js";
import {deployed} from "./model.js";

function view(model) {
  const sum = (key) => model.layers.reduce((all, layer) => all + (layer[key] ?? 0), 0);
  const macs = sum("macs") || 1;
  const number = (key, title) => ({title, cell: (l) => (l[key] === undefined ? "" : count(l[key]))});
  return table([
    {title: "layer", text: true, cell: (l) => l.name},
    {title: "operator", text: true, cell: (l) => h("code", null, l.op)},
    {title: "output", cell: (l) => (l.output_shape ? shape(l.output_shape) : "")},
    number("parameters", "parameters"), number("weight_bytes", "weights, bytes"), number("activation_bytes", "output, bytes"), number("macs", "multiply-adds"),
    {title: "share", class: "share", cell: (l) => h("span", null, h("span", {class: "bar", "aria-hidden": "true"}, h("i", {style: `width:${(100 * (l.macs ?? 0)) / macs}%`})), h("b", null, percent((l.macs ?? 0) / macs, 1)))},
  ], model.layers, {caption: `${model.layers.length} layers, ${model.name}`,
    foot: ["all", "", "", count(sum("parameters")), count(sum("weight_bytes")), "", count(sum("macs")), percent(1, 1)]});
}

/** Where parameters, memory and work go, layer by layer. */
export function layers(run) {
  const models = (run.models ?? []).filter((m) => m.layers?.length);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const place = h("div", null, view(models[start]));
  return section("layers", "Layer by layer", "The share is of all multiply-adds.",
    models.length > 1 && choice("Model", models.map((m) => m.name), start, (i) => place.replaceChildren(view(models[i]))), place);
}
