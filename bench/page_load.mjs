// node bench/page_load.mjs PAGE.html...: for each page, on a phone and offline, the milliseconds until its charts are drawn (the least of three).
import {createRequire} from "node:module";
import {dirname, join, resolve} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";

const {chromium} = createRequire(join(dirname(fileURLToPath(import.meta.url)), "../mirim/report/"))("playwright-core");
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
for (const file of process.argv.slice(2)) {
  const times = [];
  for (let i = 0; i < 3; ++i) {
    const context = await browser.newContext({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, offline: true});
    const page = await context.newPage();
    const begin = performance.now();
    await page.goto(pathToFileURL(resolve(file)).href);
    await page.waitForSelector("footer");
    await page.waitForFunction(() => [...document.querySelectorAll(".chart")].every((chart) => chart.querySelector("svg")));
    times.push(performance.now() - begin);
    await context.close();
  }
  console.log(Math.round(Math.min(...times)));
}
await browser.close();
