import {choice, h, section, table} from "./dom.js";
import {count, percent, shape} from "./format.js";
import {deployed} from "./model.js";

const weak = 20; // dB: below it a layer's error is a tenth of its values

function view(model) {
  const sum = (key) => model.layers.reduce((all, layer) => all + (layer[key] ?? 0), 0);
  const counted = model.layers.some((l) => l.instructions !== undefined);
  const work = counted ? "instructions" : "macs";
  const all = sum(work) || 1;
  const number = (key, title) => ({title, cell: (l) => (l[key] === undefined ? "" : count(l[key]))});
  const compared = model.layers.some((l) => l.signal_to_noise_db !== undefined);
  const columns = [
    {title: "layer", text: true, cell: (l) => [l.name, h("code", {class: "op"}, l.op)]},
    {title: "output", cell: (l) => (l.output_shape ? shape(l.output_shape) : "")},
    number("parameters", "parameters"), number("weight_bytes", "weights, bytes"), number("activation_bytes", "output, bytes"), number("macs", "multiply-adds"),
    ...(counted ? [number("instructions", "instructions")] : []),
    {title: counted ? "share" : "share, estimate", class: "share", cell: (l) => h("span", null,
      h("span", {class: "bar", "aria-hidden": "true"}, h("i", {style: `width:${(100 * (l[work] ?? 0)) / all}%`})), h("b", null, percent((l[work] ?? 0) / all, 1)))},
    ...(compared ? [{title: "int8, dB", cell: (l) => (l.signal_to_noise_db === undefined ? "" :
      h("span", {class: l.signal_to_noise_db < weak ? "bad" : null}, l.signal_to_noise_db.toFixed(1)))}] : []),
  ];
  const foot = ["all", "", count(sum("parameters")), count(sum("weight_bytes")), "", count(sum("macs")), ...(counted ? [count(sum("instructions"))] : []), percent(1, 1), ...(compared ? [""] : [])];
  return h("div", null,
    h("p", {class: "note"}, [counted ? "The share is of the instructions counted on the emulated board." : "The share is of the multiply-adds, an estimate of where the time goes.",
      compared && `dB: how far the int8 layer's values are from the float ones, over test samples; below ${weak} is little to work with, 6 more is one bit more.`].filter(Boolean).join(" ")),
    table(columns, model.layers, {caption: `${model.layers.length} layer${model.layers.length === 1 ? "" : "s"}, ${model.name}`, stack: true, foot}));
}

/** Where parameters, memory and work go, layer by layer, and what int8 costs each. */
export function layers(run) {
  const models = (run.models ?? []).filter((m) => m.layers?.length);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const place = h("div", null, view(models[start]));
  return section("layers", "Layer by layer", null,
    models.length > 1 && choice("Model", models.map((m) => m.name), start, (i) => place.replaceChildren(view(models[i]))), place);
}
