#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/chart/drawing.hpp"

namespace mirim::chart {

/// A table of the same numbers.
struct ChartTable {
  std::string caption{};
  std::vector<std::string> columns{};  ///< titles; the first column heads its row
  std::vector<std::vector<std::string>> rows{};
  bool folded = false;  ///< shown when asked for
};

/// One chart in one language: what its page and its picture show.
struct Chart {
  std::string name{};  ///< "growth"
  std::string title{};
  std::vector<std::string> lead{};         ///< what it says, a paragraph each
  std::string label{};                     ///< for a reader who does not see it
  std::vector<std::string> tips{};         ///< texts about marks
  std::function<double(Drawing&)> draw{};  ///< draws it as wide as the drawing is, returns the height
  std::vector<ChartTable> tables{};
  std::vector<std::string> credits{};
  std::string facts{};  ///< the numbers as JSON, for --json
};

/// The picture, SVG, `width` pixels wide without its margin.
std::string picture(const Chart& chart, double width = 960);

/// The JSON of its page (`render_page`): {"page": "chart", "mirim": version, "title", "lead", "label", "tips",
/// "tables", "credits", "drawings": [{"width", "svg"}, ...]} with a drawing for each of some widths, from phones to
/// desktops.
std::string page_json(const Chart& chart);

}  // namespace mirim::chart
