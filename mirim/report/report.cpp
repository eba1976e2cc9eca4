#include "mirim/report/report.hpp"

#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/report/page.hpp"

namespace mirim::report {
namespace {

using Json = nlohmann::json;

Json parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    fail("run.json: not JSON at byte {}: make the run again with `mirim make`", error.byte);
  }
}

/// JSON that is safe inside <script>: ASCII only, and no '<', so that nothing in it ends the element or opens a
/// comment.
std::string escaped(const Json& run) {
  const std::string plain = run.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(plain.size() + plain.size() / 8);
  for (char c : plain) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string render_report(std::string_view run_json) {
  const Json run = parse(run_json);
  if (!run.is_object() || !run.contains("mirim")) {
    fail("run.json: not the JSON of a run: the key 'mirim' is missing (docs/run-json.md)");
  }
  if (page_before_run().empty()) {
    fail("report: this mirim was built without the report's page: run 'npm ci' in mirim/report and build again");
  }
  std::string html;
  for (std::string_view piece : page_before_run()) html += piece;
  html += escaped(run);
  for (std::string_view piece : page_after_run()) html += piece;
  return html;
}

}  // namespace mirim::report
