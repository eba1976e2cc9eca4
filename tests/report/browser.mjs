// What the tests of the report's page share: a browser, runs rendered by the command line, and looks at a page.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {after, before} from "node:test";
import {fileURLToPath, pathToFileURL} from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const mirim = process.env.MIRIM ?? join(root, "build/release/bin/mirim");
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const packages = join(root, "mirim/report/node_modules/playwright-core");
const absent = [mirim, chromiumPath, packages].find((path) => !existsSync(path));

/** Why the tests are skipped, if they are. */
export const missing = absent && `${absent} is not there`;
export const sample = JSON.parse(readFileSync(join(root, "tests/report/run.json"), "utf8"));
export const number = (n) => n.toLocaleString("en-US");
export const phone = {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true};

/** The text of the first element, with plain spaces. */
export const words = async (page, selector) => (await page.locator(selector).first().innerText()).replaceAll("\u00a0", " ");

/** A browser for the tests of the suite that calls it; returns open(run, options, look); open.command takes the arguments of mirim in place of a run, open.file a page. */
export function inBrowser() {
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
  const open = (run, options, look) => {
    const place = join(folder, `run${made++}`);
    mkdirSync(place);
    writeFileSync(join(place, "run.json"), JSON.stringify(run));
    return open.command(["report", place], options, look);
  };
  /** The same with the page that a command makes; `look` gets its file too. */
  open.command = (command, {lang = "en", ...options}, look) => {
    const file = join(folder, `page${made++}.html`);
    execFileSync(mirim, [...command, "-o", file, "--lang", lang]);
    return open.file(file, options, look);
  };
  /** The same with a page that is there. */
  open.file = async (file, options, look) => {
    const context = await browser.newContext({viewport: {width: 1200, height: 900}, offline: true, ...options});
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector("footer");
    await page.waitForFunction(() => [...document.querySelectorAll(".chart")].every((chart) => chart.querySelector("svg")));
    await look(page, file);
    assert.deepEqual(complaints, []);
    await context.close();
  };
  return open;
}

/** Runs in the page: numbers of tiles and of the tables in sight that are wider than their place. */
export function cut() {
  const narrow = innerWidth < 600;
  const places = [...document.querySelectorAll(".figures .value, .figures .detail, #classes .pair > div td, #layers td")].filter((node) => node.getClientRects().length);
  return places.filter((node) => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > innerWidth - (narrow ? 14 : 0)).map((node) => node.textContent);
}

/** Runs in the page: HTML texts whose contrast with the nearest opaque background is below 4.5 (WCAG 2.1, 1.4.3). */
export function faint() {
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
