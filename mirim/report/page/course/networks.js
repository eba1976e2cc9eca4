// A figure of the course: the chart of networks.
import {h, section} from "../dom.js";
import {t} from "../texts.js";
import {families, kindsOfCells, picture} from "../topologies.js";

export const networks = () => section("networks", t("networks.title"), t("networks.note"),
  kindsOfCells(),
  families().map(({title, all}) => h("figure", {class: "apart"}, h("h3", null, title), h("div", {class: "multiples"}, all.map((network) =>
    h("div", null, picture(network), h("div", null, h("b", null, network.code), ` ${network.name}, ${network.year}`), h("div", {class: "detail"}, network.use)))))));
