// The report of a run (docs/run-json.md): a section for each part that is there.
import {arena} from "./arena.js";
import {ball} from "./ball.js";
import {classes} from "./classes.js";
import {compression} from "./compression.js";
import {h} from "./dom.js";
import {moment} from "./format.js";
import {graph} from "./graph.js";
import {layers} from "./layers.js";
import {learning} from "./learning.js";
import {quantization} from "./quantization.js";
import {recipe} from "./recipe.js";
import {seeds} from "./seeds.js";
import {summary} from "./summary.js";
import {targets} from "./targets.js";
import {t} from "./texts.js";
import {worst} from "./worst.js";

function footer(run) {
  const json = new Blob([JSON.stringify(run, null, 1)], {type: "application/json"});
  return h("footer", null,
    h("span", null, run.made ? t("page.made_on", {version: run.mirim, date: moment(run.made)}) : t("page.made_by", {version: run.mirim})),
    h("span", null, t("page.units")),
    h("a", {href: URL.createObjectURL(json), download: "run.json"}, t("page.save_json")));
}

/** {title, parts}: the page's title, and the elements of its <main>. */
export const report = (run) => ({title: run.name ?? run.recipe ?? t("summary.run"),
  parts: [summary, ball, seeds, compression, learning, classes, targets, worst, quantization, layers, graph, arena, recipe, footer].map((part) => part(run)).filter(Boolean)});
