import {h, section} from "./dom.js";
import {fixed} from "./format.js";
import {language, t} from "./texts.js";

const causes = {
  "constant": t("quantization.constant"), "outlier": t("quantization.outlier"), "unlike columns": t("quantization.unlike_columns"),
  "far from zero": t("quantization.far_from_zero"), "few steps": t("quantization.few_steps"), "rounding": t("quantization.rounding"), "earlier layers": t("quantization.earlier_layers"),
};

/** A warning in words: the run's own are English and tell more; in another language they are made of its figures. */
function inWords({name, column, cause, signal_to_noise_db: db, steps, text}) {
  if (text && (language === "en" || !(cause in causes) || !Number.isFinite(db) || !Number.isFinite(steps))) return text;
  const figures = {name, db: Number.isFinite(db) ? fixed(db, 1) : "?", steps: steps ?? "?", cause: causes[cause] ?? cause ?? ""};
  return column === undefined ? t("quantization.whole", figures) : t("quantization.column", {...figures, column});
}

/** What quantize warned of: tensors that keep little in int8, and what to do. */
export function quantization({quantization: found}) {
  if (!found?.warnings?.length) return null;
  const n = found.warnings.length;
  return section("quantization", t("quantization.title"),
    found.samples ? t("quantization.warnings_over", {n, samples: found.samples}) : t("quantization.warnings", {n}),
    h("ul", {class: "warnings"}, found.warnings.map((w) => h("li", null, inWords(w)))));
}
