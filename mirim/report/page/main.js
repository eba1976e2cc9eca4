// The report: reads the run's JSON (docs/run-json.md) and shows a section for each part that is there.
import {arena} from "./arena.js";
import {ball} from "./ball.js";
import {classes} from "./classes.js";
import {compression} from "./compression.js";
import {h} from "./dom.js";
import {graph} from "./graph.js";
import {layers} from "./layers.js";
import {learning} from "./learning.js";
import {quantization} from "./quantization.js";
import {recipe} from "./recipe.js";
import {seeds} from "./seeds.js";
import {summary} from "./summary.js";
import {targets} from "./targets.js";
import {worst} from "./worst.js";

const run = JSON.parse(document.getElementById("run").textContent);
document.title = `${run.name ?? run.recipe ?? "a run"} · mirim`;

function footer() {
  const json = new Blob([JSON.stringify(run, null, 1)], {type: "application/json"});
  return h("footer", null,
    h("span", null, ["Made by mirim", run.mirim, run.made && `on ${run.made.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}`].filter(Boolean).join(" ")),
    h("span", null, "1 KB is 1,024 bytes. Charts by Observable Plot."),
    h("a", {href: URL.createObjectURL(json), download: "run.json"}, "Save the numbers as JSON"));
}

document.getElementById("page").replaceChildren(
  ...[summary, ball, seeds, compression, learning, classes, targets, worst, quantization, layers, graph, arena, recipe, footer].map((part) => part(run)).filter(Boolean));
