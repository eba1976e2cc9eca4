import {h, section} from "./dom.js";
import {count} from "./format.js";

/** What quantize warned of: tensors that keep little in int8, and what to do. */
export function quantization({quantization: found}) {
  if (!found?.warnings?.length) return null;
  const n = found.warnings.length;
  return section("quantization", "What int8 loses",
    `${count(n)} warning${n > 1 ? "s" : ""} of quantize${found.samples ? `, over ${count(found.samples)} samples` : ""}: a signal below 20 dB, or fewer than 8 steps.`,
    h("ul", {class: "warnings"}, found.warnings.map((w) => h("li", null, w.text ?? `${w.name}: ${w.cause}`))));
}
