// The report in Portuguese, in headless Chromium: its words, numbers and dates, and none that stayed English.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {describe, test} from "node:test";
import {cut, faint, inBrowser, missing, phone, root, sample, words} from "./browser.mjs";
import {withSeeds} from "./steps_run.mjs";

const [en, pt] = ["en", "pt"].map((language) => JSON.parse(readFileSync(`${root}/mirim/report/texts/${language}.json`, "utf8")));
const flat = (texts) => Object.values(texts).flatMap((text) => (typeof text === "string" ? [text] : Object.values(text)));
const portuguese = new Set(flat(pt));

/** English texts that Portuguese writes otherwise, as they would be seen: up to the first placeholder, if that tells enough. */
const english = flat(en).filter((text) => !portuguese.has(text)).map((text) => text.split("{")[0].trim()).filter((text) => text.length > 3 && ![...portuguese].some((other) => other.startsWith(text)));

/** Runs in the page: all that can be read or is read out. */
const readable = () => [...document.querySelectorAll("main *")].flatMap((node) => [...[...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data),
  node.getAttribute("aria-label"), node.getAttribute("alt"), node.getAttribute("data-title")]).filter(Boolean).map((text) => text.trim());

const quantization = {samples: 1500, warnings: [{name: "input", text: "x"}]};
const regression = {...sample, models: sample.models.map(({accuracy, confusion, classes, per_class, worst, ...m}) => ({...m, root_mean_squared_error: 1234.5, r_squared: 0.75}))};

describe("the report in Portuguese", {skip: missing}, () => {
  const open = inBrowser();
  const lang = "pt";

  for (const [name, run] of Object.entries({"a run": {...sample, quantization}, "a run with steps and seeds": withSeeds, "a regression": regression})) {
    test(`${name}: no text stayed English`, () => open(run, {lang}, async (page) => {
      assert.equal(await page.locator("html").getAttribute("lang"), "pt");
      // Names of the run are the run's, and what Plot calls its marks is for the style and the tests.
      const own = ["line", "dot", "rule", "text", "tip", "link", "rect", "cell", "labels"];
      const all = (await page.evaluate(readable)).filter((text) => !own.includes(text) && !JSON.stringify(run).includes(JSON.stringify(text)));
      assert.deepEqual(all.filter((text) => english.some((word) => text === word || text.startsWith(`${word} `))), []);
    }));
  }

  test("numbers and dates are written by the language's rules", () => open({...sample, quantization, made: "2026-03-04T05:06:07Z"}, {lang}, async (page) => {
    const {firmware, models: [, int8]} = sample;
    const summary = await words(page, "header");
    assert.ok(summary.includes(`${(100 * int8.accuracy).toFixed(2).replace(".", ",")} %`), summary);
    assert.ok(summary.includes(firmware.instructions_per_inference.toLocaleString("pt-BR")), summary);
    assert.match(summary, /1,98 milhão MACs|1,98 milhão/);
    assert.match(await words(page, "footer"), /4 de mar\. de 2026, 05:06 UTC/);
    assert.match(await words(page, "#quantization"), /1 aviso do quantize, em 1\.500 amostras/);
  }));

  test("what the run says in English is said in Portuguese by its figures", () => {
    const warnings = [{name: "input", column: 3, cause: "unlike columns", signal_to_noise_db: 4.25, steps: 2, text: "column 3 of input 'input': small"},
      {name: "conv_1", cause: "rounding", signal_to_noise_db: 12, steps: 90, text: "conv_1: below"}, {name: "x", cause: "something new", text: "as it is"}];
    const device = {...sample.device, fits: false, why_not: "the model needs an arena", array: 1000};
    return open({...sample, quantization: {samples: 5, warnings}, device, firmware: {...sample.firmware, arena_bytes: 25088}}, {lang}, async (page) => {
      assert.deepEqual((await page.locator("#quantization li").allTextContents()).map((text) => text.split(":")[0]), ["input, coluna 3 (4,3 dB, 2 degraus)", "conv_1 (12,0 dB, 90 degraus)", "as it is"]);
      assert.match(await words(page, "header"), /o modelo precisa de uma arena de 25\.088 bytes em um só trecho; a placa .* tem 1\.000/);
    });
  });

  for (const [name, options] of Object.entries({"on a desktop": {}, "on a phone, dark": {colorScheme: "dark", ...phone}})) {
    test(`${name}: nothing is wider than the screen, and text has contrast`, () => open(withSeeds, {lang, ...options}, async (page) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(await page.evaluate(cut), []);
      assert.deepEqual(await page.evaluate(faint), []);
    }));
  }
});
