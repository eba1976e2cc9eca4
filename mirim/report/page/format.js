// How numbers are written, everywhere on the page. A number and its unit stay on one line (U+00A0).

const whole = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});

/** 1234567 -> "1,234,567" */
export const count = (n) => whole.format(n);

/** A fraction as per cent: 0.92314 -> "92.31 %" */
export const percent = (fraction, digits = 2) => `${(100 * fraction).toFixed(digits)}\u00a0%`;

/** 38204 -> "37.3 KB"; 1 KB is 1,024 bytes, as in the data sheets of boards. */
export function bytes(n) {
  if (n < 1024) return `${count(n)}\u00a0B`;
  const [value, unit] = n < 1024 * 1024 ? [n / 1024, "KB"] : [n / 1024 / 1024, "MB"];
  return `${value < 10 && value % 1 ? value.toFixed(2) : value < 100 && value % 1 ? value.toFixed(1) : whole.format(value)}\u00a0${unit}`;
}

/** 9812345 -> "9.81 million" */
export function large(n) {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} billion`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} million`;
  return count(n);
}

/** 9812345 -> "9.8 M", for axes */
export function short(n) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (n >= size) return `${+(n / size).toPrecision(3)} ${unit}`;
  return count(n);
}

/** 201.5 -> "3 min 22 s" */
export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** [1, 28, 28, 16] -> "28 × 28 × 16": the batch of one says nothing. */
export const shape = (dims) => (dims.length > 1 && dims[0] === 1 ? dims.slice(1) : dims).join(" × ");

/** Three digits that matter: 403.2 -> "403", 0.01234 -> "0.0123". */
export const sparse = (n) => (n >= 100 ? count(n) : `${+n.toPrecision(3)}`);

/** 0.0798 of it -> "12.5 × smaller" */
export function ratio(before, after) {
  const times = Math.max(before / after, after / before);
  if (!(times >= 1.005)) return "as large";
  return `${times >= 100 ? count(times) : times.toPrecision(3)}\u00a0× ${after < before ? "smaller" : "larger"}`;
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
