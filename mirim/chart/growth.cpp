#include "mirim/chart/growth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "mirim/chart/axes.hpp"
#include "mirim/chart/records.hpp"
#include "mirim/chart/words.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::chart {
namespace {

using report::text;
using Json = nlohmann::ordered_json;

/// The first day of each span, from the calendar.
constexpr std::int64_t k2010 = 14610, kMarch2022 = 19052, kOctober2012 = 15614, kNovember2017 = 17471;

std::optional<Trend> fit_of(const std::vector<Point>& points) {
  const bool differ = std::ranges::any_of(points, [&](const Point& p) { return p.day != points.front().day; });
  return differ ? std::optional(fit(points)) : std::nullopt;
}

enum class Field { language, vision, games, speech, multimodal, other };
constexpr std::size_t kFields = 6;

Field field_of(const std::string& domain) {
  if (domain == "Language") return Field::language;
  if (domain == "Vision" || domain == "Image generation" || domain == "Video") return Field::vision;
  if (domain == "Games") return Field::games;
  if (domain == "Speech" || domain == "Audio") return Field::speech;
  if (domain == "Multimodal") return Field::multimodal;
  return Field::other;
}

std::string name_of(Field field, Language language) {
  switch (field) {
    case Field::language:
      return text(language, "growth.language");
    case Field::vision:
      return text(language, "growth.vision");
    case Field::games:
      return text(language, "growth.games");
    case Field::speech:
      return text(language, "growth.speech");
    case Field::multimodal:
      return text(language, "growth.multimodal");
    case Field::other:
      break;
  }
  return text(language, "growth.other");
}

struct Look {
  Shape shape;
  std::string_view colour;
};
constexpr Look looks[kFields] = {{Shape::circle, "c0"},   {Shape::square, "c1"}, {Shape::diamond, "c2"},
                                 {Shape::triangle, "c4"}, {Shape::down, "c3"},   {Shape::cross, "c5"}};
const Look& look_of(Field field) { return looks[static_cast<std::size_t>(field)]; }

std::string name_of_confidence(const std::string& confidence, Language language) {
  if (confidence == "Confident") return text(language, "growth.confident");
  if (confidence == "Likely") return text(language, "growth.likely");
  if (confidence == "Speculative") return text(language, "growth.speculative");
  return confidence.empty() ? "" : text(language, "growth.unknown");
}

std::string_view fill_of(const std::string& confidence) {
  return confidence == "Likely" ? "half" : confidence == "Confident" || confidence.empty() ? "full" : "open";
}

/// A fit as the chart, its legend and its table show it.
struct Shown {
  std::string id;  ///< of the JSON
  const Trend* trend;
  std::string_view line;  ///< style of its line
  std::string span;       ///< "to 2010"
  std::string models;     ///< which models it fits
  std::string published;
};

std::vector<Shown> shown(const GrowthFits& fits, const Words& words) {
  const Language language = words.language();
  std::vector<Shown> all;
  const auto add = [&](std::string id, const std::optional<Trend>& trend, std::string_view line, std::string span,
                       std::string models, std::string published) {
    if (trend) all.push_back({std::move(id), &*trend, line, std::move(span), std::move(models), std::move(published)});
  };
  const std::string every = text(language, "growth.all_models");
  add("to_2010", fits.to_2010, "fit", text(language, "growth.to_2010"), every,
      text(language, "growth.published_to_2010"));
  add("2010_to_february_2022", fits.to_2022, "fit dashed", text(language, "growth.to_2022"), every,
      text(language, "growth.published_to_2022", {{"months", words.fixed(5.7, 1)}}));
  add("since_2010", fits.since_2010, "fit dash-dot", text(language, "growth.since_2010"), every,
      text(language, "growth.published_since_2010", {{"times", words.fixed(4.6, 1)}}));
  add("records_2012_to_2017", fits.records, "fit dotted", text(language, "growth.records_span"),
      text(language, "growth.record_holders"),
      text(language, "growth.published_records", {{"months", words.fixed(3.4, 1)}}));
  return all;
}

/// The doubling time; a dash if nothing grows.
std::string months_of(const Trend& trend, const Words& words) {
  return trend.log10_per_day > 0 ? words.fixed(trend.doubling_months(), 1) : "–";
}

std::string parameters_of(const TrainedModel& m, const Words& words) {
  if (!m.parameters) return "";
  const std::string count = words.power(*m.parameters);
  return m.parameters_are_rumoured ? text(words.language(), "growth.rumour", {{"n", count}}) : count;
}

std::string tip_of(const TrainedModel& m, const Words& words) {
  const Language language = words.language();
  std::string tip = fmt::format("{}\n{}\n{} FLOP", m.name, iso_date(m.day), words.power(m.flop));
  if (m.parameters) tip += "\n" + text(language, "growth.parameters", {{"n", parameters_of(m, words)}});
  tip += "\n" + name_of(field_of(m.domain), language);
  const std::string confidence = name_of_confidence(m.confidence, language);
  if (!confidence.empty()) tip += ", " + confidence;
  return tip + "\n" + m.source;
}

std::vector<LegendEntry> legend_of(const std::vector<TrainedModel>& models, const std::vector<Shown>& fits,
                                   const Words& words) {
  const Language language = words.language();
  std::vector<LegendEntry> entries;
  const auto dot = [&](std::string label, Shape shape, const std::string& style) {
    entries.push_back({.text = std::move(label), .symbol = [shape, style](Drawing& d, double x, double y) {
                         d.mark({.shape = shape, .x = x, .y = y, .r = 4.5, .style = style});
                       }});
  };
  for (std::size_t f = 0; f < kFields; ++f) {
    const Field field = static_cast<Field>(f);
    if (std::ranges::none_of(models, [&](const TrainedModel& m) { return field_of(m.domain) == field; })) continue;
    dot(name_of(field, language), looks[f].shape, fmt::format("{} full", looks[f].colour));
  }
  for (const char* confidence : {"Confident", "Likely", "Speculative"}) {
    if (std::ranges::none_of(models, [&](const TrainedModel& m) { return m.confidence == confidence; })) continue;
    dot(name_of_confidence(confidence, language), Shape::circle, fmt::format("c5 {}", fill_of(confidence)));
  }
  for (const Shown& s : fits) {
    if (s.id == "records_2012_to_2017") dot(text(language, "growth.holder"), Shape::circle, "ring");
    entries.push_back(
        {.text = text(language, "growth.legend",
                      {{"span", s.span},
                       {"models", s.models},
                       {"months", months_of(*s.trend, words)},
                       {"n", words.count(static_cast<double>(s.trend->points))},
                       {"published", s.published}}),
         .width = 40,
         .symbol = [line = s.line](Drawing& d, double x, double y) { d.line(x - 19, y, x + 19, y, line); }});
  }
  return entries;
}

/// Where a line's doubling time is written: the part of its way.
double place_of(const Shown& fit) {
  return fit.id == "to_2010" ? 0.5 : fit.id == "since_2010" ? 0.97 : fit.id == "records_2012_to_2017" ? 0.6 : 0.35;
}

/// What a panel shows: the models of its days, those that are named, and fits.
struct Panel {
  std::int64_t first, last;
  bool names_since_2010;
  std::vector<Shown> lines;
  double height;
};

/// Returns the y below its years.
double draw_panel(Drawing& drawing, double top, const std::vector<TrainedModel>& models, const GrowthFits& fits,
                  const Panel& panel, const Words& words) {
  const double width = drawing.width(), r = width < 600 ? 2.8 : 3.8;
  const Box frame{38, top + 22, width - 6, top + 22 + panel.height};
  const auto shows = [&](const TrainedModel& m) { return m.day >= panel.first && m.day <= panel.last; };
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const TrainedModel& m : models) {
    if (shows(m)) least = std::min(least, m.flop), most = std::max(most, m.flop);
  }
  drawing.fixed_text(0, top + 11, text(words.language(), "growth.axis"), "start", "quiet");
  const Axis y = draw_powers(drawing, frame, 10, least / 4, most * 15, false, power_of_ten);
  const Axis x = draw_years(drawing, frame, static_cast<double>(panel.first), static_cast<double>(panel.last));
  std::vector<Label> labels, doublings;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const TrainedModel& m = models[i];
    if (!shows(m)) continue;
    const Look& look = look_of(field_of(m.domain));
    const double at = x(static_cast<double>(m.day)), high = y(m.flop);
    drawing.mark({.shape = look.shape,
                  .x = at,
                  .y = high,
                  .r = r,
                  .style = fmt::format("{} {}", look.colour, fill_of(m.confidence)),
                  .tip = static_cast<int>(i)});
    if (!m.label.empty() && (m.day < k2010 || panel.names_since_2010)) labels.push_back({at, high, r, m.label, ""});
  }
  for (const std::size_t i : fits.holders) {
    if (shows(models[i]))
      drawing.mark({.x = x(static_cast<double>(models[i].day)), .y = y(models[i].flop), .r = r + 3.5, .style = "ring"});
  }
  for (const Shown& s : panel.lines) {
    const Trend& t = *s.trend;
    drawing.line(x(t.first_day), y(t.at(t.first_day)), x(t.last_day), y(t.at(t.last_day)), s.line);
    const double day = t.first_day + place_of(s) * (t.last_day - t.first_day);
    doublings.push_back(
        {x(day), y(t.at(day)), 3, text(words.language(), "growth.doubles", {{"months", months_of(t, words)}}), "bold"});
  }
  drawing.labels(doublings, frame);
  std::ranges::sort(labels, {}, [](const Label& label) { return label.y; });
  drawing.labels(labels, frame);
  return frame.bottom + 30;
}

