// node picture.mjs REPORT.html OUT.png [--width 1200] [--dark] [--whole]: the top of a report as a picture, by Debian's Chromium.
import {dirname, resolve} from "node:path";
import {mkdirSync} from "node:fs";
import {pathToFileURL} from "node:url";
import {parseArgs} from "node:util";
import {chromium} from "playwright-core";

const {values, positionals} = parseArgs({allowPositionals: true,
  options: {width: {type: "string", default: "1200"}, height: {type: "string", default: "1100"}, dark: {type: "boolean"}, whole: {type: "boolean"}}});
const [report, picture] = positionals;
if (!picture) {
  console.error("usage: node picture.mjs REPORT.html OUT.png [--width PIXELS] [--height PIXELS] [--dark] [--whole]");
  process.exit(2);
}
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
const page = await browser.newPage({viewport: {width: +values.width, height: +values.height}, colorScheme: values.dark ? "dark" : "light", deviceScaleFactor: 1});
await page.goto(pathToFileURL(resolve(report)).href);
await page.waitForSelector("footer");
await page.waitForTimeout(300); // charts draw themselves once their width is known
mkdirSync(dirname(resolve(picture)), {recursive: true});
await page.screenshot({path: picture, fullPage: values.whole});
await browser.close();
