#pragma once

#include <string>
#include <string_view>

namespace mirim::report {

/// One self-contained HTML page from the JSON of a run (docs/run-json.md): charts, style and numbers in one file that
/// opens offline. The JSON is escaped, so no text in it can become markup. Throws Error when the JSON does not parse or
/// is not an object, or when this mirim was built without the page.
std::string render_report(std::string_view run_json);

}  // namespace mirim::report
