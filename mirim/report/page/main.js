// Every page that mirim makes: the JSON says by "page" which one it is, a module each draws it.
import {chapter} from "./chapter.js";
import {chart} from "./chart.js";
import {report} from "./report.js";
import {zoo} from "./zoo.js";

const pages = {chapter, chart, report, zoo};

const data = JSON.parse(document.getElementById("data").textContent);
const {title, parts} = pages[data.page ?? "report"](data);
document.title = `${title} · mirim`;
document.getElementById("page").replaceChildren(...parts);
