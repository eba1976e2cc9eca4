import {h, section} from "./dom.js";
import {t} from "./texts.js";

/** The graph as `mirim show --svg` draws it. As an image nothing in it can run, whatever the run says. */
export function graph(run) {
  if (typeof run.graph !== "string" || !run.graph.startsWith("<svg")) return null;
  const source = `data:image/svg+xml,${encodeURIComponent(run.graph)}`;
  return section("graph", t("graph.title"), t("graph.note"),
    h("div", {class: "picture", tabindex: "0", role: "region", "aria-label": t("graph.title")}, h("img", {src: source, alt: t("graph.alt")})),
    h("p", {class: "note"}, h("a", {href: source, download: `${run.name ?? "graph"}.svg`}, t("graph.save"))));
}
