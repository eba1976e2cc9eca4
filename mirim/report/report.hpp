#pragma once

#include <string>
#include <string_view>

#include "mirim/base/language.hpp"

namespace mirim::report {

/// One self-contained HTML page from a JSON object: charts, style and numbers in one file that opens offline. The key
/// "page" says which page it is and so what else the object holds: "report" (or no such key) is a run
/// (docs/run-json.md), "chart" a chart of mirim/chart, "chapter" a chapter of the course, "zoo" the runs of a folder;
/// page/NAME.js draws it. Words,
/// numbers and dates of the page are in the language; texts in the JSON are shown as they are. The JSON is escaped, so
/// no text in it can become markup. Throws Error when the JSON does not parse, is not an object or of an unknown page,
/// or when this mirim was built without the page.
std::string render_page(std::string_view json, Language language);

/// The page of a run. Throws Error also when the JSON is not that of a run.
std::string render_report(std::string_view run_json, Language language);

}  // namespace mirim::report
