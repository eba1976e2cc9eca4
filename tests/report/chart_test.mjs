// The pages of `mirim chart` in headless Chromium: each chart in both languages, on a phone and a desktop, light and dark, offline.
import assert from "node:assert/strict";
import {readFileSync, statSync} from "node:fs";
import {describe, test} from "node:test";
import {faint, inBrowser, missing, root, words} from "./browser.mjs";

const charts = ["growth", "ball", "fits"];
const sizes = {"a phone": {viewport: {width: 390, height: 800}, isMobile: true, hasTouch: true}, "a desktop": {viewport: {width: 1200, height: 900}}};

/** Runs in the page: pairs of texts of the drawing that cover each other, and those that leave it. */
function crowded() {
  const svg = document.querySelector(".drawing svg"), frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("text")].map((node) => ({text: node.textContent, box: node.getBoundingClientRect()}));
  const inside = 1; // a pixel of the line's height above and below the letters may be shared
  const covers = (a, b) => a.left < b.right - inside && b.left < a.right - inside && a.top + 3 < b.bottom - 3 && b.top + 3 < a.bottom - 3;
  return [...boxes.filter(({box}) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(({text}) => `${text} leaves the chart`),
    ...boxes.flatMap((a, i) => boxes.slice(0, i).filter((b) => covers(a.box, b.box)).map((b) => `${a.text} covers ${b.text}`))];
}

/** Runs in the page: texts of the drawing whose contrast with the card is below 4.5. */
function pale() {
  const light = (text) => text.match(/[\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const card = light(getComputedStyle(document.querySelector("section")).backgroundColor);
  return [...document.querySelectorAll(".drawing svg text")].filter((node) => {
    const [a, b] = [light(getComputedStyle(node).fill), card].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  }).map((node) => node.textContent);
}

describe("the charts' pages", {skip: missing}, () => {
  const open = inBrowser();

  for (const chart of charts) {
    for (const lang of ["en", "pt"]) {
      for (const [place, size] of Object.entries(sizes)) {
        for (const colorScheme of ["light", "dark"]) {
          test(`${chart}, ${lang}, on ${place}, ${colorScheme}: nothing is cut, covered or faint`, () => open.command(["chart", chart], {lang, colorScheme, ...size}, async (page, file) => {
            assert.ok(statSync(file).size < 1.5e6, `${statSync(file).size} bytes`);
            assert.equal(await page.locator("html").getAttribute("lang"), lang);
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
            assert.deepEqual(await page.evaluate(crowded), []);
            assert.deepEqual(await page.evaluate(pale), []);
            await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a table scrolls the page sideways");
            assert.deepEqual(await page.evaluate(faint), []);
          }));
        }
      }
    }

    test(`${chart}: a row of the table for each row of the CSV`, () => open.command(["chart", chart], {}, async (page) => {
      const rows = readFileSync(`${root}/data/growth/${{growth: "training_compute", ball: "imagenet_models", fits: "device_models"}[chart]}.csv`, "utf8").trim().split("\n").length - 1;
      assert.equal(await page.locator("table").last().locator("tbody tr").count(), rows);
    }));
  }

  test("the growth page names the fits, what is published, and its source", () => open.command(["chart", "growth"], {}, async (page) => {
    const fits = (await page.locator("#growth table").first().locator("tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent).join(" ")))).join("\n");
    for (const [months, published] of [["20.3", "about 20 months"], ["6.0", "5.7 months"], ["5.4", "4.6 times a year"], ["3.1", "3.4 months"]]) {
      assert.match(fits, new RegExp(`\\s${months.replace(".", "\\.")}\\s.*${published}`));
    }
    assert.match(await words(page, "footer"), /Epoch AI.*CC BY/);
    assert.match(await words(page, "footer"), /1\.76e12 is a rumour/);
  }));

  test("in Portuguese numbers have commas", () => open.command(["chart", "growth"], {lang: "pt"}, async (page) => {
    assert.match(await words(page, "header"), /até 2010 a cada 20,3 meses/);
    assert.match(await words(page, "header"), /725\.532 vezes/);
  }));

  for (const [place, size] of Object.entries(sizes)) {
    test(`a mark tells its figures and its source, on ${place}`, () => open.command(["chart", "fits"], size, async (page) => {
      const svg = page.locator(".drawing svg");
      const at = await svg.evaluate((node) => {
        const mark = [...node.querySelectorAll("[data-tip='2']")][0].getBoundingClientRect(), frame = node.getBoundingClientRect();
        return {x: mark.x + mark.width / 2 - frame.x, y: mark.y + mark.height / 2 - frame.y};
      });
      await (size.hasTouch ? svg.tap({position: at}) : svg.hover({position: at}));
      assert.match(await words(page, ".tip"), /VGG-16\s+2014-09-04\s+weights: 132 MB\s+arena: .*\s+.*arXiv 1409\.1556/);
      const inside = await page.locator(".tip").evaluate((tip) => tip.getBoundingClientRect().right <= innerWidth && tip.getBoundingClientRect().left >= 0);
      assert.ok(inside, "the tip leaves the window");
    }));
  }

  test("marks differ without colour: a shape for each domain, a fill for each confidence", () => open.command(["chart", "growth"], {}, async (page) => {
    const kinds = await page.locator(".drawing [data-tip]").evaluateAll((all) => all.map((mark) => ({
      shape: mark.tagName === "circle" ? "circle" : mark.getAttribute("d").replace(/[-\d.,]+/g, "") + mark.getAttribute("d").split("L").length, style: mark.getAttribute("class")})));
    const colours = new Set(kinds.map(({style}) => style.split(" ")[0]));
    const shapeOf = (colour) => new Set(kinds.filter(({style}) => style.startsWith(`${colour} `)).map(({shape}) => shape));
    assert.equal(colours.size, 6);
    for (const colour of colours) assert.equal(shapeOf(colour).size, 1, colour);
  }));
});
