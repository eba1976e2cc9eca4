import {h, section} from "./dom.js";

/** The graph as `mirim show --svg` draws it. As an image nothing in it can run, whatever the run says. */
export function graph(run) {
  if (typeof run.graph !== "string" || !run.graph.startsWith("<svg")) return null;
  const source = `data:image/svg+xml,${encodeURIComponent(run.graph)}`;
  return section("graph", "The graph", "What goes onto the device, from top to bottom, as `mirim show --svg` draws it: types, shapes, scales and zero points at the lines.",
    h("div", {class: "picture", tabindex: "0", role: "region", "aria-label": "graph"}, h("img", {src: source, alt: "The graph of the model, a box for each operator"})),
    h("p", {class: "note"}, h("a", {href: source, download: `${run.name ?? "graph"}.svg`}, "Save the picture as SVG")));
}