/// All years; and, if there are models of both, those since 2010 once more, as wide: most are of these years.
double draw(Drawing& drawing, const std::vector<TrainedModel>& models, const GrowthFits& fits, const Words& words) {
  const std::vector<Shown> lines = shown(fits, words);
  const std::int64_t first = models.front().day, last = models.back().day;
  const bool both = first < k2010 && last >= k2010;
  const double height = std::clamp(0.5 * drawing.width(), 300.0, 480.0);
  Panel all{first, last, !both, lines, both ? 0.85 * height : height};
  if (both) std::erase_if(all.lines, [](const Shown& s) { return s.id != "to_2010" && s.id != "since_2010"; });
  double bottom = draw_panel(drawing, 0, models, fits, all, words);
  if (both) {
    Panel recent{k2010, last, true, lines, 1.15 * height};
    std::erase_if(recent.lines, [](const Shown& s) { return s.id == "to_2010"; });
    bottom = draw_panel(drawing, bottom + 8, models, fits, recent, words);
  }
  return drawing.legend(legend_of(models, lines, words), bottom + 4);
}

const TrainedModel* find(const std::vector<TrainedModel>& models, std::string_view name) {
  const auto found = std::ranges::find(models, name, &TrainedModel::name);
  return found == models.end() ? nullptr : &*found;
}

