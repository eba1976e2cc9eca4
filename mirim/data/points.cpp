#include "mirim/data/points.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

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

constexpr std::int32_t kOnRing = 8;

Point on_ring(int label, double /*turns*/, Random& /*random*/) {
  const double angle = 2 * std::numbers::pi * label / kOnRing;
  return {std::cos(angle), std::sin(angle)};
}

struct Shape2d {
  std::string_view name;
  Place place;
  double noise;
  std::int32_t classes = 2;
};

constexpr std::array kShapes{Shape2d{"clouds", cloud, 0.15}, Shape2d{"xor", corner, 0.15},
                             Shape2d{"spirals", on_arm, 0.02}, Shape2d{"ring", on_ring, 0.05, kOnRing}};

const Shape2d& shape_named(std::string_view name) {
  for (const Shape2d& shape : kShapes) {
    if (shape.name == name) return shape;
  }
  fail("points: there is no shape '{}'; there are clouds, xor, spirals and ring", name);
}

std::vector<std::string> class_names(std::int32_t classes) {
  std::vector<std::string> names;
  for (std::int32_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  return names;
}

}  // namespace

Source load_points(std::string_view spec) {
  const SourceOptions options("points", spec, {"samples", "noise", "turns", "seed"});
  const Shape2d& shape = shape_named(options.place());
  const std::int64_t samples = options.whole("samples", 1'000, 4, 100'000);
  const double noise = options.number("noise", shape.noise, 0, 1), turns = options.number("turns", 1.5, 0.25, 5);
  Random random(static_cast<std::uint64_t>(options.whole("seed", 1, 0, std::int64_t{1} << 53)));
  std::vector<float> coordinates;
  Source source{.samples = {.sample = {DType::float32, {2}},
                            .class_names = class_names(shape.classes),
                            .feature_names = {"x", "y"},
                            .notes = {fmt::format("{} points of {} classes: {}", samples, shape.classes, shape.name)}}};
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto label = static_cast<std::int32_t>(i % shape.classes);
    const Point point = shape.place(label, turns, random);
    coordinates.push_back(static_cast<float>(point.x + noise * static_cast<double>(random.normal())));
    coordinates.push_back(static_cast<float>(point.y + noise * static_cast<double>(random.normal())));
    source.samples.labels.push_back(label);
  }
  const BytesView bytes = bytes_of(coordinates);
  source.samples.samples = Bytes(bytes.begin(), bytes.end());
  return source;
}

}  // namespace mirim
