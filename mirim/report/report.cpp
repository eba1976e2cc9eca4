#include "mirim/report/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/report/page.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::report {
namespace {

using Json = nlohmann::json;

/// The pages that page/main.js can draw.
constexpr std::array<std::string_view, 4> pages{"report", "chart", "chapter", "zoo"};

Json parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    fail("run.json: not JSON at byte {}: make the run again with `mirim make`", error.byte);
  }
}

/// JSON that is safe inside <script>: ASCII only, and no '<', so that nothing in it ends the element or opens a
/// comment.
std::string escaped(const Json& json) {
  const std::string plain = json.dump(-1, ' ', true, Json::error_handler_t::replace);
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

std::string filled(PagePiece::Kind kind, const Json& data, Language language) {
  switch (kind) {
    case PagePiece::Kind::language:
      return std::string(name(language));
    case PagePiece::Kind::noscript:
      return text(language, "page.noscript");
    case PagePiece::Kind::texts:
      return escaped(Json::parse(texts_json(language)));
    default:
      return escaped(data);
  }
}

std::string render(const Json& data, Language language) {
  if (page_pieces().empty()) {
    fail("report: this mirim was built without the report's page: run 'npm ci' in mirim/report and build again");
  }
  std::string html;
  for (const PagePiece& piece : page_pieces()) {
    if (piece.kind == PagePiece::Kind::text) {
      html += piece.text;
    } else {
      html += filled(piece.kind, data, language);
    }
  }
  return html;
}

}  // namespace

std::string render_page(std::string_view json, Language language) {
  const Json data = parse(json);
  if (!data.is_object()) fail("page: the JSON is not an object");
  const auto page = data.find("page");
  if (page != data.end() && (!page->is_string() || std::ranges::find(pages, page->get<std::string>()) == pages.end())) {
    fail("page: {} is unknown: there are report, chart, chapter and zoo", page->dump());
  }
  return render(data, language);
}

std::string render_report(std::string_view run_json, Language language) {
  Json run = parse(run_json);
  if (!run.is_object() || !run.contains("mirim")) {
    fail("run.json: not the JSON of a run: the key 'mirim' is missing (docs/run-json.md)");
  }
  run["page"] = "report";
  return render(run, language);
}

}  // namespace mirim::report