std::string facts_of(const std::vector<TrainedModel>& models, const std::vector<Shown>& lines) {
  Json json{{"chart", "growth"}, {"models", models.size()}, {"fits", Json::array()}};
  for (const Shown& s : lines) {
    const Trend& t = *s.trend;
    json["fits"].push_back({{"fit", s.id},
                            {"of", s.id == "records_2012_to_2017" ? "record holders" : "all models"},
                            {"points", t.points},
                            {"first", iso_date(static_cast<std::int64_t>(t.first_day))},
                            {"last", iso_date(static_cast<std::int64_t>(t.last_day))},
                            {"doubling_months", t.doubling_months()},
                            {"times_a_year", t.times_a_year()},
                            {"r_squared", t.r_squared}});
  }
  return json.dump();
}

std::vector<std::string> lead_of(const std::vector<TrainedModel>& models, const std::vector<Shown>& lines,
                                 const Words& words) {
  const Language language = words.language();
  std::vector<std::string> lead;
  std::string fits;
  for (const Shown& s : lines) {
    if (!fits.empty()) fits += "; ";
    fits += text(language, "growth.lead_fit",
                 {{"span", s.span}, {"models", s.models}, {"months", months_of(*s.trend, words)}});
  }
  if (!fits.empty()) lead.push_back(text(language, "growth.lead", {{"fits", fits}}));
  const TrainedModel *from = find(models, "AlexNet"), *to = find(models, "AlphaGo Zero");
  if (from && to) {
    lead.push_back(text(language, "growth.alexnet_to_alphago",
                        {{"times", words.count(to->flop / from->flop)},
                         {"months", words.fixed(static_cast<double>(to->day - from->day) / 30.4375, 1)}}));
  }
  return lead;
}

}  // namespace

