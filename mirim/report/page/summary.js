import {h} from "./dom.js";
import {bytes, count, duration, large, percent, shape, sparse} from "./format.js";
import {deployed, loss, mainMetric, metricsOf, taken} from "./model.js";

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

/** How good the model is, against the float one; and its other figures. */
function quality(run, model) {
  const main = model && mainMetric([model]);
  if (!main) return null;
  const lost = loss(run);
  const others = main.key === "accuracy" ? [] : metricsOf(model).filter(({key}) => key !== main.key && key !== "loss");
  const {threshold} = model;
  return figure(`${main.title}, ${model.name}`, lost?.bad ? h("span", {class: "bad"}, main.say(model[main.key])) : main.say(model[main.key]),
    detail(lost ? [`${lost.before.name} ${main.say(lost.before[main.key])} (`, lost.bad ? h("strong", {class: "bad"}, lost.text) : lost.text, ")"]
      : `on ${run.data?.test ? count(run.data.test) : "the"} test samples`),
    others.length > 0 && detail(others.map((m) => `${m.short ?? m.title} ${m.say(model[m.key])}`).join(", ")),
    threshold && detail(`An error above ${sparse(threshold.error)} finds ${percent(threshold.found, 1)} of what is not ${threshold.normal}, with ${percent(threshold.false_alarms, 1)} false alarms.`));
}

/** What is said of the board: never in green beside an accuracy that is lost. */
function verdict(run, lost) {
  if (run.device?.fits === undefined) return null;
  if (!run.device.fits) return h("strong", {class: "bad"}, `It does not fit the ${run.device.name}.`);
  return h("strong", {class: lost?.bad ? null : "good"}, `It fits the ${run.device.name}.`);
}

/** One sentence or two for who reads no further. */
function lead(run, model) {
  const {flash, ram} = taken(run);
  const parts = [];
  if (model?.accuracy !== undefined) parts.push(`answers ${percent(model.accuracy)} of ${run.data?.test ? `${count(run.data.test)} ` : ""}test samples right`);
  else if (model && mainMetric([model])) {
    const main = mainMetric([model]);
    parts.push(`has ${main.short ?? main.title} ${main.say(model[main.key])} on ${run.data?.test ? `${count(run.data.test)} ` : ""}test samples`);
  }
  if (flash !== undefined && ram !== undefined) parts.push(`takes ${bytes(flash)} of flash and ${bytes(ram)} of RAM`);
  const lost = loss(run);
  const warning = lost?.bad && h("strong", {class: "bad"}, lost.unit
    ? ` Going from ${lost.before.name} to ${model.name} lost ${lost.lost.toFixed(2)} ${lost.unit}: do not use it as it is.`
    : ` Going from ${lost.before.name} to ${model.name} made it worse, ${lost.metric.say(lost.before[lost.metric.key])} to ${lost.metric.say(model[lost.metric.key])}: do not use it as it is.`);
  const text = parts.length ? `The ${model?.name ?? ""} network ${parts.join(" and ")}. ` : "";
  const fits = verdict(run, lost);
  const why = run.device?.why_not;
  if (!text && !fits) return null;
  return [h("p", {class: "lead"}, text, fits, warning), why && h("p", {class: "note bad"}, why)];
}

/** Time and energy of one inference on the board. */
function speed({device, firmware}) {
  const clock = device?.clock_hz && `at ${device.clock_hz / 1e6} MHz`;
  const cycles = firmware?.instructions_per_inference && device?.milliseconds && device.clock_hz
    ? (device.milliseconds / 1000) * device.clock_hz / firmware.instructions_per_inference : undefined;
  const flash = device?.wait_states === undefined ? "without wait states" : `flash with ${device.wait_states} wait states`;
  return [
    device?.milliseconds !== undefined && figure("Time per inference", `~${sparse(device.milliseconds)}\u00a0ms`,
      detail(["an estimate on the executed trace", clock, flash, cycles && `${cycles.toFixed(2)} cycles an instruction`].filter(Boolean).join(", "))),
    device?.millijoules !== undefined && figure("Energy per inference", `~${sparse(device.millijoules)}\u00a0mJ`,
      detail("an estimate, by what the data sheet says that the core draws")),
  ];
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
    quality(run, model),
    model?.parameters !== undefined && figure("Parameters", count(model.parameters), detail(model.macs !== undefined ? `${large(model.macs)} multiply-adds an inference` : "")),
    meter("Flash", flash, device?.flash),
    meter("RAM", ram, device?.ram),
    ...speed(run),
    firmware?.instructions_per_inference !== undefined && figure("Instructions per inference", large(firmware.instructions_per_inference),
      detail(`${count(firmware.instructions_per_inference)} on ${firmware.target}, counted`, model?.macs ? `; ${(firmware.instructions_per_inference / model.macs).toFixed(2)} per multiply-add` : "")),
    firmware?.identical_outputs !== undefined && figure("Answers as on the host", [count(firmware.identical_outputs), " ", h("small", null, `of ${count(firmware.samples)}`)],
      detail(firmware.identical_outputs === firmware.samples ? "the emulated device gives the very same bytes" : h("span", {class: "bad"}, "the emulated device differs"))),
  ].filter(Boolean);
  return h("header", null,
    h("h1", null, run.name ?? run.recipe ?? "A run"),
    facts && h("p", {class: "quiet wrap"}, facts),
    lead(run, model),
    figures.length > 0 && h("dl", {class: "figures"}, figures));
}
