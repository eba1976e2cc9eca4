import {h} from "./dom.js";
import {bytes, count, digits, duration, fixed, large, percent, shape, sparse} from "./format.js";
import {deployed, loss, mainMetric, metricsOf, taken} from "./model.js";
import {language, t} from "./texts.js";

const figure = (name, value, ...details) => h("div", null, h("dt", null, name), h("dd", null, h("div", {class: "value"}, value), details));
const detail = (...text) => h("div", {class: "detail"}, ...text);

/** How much of a board's store is taken, as number and as bar. */
function meter(name, used, limit) {
  if (used === undefined) return null;
  if (!limit) return figure(name, bytes(used), detail(t("summary.bytes", {n: used})));
  const part = used / limit;
  return figure(name, [bytes(used), " ", h("small", null, t("summary.of", {size: bytes(limit)}))],
    h("div", {class: part > 1 ? "meter over" : "meter"}, h("i", {style: `width:${Math.min(100, 100 * part).toFixed(1)}%`})),
    detail(t("summary.bytes_share", {n: used, share: percent(part, 1)})));
}

/** How good the model is, against the float one; and its other figures. */
function quality(run, model) {
  const main = model && mainMetric([model]);
  if (!main) return null;
  const lost = loss(run);
  const others = main.key === "accuracy" ? [] : metricsOf(model).filter(({key}) => key !== main.key && key !== "loss");
  const {threshold} = model;
  return figure(`${main.title}, ${model.name}`, lost?.bad ? h("span", {class: "bad"}, main.say(model[main.key])) : main.say(model[main.key]),
    detail(...(lost ? [`${lost.before.name} ${main.say(lost.before[main.key])} (`, lost.bad ? h("strong", {class: "bad"}, lost.text) : lost.text, ")"]
      : [run.data?.test ? t("summary.on", {n: run.data.test}) : t("summary.on_test")])),
    others.length > 0 && detail(others.map((m) => `${m.short ?? m.title} ${m.say(model[m.key])}`).join(", ")),
    threshold && detail(t("summary.threshold", {error: sparse(threshold.error), found: percent(threshold.found, 1), normal: `${threshold.normal}`, alarms: percent(threshold.false_alarms, 1)})));
}

/** What is said of the board: never in green beside an accuracy that is lost. */
function verdict(run, lost) {
  if (run.device?.fits === undefined) return null;
  if (!run.device.fits) return h("strong", {class: "bad"}, t("summary.fits_not", {board: run.device.name}));
  return h("strong", {class: lost?.bad ? null : "good"}, t("summary.fits", {board: run.device.name}));
}

/** Why it does not fit: the run's own line is English and names the largest tensors; in another language it is made of the figures. */
function whyNot(run) {
  const {device, firmware} = run;
  if (!device?.why_not || language === "en") return device?.why_not;
  const {flash, ram} = taken(run);
  const over = (need, has) => need > has && {need, has, board: device.name};
  const arena = over(firmware?.arena_bytes, device.array), ofRam = over(ram, device.ram), ofFlash = over(flash, device.flash);
  return arena ? t("summary.arena_over", arena) : ofRam ? t("summary.ram_over", ofRam) : ofFlash ? t("summary.flash_over", ofFlash) : device.why_not;
}

