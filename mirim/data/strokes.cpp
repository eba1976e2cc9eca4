#include "mirim/data/strokes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/base/text.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/labels.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

using Json = nlohmann::json;

struct Point {
  double x = 0, y = 0;
};

constexpr std::array kPoints{"points", "strokePoints"};

double coordinate(const Json& value) {
  if (!value.is_number()) fail("a coordinate is no number");
  const auto number = value.get<double>();
  if (!(std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max())))
    fail("a coordinate is too large for a float32");
  return number;
}

Point point_of(const Json& value) {
  if (value.is_object() && value.contains("x") && value.contains("y"))
    return {coordinate(value["x"]), coordinate(value["y"])};
  if (!value.is_array() || value.size() != 2) fail("a point is not [x, y]");
  return {coordinate(value[0]), coordinate(value[1])};
}

std::vector<Point> points_of(const Json& stroke) {
  for (const char* key : kPoints) {
    if (!stroke.contains(key)) continue;
    const Json& list = stroke[key];
    if (!list.is_array() || list.size() < 2) fail("'{}' is no list of two points or more", key);
    std::vector<Point> points;
    for (const Json& point : list) points.push_back(point_of(point));
    return points;
  }
  fail("has no key 'points'");
}

// At equal steps of time, which the points are apart.
std::vector<Point> resampled(const std::vector<Point>& from, std::int64_t count) {
  std::vector<Point> points;
  for (std::int64_t i = 0; i < count; ++i) {
    const double at = static_cast<double>(i) * static_cast<double>(from.size() - 1) / static_cast<double>(count - 1);
    const auto before = std::min(static_cast<std::size_t>(at), from.size() - 2);
    const double part = at - static_cast<double>(before);
    const Point &a = from[before], &b = from[before + 1];
    points.push_back({a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)});
  }
  return points;
}

void center_and_scale(std::vector<Point>& points) {
  const Point first = points[0];
  if (std::ranges::all_of(points, [&](const Point& p) { return p.x == first.x && p.y == first.y; }))
    fail("all points are the same");
  Point mean;
  for (Point& p : points) {
    p = {p.x - first.x, p.y - first.y};
    mean.x += p.x / static_cast<double>(points.size());
    mean.y += p.y / static_cast<double>(points.size());
  }
  double reach = 0;
  for (Point& p : points) {
    p = {p.x - mean.x, p.y - mean.y};
    reach = std::max(reach, std::hypot(p.x, p.y));
  }
  for (Point& p : points) p = {p.x / reach, p.y / reach};
}

/// The text of a key that names a class or a group.
std::string name_at(const Json& stroke, const std::string& key) {
  if (!stroke.contains(key)) fail("has no key '{}'", key);
  const Json& value = stroke[key];
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
  if (!value.is_number_integer() && !value.is_boolean()) fail("'{}' is no text or whole number", key);
  return value.dump();
}

class Loader {
 public:
  explicit Loader(const StrokeOptions& options) : options_(options) {
    data_.sample = {DType::float32, {options.points, options.velocity > 0 ? 4 : 2}};
  }

  void add(const Json& stroke) {
    if (!stroke.is_object()) fail("is no JSON object");
    std::vector<Point> points = points_of(stroke);
    least_ = std::min(least_, points.size());
    most_ = std::max(most_, points.size());
    points = resampled(points, options_.points);
    center_and_scale(points);
    write(points);
    if (count_++ == 0) label_ = label_key(stroke);
    if (!label_.empty()) labels_.add(name_at(stroke, label_));
    if (options_.group.empty()) return;
    const auto next = static_cast<std::int32_t>(groups_.size());
    data_.groups.push_back(groups_.try_emplace(name_at(stroke, options_.group), next).first->second);
  }

  Dataset finish() && {
    if (count_ == 0) fail("has no strokes");
    data_.notes.push_back(fmt::format("{} strokes of {} to {} points, resampled to {}{}", with_commas(count_), least_,
                                      most_, options_.points, options_.velocity > 0 ? ", with their velocity" : ""));
    if (!label_.empty()) {
      std::move(labels_).set(data_);
      data_.notes.push_back(
          fmt::format("label: '{}', {} classes: {}", label_, data_.class_names.size(), listed(data_.class_names)));
    } else {
      data_.notes.emplace_back("no label");
    }
    if (!options_.group.empty())
      data_.notes.push_back(fmt::format("{} groups by '{}'", groups_.size(), options_.group));
    return std::move(data_);
  }

 private:
  std::string label_key(const Json& stroke) const {
    if (options_.label == "none") return "";
    if (!options_.label.empty()) return options_.label;
    std::vector<std::string> others;
    for (const char* key : {"label", "class"}) {
      if (stroke.contains(key)) return key;
    }
    for (const auto& [key, value] : stroke.items()) {
      if (std::ranges::find(kPoints, key) == kPoints.end()) others.push_back(key);
    }
    if (others.size() > 1) fail("which key is the label? name it with label=; the keys are {}", listed(others));
    return others.empty() ? "" : others[0];
  }

  void write(const std::vector<Point>& points) {
    if (static_cast<std::int64_t>(data_.samples.size()) > kMostUnpackedBytes) fail("with this, samples take over 4 GB");
    const auto put = [&](double value) {
      const auto number = static_cast<float>(value);
      const BytesView bytes = std::as_bytes(std::span(&number, 1));
      data_.samples.insert(data_.samples.end(), bytes.begin(), bytes.end());
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      put(points[i].x);
      put(points[i].y);
      if (options_.velocity <= 0) continue;
      const Point& before = points[i == 0 ? 0 : i - 1];
      put(options_.velocity * (points[i].x - before.x));
      put(options_.velocity * (points[i].y - before.y));
    }
  }

  const StrokeOptions& options_;
  Dataset data_{};
  std::string label_{};  // its key
  TextLabels labels_{};
  std::map<std::string, std::int32_t> groups_{};
  std::size_t least_ = std::numeric_limits<std::size_t>::max(), most_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace

Dataset parse_strokes(std::string_view text, const StrokeOptions& options) {
  Loader loader(options);
  std::int64_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    in_context(fmt::format("line {}", number), [&] {
      const Json stroke = Json::parse(line, nullptr, false);
      if (stroke.is_discarded()) fail("is no JSON; expected a stroke a line: {{\"points\": [[x, y], ...], ...}}");
      loader.add(stroke);
    });
  }
  return std::move(loader).finish();
}

Source load_strokes(std::string_view spec) {
  const SourceOptions given("strokes", spec, {"points", "velocity", "label", "group"});
  const StrokeOptions options{.points = given.whole("points", 48, 2, 4096),
                              .velocity = given.number("velocity", 10, 0, 1e6),
                              .label = given.text("label", ""),
                              .group = given.text("group", "")};
  const Bytes bytes = read_unpacked(given.place());
  return in_context(given.place(), [&] {
    return Source{.samples = parse_strokes({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options)};
  });
}

}  // namespace mirim
