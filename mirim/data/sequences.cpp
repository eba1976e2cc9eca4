#include "mirim/data/sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostVectors = 60;

struct Lengths {
  std::int64_t least, most;
};

Lengths lengths_of(const SourceOptions& options, std::string_view key, std::string_view otherwise) {
  const std::string text = options.text(key, otherwise);
  const auto number = [&](std::string_view part) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || value < 1 || value > kMostVectors) {
      fail("sequences: {} is '{}'; give a number from 1 to {}, or two of them as 1-8", key, text, kMostVectors);
    }
    return value;
  };
  const auto dash = text.find('-');
  if (dash == std::string::npos) return {number(text), number(text)};
  const Lengths lengths{number(std::string_view(text).substr(0, dash)),
                        number(std::string_view(text).substr(dash + 1))};
  if (lengths.least > lengths.most) fail("sequences: {} is '{}'; the smaller number comes first", key, text);
  return lengths;
}

Dataset copies(std::int64_t count, std::int64_t bits, const Lengths& lengths, std::int64_t steps, Random& random) {
  Dataset data{.sample = {DType::float32, {steps, bits + 2}}, .target_size = steps * bits};
  std::vector<float> samples(static_cast<std::size_t>(count * steps * (bits + 2)), 0.0F);
  data.targets.assign(static_cast<std::size_t>(count * steps * bits), 0.0F);
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t length =
        lengths.least +
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(lengths.most - lengths.least + 1)));
    float* x = samples.data() + n * steps * (bits + 2);
    float* y = data.targets.data() + n * steps * bits;
    x[bits] = 1;
    x[(length + 1) * (bits + 2) + bits + 1] = 1;
    for (std::int64_t t = 0; t < length; ++t) {
      for (std::int64_t bit = 0; bit < bits; ++bit) {
        const float value = random.below(2) == 0 ? 0.0F : 1.0F;
        x[(t + 1) * (bits + 2) + bit] = value;
        y[(length + 2 + t) * bits + bit] = value;
      }
    }
  }
  const BytesView bytes = bytes_of(samples);
  data.samples = Bytes(bytes.begin(), bytes.end());
  return data;
}

}  // namespace

Source load_sequences(std::string_view spec) {
  const SourceOptions options("sequences", spec, {"bits", "length", "samples", "test", "test_length", "seed"});
  if (options.place() != "copy") fail("sequences: there is no task '{}'; there is copy", options.place());
  const std::int64_t bits = options.whole("bits", 6, 1, 64);
  const Lengths lengths = lengths_of(options, "length", "1-8");
  const Lengths test = lengths_of(options, "test_length", std::to_string(lengths.most));
  const std::int64_t samples = options.whole("samples", 20'000, 1, 1'000'000),
                     tests = options.whole("test", 64, 1, 100'000);
  const std::int64_t steps = 2 * std::max(lengths.most, test.most) + 2;
  Random random(static_cast<std::uint64_t>(options.whole("seed", 1, 0, 9'007'199'254'740'992)));
  Source source{.samples = copies(samples, bits, lengths, steps, random), .test = {}};
  source.test = copies(tests, bits, test, steps, random);
  source.samples.notes = {
      fmt::format("{} sequences of {} to {} vectors of {} bits, {} of {} to {} for testing, in {} steps", samples,
                  lengths.least, lengths.most, bits, tests, test.least, test.most, steps)};
  return source;
}

}  // namespace mirim
