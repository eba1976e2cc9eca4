// node bundle.mjs OUT.cpp: bundles the page into one HTML file and writes it as C++, in pieces that every compiler takes.
import {existsSync, readFileSync, writeFileSync} from "node:fs";
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
    const file = ["LICENSE", "LICENSE.md"].map((name) => join(folder, name)).find(existsSync);
    const text = readFileSync(file, "utf8").trim();
    owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  }
  return [...owners].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n").replaceAll("*/", "* /");
}

const script = `/*\n${licences()}\n*/\n${result.outputFiles[0].text}`.replaceAll("</script", "<\\/script");
const inserts = {"@STYLE@": readFileSync(join(here, "style.css"), "utf8"), "@SCRIPT@": script};
const holes = {"@LANGUAGE@": "language", "@NOSCRIPT@": "noscript", "@TEXTS@": "texts", "@DATA@": "data"};

const literal = (text) => `"${Buffer.from(text).toString("latin1").replace(/[^ !#-[\]-~]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`).replaceAll("??", '?""?')}"`;
const pieces = readFileSync(join(here, "template.html"), "utf8").split(/(@[A-Z]+@)/).flatMap((part) => {
  if (part in holes) return [`{PagePiece::Kind::${holes[part]}, {}}`];
  return ((inserts[part] ?? part).match(/[^]{1,4000}/gu) ?? []).map((chunk) => `{PagePiece::Kind::text, ${literal(chunk)}}`);
});
writeFileSync(process.argv[2], `// Made by mirim/report/page/bundle.mjs.
#include "mirim/report/page.hpp"
namespace mirim::report {
const std::vector<PagePiece>& page_pieces() {
  static const std::vector<PagePiece> pieces = {
${pieces.join(",\n")}};
  return pieces;
}
}  // namespace mirim::report
`);
