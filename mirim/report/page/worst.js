import {t} from "./texts.js";
import * as Plot from "@observablehq/plot";
import {chart, h, section, table} from "./dom.js";
import {count, digits, percent, separator} from "./format.js";
import {deployed} from "./model.js";

const say = (v) => (v === null || v === undefined ? "" : digits(v, 4));

/** A picture's bytes, drawn so that each pixel is seen. */
function picture({pixels, pixel_shape: [height, width, channels]}, alt) {
  const canvas = h("canvas", {width, height, role: "img", "aria-label": alt});
  const raw = atob(pixels);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i) {
    for (let c = 0; c < 3; ++c) image.data[4 * i + c] = raw.charCodeAt(i * channels + (channels === 3 ? c : 0));
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A long row of numbers as a line. */
const signal = (values, alt) => chart(alt, (width) => Plot.plot({
  width, height: 72, margin: 4, axis: null, style: {background: "none"},
  marks: [Plot.line(values.map((v, i) => [i, v]).filter(([, v]) => v !== null), {stroke: "var(--ink)", strokeWidth: 1})],
}));

function named(run, model) {
  const names = model.classes ?? [];
  return (label) => names[label] ?? `${label}`;
}

/** What the sample is and what the model made of it. */
function verdict(sample, name) {
  if (sample.label !== undefined) {
    return [h("div", null, name(sample.label)), h("div", {class: "bad"}, t("worst.taken", {answer: name(sample.answer)})), h("div", {class: "detail"}, t("worst.sure", {share: percent(sample.confidence, 1), n: sample.index}))];
  }
  if (sample.expected) {
    return [h("div", null, sample.expected.map(say).join(separator)), h("div", {class: "bad"}, t("worst.answered", {values: sample.answered.map(say).join(separator)})), h("div", {class: "detail"}, t("worst.sample", {n: sample.index}))];
  }
  return [h("div", null, t("worst.sample", {n: sample.index})), h("div", {class: "bad"}, t("worst.error", {value: say(sample.error)}))];
}

function asRows(samples, run, name) {
  const features = run.data?.features ?? [];
  const shown = Math.min(samples[0].values.length, 16);
  const classes = samples[0].label !== undefined;
  const title = (i) => features[i] ?? `${i}`;
  return table([
    {title: t("worst.sample_column"), cell: (s) => count(s.index)},
    ...(classes ? [
      {title: t("worst.is"), text: true, cell: (s) => name(s.label)}, {title: t("worst.taken_column"), text: true, cell: (s) => h("span", {class: "bad"}, name(s.answer))}, {title: t("worst.sure_column"), cell: (s) => percent(s.confidence, 1)},
    ] : samples[0].expected ? [
      {title: (run.data?.targets ?? [t("worst.is")]).slice(0, 4).join(", "), cell: (s) => s.expected.map(say).join(separator)}, {title: t("worst.answered_column"), cell: (s) => h("span", {class: "bad"}, s.answered.map(say).join(separator))},
    ] : [{title: t("worst.error_column"), cell: (s) => h("span", {class: "bad"}, say(s.error))}]),
    ...[...Array(shown).keys()].map((i) => ({title: title(i), class: "feature", cell: (s) => say(s.values[i])})),
  ], samples, {caption: samples[0].values.length > shown ? t("worst.first_numbers", {shown, n: samples[0].values.length}) : t("worst.numbers"), stack: true});
}

/** The test samples on which the model that is deployed errs most. */
export function worst(run) {
  const model = deployed(run);
  const samples = model?.worst?.samples;
  if (!samples?.length) return null;
  const name = named(run, model);
  const classes = samples[0].label !== undefined;
  const note = classes ? t("worst.note_classes", {model: model.name}) : t("worst.note", {model: model.name});
  const rows = samples[0].values && samples[0].values.length <= 64;
  return section("worst", t("worst.title"), note, rows ? asRows(samples.slice(0, 6), run, name)
    : h("ul", {class: "gallery"}, samples.map((sample) => h("li", null,
      sample.pixels ? picture(sample, t("worst.sample", {n: sample.index})) : signal(sample.values, t("worst.sample", {n: sample.index})), ...verdict(sample, name)))));
}
