// The page of the chart of networks with two runs, made by the command line, in headless Chromium.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {existsSync, mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, describe, test} from "node:test";
import {faint, inBrowser, mirim, missing, phone, root, words} from "./browser.mjs";

const absent = missing || (!existsSync(join(root, "../shared/data")) && "no ../shared/data");

describe("the chart of networks", {skip: absent}, () => {
  const open = inBrowser();
  let runs;
  before(() => {
    runs = mkdtempSync(join(tmpdir(), "mirim-zoo-"));
    for (const name of ["perceptron", "boltzmann"]) execFileSync(mirim, ["make", `recipes/zoo/${name}.toml`, "-o", join(runs, name)], {cwd: root, stdio: "ignore"});
  });
  after(() => rmSync(runs, {recursive: true, force: true}));

  const shown = (options, look) => open.command(["report", runs], options, look);
  const inSight = (page) => page.locator("article.card:visible h3").allInnerTexts();

  test("each of the 29 has a card, and those with a run say what they reached", () => shown({}, async (page) => {
    assert.equal(await page.locator("article.card").count(), 29);
    assert.equal(await page.locator("article.absent").count(), 27);
    assert.match(await words(page, ".lead"), /^2 of the 29/);
    const card = page.locator("article.card", {hasText: "Report of perceptron"});
    const text = (await card.innerText()).replaceAll("\u00a0", " ");
    assert.match(text, /^P Perceptron/i);
    assert.match(text, /Learns by perceptron/);
    assert.match(text, /float32\s+9\d\.\d\d %/);
    assert.match(text, /goal\s+≥ 96\.00 % reached/);
    assert.match(text, /instructions\s+[\d,]+/);
    assert.ok(await card.locator("svg circle").count() > 2, "the network is drawn");
  }));

  test("a card leads to the run's own report", () => shown({}, async (page) => {
    const file = new URL(await page.locator("a", {hasText: "Report of boltzmann"}).getAttribute("href"), page.url());
    assert.ok(existsSync(file), `${file}`);
  }));

  test("filters leave what they say and count it", () => shown({}, async (page) => {
    await page.locator("button", {hasText: /^tables$/}).click();
    assert.deepEqual((await inSight(page)).map((title) => title.split(" ")[0]), ["P", "BM"]);
    assert.match(await words(page, "[role=status]"), /^2 of 29/);
    await page.locator("button", {hasText: /^sound$/}).click();
    assert.deepEqual(await inSight(page), []);
    await page.locator("div", {hasText: /^Learns from/}).last().locator("button").first().click();
    assert.equal((await inSight(page)).length, 29);
  }));

  test("in Portuguese and on a phone nothing is cut, faint or wider than the screen", () => shown({lang: "pt", ...phone}, async (page) => {
    assert.doesNotMatch(await words(page, "main"), /reached|goal|instructions/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    assert.deepEqual(await page.evaluate(faint), []);
  }));
});