/** One sentence or two for who reads no further. */
function lead(run, model) {
  const {flash, ram} = taken(run);
  const parts = [];
  if (model?.accuracy !== undefined) parts.push(run.data?.test ? t("summary.right", {share: percent(model.accuracy), n: run.data.test}) : t("summary.right_test", {share: percent(model.accuracy)}));
  else if (model && mainMetric([model])) {
    const main = mainMetric([model]);
    const figure = `${main.short ?? main.title} ${main.say(model[main.key])}`;
    parts.push(run.data?.test ? t("summary.has", {figure, n: run.data.test}) : t("summary.has_test", {figure}));
  }
  if (flash !== undefined && ram !== undefined) parts.push(t("summary.takes", {flash: bytes(flash), ram: bytes(ram)}));
  const lost = loss(run);
  const warning = lost?.bad && h("strong", {class: "bad"}, " ", lost.unit
    ? t("summary.lost", {before: lost.before.name, after: model.name, lost: fixed(lost.lost, 2), unit: lost.unit})
    : t("summary.worse", {before: lost.before.name, after: model.name, from: lost.metric.say(lost.before[lost.metric.key]), to: lost.metric.say(model[lost.metric.key])}));
  const text = parts.length ? `${t("summary.network", {name: model?.name ?? "", what: parts.join(t("summary.and"))})} ` : "";
  const fits = verdict(run, lost);
  const why = whyNot(run);
  if (!text && !fits) return null;
  return [h("p", {class: "lead"}, text, fits, warning), why && h("p", {class: "note bad"}, why)];
}

/** Time and energy of one inference on the board. */
function speed({device, firmware}) {
  const clock = device?.clock_hz && t("summary.at", {mhz: device.clock_hz / 1e6});
  const cycles = firmware?.instructions_per_inference && device?.milliseconds && device.clock_hz
    ? (device.milliseconds / 1000) * device.clock_hz / firmware.instructions_per_inference : undefined;
  const flash = device?.wait_states === undefined ? t("summary.no_waits") : t("summary.waits", {n: device.wait_states});
  return [
    device?.milliseconds !== undefined && figure(t("summary.time"), `~${sparse(device.milliseconds)}\u00a0ms`,
      detail([t("summary.estimate"), clock, flash, cycles && t("summary.cycles", {n: fixed(cycles, 2)})].filter(Boolean).join(", "))),
    device?.millijoules !== undefined && figure(t("summary.energy"), `~${sparse(device.millijoules)}\u00a0mJ`,
      detail(t("summary.energy_estimate"))),
  ];
}

/** Title, the verdict, and the few numbers that matter most. */
export function summary(run) {
  const model = deployed(run);
  const {firmware, device, data} = run;
  const {flash, ram} = taken(run);
  const facts = [
    data?.name && `${data.name}${data.input_shape ? `, ${shape(data.input_shape)}` : ""}`,
    data?.train && t("summary.train", {n: data.train}),
    run.seconds !== undefined && t("summary.made", {time: duration(run.seconds)}),
    device && [device.name, device.core, device.clock_hz && `${digits(device.clock_hz / 1e6, 6)} MHz`].filter(Boolean).join(", "),
  ].filter(Boolean).join(" · ");
  const figures = [
    quality(run, model),
    model?.parameters !== undefined && figure(t("summary.parameters"), count(model.parameters), detail(model.macs !== undefined ? t("summary.macs", {n: large(model.macs)}) : "")),
    meter(t("summary.flash"), flash, device?.flash),
    meter(t("summary.ram"), ram, device?.ram),
    ...speed(run),
    firmware?.instructions_per_inference !== undefined && figure(t("summary.instructions"), large(firmware.instructions_per_inference),
      detail(t("summary.counted", {n: firmware.instructions_per_inference, target: firmware.target}), model?.macs ? `; ${t("summary.per_mac", {n: fixed(firmware.instructions_per_inference / model.macs, 2)})}` : "")),
    firmware?.identical_outputs !== undefined && figure(t("summary.answers"), [count(firmware.identical_outputs), " ", h("small", null, t("summary.of_samples", {n: firmware.samples}))],
      detail(firmware.identical_outputs === firmware.samples ? t("summary.same_bytes") : h("span", {class: "bad"}, t("summary.differs")))),
  ].filter(Boolean);
  return h("header", null,
    h("h1", null, run.name ?? run.recipe ?? t("summary.run")),
    facts && h("p", {class: "quiet wrap"}, facts),
    lead(run, model),
    figures.length > 0 && h("dl", {class: "figures"}, figures));
}
