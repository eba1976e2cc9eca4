import {choice, h, section, table} from "./dom.js";
import {count, fixed, percent, shape} from "./format.js";
import {deployed} from "./model.js";
import {t} from "./texts.js";

const weak = 20; // dB: below it a layer's error is a tenth of its values

function view(model) {
  const sum = (key) => model.layers.reduce((all, layer) => all + (layer[key] ?? 0), 0);
  const counted = model.layers.some((l) => l.instructions !== undefined);
  const work = counted ? "instructions" : "macs";
  const all = sum(work) || 1;
  const number = (key, title) => ({title, cell: (l) => (l[key] === undefined ? "" : count(l[key]))});
  const compared = model.layers.some((l) => l.signal_to_noise_db !== undefined);
  const columns = [
    {title: t("layers.layer"), text: true, cell: (l) => [l.name, h("code", {class: "op"}, l.op)]},
    {title: t("layers.output"), cell: (l) => (l.output_shape ? shape(l.output_shape) : "")},
    number("parameters", t("column.parameters")), number("weight_bytes", t("layers.weights")), number("activation_bytes", t("layers.output_bytes")), number("macs", t("macs")),
    ...(counted ? [number("instructions", t("layers.instructions"))] : []),
    {title: counted ? t("layers.share") : t("layers.share_estimate"), class: "share", cell: (l) => h("span", null,
      h("span", {class: "bar", "aria-hidden": "true"}, h("i", {style: `width:${(100 * (l[work] ?? 0)) / all}%`})), h("b", null, percent((l[work] ?? 0) / all, 1)))},
    ...(compared ? [{title: t("layers.db"), cell: (l) => (l.signal_to_noise_db === undefined ? "" :
      h("span", {class: l.signal_to_noise_db < weak ? "bad" : null}, fixed(l.signal_to_noise_db, 1)))}] : []),
  ];
  const foot = [t("layers.all"), "", count(sum("parameters")), count(sum("weight_bytes")), "", count(sum("macs")), ...(counted ? [count(sum("instructions"))] : []), percent(1, 1), ...(compared ? [""] : [])];
  return h("div", null,
    h("p", {class: "note"}, [counted ? t("layers.of_instructions") : t("layers.of_macs"),
      compared && t("layers.about_db", {weak})].filter(Boolean).join(" ")),
    table(columns, model.layers, {caption: t("layers.caption", {n: model.layers.length, model: model.name}), stack: true, foot}));
}

/** Where parameters, memory and work go, layer by layer, and what int8 costs each. */
export function layers(run) {
  const models = (run.models ?? []).filter((m) => m.layers?.length);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const place = h("div", null, view(models[start]));
  return section("layers", t("layers.title"), null,
    models.length > 1 && choice(t("page.model"), models.map((m) => m.name), start, (i) => place.replaceChildren(view(models[i]))), place);
}
