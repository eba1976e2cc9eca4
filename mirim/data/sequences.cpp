#include "mirim/data/sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostVectors = 60;
constexpr std::int64_t kMostNumbers = 1'000'000'000;

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

struct Kind {
  std::int64_t bits;
  Lengths length, items;

  std::int64_t steps() const { return items.most * (2 * length.most + 2); }
};

std::int64_t drawn(const Lengths& from, Random& random) {
  return from.least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(from.most - from.least + 1)));
}

Dataset items(std::int64_t count, const Kind& kind, Random& random) {
  const std::int64_t bits = kind.bits, steps = kind.steps(), features = bits + 2;
  Dataset data{.sample = {DType::float32, {steps, features}},
               .target_size = steps * bits,
               .sequences = true,
               .partly_asked = true};
  std::vector<float> samples(static_cast<std::size_t>(count * steps * features), 0.0F);
  data.targets.assign(static_cast<std::size_t>(count * steps * bits), std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t n = 0; n < count; ++n) {
    float* x = samples.data() + n * steps * features;
    float* y = data.targets.data() + n * steps * bits;
    for (std::int64_t item = drawn(kind.items, random); item > 0; --item) {
      const std::int64_t length = drawn(kind.length, random);
      x[bits] = 1;
      x[(length + 1) * features + bits + 1] = 1;
      for (std::int64_t t = 0; t < length; ++t) {
        for (std::int64_t bit = 0; bit < bits; ++bit) {
          const float value = random.below(2) == 0 ? 0.0F : 1.0F;
          x[(t + 1) * features + bit] = value;
          y[(length + 2 + t) * bits + bit] = value;
        }
      }
      x += (2 * length + 2) * features;
      y += (2 * length + 2) * bits;
    }
  }
  const BytesView bytes = bytes_of(samples);
  data.samples = Bytes(bytes.begin(), bytes.end());
  return data;
}

std::string described(const Kind& kind) {
  const auto range = [](const Lengths& of) {
    return of.least == of.most ? std::to_string(of.most) : fmt::format("{} to {}", of.least, of.most);
  };
  const std::string vectors = fmt::format("{} vectors", range(kind.length));
  return kind.items.most == 1 ? vectors : fmt::format("{} items of {}", range(kind.items), vectors);
}

}  // namespace

Source load_sequences(std::string_view spec) {
  const SourceOptions options("sequences", spec,
                              {"bits", "length", "items", "samples", "test", "test_length", "test_items", "seed"});
  const bool recall = options.place() == "recall";
  if (!recall && options.place() != "copy") {
    fail("sequences: there is no task '{}'; there are copy and recall", options.place());
  }
  Kind kind{.bits = options.whole("bits", 6, 1, 64),
            .length = lengths_of(options, "length", recall ? "1-5" : "1-8"),
            .items = lengths_of(options, "items", recall ? "1-4" : "1")};
  Kind test = kind;
  test.length = lengths_of(options, "test_length", std::to_string(kind.length.most));
  test.items = lengths_of(options, "test_items", std::to_string(kind.items.most));
  if (!recall && (kind.items.most > 1 || test.items.most > 1)) fail("sequences: items are of recall; copy has one");
  const std::int64_t samples = options.whole("samples", 20'000, 1, 1'000'000),
                     tests = options.whole("test", 64, 1, 100'000);
  for (const auto& [of, count] : {std::pair(kind, samples), std::pair(test, tests)}) {
    if (of.steps() * (of.bits + 2) * count > kMostNumbers) {
      fail("sequences: {} samples of {} steps are more than {} numbers; choose fewer samples", count, of.steps(),
           kMostNumbers);
    }
  }
  Random random(static_cast<std::uint64_t>(options.whole("seed", 1, 0, 9'007'199'254'740'992)));
  Source source{.samples = items(samples, kind, random), .test = {}};
  source.test = items(tests, test, random);
  source.samples.notes = {fmt::format("{} sequences of {} of {} bits in {} steps; {} of {} in {} for testing", samples,
                                      described(kind), kind.bits, kind.steps(), tests, described(test), test.steps())};
  return source;
}

}  // namespace mirim
