#include "mirim/chart/ball.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/chart/axes.hpp"
#include "mirim/chart/records.hpp"
#include "mirim/chart/words.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::chart {
namespace {

using report::text;
using Json = nlohmann::ordered_json;

/// 1e9 as "1 G": an axis' numbers.
std::string short_power(int exponent) {
  static constexpr std::string_view prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  if (exponent < 0 || exponent > 20) return power_of_ten(exponent);
  const std::string_view prefix = prefixes[exponent / 3];
  return std::string("1") + std::string(static_cast<std::size_t>(exponent % 3), '0') +
         (prefix.empty() ? "" : "\u00a0") + std::string(prefix);
}

/// 714188480 as "714 M".
std::string macs_text(double macs, const Words& words) {
  for (const auto& [size, prefix] : {std::pair{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
    if (macs >= size) return words.digits(macs / size, 3) + "\u00a0" + prefix;
  }
  return words.count(macs);
}

struct Pace {
  double seconds;
  std::string_view text;
};
constexpr Pace paces[] = {{0.001, "1 ms"}, {0.01, "10 ms"}, {0.1, "100 ms"}, {1, "1 s"}, {10, "10 s"}, {100, "100 s"}};

std::string tip_of(const Classifier& m, const Words& words) {
  const Language language = words.language();
  std::string tip = m.yours ? m.name : fmt::format("{}\n{}", m.name, iso_date(m.day));
  tip += "\n" + text(language, "ball.top1", {{"share", words.percent(m.top1)}}) + "\n" +
         text(language, "macs.of", {{"n", words.count(m.macs)}}) + "\n" +
         text(language, "ball.weights", {{"size", words.bytes(m.bytes)}});
  return m.source.empty() ? tip : tip + "\n" + m.source;
}

std::string_view style_of(const Classifier& m, const Device& board) {
  const bool holds = m.bytes <= static_cast<double>(board.flash_bytes);
  return m.yours ? (holds ? "c1 full yours" : "c1 pale yours") : holds ? "c0 full" : "c0 pale";
}

std::vector<LegendEntry> legend_of(const std::vector<Classifier>& models, const Device& board, double unit,
                                   const Words& words) {
  const Language language = words.language();
  std::vector<LegendEntry> entries;
  const auto ball = [&](std::string label, double radius, const std::string& style, Shape shape = Shape::circle) {
    entries.push_back({.text = std::move(label),
                       .width = 2 * radius + 2,
                       .height = 2 * radius + 2,
                       .symbol = [radius, style, shape](Drawing& d, double x, double y) {
                         d.mark({.shape = shape, .x = x, .y = y, .r = radius, .style = style});
                       }});
  };
  const double flash = static_cast<double>(board.flash_bytes);
  ball(text(language, "ball.holds", {{"board", std::string(board.title)}}), 5, "c0 full");
  ball(text(language, "ball.too_large", {{"board", std::string(board.title)}}), 5, "c0 pale");
  if (std::ranges::any_of(models, &Classifier::yours))
    ball(text(language, "ball.yours"), 6, "c1 full yours", Shape::star);
  ball(text(language, "ball.board_flash", {{"size", words.bytes(flash)}, {"board", std::string(board.title)}}),
       unit * std::sqrt(flash), unit * std::sqrt(flash) < 6 ? "ring" : "board");
  const double largest = std::ranges::max(models, {}, &Classifier::bytes).bytes;
  for (const double mb : {10.0, 100.0, 1000.0}) {
    const double size = mb * 1024 * 1024;
    if (size < largest && size > 2 * flash)
      ball(text(language, "ball.size", {{"size", words.bytes(size)}}), unit * std::sqrt(size), "c0 pale");
  }
  entries.push_back({.text = text(language, "ball.pace",
                                  {{"board", std::string(board.title)}, {"mhz", words.count(board.clock_mhz)}}),
                     .width = 28,
                     .symbol = [](Drawing& d, double x, double y) { d.line(x - 14, y, x + 14, y, "pace"); }});
  return entries;
}

double draw(Drawing& drawing, const std::vector<Classifier>& models, const Device& board, const Words& words) {
  const double width = drawing.width();
  const Box frame{46, 40, width - 10, 40 + std::clamp(0.58 * width, 330.0, 520.0)};
  const double largest = std::ranges::max(models, {}, &Classifier::bytes).bytes;
  const double unit = std::clamp(0.035 * width, 14.0, 34.0) / std::sqrt(std::max(largest, 1.0));
  const auto [least, most] = std::ranges::minmax(models, {}, &Classifier::top1);
  const auto [fewest, heaviest] = std::ranges::minmax(models, {}, &Classifier::macs);
  const Axis x = draw_powers(drawing, frame, 10, fewest.macs / 2, heaviest.macs * 2.5, true, short_power);
  drawing.text((frame.left + frame.right) / 2, frame.bottom + 36, text(words.language(), "ball.axis"), "middle",
               "quiet");
  const double room = std::max(0.02, 0.08 * (most.top1 - least.top1));
  const Axis y{std::max(0.0, least.top1 - room), std::min(1.0, most.top1 + room), frame.bottom, frame.top};
  const double range = y.to - y.from, every = range > 0.5 ? 0.1 : range > 0.2 ? 0.05 : range > 0.08 ? 0.02 : 0.01;
  for (double share = std::ceil(y.from / every) * every; share <= y.to + 1e-9; share += every) {
    drawing.line(frame.left, y(share), frame.right, y(share), "grid");
    drawing.text(frame.left - 8, y(share) + 4, words.count(100 * share) + "\u00a0%", "end", "quiet");
  }
  drawing.fixed_text(0, 11, text(words.language(), "ball.top1_axis"), "start", "quiet");
  for (const Pace& pace : paces) {
    const double macs = pace.seconds * board.clock_mhz * 1e6;
    if (macs < x.from || macs > x.to) continue;
    drawing.line(x(macs), frame.top - 6, x(macs), frame.bottom, "pace");
    drawing.fixed_text(std::clamp(x(macs), 20.0, width - 24), frame.top - 11, std::string("~") + std::string(pace.text),
                       "middle", "quiet");
  }
  // The large ones first, so that none hides a small one.
  std::vector<std::size_t> order(models.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(models[a].yours, -models[a].bytes) < std::pair(models[b].yours, -models[b].bytes);
  });
  std::vector<Label> labels;
  for (const std::size_t i : order) {
    const Classifier& m = models[i];
    const double r = std::max(m.yours ? 6 : 2.5, unit * std::sqrt(m.bytes));  // none is too small to be seen
    drawing.mark({.shape = m.yours ? Shape::star : Shape::circle,
                  .x = x(m.macs),
                  .y = y(m.top1),
                  .r = r,
                  .style = std::string(style_of(m, board)),
                  .tip = static_cast<int>(i)});
    if (!m.label.empty()) labels.push_back({x(m.macs), y(m.top1), r, m.label, m.yours ? "bold" : ""});
  }
  // The user's own have the first choice of a place.
  std::ranges::reverse(labels);
  drawing.labels(labels, {frame.left, frame.top, width - 2, frame.bottom}, width < 600 ? 16 : 62);
  return drawing.legend(legend_of(models, board, unit, words), frame.bottom + 48);
}

}  // namespace

std::vector<Classifier> read_classifiers(std::string_view csv) {
  std::vector<Classifier> models;
  for (const Record& row : read_records(csv, {"top1", "top1_unit", "operations", "operations_unit", "parameters"})) {
    const double top1 = row.quantity("top1", Measure::share);
    if (top1 > 1) row.complain("top1 is above 100 %");
    (void)row.required("parameters");
    models.push_back({.name = row.text("model"),
                      .day = row.day(),
                      .top1 = top1,
                      .macs = row.quantity("operations", Measure::operations),
                      .bytes = *row.count("parameters"),
                      .label = row.text("label"),
                      .source = row.text("source")});
  }
  name_few(models);
  return models;
}

Chart ball_chart(std::vector<Classifier> models, const Device& board, Language language) {
  const Words words(language);
  Chart chart{.name = "ball", .title = text(language, "ball.chart_title")};
  const auto fit = std::ranges::count_if(
      models, [&](const Classifier& m) { return m.bytes <= static_cast<double>(board.flash_bytes); });
  chart.lead = {text(language, "ball.lead"), text(language, "ball.lead_fit",
                                                  {{"n", words.count(static_cast<double>(fit))},
                                                   {"all", words.count(static_cast<double>(models.size()))},
                                                   {"flash", words.bytes(static_cast<double>(board.flash_bytes))},
                                                   {"board", std::string(board.title)}})};
  chart.label = text(language, "ball.chart_label", {{"n", words.count(static_cast<double>(models.size()))}});
  Json facts{{"chart", "ball"}, {"device", board.name}, {"models", Json::array()}};
  ChartTable table{
      .caption = text(language, "chart.models"),
      .columns = {text(language, "column.model"), text(language, "chart.date"), text(language, "ball.top1_column"),
                  text(language, "macs"), text(language, "ball.weights_column"), text(language, "ball.in_flash"),
                  text(language, "chart.source")},
      .folded = true};
  for (const Classifier& m : models) {
    const bool holds = m.bytes <= static_cast<double>(board.flash_bytes);
    chart.tips.push_back(tip_of(m, words));
    table.rows.push_back({m.name, m.yours ? "" : iso_date(m.day), words.percent(m.top1), macs_text(m.macs, words),
                          words.bytes(m.bytes), holds ? text(language, "chart.yes") : text(language, "chart.no"),
                          m.source});
    facts["models"].push_back(
        {{"model", m.name}, {"top1", m.top1}, {"macs", m.macs}, {"weight_bytes", m.bytes}, {"in_flash", holds}});
  }
  chart.tables = {table};
  chart.facts = facts.dump();
  chart.draw = [models = std::move(models), &board, words](Drawing& drawing) {
    return draw(drawing, models, board, words);
  };
  return chart;
}

}  // namespace mirim::chart
