// The pages of the course in headless Chromium: every figure in both languages, on a phone and a desktop, light and dark, offline.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, describe, test} from "node:test";
import {faint, inBrowser, mirim, missing, phone, sample, words} from "./browser.mjs";

/** Figures that chapters 1 and 2 do not have, on the run of the report's tests: a page that a chapter's program would make of them. */
function gallery(page) {
  const pruned = [0.5, 0.9].map((zeros) => ({...sample.models[0], name: `pruned_${100 * zeros}`, made_by: "prune", from: "float", accuracy: 0.9 - zeros / 10, stored_bytes: Math.round(9e4 * (1 - zeros)),
    weights: [{name: "conv_1", count: 100, zeros: 100 * zeros, largest: 1, values: [-1, 1], counts: [1, 1]}]}));
  const run = {...sample, models: [...sample.models.map((m) => ({...m, stored_bytes: 1e5})), ...pruned]};
  const names = ["networks", "balance", "grid", "codebook", "temperature", "systolic", "file", "cores", "costs", "report models", "report compression", "report learning", "report layers", "report arena", "report graph"];
  const figures = {
    file: {bytes: 7058, head: [32, 0, 0, 0, 84, 70, 76, 51, 0, 0, 0, 0, 20, 0, 28, 0], tensors: [
      {name: "input", type: "int8", shape: [1, 28, 28, 1], bytes: 0, scales: 1, scale: 0.00392157, zero_point: -128}, {name: "a_layer_of_a_long_name/weights", type: "int8", shape: [16, 196], bytes: 3136, scales: 16, scale: 0.01, zero_point: 0}]},
    cores: [{name: "cortex-m4", cycles: 846603, constant_bytes: 63652, arena_bytes: 2268}, {name: "cortex-m0plus", cycles: 7844098, constant_bytes: 64304, arena_bytes: 1652}],
    costs: [{name: "LeNet-5", year: 1998, parameters: 61706, macs: 416520}, {name: "EfficientNet-B0", year: 2019, parameters: 5288548, macs: 385814752}],
  };
  const data = {page: "chapter", number: 14, chapters: 14, title: "All <b>figures</b>", text: `Some *text* and \`code\`.\n\n${names.map((name) => `<!-- figure: ${name} -->`).join("\n\n")}`,
    exercises: [{question: "How many?", answer: 1048576, tolerance: 0, why: "2^20"}, {question: "Which part?", answer: 0.375, tolerance: 0.001, why: "3/8"}], figures, run};
  const [start, end] = ['<script type="application/json" id="data">', "</script>"];
  const at = page.indexOf(start) + start.length;
  return page.slice(0, at) + JSON.stringify(data).replaceAll("<", "\\u003c") + page.slice(page.indexOf(end, at));
}

