// node bundle.mjs OUT.cpp: bundles the page into one HTML file and writes it as C++, in pieces that every compiler takes.
import {readFileSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {build} from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

const result = await build({
  entryPoints: [join(here, "main.js")], bundle: true, minify: true, write: false, metafile: true, format: "iife", target: ["es2020"],
  legalComments: "none", logLevel: "warning",
});

/** The licence texts of the packages whose code is in the page go into the page with it; equal texts once. */
function licences() {
  const packages = new Set(Object.keys(result.metafile.inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0]).filter(Boolean));
  const owners = new Map();
  for (const folder of [...packages].sort()) {
    const {name, version} = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
    owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  }
  return [...owners].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n").replaceAll("*/", "* /");
}

const script = `/*\n${licences()}\n*/\n${result.outputFiles[0].text}`.replaceAll("</script", "<\\/script");
const html = readFileSync(join(here, "template.html"), "utf8")
  .replace("@STYLE@", () => readFileSync(join(here, "style.css"), "utf8"))
  .replace("@SCRIPT@", () => script);

const literal = (text) => `"${Buffer.from(text).toString("latin1").replace(/[^ !#-[\]-~]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`).replaceAll("??", '?""?')}"`;
const pieces = [];
for (const part of html.split("@RUN@")) {
  const chunks = part.match(/[^]{1,4000}/gu) ?? [];
  pieces.push(`{${chunks.map(literal).join(",\n")}}`);
}
if (pieces.length !== 2) throw new Error("template.html: @RUN@ must stand in it once");
writeFileSync(process.argv[2], `// Made by mirim/report/page/bundle.mjs.
#include "mirim/report/page.hpp"
namespace mirim::report {
const std::vector<std::string_view>& page_before_run() {
  static const std::vector<std::string_view> pieces = ${pieces[0]};
  return pieces;
}
const std::vector<std::string_view>& page_after_run() {
  static const std::vector<std::string_view> pieces = ${pieces[1]};
  return pieces;
}
}  // namespace mirim::report
`);
