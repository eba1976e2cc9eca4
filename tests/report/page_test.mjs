// The report in headless Chromium: it renders without a console error, and the numbers on the page are the run's.
import assert from "node:assert/strict";
import {describe, test} from "node:test";
import {cut, faint, inBrowser, missing, number, phone, sample, words} from "./browser.mjs";

const int8 = sample.models[1];

describe("the report's page", {skip: missing}, () => {
  const open = inBrowser();

  for (const [name, options] of Object.entries({
    "on a desktop, light": {colorScheme: "light"},
    "on a desktop, dark": {colorScheme: "dark"},
    "on a phone, light": {colorScheme: "light", ...phone},
    "on a phone, dark": {colorScheme: "dark", ...phone},
  })) {
    test(`${name}: every section is drawn and nothing is wider than the screen`, () => open(sample, options, async (page) => {
      assert.deepEqual(await page.locator("section").evaluateAll((all) => all.map((s) => s.id)), ["ball", "learning", "classes", "worst", "layers", "graph", "arena", "recipe"]);
      assert.equal(await page.locator(".chart svg").count(), 5);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(await page.evaluate(cut), []);
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
    assert.deepEqual(layers.map((r) => [r[0].replace("\n", " "), ...r.slice(2, 7), r[8]]),
      int8.layers.map((l) => [`${l.name} ${l.op}`, ...[l.parameters, l.weight_bytes, l.activation_bytes, l.macs, l.instructions].map(number), l.signal_to_noise_db?.toFixed(1) ?? ""]));
    assert.deepEqual((await rows("#classes figure")).map((r) => r.slice(1)), int8.confusion.map((row) => row.map(number)));
    assert.deepEqual(await rows("#arena"), sample.arena.tensors.map((t) => [t.name, number(t.offset), number(t.bytes), sample.arena.steps[t.first], sample.arena.steps[t.last]]));
    assert.equal(await page.locator("#arena svg rect").count() >= sample.arena.tensors.length, true);
    assert.equal((await rows("#learning")).length, sample.history.length);
    // Each count also stands in its cell of the drawn matrix.
    const drawn = await page.locator("#classes svg [aria-label=text] text").allTextContents();
    assert.deepEqual(drawn.map(Number), int8.confusion.flat().filter((n) => n > 0));
  }));

  test("time and energy of an inference stand in tiles of their own", () => open(sample, {}, async (page) => {
    // 16,312,345 instructions at 1.57 cycles each and 64 MHz: 400.2 ms
    const summary = (await words(page, "header")).replaceAll("\n", " ");
    assert.match(summary, /Time per inference ~400 ms an estimate on the executed trace, at 64 MHz, without wait states, 1\.57 cycles an instruction/);
    assert.match(summary, /Energy per inference ~6\.31 mJ/);
  }));

  test("curves go straight from epoch to epoch", () => open(sample, {}, async (page) => {
    const paths = await page.locator("#learning svg [aria-label=line] path").evaluateAll((all) => all.map((path) => path.getAttribute("d")));
    assert.equal(paths.length, 4);
    for (const path of paths) assert.match(path, /^M[\d.,-]+(L[\d.,-]+)+$/);
  }));

  test("an accuracy's axis ends at 100 %", () => {
    const perfect = {...sample, history: sample.history.map((e) => ({...e, train_accuracy: 1, validation_accuracy: 1})), models: sample.models.map((m) => ({...m, accuracy: 1}))};
    return open(perfect, {}, async (page) => {
      const ticks = await page.locator("svg [aria-label='y-axis tick label'] text").allTextContents();
      const most = Math.max(...ticks.filter((t) => t.endsWith("%")).map(parseFloat));
      assert.equal(most, 100);
    });
  });

  test("models that do the same work stand side by side", () => open(sample, {}, async (page) => {
    const [a, b] = await page.locator("#ball svg [aria-label=dot] circle").evaluateAll((all) => all.slice(-2).map((c) => ({x: c.getBoundingClientRect().x, right: c.getBoundingClientRect().right})));
    assert.ok(a.right < b.x || b.right < a.x, "the balls overlap");
    assert.match(await words(page, "#ball"), /All do the same 1\.98 million multiply-adds/);
  }));

  test("a loss of more than 2 points is red, and the verdict is not green then", () => {
    const models = [sample.models[0], {...int8, accuracy: sample.models[0].accuracy - 0.0201}];
    return open({...sample, models}, {}, async (page) => {
      assert.match(await words(page, ".figures .bad"), /^90\.68 %$/);
      assert.match(await words(page, "header"), /lost 2\.01 points of accuracy: do not use it as it is/);
      assert.equal(await page.locator("header .good").count(), 0);
      assert.match(await words(page, "header"), /It fits the Arduino/);
    });
  });

  test("what quantize warned of stands there line by line", () => {
    const quantization = {samples: 500, lost_points: 1, lost_much: false, tensors: [], warnings: [{name: "input", column: 3, cause: "unlike columns", text: "column 3 of input 'input' <b>"}]};
    return open({...sample, quantization}, {}, async (page) => {
      assert.match(await words(page, "#quantization"), /1 warning of quantize, over 500 samples/);
      assert.deepEqual(await page.locator("#quantization li").allTextContents(), ["column 3 of input 'input' <b>"]);
    });
  });

  test("a regression shows its own figures and no accuracy", () => {
    const scores = {root_mean_squared_error: 4.5, mean_absolute_error: 3.25, r_squared: 0.75, loss: 20.25};
    const models = sample.models.map(({accuracy, confusion, classes, per_class, worst, ...m}) => ({...m, ...scores}));
    models[1].worst = {shape: [2], samples: [{index: 7, error: 9, expected: [20.5], answered: [11.5], values: [1.25, -3]}]};
    const history = sample.history.map((e) => ({epoch: e.epoch, train_loss: e.train_loss, validation_loss: e.validation_loss}));
    return open({...sample, models, history, data: {...sample.data, features: ["rooms", "age"], targets: ["price"]}}, {}, async (page) => {
      const summary = (await words(page, "header")).replaceAll("\n", " ");
      assert.match(summary, /Root mean squared error, int8 4\.5/);
      assert.match(summary, /MAE 3\.25, R² 0\.7500/);
      assert.doesNotMatch(await words(page, "main"), /[Aa]ccuracy/);
      assert.equal(await page.locator("#classes").count(), 0);
      assert.match(await words(page, "#worst table"), /sample\s+price\s+answered\s+rooms\s+age\s+7\s+20\.5\s+11\.5\s+1\.25\s+-3/);
    });
  });

  test("the worst answers are pictures of the samples with both classes", () => open(sample, {}, async (page) => {
    const first = int8.worst.samples[0];
    assert.equal(await page.locator("#worst canvas").count(), int8.worst.samples.length);
    assert.match((await words(page, "#worst li")).replaceAll("\n", " "),
      new RegExp(`${int8.classes[first.label]} taken for ${int8.classes[first.answer]} ${(100 * first.confidence).toFixed(1)} % sure`));
    const pixels = await page.locator("#worst canvas").first().evaluate((canvas) => [...canvas.getContext("2d").getImageData(0, 0, 4, 4).data].filter((_, i) => i % 4 === 0));
    assert.deepEqual(pixels, [...Buffer.from(first.pixels, "base64")]);
  }));

  test("the recipe, its seed and the commands that repeat it are there to copy", () => open(sample, {}, async (page) => {
    const text = await words(page, "#recipe");
    for (const command of sample.commands) assert.ok(text.includes(command), command);
    assert.ok(text.includes("epochs = 24"));
    assert.match(text, /seed 7/);
  }));

  test("a hundred classes with long names still fit a phone", () => {
    const n = 100, classes = [...Array(n).keys()].map((i) => `A species with a very long name, number ${i}`);
    const confusion = classes.map((_, t) => classes.map((_, p) => (t === p ? 9 : (t + 1) % n === p ? 1 : 0)));
    const models = [{...int8, classes, confusion, per_class: undefined}];
    return open({...sample, models}, phone, async (page) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.equal(await page.locator("#classes .pair > div > .scroll tbody tr").count(), 12);
      assert.equal(await page.locator("#classes details tbody tr").count(), 200, "all of them are one press away");
    });
  });

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
