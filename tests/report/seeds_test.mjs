// The report of a run over several seeds, with scans, histograms and a search, in headless Chromium.
import assert from "node:assert/strict";
import {describe, test} from "node:test";
import {faint, inBrowser, missing, phone, sample, words} from "./browser.mjs";
import {spread, withSeeds, withSteps} from "./steps_run.mjs";

const rows = (page, selector) => page.locator(`${selector} tbody tr`).evaluateAll((all) => all.map((tr) => [...tr.cells].map((td) => td.innerText.replaceAll("\u00a0", " "))));
const figure = (page, text) => page.locator("#compression figure", {hasText: text}).first();

describe("the report of several seeds", {skip: missing}, () => {
  const open = inBrowser();

  test("a run of one seed has no section and no interval", () => open(withSteps, {}, async (page) => {
    assert.equal(await page.locator("#seeds").count(), 0);
    assert.doesNotMatch(await words(page, "main"), /±\s*\d/);
  }));

  test("the table says mean and interval, least and most", () => open(withSeeds, {}, async (page) => {
    // float32: 92.69, 93.09, 92.49: mean 92.76, s = sqrt((0.0667^2 + 0.3333^2 + 0.2667^2) / 2) = 0.3055, half = 4.303 s / sqrt(3) = 0.76
    assert.deepEqual((await rows(page, "#seeds")).slice(0, 1), [["float32", "92.76 ± 0.76 %", "92.49 %", "93.09 %", "146,792"]]);
    assert.equal(Math.round(1e4 * spread([0.9269, 0.9309, 0.9249]).half), 76);
  }));

  test("another model can be the one to compare with, and signs follow", () => open(withSeeds, {}, async (page) => {
    const texts = async () => (await page.locator("#seeds figure svg text").allTextContents()).map((t) => t.replaceAll("\u00a0", " "));
    // the same steps up and down from seed to seed: 92.39 - 92.69, without a width
    assert.ok((await texts()).includes("−0.30 ± 0.00 points"), `${await texts()}`);
    await page.locator("#seeds button", {hasText: "pruned"}).click();
    await page.waitForFunction(() => [...document.querySelectorAll("#seeds figure svg text")].some((t) => t.textContent === "float32"));
    assert.ok((await texts()).includes("+0.30 ± 0.00 points"), `${await texts()}`);
    assert.ok(!(await texts()).includes("pruned"));
  }));

  test("waterfall, front and balls draw each model's interval around its mean", () => open(withSeeds, {}, async (page) => {
    const bars = figure(page, "Accuracy").locator("[aria-label=link]").last().locator("> path");
    const dots = await figure(page, "Accuracy").locator("[aria-label=dot] circle").evaluateAll((all) => all.map((c) => Number(c.getAttribute("cx"))));
    const spans = await bars.evaluateAll((all) => all.map((p) => p.getAttribute("d").match(/[\d.]+/g).map(Number)));
    assert.equal(spans.length, 5);
    spans.forEach(([x1, , x2], i) => assert.ok(Math.abs((x1 + x2) / 2 - dots[i]) < 0.5 && x2 - x1 > 2, `${x1} ${x2} ${dots[i]}`));
    assert.equal(await figure(page, "Accuracy against stored bytes").locator("[aria-label=rule] line").count(), 5);
    assert.equal(await page.locator("#ball [aria-label=rule] line[stroke='var(--ink)'], #ball [aria-label=rule][stroke='var(--ink)'] line").count(), 5);
    assert.match(await words(page, "#compression"), /means over 3 seeds/);
  }));

  test("scans are drawn for all layers and each, and a table has their numbers", () => open(withSteps, {}, async (page) => {
    const scan = figure(page, "Before pruned: accuracy against weights that are 0");
    assert.match((await scan.innerText()).replaceAll("\u00a0", " "), /untrained, 1,000 samples/);
    assert.equal(await scan.locator("[aria-label=line] path").count(), 4);
    await scan.locator("summary").click();
    const table = await scan.locator("tbody tr").evaluateAll((all) => all.map((tr) => [...tr.cells].map((td) => td.innerText.replaceAll("\u00a0", " "))));
    assert.deepEqual(table.map((r) => r[0]), ["all", "conv_1", "conv_2", "dense_1"]);
    assert.equal(table[0][6], "53.0 %"); // 93 - 40 points at 90 %
    await figure(page, "Before clustered").locator("[aria-label=dot] circle").nth(4).hover({force: true});
    const tip = figure(page, "Before clustered").locator("[aria-label=tip] text");
    await tip.waitFor();
    assert.match((await tip.textContent()).replaceAll("\u00a0", " "), /all layers.*8 different values.*Accuracy 88\.00 %/s);
  }));

  test("each layer's weights are drawn before a step and after it, its zeros beside", () => open(withSteps, {}, async (page) => {
    const pruned = figure(page, "pruned: the weights before and after");
    assert.equal(await pruned.locator("svg").count(), 3);
    assert.match((await pruned.innerText()).replaceAll("\u00a0", " "), /conv_1 80 % are 0/);
    const first = figure(page, "clustered: the weights").locator("svg").first();
    const groups = await first.locator("[aria-label=rect]").evaluateAll((all) => all.map((g) => g.querySelectorAll("rect").length));
    assert.equal(groups[1], 4, "a bar for each of four values");
    assert.ok(groups[0] > 20, "a bell before");
    assert.match((await figure(page, "clustered: the weights").innerText()), /5 values/); // and 0
  }));

  test("a candidate of shrink is named under the pointer and under a finger", async () => {
    const look = async (page, touch) => {
      const balls = figure(page, "small: the 4 candidates");
      const at = balls.locator("circle[cx]").nth(1); // [0], [1], [2] and, last, the chosen one
      await (touch ? at.tap({force: true}) : at.hover({force: true}));
      const tip = balls.locator("[aria-label=tip] text");
      await tip.waitFor();
      const text = (await tip.textContent()).replaceAll("\u00a0", " ");
      assert.match(text, /50 % zeros, 16 values, 8 bits/);
      assert.match(text, /Accuracy 92\.00 %.*18\.6 KB stored, 43\.0 KB flash/s);
      const chosen = balls.locator("circle[cx]").last();
      await (touch ? chosen.tap({force: true}) : chosen.hover({force: true}));
      await page.waitForFunction(() => /Chosen/.test([...document.querySelectorAll("[aria-label=tip] text")].map((t) => t.textContent).join()));
      assert.match((await tip.textContent()).replace(/[\u00a0\u200b]/g, " "), /Chosen: 20 % of the.*75 % zeros, 4 bits.*conv_1: 50 % zeros, 8 bits/s);
      assert.match(await balls.locator(".chart").getAttribute("aria-label"), /chosen 20 % of the multiply-adds gone/);
    };
    await open(withSteps, {}, (page) => look(page, false));
    await open(withSteps, phone, (page) => look(page, true));
  });

  test("names may hold anything", () => {
    const odd = "'; <b>x=1</b>\" \\'";
    const models = withSteps.models.map((m) => (m.found?.candidates ? {...m, found: {...m.found, candidates: m.found.candidates.map((c) => ({...c, candidate: `channels=0 sparsity=0 clusters=0 bits=4; '${odd}' bits=8`}))}} : m));
    return open({...withSteps, models}, {}, async (page) => {
      assert.equal(await page.locator("#compression figure b", {hasText: "x=1"}).count(), 0);
    });
  });

  for (const [name, options] of Object.entries({"on a desktop": {}, "on a phone, dark": {colorScheme: "dark", ...phone}})) {
    test(`${name}: nothing is wider than the screen, and text has contrast`, () => open(withSeeds, options, async (page) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(await page.evaluate(faint), []);
    }));
  }

  test("figures of other kinds than accuracy have intervals too", () => {
    const models = sample.models.map(({accuracy, macro_f1, confusion, classes, per_class, worst, ...m}, i) => ({...m, root_mean_squared_error: [4, 4.5][i]}));
    const seeds = {values: [1, 2], models: models.map(({name, root_mean_squared_error: v}) => ({name, root_mean_squared_error: {mean: v, half: 0.5, values: [v - 0.1, v + 0.1]}})),
      pairs: [{name: "int8", against: "float32", root_mean_squared_error: {mean: 0.5, half: 0.02, values: [0.5, 0.5]}}]};
    return open({...sample, models, seeds}, {}, async (page) => {
      assert.match(await words(page, "#seeds"), /4 ± 0\.5/);
      assert.match(await words(page, "#ball"), /4\.5 ± 0\.5|4\.5/);
    });
  });
});
