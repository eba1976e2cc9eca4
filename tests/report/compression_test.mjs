// The report of a recipe with steps, in headless Chromium: the section "Compression", and the other parts with up to eight models.
import assert from "node:assert/strict";
import {describe, test} from "node:test";
import {cut, faint, inBrowser, missing, number, phone, sample, words} from "./browser.mjs";

const [float32, int8] = [{...sample.models[0], stored_bytes: 146792, samples: 10000}, {...sample.models[1], stored_bytes: 36698}];
const step = (name, made_by, from, rest) => ({...float32, name, file: `${name}.tflite`, made_by, from, ...rest});
const pruned = step("pruned", "prune", "float", {accuracy: 0.9239, stored_bytes: 14680, found: {layers: [
  {name: "conv_1", weights: 100, sparsity: 0.5}, {name: "dense_1", weights: 300, sparsity: 0.9}]}});
const clustered = step("clustered", "cluster", "pruned", {accuracy: 0.9249, stored_bytes: 7340, found: {layers: [
  {name: "conv_1", weights: 100, centroids: 32}, {name: "dense_1", weights: 300, centroids: 16}]}});
const factorized = step("factorized", "factorize", "float", {accuracy: 0.9149, bytes: 90000, stored_bytes: 80000, macs: 988712, found: {layers: []}});
const chain = {...sample, models: [float32, int8, pruned, clustered]};
const eight = {...sample, models: [float32, int8, pruned, clustered, factorized,
  step("quantization_aware_training_4_bits", "quantize", "int8", {accuracy: 0.9238, bytes: 47320, stored_bytes: 18000}),
  step("pruned_clustered_quantized", "quantize", "clustered", {accuracy: 0.9248, bytes: 47320, stored_bytes: 7100}),
  step("distilled", "distill", "factorized", {accuracy: 0.9259, bytes: 90000, stored_bytes: 79000, macs: 988712})]};
const eightOfSameWork = {...eight, models: eight.models.map((m) => ({...m, macs: float32.macs}))};

const rows = (page, selector) => page.locator(`${selector} tbody tr`).evaluateAll((all) => all.map((tr) => [...tr.cells].map((td) => td.innerText.replaceAll("\u00a0", " "))));

