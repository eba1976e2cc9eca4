// A chapter of the course: its text, with figures where it names them, and exercises that check an answer.
import {marked} from "marked";
import {arena} from "./arena.js";
import {ball} from "./ball.js";
import {drawn} from "./chart.js";
import {classes} from "./classes.js";
import {compression, models} from "./compression.js";
import {activations} from "./course/activations.js";
import {balance} from "./course/balance.js";
import {codebook} from "./course/codebook.js";
import {cores} from "./course/cores.js";
import {costs} from "./course/costs.js";
import {exercises} from "./course/exercises.js";
import {file} from "./course/file.js";
import {film} from "./course/film.js";
import {grid} from "./course/grid.js";
import {networks} from "./course/networks.js";
import {neuron} from "./course/neuron.js";
import {systolic} from "./course/systolic.js";
import {temperature} from "./course/temperature.js";
import {h} from "./dom.js";
import {graph} from "./graph.js";
import {layers} from "./layers.js";
import {learning} from "./learning.js";
import {quantization} from "./quantization.js";
import {t} from "./texts.js";
import {worst} from "./worst.js";

/** Figures of the course: (data, run) => element. */
const figures = {activations, balance, codebook, cores, costs, file, film, grid, networks, neuron, systolic, temperature};
/** Sections of a report, of the chapter's own run: "report arena". */
const sections = {arena, ball, classes, compression, graph, layers, learning, models, quantization, worst};

/** Markdown as elements. It is the course's own text, which is in the program; no input of a user. */
export function prose(markdown) {
  const place = h("div", {class: "prose"});
  place.innerHTML = marked.parse(markdown);
  for (const table of place.querySelectorAll("table")) table.replaceWith(h("div", {class: "scroll"}, table.cloneNode(true)));
  return place;
}

function figure(name, {figures: all, run}) {
  const data = all[name];
  if (name.startsWith("chart ")) return drawn(data);
  if (name.startsWith("report ")) return sections[name.slice(7)](run);
  return figures[name](data, run);
}

/** {title, parts} of the page. */
export function chapter(data) {
  const parts = data.text.split(/<!-- figure: ([^>]*?) -->/).flatMap((part, i) => (i % 2 === 0 ? [part.trim() && prose(part)] : [figure(part, data)]));
  return {title: `${data.number}. ${data.title}`, parts: [
    h("header", null, h("p", {class: "quiet"}, t("chapter.of", {number: data.number, chapters: data.chapters})), h("h1", null, `${data.number}. ${data.title}`)),
    ...parts.filter(Boolean),
    exercises(data.exercises, prose),
    h("footer", null, h("span", null, t("page.made_by", {version: data.run.mirim})),
      h("span", null, data.number < data.chapters ? t("chapter.next", {number: `${data.number + 1}`}) : t("chapter.last"))),
  ]};
}
