#include "mirim/chart/chart.hpp"

#include <nlohmann/json.hpp>

#include "mirim/base/version.hpp"

namespace mirim::chart {
namespace {

using Json = nlohmann::ordered_json;

/// What a page leaves for a drawing: phones, tablets and desktops.
constexpr int widths[] = {296, 480, 740, 1020};

std::string drawn(const Chart& chart, double width) {
  Drawing drawing(width, chart.tips, false);
  const double height = chart.draw(drawing);
  return drawing.finish(height, chart.label);
}

}  // namespace

std::string picture(const Chart& chart, double width) {
  Drawing drawing(width, chart.tips, true);
  double height = drawing.paragraph(chart.title, 0, "head") + 4;
  for (const std::string& line : chart.lead) height = drawing.paragraph(line, height, "quiet");
  height = drawing.below(height + 14, chart.draw) + 10;
  for (const std::string& line : chart.credits) height = drawing.paragraph(line, height, "quiet");
  return drawing.finish(height, chart.label);
}

std::string page_json(const Chart& chart) {
  Json json{{"page", "chart"},    {"mirim", kVersion},    {"name", chart.name}, {"title", chart.title},
            {"lead", chart.lead}, {"label", chart.label}, {"tips", chart.tips}, {"credits", chart.credits}};
  Json& drawings = json["drawings"] = Json::array();
  for (const int width : widths) drawings.push_back({{"width", width}, {"svg", drawn(chart, width)}});
  Json& tables = json["tables"] = Json::array();
  for (const ChartTable& table : chart.tables) {
    tables.push_back(
        {{"caption", table.caption}, {"columns", table.columns}, {"rows", table.rows}, {"folded", table.folded}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim::chart
