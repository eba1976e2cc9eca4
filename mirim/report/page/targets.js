import {choice, h, section, table} from "./dom.js";
import {deployed, metrics} from "./model.js";

/** How well each of several targets is answered. */
export function targets(run) {
  const models = (run.models ?? []).filter((m) => m.targets?.length > 1);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const view = (model) => {
    const there = metrics.filter(({key}) => model.targets.some((t) => typeof t[key] === "number"));
    return table([{title: "target", text: true, cell: (t) => t.name},
      ...there.map((m) => ({title: m.short ?? m.title.toLowerCase(), cell: (t) => (typeof t[m.key] === "number" ? m.say(t[m.key]) : "")}))],
    model.targets, {caption: `Each target, ${model.name}`, stack: true});
  };
  const place = h("div", null, view(models[start]));
  return section("targets", "Target by target", null,
    models.length > 1 && choice("Model", models.map((m) => m.name), start, (i) => place.replaceChildren(view(models[i]))), place);
}
