import {h, section} from "./dom.js";
import {t} from "./texts.js";

/** What quantize warned of: tensors that keep little in int8, and what to do. */
export function quantization({quantization: found}) {
  if (!found?.warnings?.length) return null;
  const n = found.warnings.length;
  return section("quantization", t("quantization.title"),
    found.samples ? t("quantization.warnings_over", {n, samples: found.samples}) : t("quantization.warnings", {n}),
    h("ul", {class: "warnings"}, found.warnings.map((w) => h("li", null, w.text ?? `${w.name}: ${w.cause}`))));
}
