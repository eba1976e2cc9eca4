#include "mirim/chart/fits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "mirim/chart/axes.hpp"
#include "mirim/chart/records.hpp"
#include "mirim/chart/words.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::chart {
namespace {

using report::text;
using Json = nlohmann::ordered_json;

double flash_of(const Device& board) { return static_cast<double>(board.flash_bytes); }
/// An arena is one piece, so it is the longest stretch that counts.
double ram_of(const Device& board) { return static_cast<double>(board.array_bytes); }
bool holds(const Device& board, const Network& n) { return n.weights <= flash_of(board) && n.arena <= ram_of(board); }

std::string tip_of(const Network& n, const Words& words) {
  const Language language = words.language();
  return fmt::format("{}\n{}\n{}\n{}{}", n.name, iso_date(n.day),
                     text(language, "ball.weights", {{"size", words.bytes(n.weights)}}),
                     n.computed ? text(language, "fits.arena_computed", {{"size", words.bytes(n.arena)}})
                                : text(language, "fits.arena_published", {{"size", words.bytes(n.arena)}}),
                     n.source.empty() ? "" : "\n" + n.source);
}

/// What a panel shows of the networks.
struct Panel {
  std::string title;
  std::string limit_text;
  double limit;
  double Network::*bytes;
};

void draw_panel(Drawing& drawing, const Box& place, const std::vector<Network>& networks, const Panel& panel,
                const Words& words) {
  const Box frame{place.left + 56, place.top + 22, place.right - 6, place.bottom - 24};
  drawing.fixed_text(place.left, place.top + 11, panel.title, "start", "bold");
  const auto [least, most] = std::ranges::minmax(networks, {}, panel.bytes);
  const Axis y = draw_powers(drawing, frame, 2, std::min(least.*panel.bytes, panel.limit) / 1.5,
                             std::max(most.*panel.bytes, panel.limit) * 1.5, false,
                             [&](int exponent) { return words.bytes(std::pow(2.0, exponent)); });
  const auto [first, last] = std::ranges::minmax(networks, {}, &Network::day);
  const Axis x = draw_years(drawing, frame, static_cast<double>(first.day), static_cast<double>(last.day));
  drawing.line(frame.left, y(panel.limit), frame.right, y(panel.limit), "limit");
  drawing.fixed_text(frame.left + 4, y(panel.limit) - 6, panel.limit_text, "start", "label bold");
  drawing.keep_free({frame.left, y(panel.limit) - 2, frame.right, y(panel.limit) + 2});
  std::vector<Label> labels;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const Network& n = networks[i];
    const double at = x(static_cast<double>(n.day)), high = y(n.*panel.bytes);
    const bool fits = n.*panel.bytes <= panel.limit;
    drawing.mark({.shape = n.yours      ? Shape::star
                           : n.computed ? Shape::circle
                                        : Shape::square,
                  .x = at,
                  .y = high,
                  .r = 5,
                  .style = std::string(fits ? "c0 full" : "c3 hollow"),
                  .tip = static_cast<int>(i)});
    if (!n.label.empty()) labels.push_back({at, high, 5, n.label, n.yours ? "bold" : ""});
  }
  std::ranges::stable_sort(labels, {}, &Label::y);
  std::ranges::stable_partition(labels, [](const Label& label) { return label.style == "bold"; });
  // A name stands on the side of the limit on which its network is.
  const double limit = y(panel.limit);
  const auto below = std::ranges::stable_partition(labels, [&](const Label& label) { return label.y < limit; });
  drawing.labels(std::span(labels.begin(), below.begin()), {frame.left, frame.top, place.right, limit});
  drawing.labels(below, {frame.left, limit, place.right, frame.bottom});
}

