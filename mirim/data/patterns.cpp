#include "mirim/data/patterns.hpp"

#include <fmt/format.h>

#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {

Source load_patterns(std::string_view spec) {
  const SourceOptions options("patterns", spec, {"units", "count", "copies", "flip", "seed"});
  if (options.place() != "random") fail("patterns: there is no kind '{}'; there is random", options.place());
  const std::int64_t units = options.whole("units", 196, 2, 100'000), count = options.whole("count", 7, 1, 100'000);
  const std::int64_t copies = options.whole("copies", 20, 1, 1000);
  const double flip = options.number("flip", 0.15, 0, 0.5);
  constexpr std::int64_t kMostNumbers = 100'000'000;
  if (units * count > kMostNumbers / (copies + 1)) {
    fail("patterns: {} copies of {} patterns of {} units are more than {} numbers", copies, count, units, kMostNumbers);
  }
  Random random(static_cast<std::uint64_t>(options.whole("seed", 1, 0, 9'007'199'254'740'992)));
  std::vector<float> kept, noisy;
  Dataset training{.sample = {DType::float32, {units}}, .target_size = units, .notes = {}};
  for (std::int64_t i = 0; i < units * count; ++i) kept.push_back(random.below(2) == 0 ? -1.0F : 1.0F);
  Dataset test = training;
  for (std::int64_t p = 0; p < count; ++p) {
    for (std::int64_t copy = 0; copy < copies; ++copy) {
      for (std::int64_t u = 0; u < units; ++u) {
        const float unit = kept[static_cast<std::size_t>(p * units + u)];
        test.targets.push_back(unit);
        noisy.push_back(static_cast<double>(random.uniform()) < flip ? -unit : unit);
      }
    }
  }
  training.targets = kept;
  const BytesView clean = bytes_of(kept), with_noise = bytes_of(noisy);
  training.samples = Bytes(clean.begin(), clean.end());
  test.samples = Bytes(with_noise.begin(), with_noise.end());
  training.notes = {fmt::format("{} patterns of {} units; {} copies of each for testing, {:.3g} % of the units flipped",
                                count, units, copies, 100 * flip)};
  return {.samples = std::move(training), .test = std::move(test)};
}

}  // namespace mirim
