// The report in headless Chromium: it renders without a console error, and the numbers on the page are the run's.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {after, before, describe, test} from "node:test";
import {fileURLToPath, pathToFileURL} from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const mirim = process.env.MIRIM ?? join(root, "build/release/bin/mirim");
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const packages = join(root, "mirim/report/node_modules/playwright-core");
const missing = [mirim, chromiumPath, packages].find((path) => !existsSync(path));
const sample = JSON.parse(readFileSync(join(root, "tests/report/run.json"), "utf8"));
const int8 = sample.models[1];
const number = (n) => n.toLocaleString("en-US");

describe("the report's page", {skip: missing && `${missing} is not there`}, () => {
  let browser, folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "mirim-report-"));
    const {chromium} = createRequire(join(root, "mirim/report/"))("playwright-core");
    browser = await chromium.launch({executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, {recursive: true, force: true});
  });

  let made = 0;
  /** Renders a run through the command line, opens it, and hands the page to look at; fails on any console error. */
  async function open(run, options, look) {
    const place = join(folder, `run${made++}`);
    mkdirSync(place);
    writeFileSync(join(place, "run.json"), JSON.stringify(run));
    execFileSync(mirim, ["report", place, "-o", join(place, "report.html")]);
    const context = await browser.newContext({viewport: {width: 1200, height: 900}, offline: true, ...options});
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(join(place, "report.html")).href);
    await page.waitForSelector("footer");
    await page.waitForFunction(() => [...document.querySelectorAll(".chart")].every((chart) => chart.querySelector("svg")));
    await look(page);
    assert.deepEqual(complaints, []);
    await context.close();
  }
  const words = async (page, selector) => (await page.locator(selector).first().innerText()).replaceAll("\u00a0", " ");

  for (const [name, options] of Object.entries({
    "on a desktop, light": {colorScheme: "light"},
    "on a desktop, dark": {colorScheme: "dark"},
    "on a phone, light": {colorScheme: "light", viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true},
    "on a phone, dark": {colorScheme: "dark", viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true},
  })) {
    test(`${name}: every section is drawn and nothing is wider than the screen`, () => open(sample, options, async (page) => {
      assert.deepEqual(await page.locator("section").evaluateAll((all) => all.map((s) => s.id)), ["ball", "learning", "classes", "layers", "arena"]);
      assert.equal(await page.locator(".chart svg").count(), 5);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
    }));
    test(`${name}: text has a contrast of at least 4.5`, () => open(sample, options, async (page) => {
      assert.deepEqual(await page.evaluate(faint), []);
    }));
  }

  test("the summary shows the run's own numbers", () => open(sample, {}, async (page) => {
    const summary = await words(page, "header");
    const {firmware, device} = sample;
    const flash = firmware.code_bytes + firmware.constant_bytes;
    for (const expected of [`${(100 * int8.accuracy).toFixed(2)} %`, `${(100 * sample.models[0].accuracy).toFixed(2)} %`, number(int8.parameters),
      `${number(flash)} bytes`, `${(100 * flash / device.flash).toFixed(1)} %`, `${number(firmware.static_ram_bytes + firmware.stack_bytes)} bytes`,
      number(firmware.instructions_per_inference), "500 of 500", `It fits the ${device.name}`, number(sample.data.train)]) {
      assert.ok(summary.replaceAll("\n", " ").includes(expected), `${expected} is not in: ${summary}`);
    }
  }));

  test("the layer table, the confusion matrix and the memory map hold every number of the run", () => open(sample, {}, async (page) => {
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
    const rows = (selector) => page.locator(`${selector} tbody tr`).evaluateAll((all) => all.map((tr) => [...tr.cells].map((td) => td.innerText.replaceAll("\u00a0", " "))));
    const layers = await rows("#layers");
    assert.deepEqual(layers.map((r) => [r[0], r[1], r[3], r[4], r[5], r[6]]),
      int8.layers.map((l) => [l.name, l.op, ...[l.parameters, l.weight_bytes, l.activation_bytes, l.macs].map(number)]));
    assert.deepEqual((await rows("#classes figure")).map((r) => r.slice(1)), int8.confusion.map((row) => row.map(number)));
    assert.deepEqual(await rows("#arena"), sample.arena.tensors.map((t) => [t.name, number(t.offset), number(t.bytes), sample.arena.steps[t.first], sample.arena.steps[t.last]]));
    assert.equal(await page.locator("#arena svg rect").count() >= sample.arena.tensors.length, true);
    assert.equal((await rows("#learning")).length, sample.history.length);
    // Each count also stands in its cell of the drawn matrix.
    const drawn = await page.locator("#classes svg [aria-label=text] text").allTextContents();
    assert.deepEqual(drawn.map(Number), int8.confusion.flat().filter((n) => n > 0));
  }));

  test("precision, recall and F1 come from the confusion matrix", () => open({...sample, models: [{...int8, classes: ["a", "b"], confusion: [[8, 2], [1, 9]]}]}, {}, async (page) => {
    // a: precision 8/9, recall 8/10, F1 16/19; b: 9/11, 9/10, 18/21
    const table = await words(page, "#classes .pair > div table");
    assert.match(table, /a\s+10\s+88\.9 %\s+80\.0 %\s+0\.842/);
    assert.match(table, /b\s+10\s+81\.8 %\s+90\.0 %\s+0\.857/);
  }));

  test("the float model is one press away", () => open(sample, {}, async (page) => {
    await page.locator("#layers button", {hasText: "float32"}).click();
    assert.ok((await words(page, "#layers table")).includes(number(sample.models[0].layers[5].weight_bytes)));
  }));

  test("hostile names are shown as text", () => {
    const name = `</script><b id=hostile>"'&<!--`;
    const models = [{...int8, classes: int8.classes.map((c, i) => (i ? c : name)), layers: int8.layers.map((l, i) => (i ? l : {...l, name}))}];
    return open({...sample, name, models, device: {...sample.device, name}}, {}, async (page) => {
      assert.equal(await page.locator("#hostile").count(), 0);
      assert.equal(await page.locator("h1").innerText(), name);
      assert.ok((await words(page, "#classes .pair > div table")).includes(name));
      assert.ok((await words(page, "#layers table")).includes(name));
    });
  });

  test("a run with nothing but its version is still a page", () => open({mirim: "0.1.0"}, {}, async (page) => {
    assert.equal(await page.locator("section").count(), 0);
    assert.match(await words(page, "footer"), /mirim 0\.1\.0/);
  }));

  test("a model that does not fit is called so", () => open({...sample, device: {...sample.device, ram: 8192, fits: false}}, {}, async (page) => {
    assert.match(await words(page, "header"), /It does not fit the Arduino Nano 33 BLE Sense/);
    assert.equal(await page.locator(".meter.over").count(), 1);
  }));
});

/** Runs in the page: HTML texts whose contrast with the nearest opaque background is below 4.5 (WCAG 2.1, 1.4.3). */
function faint() {
  const rgba = (text) => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const node of document.querySelectorAll("main *:not(svg):not(svg *)")) {
    const text = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (!text || !node.getClientRects().length) continue;
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) bad.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return bad;
}
