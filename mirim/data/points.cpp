#include "mirim/data/points.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <numbers>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {
namespace {

struct Point {
  double x = 0;
  double y = 0;
};

/// Where a point of a class lies before the noise.
using Place = Point (*)(int label, double turns, Random& random);

Point cloud(int label, double /*turns*/, Random& /*random*/) {
  const double middle = label == 0 ? -0.5 : 0.5;
  return {middle, middle};
}

Point corner(int label, double /*turns*/, Random& random) {
  const double x = random.below(2) == 0 ? -0.5 : 0.5;
  return {x, label == 0 ? x : -x};
}

// The square root spreads the points evenly over the arm's length, which grows with the radius.
Point on_arm(int label, double turns, Random& random) {
  const double radius = std::sqrt(static_cast<double>(random.uniform()));
  const double angle = 2 * std::numbers::pi * turns * radius + (label == 0 ? 0 : std::numbers::pi);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

struct Shape2d {
  std::string_view name;
  Place place;
  double noise;
};

constexpr std::array kShapes{Shape2d{"clouds", cloud, 0.15}, Shape2d{"xor", corner, 0.15},
                             Shape2d{"spirals", on_arm, 0.02}};

struct Key {
  double least;
  double most;
  bool whole;
  double value;
  bool given = false;
};

using Keys = std::map<std::string, Key, std::less<>>;

void set(Keys& keys, std::string_view option) {
  const std::size_t equals = option.find('=');
  const std::string name(option.substr(0, equals));
  const auto found = keys.find(name);
  if (found == keys.end()) {
    std::vector<std::string> known;
    for (const auto& entry : keys) known.push_back(entry.first);
    fail("points: there is no option '{}', {}", name, suggestion(name, known));
  }
  Key& key = found->second;
  const std::string_view text = equals == std::string_view::npos ? "" : option.substr(equals + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (!number || !(value >= key.least && value <= key.most) || (key.whole && value != std::floor(value))) {
    fail("points: {}={}: expected a {}number from {} to {}", name, text, key.whole ? "whole " : "", key.least,
         key.most);
  }
  if (key.given) fail("points: {} is given twice", name);
  key.given = true;
  key.value = value;
}

const Shape2d& shape_named(std::string_view name) {
  for (const Shape2d& shape : kShapes) {
    if (shape.name == name) return shape;
  }
  fail("points: there is no shape '{}'; there are clouds, xor and spirals", name);
}

}  // namespace

Source load_points(std::string_view spec) {
  const std::size_t question = std::min(spec.find('?'), spec.size());
  const Shape2d& shape = shape_named(spec.substr(0, question));
  Keys keys{{"samples", {4, 100'000, true, 1'000}},
            {"noise", {0, 1, false, shape.noise}},
            {"turns", {0.25, 5, false, 1.5}},
            {"seed", {0, 9'007'199'254'740'992.0, true, 1}}};
  for (std::size_t at = question; at < spec.size();) {
    const std::size_t end = std::min(spec.find('&', at + 1), spec.size());
    set(keys, spec.substr(at + 1, end - at - 1));
    at = end;
  }
  const auto samples = static_cast<std::int64_t>(keys.at("samples").value);
  const double noise = keys.at("noise").value;
  Random random(static_cast<std::uint64_t>(keys.at("seed").value));
  std::vector<float> coordinates;
  Source source{.samples = {.sample = {DType::float32, {2}},
                            .class_names = {"0", "1"},
                            .feature_names = {"x", "y"},
                            .notes = {fmt::format("{} points of 2 classes: {}", samples, shape.name)}}};
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto label = static_cast<std::int32_t>(i % 2);
    const Point point = shape.place(label, keys.at("turns").value, random);
    coordinates.push_back(static_cast<float>(point.x + noise * static_cast<double>(random.normal())));
    coordinates.push_back(static_cast<float>(point.y + noise * static_cast<double>(random.normal())));
    source.samples.labels.push_back(label);
  }
  const BytesView bytes = bytes_of(coordinates);
  source.samples.samples = Bytes(bytes.begin(), bytes.end());
  return source;
}

}  // namespace mirim
