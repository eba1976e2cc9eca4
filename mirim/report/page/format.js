// How numbers and dates are written, everywhere on the page: by the rules of its language. A number and its unit stay on one line (U+00A0).
import {locale, t} from "./texts.js";

const exact = new Intl.NumberFormat(locale, {maximumFractionDigits: 20});
const whole = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});

/** 1234567 -> "1,234,567" */
export const count = (n) => whole.format(n);

/** So many digits after the point: 0.5, 2 -> "0.50" */
export const fixed = (n, places) => withPlaces(places).format(n);
const writers = new Map();
function withPlaces(places) {
  if (!writers.has(places)) writers.set(places, new Intl.NumberFormat(locale, {minimumFractionDigits: places, maximumFractionDigits: places}));
  return writers.get(places);
}

/** So many digits that matter, without zeros at the end: 0.012345, 3 -> "0.0123" */
export const digits = (n, most) => exact.format(+n.toPrecision(most));

/** 0.0000123, 2 -> "1.23e-5" */
export const exponential = (n, places) => n.toExponential(places).replace(/[\d.]+/, (mantissa) => fixed(+mantissa, places));

/** A fraction as per cent: 0.92314 -> "92.31 %" */
export const percent = (fraction, digits = 2) => `${fixed(100 * fraction, digits)}\u00a0%`;

/** What stands between numbers of a row: a comma, where that is not the decimal mark. */
export const separator = fixed(0.5, 1).includes(",") ? "; " : ", ";

/** A title inside a sentence: "Area under the ROC curve" -> "area under the ROC curve"; "RMSE" and "R²" stay. */
export const lowered = (title) => (/^\p{Lu}[\p{Ll}\s]/u.test(title) ? title[0].toLowerCase() + title.slice(1) : title);

/** A moment in ISO 8601, UTC: "2026-01-02T03:04:05Z" -> "Jan 2, 2026, 3:04 AM UTC" */
export const moment = (iso) => `${new Date(iso).toLocaleString(locale, {dateStyle: "medium", timeStyle: "short", timeZone: "UTC"})} UTC`;

/** 38204 -> "37.3 KB"; 1 KB is 1,024 bytes, as in the data sheets of boards. */
export function bytes(n) {
  if (n < 1024) return `${count(n)}\u00a0B`;
  const [value, unit] = n < 1024 * 1024 ? [n / 1024, "KB"] : [n / 1024 / 1024, "MB"];
  return `${value < 10 && value % 1 ? fixed(value, 2) : value < 100 && value % 1 ? fixed(value, 1) : whole.format(value)}\u00a0${unit}`;
}

/** 9812345 -> "9.81 million" */
export function large(n) {
  if (n >= 1e9) return t("number.billion", {n: n / 1e9, value: fixed(n / 1e9, 2)});
  if (n >= 1e6) return t("number.million", {n: n / 1e6, value: fixed(n / 1e6, 2)});
  return count(n);
}

/** 9812345 -> "9.81 M", for axes */
export function short(n) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (n >= size) return `${digits(n / size, 3)} ${unit}`;
  return count(n);
}

/** 201.5 -> "3 min 22 s" */
export function duration(seconds) {
  if (seconds < 10) return `${fixed(seconds, 1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** [1, 28, 28, 16] -> "28 × 28 × 16": the batch of one says nothing. */
export const shape = (dims) => (dims.length > 1 && dims[0] === 1 ? dims.slice(1) : dims).join(" × ");

/** Three digits that matter: 403.2 -> "403", 0.01234 -> "0.0123". */
export const sparse = (n) => (n >= 100 ? count(n) : digits(n, 3));

/** 0.0798 of it -> "12.5 × smaller" */
export function ratio(before, after) {
  const factor = Math.max(before / after, after / before);
  if (!(factor >= 1.005)) return t("size.as_large");
  const times = factor >= 100 ? count(factor) : fixed(factor, factor >= 10 ? 1 : 2);
  return after < before ? t("size.smaller", {times}) : t("size.larger", {times});
}

/** An axis for sizes in bytes: from 0 if they are alike, else logarithmic, with powers of two as ticks. */
export function byteAxis(sizes, mostTicks) {
  const low = Math.min(...sizes), high = Math.max(...sizes);
  const tickFormat = (n) => bytes(n);
  if (high < 8 * low) {
    const unit = 2 ** Math.ceil(Math.log2(high / mostTicks));
    return {type: "linear", domain: [0, high], ticks: Array.from({length: Math.floor(high / unit) + 1}, (_, i) => i * unit), tickFormat};
  }
  const [first, last] = [Math.ceil(Math.log2(low / 1.3)), Math.floor(Math.log2(high * 1.3))];
  const every = Math.ceil((last - first + 1) / mostTicks);
  return {type: "log", base: 2, domain: [low / 1.3, high * 1.3], ticks: Array.from({length: Math.floor((last - first) / every) + 1}, (_, i) => 2 ** (first + i * every)), tickFormat};
}
