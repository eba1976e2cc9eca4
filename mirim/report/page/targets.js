import {choice, h, section, table} from "./dom.js";
import {lowered} from "./format.js";
import {deployed, metrics} from "./model.js";
import {t} from "./texts.js";

/** How well each of several targets is answered. */
export function targets(run) {
  const models = (run.models ?? []).filter((m) => m.targets?.length > 1);
  if (models.length === 0) return null;
  const start = Math.max(0, models.indexOf(deployed(run)));
  const view = (model) => {
    const there = metrics.filter(({key}) => model.targets.some((r) => typeof r[key] === "number"));
    return table([{title: t("targets.target"), text: true, cell: (r) => r.name},
      ...there.map((m) => ({title: m.short ?? lowered(m.title), cell: (r) => (typeof r[m.key] === "number" ? m.say(r[m.key]) : "")}))],
    model.targets, {caption: t("targets.caption", {model: model.name}), stack: true});
  };
  const place = h("div", null, view(models[start]));
  return section("targets", t("targets.title"), null,
    models.length > 1 && choice(t("page.model"), models.map((m) => m.name), start, (i) => place.replaceChildren(view(models[i]))), place);
}
