#include "mirim/data/series.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {
namespace {

/// x at 0, 1, 2 ... units of time.
std::vector<float> mackey_glass(std::int64_t count, int tau, std::uint64_t seed) {
  constexpr int kStepsOfUnit = 10;
  constexpr double kStep = 1.0 / kStepsOfUnit;
  Random random(seed);
  const std::size_t delay = static_cast<std::size_t>(tau) * kStepsOfUnit;
  std::vector<double> x;
  for (std::size_t i = 0; i <= delay; ++i) x.push_back(1.2 + 0.01 * static_cast<double>(random.normal()));
  const auto slope = [](double now, double then) { return 0.2 * then / (1 + std::pow(then, 10)) - 0.1 * now; };
  std::vector<float> result{static_cast<float>(x.back())};
  while (static_cast<std::int64_t>(result.size()) < count) {
    for (int i = 0; i < kStepsOfUnit; ++i) {
      const std::size_t n = x.size() - 1;
      const double now = x[n], then = x[n - delay], next = x[n - delay + 1], middle = (then + next) / 2;
      const double a = slope(now, then), b = slope(now + kStep / 2 * a, middle), c = slope(now + kStep / 2 * b, middle),
                   d = slope(now + kStep * c, next);
      x.push_back(now + kStep / 6 * (a + 2 * b + 2 * c + d));
    }
    result.push_back(static_cast<float>(x.back()));
  }
  return result;
}

struct Window {
  std::int64_t taps, lag, horizon;
};

Dataset windows(const std::vector<float>& x, std::int64_t first, std::int64_t count, const Window& w) {
  Dataset data{.sample = {DType::float32, {w.taps}}, .target_size = 1, .target_names = {"next"}, .series = true};
  std::vector<float> samples;
  for (std::int64_t i = first; i < first + count; ++i) {
    for (std::int64_t tap = 0; tap < w.taps; ++tap) samples.push_back(x[static_cast<std::size_t>(i - tap * w.lag)]);
    data.targets.push_back(x[static_cast<std::size_t>(i + w.horizon)]);
  }
  const BytesView bytes = bytes_of(samples);
  data.samples = Bytes(bytes.begin(), bytes.end());
  return data;
}

}  // namespace

Source load_series(std::string_view spec) {
  const SourceOptions options("series", spec, {"samples", "test", "taps", "lag", "horizon", "tau", "warm_up", "seed"});
  if (options.place() != "mackey-glass") {
    fail("series: there is no series '{}'; there is mackey-glass", options.place());
  }
  const std::int64_t samples = options.whole("samples", 4000, 2, 1'000'000);
  const std::int64_t test = options.whole("test", std::min<std::int64_t>(1000, samples / 4), 1, samples - 1);
  const Window w{.taps = options.whole("taps", 1, 1, 100),
                 .lag = options.whole("lag", 6, 1, 1000),
                 .horizon = options.whole("horizon", 1, 1, 1000)};
  const std::int64_t tau = options.whole("tau", 17, 1, 100);
  constexpr std::int64_t kTransient = 1000;
  const std::int64_t begin = kTransient + (w.taps - 1) * w.lag;
  const std::vector<float> x =
      mackey_glass(begin + samples + w.horizon, static_cast<int>(tau),
                   static_cast<std::uint64_t>(options.whole("seed", 1, 0, 9'007'199'254'740'992)));
  Source source{.samples = windows(x, begin, samples - test, w), .test = windows(x, begin + samples - test, test, w)};
  source.test->warm_up = options.whole("warm_up", 0, 0, test - 1);
  source.samples.notes = {
      fmt::format("{} samples and {} for testing of the Mackey-Glass series, {} values each, {} "
                  "unit{} of time ahead",
                  samples - test, test, w.taps, w.horizon, w.horizon == 1 ? "" : "s")};
  return source;
}

}  // namespace mirim