describe("the course's pages", {skip: missing}, () => {
  const open = inBrowser();
  let folder;
  const file = (name, lang) => join(folder, lang, name, "chapter.html");
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "mirim-course-"));
    for (const lang of ["en", "pt"]) {
      for (const chapter of ["1", "2"]) execFileSync(mirim, ["learn", chapter, "--lang", lang, "-o", join(folder, lang)], {stdio: "ignore"});
      writeFileSync(join(folder, `${lang}.html`), gallery(readFileSync(file("01-neuron", lang), "utf8")));
    }
  });
  after(() => rmSync(folder, {recursive: true, force: true}));

  const pages = {"chapter 1": (lang) => file("01-neuron", lang), "chapter 2": (lang) => file("02-backpropagation", lang), "all other figures": (lang) => join(folder, `${lang}.html`)};
  for (const [name, of] of Object.entries(pages)) {
    for (const lang of ["en", "pt"]) {
      for (const [place, size] of Object.entries({"a phone": phone, "a desktop": {}})) {
        for (const colorScheme of ["light", "dark"]) {
          test(`${name}, ${lang}, on ${place}, ${colorScheme}: nothing is wider than the screen or faint`, () => open.file(of(lang), {...size, colorScheme}, async (page) => {
            assert.ok(statSync(of(lang)).size < 1.5e6);
            assert.equal(await page.locator("html").getAttribute("lang"), lang);
            await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
            assert.deepEqual(await page.evaluate(faint), []);
            assert.equal(await page.locator("text=undefined").count(), 0);
            assert.equal(await page.locator("text=NaN").count(), 0);
          }));
        }
      }
    }
  }

  const move = (page, section, n, value) => page.locator(`#${section} input[type=range]`).nth(n).evaluate((input, v) => {
    input.value = v;
    input.dispatchEvent(new Event("input"));
  }, value);
  const line = (page, section) => words(page, `#${section} .figure-line`);

  test("no line of one neuron has all of XOR right, and one has AND", () => open.file(file("01-neuron", "en"), {}, async (page) => {
    await page.locator("#neuron button", {hasText: /^AND$/}).click();
    for (const [n, value] of [[0, 5], [1, 5], [2, -4]]) await move(page, "neuron", n, value);
    assert.match(await line(page, "neuron"), /^4 of 4/);
    await page.locator("#neuron button", {hasText: "XOR"}).click();
    for (const w1 of [-5, 0, 5]) for (const w2 of [-5, 0, 5]) for (const b of [-4, 0, 4]) {
      for (const [n, value] of [[0, w1], [1, w2], [2, b]]) await move(page, "neuron", n, value);
      assert.doesNotMatch(await line(page, "neuron"), /^4 of 4/);
    }
  }));

  test("the film begins with random weights, and ends with the spirals learnt", () => open.file(file("02-backpropagation", "en"), {}, async (page) => {
    assert.match(await line(page, "film"), /After epoch 150: loss 0\.\d+, (9[5-9]|100)\.\d %/);
    const painted = () => page.locator("#film canvas").first().evaluate((canvas) => canvas.toDataURL());
    const last = await painted();
    await move(page, "film", 0, 0);
    assert.match(await line(page, "film"), /random/);
    assert.notEqual(await painted(), last);
    assert.equal(await page.locator("#film .planes canvas").count(), 32);
    assert.equal(await page.locator("#film .hinton rect").count(), 2 * 16 + 16 * 16 + 16);
  }));

  test("an exercise tells right from wrong, and then why", () => open.file(join(folder, "pt.html"), {}, async (page) => {
    const first = page.locator("#exercises li").first();
    const answer = async (text) => {
      await first.locator("input").fill(text);
      await first.locator("button").click();
      return (await first.locator(".verdict").innerText()).trim();
    };
    assert.equal(await answer("1.048.577"), "Não está certo. Tente de novo.");
    assert.ok(await first.locator(".why").isHidden());
    for (const right of ["1.048.576", "1048576", "1,048,576"]) assert.equal(await answer(right), "Certo.");
    assert.equal(await first.locator(".why").innerText(), "2^20");
  }));

  test("the matrix of four centroids is Han's, in 20 bytes", () => open.file(join(folder, "en.html"), {}, async (page) => {
    assert.match(await line(page, "codebook"), /4 centroids, 2 bits an index: 20 bytes in place of 64, 3\.2 times smaller/);
    const cells = await page.locator("#codebook .matrix").nth(1).locator("span").allInnerTexts();
    // Deep Compression, figure 3, from the largest centroid, 2.00, down.
    assert.deepEqual(cells.map((i) => 3 - i), [0, 3, 1, 2, 2, 2, 3, 0, 3, 0, 2, 3, 0, 2, 1, 1]);
  }));

  test("all cells of the systolic array are done after ten cycles", () => open.file(join(folder, "en.html"), {}, async (page) => {
    await move(page, "systolic", 0, 10);
    assert.equal(await line(page, "systolic"), "Cycle 10: 1 of 16 cells multiply.");
    assert.equal(await page.locator("#systolic svg text", {hasText: "4/4"}).count(), 16);
    await move(page, "systolic", 0, 4);
    assert.equal(await line(page, "systolic"), "Cycle 4: 10 of 16 cells multiply.");
  }));

  test("text of a chapter is markup, its title is not", () => open.file(join(folder, "en.html"), {}, async (page) => {
    assert.equal(await words(page, "h1"), "14. All <b>figures</b>");
    assert.equal(await page.locator(".prose em").first().innerText(), "text");
  }));
});