std::vector<TrainedModel> read_growth(std::string_view csv) {
  std::vector<TrainedModel> models;
  for (const Record& row : read_records(csv, {"compute", "compute_unit"})) {
    models.push_back(
        {.name = row.text("model"),
         .day = row.day(),
         .flop = row.quantity("compute", Measure::compute),
         .parameters = row.count("parameters"),
         .parameters_are_rumoured = row.one_of("parameters_status", {"published", "rumour"}, "published") == "rumour",
         .domain = row.text("domain"),
         .confidence = row.one_of("confidence", {"Confident", "Likely", "Speculative", "Unknown"}, ""),
         .label = row.text("label"),
         .source = row.text("source")});
  }
  std::ranges::stable_sort(models, {}, &TrainedModel::day);
  name_few(models);
  return models;
}

GrowthFits fit_growth(std::span<const TrainedModel> models) {
  std::vector<Point> to_2010, to_2022, since_2010, records;
  GrowthFits fits;
  double most = 0;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto& [day, flop] = std::pair(models[i].day, models[i].flop);
    const Point point{static_cast<double>(day), flop};
    if (day < k2010) to_2010.push_back(point);
    if (day >= k2010 && day < kMarch2022) to_2022.push_back(point);
    if (day >= k2010) since_2010.push_back(point);
    if (flop <= most) continue;
    most = flop;
    if (day >= kOctober2012 && day < kNovember2017) {
      records.push_back(point);
      fits.holders.push_back(i);
    }
  }
  fits.to_2010 = fit_of(to_2010);
  fits.to_2022 = fit_of(to_2022);
  fits.since_2010 = fit_of(since_2010);
  fits.records = fit_of(records);
  return fits;
}

Chart growth_chart(const std::vector<TrainedModel>& models, Language language) {
  const Words words(language);
  const GrowthFits fits = fit_growth(models);
  Chart chart{.name = "growth", .title = text(language, "growth.title")};
  const std::vector<Shown> lines = shown(fits, words);
  chart.lead = lead_of(models, lines, words);
  chart.label = text(language, "growth.label", {{"n", words.count(static_cast<double>(models.size()))}});
  for (const TrainedModel& m : models) chart.tips.push_back(tip_of(m, words));
  chart.draw = [models, fits, words](Drawing& drawing) { return draw(drawing, models, fits, words); };
  ChartTable fitted{
      .caption = text(language, "growth.fits"),
      .columns = {text(language, "growth.years"), text(language, "growth.of"), text(language, "growth.models"),
                  text(language, "growth.doubling"), text(language, "growth.times_a_year"), text(language, "growth.r2"),
                  text(language, "growth.published")}};
  for (const Shown& s : lines) {
    fitted.rows.push_back({s.span, s.models, words.count(static_cast<double>(s.trend->points)),
                           months_of(*s.trend, words), words.fixed(s.trend->times_a_year(), 2),
                           words.fixed(s.trend->r_squared, 2), s.published});
  }
  ChartTable all{.caption = text(language, "chart.models"),
                 .columns = {text(language, "column.model"), text(language, "chart.date"), "FLOP",
                             text(language, "column.parameters"), text(language, "growth.domain"),
                             text(language, "growth.confidence"), text(language, "chart.source")},
                 .folded = true};
  for (const TrainedModel& m : models) {
    all.rows.push_back({m.name, iso_date(m.day), words.power(m.flop), parameters_of(m, words),
                        name_of(field_of(m.domain), language), name_of_confidence(m.confidence, language), m.source});
  }
  chart.tables = {fitted, all};
  chart.facts = facts_of(models, lines);
  return chart;
}

}  // namespace mirim::chart