describe("the report of a recipe with steps", {skip: missing}, () => {
  const open = inBrowser();

  test("two models have no section for compression", () => open({...sample, models: [float32, int8]}, {}, async (page) => {
    assert.equal(await page.locator("#compression").count(), 0);
    assert.equal(await page.locator("#ball").count(), 1);
  }));

  test("the table holds every model's figures, against float32", () => open(chain, {}, async (page) => {
    // points: 92.51 - 92.69, 92.39 - 92.69, 92.49 - 92.69; times: 146,792 / 36,698 = 4, / 14,680 = 10.0, / 7,340 = 20.0
    const files = [float32, int8, pruned, clustered].map((m) => number(m.bytes));
    assert.deepEqual(await rows(page, "#compression"), [
      ["float32", "", "", "92.69 %", "", files[0], "146,792", "1.0", "1,977,424"],
      ["int8", "quantize", "float32", "92.51 %", "−0.18", files[1], "36,698", "4.0", "1,977,424"],
      ["pruned", "prune", "float32", "92.39 %", "−0.30", files[2], "14,680", "10.0", "1,977,424"],
      ["clustered", "cluster", "pruned", "92.49 %", "−0.20", files[3], "7,340", "20.0", "1,977,424"],
    ]);
  }));

  test("a ball is as large as the model's stored constants, not as its file", () => open(chain, {}, async (page) => {
    const balls = page.locator("#ball svg [aria-label=dot] circle");
    const radii = (await balls.evaluateAll((all) => all.map((c) => +c.getAttribute("r")))).slice(-4);
    const radius = Object.fromEntries(["float32", "int8", "pruned", "clustered"].map((name, i) => [name, radii[i]]));
    // Drawn from the largest on: areas as 146,792 to 36,698 to 14,680 to 7,340.
    assert.ok(Math.abs(radius.float32 / radius.int8 - 2) < 0.01, JSON.stringify(radius));
    assert.ok(Math.abs((radius.float32 / radius.clustered) ** 2 - 20) < 0.1, JSON.stringify(radius));
    const said = await words(page, "#ball");
    assert.match(said, /The area of a ball is what the model's constants take, each stored in the smallest way/);
    const texts = (await page.locator("#ball svg text").allTextContents()).join("|").replaceAll("\u00a0", " ");
    assert.match(texts, /92\.49 %7\.17 KB/, "clustered: 7,340 bytes");
    assert.doesNotMatch(texts, /148 KB/, "its file has 151,384");
    const table = page.locator("#ball table").first();
    assert.match((await table.textContent()).replaceAll("\u00a0", " "), /clustered.*7,340.*151,384/);
  }));

  test("without stored bytes of every model a ball is as large as its file", () => open({...sample, models: [float32, sample.models[1]]}, {}, async (page) => {
    assert.match(await words(page, "#ball"), /The area of a ball is the size of the model's file/);
  }));

  test("each step is drawn from the model that it was made of to its own", () => open(chain, {}, async (page) => {
    const panel = page.locator("#compression figure", {hasText: "Stored bytes"}).first();
    const dots = await panel.locator("[aria-label=dot] circle").evaluateAll((all) => all.map((c) => Math.round(c.getAttribute("cx"))));
    const bars = await panel.locator("[aria-label=link]").nth(1).locator("path").evaluateAll((all) => all.map((p) => p.getAttribute("d").match(/[\d.]+/g).map(Math.round)));
    const [float, , prunedAt, clusteredAt] = dots;
    assert.equal(bars.length, 3);
    assert.deepEqual(bars[1].filter((_, i) => i % 2 === 0), [float, prunedAt]);
    assert.deepEqual(bars[2].filter((_, i) => i % 2 === 0), [prunedAt, clusteredAt], "not from float32");
    assert.ok(clusteredAt < prunedAt && prunedAt < float, "smaller is to the left");
    const texts = (await panel.locator("text").allTextContents()).join("|").replaceAll("\u00a0", " ");
    assert.match(texts, /clustered, by cluster/);
    assert.match(texts, /7\.17 KB, 2\.00 × smaller/);
    const good = (await page.locator("#compression figure", {hasText: "Accuracy"}).first().locator("text").allTextContents()).join("|").replaceAll("\u00a0", " ");
    assert.match(good, /92\.49 %, \+0\.10 points/, "against pruned, not against float32");
  }));

  test("a chain's models stand together, whatever the order of the steps", () => open(eight, {}, async (page) => {
    const names = await page.locator("#compression figure").first().locator("[aria-label=text]").first().locator("text").allTextContents();
    assert.deepEqual(names.map((name) => name.split(", by ")[1] ?? name), ["float32", "int8", "quantize", "prune", "cluster", "quantize", "factorize", "distill"]);
  }));

  test("the front goes through the models that no other beats, and a pointer or a finger names a model", async () => {
    const look = async (page, touch) => {
      const figure = page.locator("#compression figure", {hasText: "Accuracy against stored bytes"});
      assert.match(await figure.locator(".chart").getAttribute("aria-label"), /beats: clustered .*; int8 .*; float32 [^;]*$/);
      const bold = await figure.locator("[aria-label=labels] text[font-weight='600']").allTextContents();
      assert.deepEqual(bold, ["float32", "int8", "clustered"], "pruned is larger than clustered and worse");
      const path = await figure.locator("[aria-label=line] path").getAttribute("d");
      const dot = await figure.locator("circle").nth(3).evaluate((c) => [c.getAttribute("cx"), c.getAttribute("cy")].map(Number));
      const start = path.match(/^M([\d.]+),([\d.]+)/).slice(1).map(Number);
      start.forEach((v, i) => assert.ok(Math.abs(v - dot[i]) < 0.01, `${path} does not start at ${dot}`));
      const at = figure.locator("circle").nth(2);
      await (touch ? at.tap({force: true}) : at.hover({force: true}));
      const tip = figure.locator("[aria-label=tip] text");
      await tip.waitFor();
      assert.match((await tip.textContent()).replaceAll("\u00a0", " "), /pruned.*Accuracy 92\.39 %.*14\.3 KB stored \(14,680 bytes\).*1,977,424 multiply-adds/s);
    };
    await open(chain, {}, (page) => look(page, false));
    await open(chain, phone, (page) => look(page, true));
  });

  test("zeros and shared values are shown layer by layer", () => open(chain, {}, async (page) => {
    const zeros = page.locator("#compression figure", {hasText: "pruned: weights that are 0"});
    // (100 * 0.5 + 300 * 0.9) / 400 = 80 %
    assert.match((await zeros.locator("h3").innerText()).replaceAll("\u00a0", " "), /80\.0 % of 400/);
    const texts = async (figure) => (await figure.locator("text").allTextContents()).map((t) => t.replaceAll("\u00a0", " "));
    for (const text of ["conv_1", "50.0 %", "dense_1", "90.0 %"]) assert.ok((await texts(zeros)).includes(text), text);
    const wide = await zeros.locator("[aria-label=bar] path, [aria-label=bar] rect").evaluateAll((all) => all.map((b) => b.getBoundingClientRect().width));
    assert.ok(Math.abs(wide[1] / wide[0] - 1.8) < 0.05, `${wide}`);
    const values = page.locator("#compression figure", {hasText: "clustered: different values"});
    for (const text of ["conv_1", "32", "dense_1", "16"]) assert.ok((await texts(values)).includes(text), text);
    assert.equal(await page.locator("#compression figure", {hasText: "clustered: weights"}).count(), 0);
  }));

  test("a step without zeros or shared values has no chart of its layers", () => {
    const models = [float32, int8, {...pruned, found: {layers: [{name: "conv_1", weights: 100, sparsity: 0}]}}, factorized];
    return open({...sample, models}, {}, async (page) => assert.equal(await page.locator("#compression figure").count(), 3));
  });

  test("a loss instead of an accuracy: the front prefers less", () => {
    const models = chain.models.map(({accuracy, macro_f1, confusion, classes, per_class, worst, ...m}, i) => ({...m, root_mean_squared_error: [4, 4.5, 3.5, 5][i]}));
    return open({...sample, models}, {}, async (page) => {
      assert.match(await page.locator("#compression figure.apart .chart").getAttribute("aria-label"), /beats: clustered 5 in [^;]*; pruned 3\.5 in [^;]*$/);
      assert.deepEqual((await rows(page, "#compression")).map((r) => r[4]), ["", "+0.5", "−0.5", "+1"]);
      assert.doesNotMatch(await words(page, "#compression"), /[Aa]ccuracy|points/);
    });
  });

  test("models without figures or stored bytes still have their table", () => {
    const models = [float32, int8, pruned].map(({name, file, bytes, macs}) => ({name, file, bytes, macs}));
    return open({...sample, models}, {}, async (page) => {
      assert.equal(await page.locator("#compression svg").count(), 0);
      assert.deepEqual((await rows(page, "#compression")).map((r) => r[0]), ["float32", "int8", "pruned"]);
    });
  });

  for (const [name, options] of Object.entries({
    "on a desktop, light": {colorScheme: "light"}, "on a desktop, dark": {colorScheme: "dark"},
    "on a phone, light": {colorScheme: "light", ...phone}, "on a phone, dark": {colorScheme: "dark", ...phone},
  })) {
    test(`eight models ${name}: no text of the charts covers another or is cut off`, async () => {
      for (const run of [eight, eightOfSameWork]) {
        await open(run, options, async (page) => {
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
          assert.deepEqual(await page.evaluate(covered), []);
          assert.deepEqual(await page.evaluate(cut), []);
          assert.deepEqual(await page.evaluate(faint), []);
        });
      }
    });
  }

  for (const colorScheme of ["light", "dark"]) {
    test(`eight models have eight colours, ${colorScheme}, for colour-blind readers too`, () => open(eight, {colorScheme}, async (page) => {
      const colours = await page.locator("#ball .legend i:not(.ring)").evaluateAll((all) => all.map((i) => getComputedStyle(i).backgroundColor.match(/\d+/g).map(Number)));
      assert.equal(colours.length, 8);
      const card = await page.locator("#ball").evaluate((s) => getComputedStyle(s).backgroundColor.match(/\d+/g).map(Number));
      for (const [kind, sight] of Object.entries(sights)) {
        const seen = colours.map((c) => oklab(apply(sight, c.map(linear))));
        seen.forEach((a, i) => seen.slice(0, i).forEach((b, k) =>
          assert.ok(Math.hypot(...a.map((v, j) => v - b[j])) > 0.07, `${kind}: ${colours[i]} and ${colours[k]} look alike`)));
      }
      for (const c of colours) assert.ok(contrast(c, card) >= 3, `${c} on ${card}: ${contrast(c, card).toFixed(2)}`);
    }));
  }
});

// Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
const sights = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const apply = (matrix, v) => matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, m, i) => sum + m * v[i], 0))));
const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const light = (c) => c.map(linear).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);

/** Ottosson's Oklab (2020) of linear RGB: distances say how different colours look; 0.02 is just seen. */
function oklab(rgb) {
  const cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
  const [l, m, s] = cones.map((row) => Math.cbrt(row.reduce((sum, v, i) => sum + v * rgb[i], 0)));
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

/** Runs in the page: texts of the charts about models that overlap another text of theirs, or reach out of the section. */
function covered() {
  const bad = [];
  for (const svg of document.querySelectorAll("#ball svg, #compression svg")) {
    const edge = svg.closest("section").getBoundingClientRect();
    // A tip is above everything while it is there.
    const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent && !t.closest("[aria-label=tip]")).map((t) => ({text: t.textContent, box: t.getBoundingClientRect()}));
    texts.forEach(({text, box}, i) => {
      if (box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom) bad.push(`${text} is cut off`);
      for (const other of texts.slice(0, i)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (across > 1 && down > 2) bad.push(`${text} covers ${other.text}`); // boxes hold room for accents above the letters
      }
    });
  }
  return bad;
}
