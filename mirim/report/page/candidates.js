import * as Plot from "@observablehq/plot";
import {asTable, chart, h, legend, table} from "./dom.js";
import {byteAxis, bytes, count} from "./format.js";
import {pareto} from "./front.js";
import {colour, metrics, span} from "./model.js";

/** "channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv1' bits=8" in words, a line for each layer of its own. */
export function inWords(candidate) {
  const word = (text) => {
    const [key, value] = text.split("=");
    const n = Number(value);
    if (key === "channels") return n > 0 && `${Math.round(100 * n)} % of the multiply-adds gone`;
    if (key === "sparsity") return n > 0 && `${Math.round(100 * n)} % zeros`;
    if (key === "clusters") return n > 0 && `${n} values`;
    return key === "bits" ? `${n} bits` : text;
  };
  // A layer's name is quoted; what stands between the quotes is not taken apart.
  const parts = candidate.split(/; (?=')/);
  const mix = parts[0].split(" ").map(word).filter(Boolean).join(", ");
  const own = parts.slice(1).map((part) => {
    const end = part.lastIndexOf("' ");
    return `${part.slice(1, end)}: ${part.slice(end + 2).split(" ").map((t) => word(t) || t.replace(/=.*/, " as it is")).join(", ")}`;
  });
  return [mix, ...own];
}

const shown = 6; // lines of single layers in a tip

function draw(width, all, front, metric, chosen, fill) {
  const height = Math.round(Math.max(300, Math.min(400, width * 0.5)));
  const {domain, ...x} = byteAxis(all.map((c) => c.stored_bytes), Math.max(2, Math.floor((width - 74) / 80)));
  const right = x.type === "log" ? domain[1] * 1.3 : domain[1] * 1.1;
  const unit = 15 / Math.sqrt(Math.max(...all.map((c) => c.flash)));
  const place = {x: "stored_bytes", y: metric.key};
  const r = (c) => Math.max(3.5, unit * Math.sqrt(c.flash));
  const path = [...front.map((c) => ({x: c.stored_bytes, y: c[metric.key]})), {x: right, y: front.at(-1)[metric.key]}];
  return Plot.plot({
    width, height, marginLeft: 58, marginRight: 16, marginTop: 16, marginBottom: 44, style: {fontSize: "12px", background: "none"},
    x: {...x, domain: [x.type === "log" ? domain[0] / 1.3 : 0, right], label: "stored bytes", labelArrow: "none", labelAnchor: "center"},
    y: {domain: span(all.map((c) => c[metric.key]), metric), label: null, grid: true, ticks: 4, tickFormat: metric.tick, insetTop: 24, insetBottom: 24},
    r: {type: "identity"},
    marks: [
      Plot.line(path, {x: "x", y: "y", curve: "step-after", stroke: "var(--quiet)", strokeWidth: 1.75}),
      Plot.dot(all.filter((c) => c !== chosen), {...place, r, fill, fillOpacity: (c) => (c.onFront ? 0.55 : 0.12), stroke: fill, strokeWidth: (c) => (c.finalist ? 2.5 : 1)}),
      Plot.dot([chosen], {...place, r, fill, fillOpacity: 0.95, stroke: "var(--ink)", strokeWidth: 2.5}),
      Plot.tip(all, Plot.pointer({...place, fill: "var(--card)", stroke: "var(--line)", maxRadius: 60, lineWidth: Math.min(34, width / 13),
        title: (c) => {
          const [mix, ...own] = inWords(c.candidate);
          return [`${c === chosen ? "Chosen: " : c.finalist ? "Finalist: " : ""}${mix}`, ...own.slice(0, shown), own.length > shown && `and ${own.length - shown} layers more`,
            `${metric.short ?? metric.title} ${metric.say(c[metric.key])}`, `${bytes(c.stored_bytes)} stored, ${bytes(c.flash)} flash, ${bytes(c.ram)} RAM`, `${count(c.macs)} multiply-adds`].filter(Boolean).join("\n");
        }})),
    ],
  });
}

/** The candidates that a shrink tried, as balls: of each model that it made. */
export function candidatesView(models) {
  const figures = models.flatMap((model) => {
    const {candidates, front: best, chosen: index} = model.found ?? {};
    if (!(candidates?.length > 0) || !candidates[index]) return [];
    const key = "accuracy" in candidates[0] ? "accuracy" : "rmse";
    const metric = {...metrics.find((m) => m.key === (key === "rmse" ? "root_mean_squared_error" : key)), key};
    const onFront = new Set(best);
    const all = candidates.map((c, i) => ({...c, stored_bytes: c.stored, onFront: onFront.has(i)}));
    const chosen = all[index];
    const fill = colour(models, model);
    const label = `Candidates of ${model.name}: ${all.length} tried, chosen ${inWords(chosen.candidate).join("; ")}, ${metric.say(chosen[key])} in ${bytes(chosen.stored_bytes)}`;
    const inOrder = all.filter((c) => c.onFront || c === chosen).sort((a, b) => a.stored_bytes - b.stored_bytes);
    return h("figure", {class: "apart"}, h("h3", null, `${model.name}: the ${all.length} candidates that shrink tried`),
      h("p", {class: "note"}, `${metric.title} on the validation samples; the area of a ball is the flash of its image. Full balls are those that no other beats in all of ${metric.title.toLowerCase()}, flash, stored bytes, RAM and multiply-adds; thick rims were trained for long; the dark rim is what was chosen.`),
      legend(["var(--quiet)", `Pareto front of ${metric.title.toLowerCase()} and stored bytes`, "line"]),
      chart(label, (width) => draw(width, all, pareto(all, metric), metric, chosen, fill)),
      asTable(table([
        {title: "candidate", text: true, cell: (c) => `${c === chosen ? "Chosen: " : ""}${inWords(c.candidate).join("; ")}`}, {title: metric.title.toLowerCase(), cell: (c) => metric.say(c[key])},
        {title: "stored, bytes", cell: (c) => count(c.stored_bytes)}, {title: "flash, bytes", cell: (c) => count(c.flash)}, {title: "RAM, bytes", cell: (c) => count(c.ram)}, {title: "multiply-adds", cell: (c) => count(c.macs)},
      ], inOrder, {caption: "Those that no other beats", stack: true})));
  });
  return figures.length > 0 && h("div", null, figures);
}
