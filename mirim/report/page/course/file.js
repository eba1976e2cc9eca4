// What is in a .tflite: its first bytes, and its tensors by size.
import {h, section, table} from "../dom.js";
import {count, digits, shape} from "../format.js";
import {t} from "../texts.js";

const letter = (b) => (b >= 33 && b < 127 ? String.fromCharCode(b) : "·");

export function file({bytes, head, tensors}) {
  const largest = Math.max(...tensors.map((x) => x.bytes), 1);
  const held = tensors.reduce((sum, x) => sum + x.bytes, 0);
  return section("file", t("file.title"), t("file.note", {bytes, held}),
    h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": t("file.head")}, h("div", {class: "hex"}, head.map((b, i) =>
      h("span", {class: i >= 4 && i < 8 ? "mark" : null}, h("small", null, `${i}`), h("code", null, b.toString(16).padStart(2, "0")), h("code", null, letter(b)))))),
    h("div", {class: "apart"}, table([
      {title: t("file.tensor"), text: true, cell: (x) => x.name}, {title: t("file.type"), text: true, cell: (x) => x.type}, {title: t("file.shape"), text: true, cell: (x) => shape(x.shape)},
      {title: t("file.bytes"), class: "share", cell: (x) => (x.bytes ? h("span", null, h("b", null, count(x.bytes)), h("span", {class: "bar"}, h("i", {style: `width:${((100 * x.bytes) / largest).toFixed(1)}%`}))) : "")},
      {title: t("file.scales"), cell: (x) => (x.scales === 0 ? "" : x.scales === 1 ? digits(x.scale, 4) : t("file.per_channel", {n: x.scales}))},
      {title: t("file.zero_point"), cell: (x) => (x.scales === 1 ? `${x.zero_point}` : "")},
    ], tensors, {caption: t("file.tensors"), stack: true})));
}
