import {h} from "./dom.js";
import {bytes, count, duration, large, percent, shape} from "./format.js";
import {deployed, float, taken} from "./model.js";

const figure = (name, value, ...details) => h("div", null, h("dt", null, name), h("dd", null, h("div", {class: "value"}, value), details));
const detail = (...text) => h("div", {class: "detail"}, ...text);

/** How much of a board's store is taken, as number and as bar. */
function meter(name, used, limit) {
  if (used === undefined) return null;
  if (!limit) return figure(name, bytes(used), detail(`${count(used)} bytes`));
  const part = used / limit;
  return figure(name, [bytes(used), " ", h("small", null, `of ${bytes(limit)}`)],
    h("div", {class: part > 1 ? "meter over" : "meter"}, h("i", {style: `width:${Math.min(100, 100 * part).toFixed(1)}%`})),
    detail(`${count(used)} bytes, ${percent(part, 1)}`));
}

function accuracy(run, model) {
  if (model?.accuracy === undefined) return null;
  const before = float(run);
  const difference = before && before !== model && before.accuracy !== undefined ? 100 * (model.accuracy - before.accuracy) : undefined;
  return figure(`Accuracy, ${model.name}`, percent(model.accuracy),
    detail(difference === undefined ? `on ${run.data?.test ? count(run.data.test) : "the"} test samples`
      : `${before.name} ${percent(before.accuracy)} (${difference < 0 ? "−" : "+"}${Math.abs(difference).toFixed(2)} points)`));
}

/** One sentence for who reads no further. */
function lead(run, model) {
  const {flash, ram} = taken(run);
  const parts = [];
  if (model?.accuracy !== undefined) parts.push(`The ${model.name} network answers ${percent(model.accuracy)} of ${run.data?.test ? `${count(run.data.test)} ` : ""}test samples right`);
  if (flash !== undefined && ram !== undefined) parts.push(`takes ${bytes(flash)} of flash and ${bytes(ram)} of RAM`);
  const sentence = parts.length ? `${parts.join(" and ")}.` : "";
  if (run.device?.fits === undefined) return sentence && h("p", {class: "lead"}, sentence);
  return h("p", {class: "lead"}, `${sentence} `, run.device.fits
    ? h("strong", {class: "good"}, `It fits the ${run.device.name}.`)
    : h("strong", {class: "bad"}, `It does not fit the ${run.device.name}.`));
}

/** Title, the verdict, and the few numbers that matter most. */
export function summary(run) {
  const model = deployed(run);
  const {firmware, device, data} = run;
  const {flash, ram} = taken(run);
  const facts = [
    data?.name && `${data.name}${data.input_shape ? `, ${shape(data.input_shape)}` : ""}`,
    data?.train && `${count(data.train)} samples to learn from`,
    run.seconds !== undefined && `made in ${duration(run.seconds)}`,
    device && [device.name, device.core, device.clock_hz && `${device.clock_hz / 1e6} MHz`].filter(Boolean).join(", "),
  ].filter(Boolean).join(" · ");
  const figures = [
    accuracy(run, model),
    model?.parameters !== undefined && figure("Parameters", count(model.parameters), detail(model.macs !== undefined ? `${large(model.macs)} multiply-adds an inference` : "")),
    meter("Flash", flash, device?.flash),
    meter("RAM", ram, device?.ram),
    firmware?.instructions_per_inference !== undefined && figure("Instructions per inference", large(firmware.instructions_per_inference),
      detail(`${count(firmware.instructions_per_inference)} on ${firmware.target}`, model?.macs ? `, ${(firmware.instructions_per_inference / model.macs).toFixed(2)} per multiply-add` : "")),
    firmware?.identical_outputs !== undefined && figure("Answers as on the host", [count(firmware.identical_outputs), " ", h("small", null, `of ${count(firmware.samples)}`)],
      detail(firmware.identical_outputs === firmware.samples ? "the emulated device gives the very same bytes" : h("span", {class: "bad"}, "the emulated device differs"))),
  ].filter(Boolean);
  return h("header", null,
    h("h1", null, run.name ?? run.recipe ?? "A run"),
    facts && h("p", {class: "quiet"}, facts),
    lead(run, model),
    figures.length > 0 && h("dl", {class: "figures"}, figures));
}
