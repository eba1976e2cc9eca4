#include "mirim/data/sprites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {
namespace {

/// How far a point is outside of a shape of these half axes, in pixels; below 0 inside.
using Outside = double (*)(double along, double across, double length, double width);

double outside_box(double along, double across, double length, double width) {
  return std::max(std::abs(along) - length, std::abs(across) - width);
}

double outside_ellipse(double along, double across, double length, double width) {
  return (std::hypot(along / length, across / width) - 1) * width;
}

struct Sprite {
  std::string_view name;
  Outside outside;
};
constexpr std::array kSprites{Sprite{"box", outside_box}, Sprite{"ellipse", outside_ellipse}};

constexpr std::array<const char*, 4> kFactors{"x", "y", "size", "angle"};
using Factors = std::array<float, kFactors.size()>;

const Sprite& sprite_named(std::string_view name) {
  for (const Sprite& sprite : kSprites) {
    if (sprite.name == name) return sprite;
  }
  fail("sprites: there is no shape '{}'; there are box and ellipse", name);
}

void draw(const Sprite& sprite, const Factors& factors, std::int64_t side, Bytes& to) {
  const auto [x, y, size, angle] = factors;
  const auto half = static_cast<double>(side) / 2;
  const double length = static_cast<double>(side) * (0.15 + 0.05 * static_cast<double>(size));
  const double turn = std::numbers::pi / 4 * static_cast<double>(angle);
  for (std::int64_t row = 0; row < side; ++row) {
    for (std::int64_t column = 0; column < side; ++column) {
      const double right = static_cast<double>(column) + 0.5 - half - half / 2 * static_cast<double>(x);
      const double down = static_cast<double>(row) + 0.5 - half - half / 2 * static_cast<double>(y);
      const double along = right * std::cos(turn) + down * std::sin(turn);
      const double across = down * std::cos(turn) - right * std::sin(turn);
      const double covered = std::clamp(0.5 - sprite.outside(along, across, length, length / 2), 0.0, 1.0);
      to.push_back(static_cast<std::byte>(std::lround(255 * covered)));
    }
  }
}

}  // namespace

Source load_sprites(std::string_view spec) {
  const SourceOptions options("sprites", spec, {"samples", "together", "side", "seed"});
  const Sprite& sprite = sprite_named(options.place());
  const std::int64_t samples = options.whole("samples", 4'000, 1, 200'000);
  const std::int64_t together = options.whole("together", 1, 1, 1'000);
  const std::int64_t side = options.whole("side", 32, 16, 128);
  if (samples % together != 0) {
    fail("sprites: samples={} is no multiple of together={}", samples, together);
  }
  Random random(static_cast<std::uint64_t>(options.whole("seed", 1, 0, std::int64_t{1} << 53)));
  Source source{.samples = {.sample = {DType::uint8, {side, side, 1}},
                            .target_size = kFactors.size(),
                            .target_names = {kFactors.begin(), kFactors.end()},
                            .notes = {fmt::format(
                                "{} images of a {}, made of x, y, size and angle{}", samples, sprite.name,
                                together > 1 ? fmt::format("; {} in a row differ in one of them", together) : "")}}};
  Dataset& data = source.samples;
  data.samples.reserve(static_cast<std::size_t>(samples * side * side));
  Factors factors{};
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t group = i / together;
    const bool begins = i % together == 0;
    for (std::size_t k = 0; k < factors.size(); ++k) {
      if (begins || group % std::ssize(factors) == static_cast<std::int64_t>(k)) factors[k] = 2 * random.uniform() - 1;
    }
    draw(sprite, factors, side, data.samples);
    data.targets.insert(data.targets.end(), factors.begin(), factors.end());
    if (together > 1) data.groups.push_back(static_cast<std::int32_t>(group));
  }
  return source;
}

}  // namespace mirim