double draw(Drawing& drawing, const std::vector<Network>& networks, const Device& board, const Words& words) {
  const Language language = words.language();
  const double width = drawing.width(), height = 380;
  const bool beside = width >= 700;
  const double half = beside ? (width - 28) / 2 : width;
  const Panel flash{text(language, "fits.weights_title"),
                    text(language, "fits.flash_limit", {{"size", words.bytes(flash_of(board))}}), flash_of(board),
                    &Network::weights};
  const Panel ram{text(language, "fits.arena_title"),
                  text(language, "fits.ram_limit", {{"size", words.bytes(ram_of(board))}}), ram_of(board),
                  &Network::arena};
  draw_panel(drawing, {0, 0, half, height}, networks, flash, words);
  draw_panel(drawing, beside ? Box{width - half, 0, width, height} : Box{0, height + 20, width, 2 * height + 20},
             networks, ram, words);
  std::vector<LegendEntry> entries;
  const auto dot = [&](std::string label, Shape shape, const std::string& style) {
    entries.push_back({.text = std::move(label), .symbol = [shape, style](Drawing& d, double x, double y) {
                         d.mark({.shape = shape, .x = x, .y = y, .r = 5, .style = style});
                       }});
  };
  dot(text(language, "fits.below"), Shape::circle, "c0 full");
  dot(text(language, "fits.above"), Shape::circle, "c3 hollow");
  if (std::ranges::any_of(networks, [](const Network& n) { return !n.computed; }))
    dot(text(language, "fits.published"), Shape::square, "c5 full");
  if (std::ranges::any_of(networks, &Network::yours)) dot(text(language, "ball.yours"), Shape::star, "c5 full");
  entries.push_back({.text = text(language, "fits.limit", {{"board", std::string(board.title)}}),
                     .width = 28,
                     .symbol = [](Drawing& d, double x, double y) { d.line(x - 14, y, x + 14, y, "limit"); }});
  return drawing.legend(entries, (beside ? height : 2 * height + 20) + 8);
}

}  // namespace

std::vector<Network> read_networks(std::string_view csv) {
  std::vector<Network> networks;
  for (const Record& row : read_records(csv, {"weights", "weights_unit", "arena", "arena_unit"})) {
    networks.push_back({.name = row.text("model"),
                        .day = row.day(),
                        .weights = row.quantity("weights", Measure::bytes),
                        .arena = row.quantity("arena", Measure::bytes),
                        .computed = row.one_of("arena_status", {"computed", "published"}, "published") == "computed",
                        .label = row.text("label"),
                        .source = row.text("source")});
  }
  std::ranges::stable_sort(networks, {}, &Network::day);
  name_few(networks);
  return networks;
}

Chart fits_chart(std::vector<Network> networks, const Device& board, Language language) {
  const Words words(language);
  Chart chart{.name = "fits", .title = text(language, "fits.title", {{"board", std::string(board.title)}})};
  std::string names;
  Json facts{{"chart", "fits"},
             {"device", board.name},
             {"flash_bytes", board.flash_bytes},
             {"ram_bytes", board.array_bytes},
             {"models", Json::array()}};
  ChartTable table{
      .caption = text(language, "chart.models"),
      .columns = {text(language, "column.model"), text(language, "chart.date"), text(language, "ball.weights_column"),
                  text(language, "fits.arena_column"), text(language, "fits.arena_status"), text(language, "fits.fits"),
                  text(language, "chart.source")},
      .folded = true};
  for (const Network& n : networks) {
    const bool fits = holds(board, n);
    if (fits) names += (names.empty() ? "" : ", ") + (n.label.empty() ? n.name : n.label);
    chart.tips.push_back(tip_of(n, words));
    table.rows.push_back({n.name, iso_date(n.day), words.bytes(n.weights), words.bytes(n.arena),
                          n.computed ? text(language, "fits.computed") : text(language, "fits.measured"),
                          fits ? text(language, "chart.yes") : text(language, "chart.no"), n.source});
    facts["models"].push_back({{"model", n.name},
                               {"date", iso_date(n.day)},
                               {"weight_bytes", n.weights},
                               {"arena_bytes", n.arena},
                               {"arena", n.computed ? "computed" : "published"},
                               {"fits", fits}});
  }
  const std::string board_size = text(language, "fits.board",
                                      {{"board", std::string(board.title)},
                                       {"flash", words.bytes(flash_of(board))},
                                       {"ram", words.bytes(ram_of(board))}});
  chart.lead = {names.empty() ? text(language, "fits.lead_none", {{"board", board_size}})
                              : text(language, "fits.lead", {{"board", board_size}, {"models", names}}),
                text(language, "fits.note")};
  chart.label = text(language, "fits.label", {{"n", words.count(static_cast<double>(networks.size()))}});
  chart.tables = {table};
  chart.facts = facts.dump();
  chart.draw = [networks = std::move(networks), &board, words](Drawing& drawing) {
    return draw(drawing, networks, board, words);
  };
  return chart;
}

}  // namespace mirim::chart
