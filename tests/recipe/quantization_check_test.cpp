#include "mirim/recipe/quantization_check.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSum = R"(graph "" (%x: float32[1x3]) -> (%y) {
  %w: float32[2x3] = [1, -1, 0.5, 0.25, 1, -1]
  %y: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
})";

// x(sample, column) for 100 samples.
QuantizationCheck check(const char* text, const std::function<float(int sample, int column)>& x) {
  const Graph floats = parse_graph(text, all_operators());
  const Feed feed = [&](Interpreter& interpreter, std::int64_t sample) {
    const auto values = interpreter.input(0).as<float>();
    for (std::size_t c = 0; c < values.size(); ++c) values[c] = x(static_cast<int>(sample), static_cast<int>(c));
  };
  Graph integers = floats;
  quantize(integers, calibrate(floats, 100, feed), {.float_io = true});
  return check_quantization(floats, integers, 100, feed);
}

std::vector<std::int64_t> columns(const QuantizationCheck& found, LossCause cause) {
  std::vector<std::int64_t> result;
  for (const QuantizationWarning& warning : found.warnings) {
    if (warning.cause == cause) result.push_back(warning.column);
  }
  return result;
}

float wave(int sample, int column) { return std::sin(static_cast<float>(7 * sample + column)); }

TEST(QuantizationCheck, has_nothing_to_say_of_columns_alike) {
  const QuantizationCheck found = check(kSum, wave);
  EXPECT_EQ(found.samples, 100);
  EXPECT_TRUE(found.warnings.empty());
  ASSERT_EQ(found.tensors.size(), 2U);  // the input and y
  for (const QuantizationLoss& loss : found.tensors) {
    EXPECT_GT(loss.signal_to_noise_db, 30);
    EXPECT_GT(loss.steps, 200);
  }
}

TEST(QuantizationCheck, names_the_columns_that_are_small_beside_another) {
  const QuantizationCheck found = check(kSum, [](int s, int c) { return c == 1 ? 1000 * wave(s, c) : wave(s, c); });
  EXPECT_THAT(columns(found, LossCause::unlike_columns), ElementsAre(0, 2));
  EXPECT_THAT(found.warnings[0].text, HasSubstr("column 0 of input 'x'"));
  EXPECT_THAT(found.warnings[0].text, HasSubstr("column 1 reaches"));
}

TEST(QuantizationCheck, sees_a_column_far_from_zero) {
  // 1000 to 1002 in steps of 1002 / 255.
  const QuantizationCheck found = check(kSum, [](int s, int) { return 1001 + wave(s, 0); });
  EXPECT_THAT(columns(found, LossCause::far_from_zero), testing::Contains(0));
}

TEST(QuantizationCheck, sees_one_sample_that_takes_the_range) {
  for (const float far : {500.0F, 50000.0F}) {
    const QuantizationCheck found = check(kSum, [&](int s, int c) { return s == 42 ? far : wave(s, c); });
    EXPECT_THAT(columns(found, LossCause::outlier), testing::Contains(0)) << far;
    EXPECT_THAT(found.warnings[0].text, HasSubstr("sample 42 has 5")) << far;
  }
}

TEST(QuantizationCheck, says_that_samples_are_all_the_same) {
  const QuantizationCheck found = check(kSum, [](int, int) { return 0.0F; });
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_EQ(found.warnings[0].cause, LossCause::constant);
  EXPECT_THAT(found.warnings[0].text, HasSubstr("is 0 everywhere in all 100 samples"));
}

TEST(QuantizationCheck, takes_a_switch_of_0_and_1_for_what_it_is) {
  // Exactly on a step, though there are only two numbers, and a constant column has nothing to lose.
  const QuantizationCheck found = check(kSum, [](int s, int c) { return c == 0 ? wave(s, c) : c == 1 ? s % 2 : 1; });
  EXPECT_TRUE(found.warnings.empty());
}

TEST(QuantizationCheck, names_the_concatenation_of_unlike_parts) {
  const QuantizationCheck found = check(R"(graph "" (%x: float32[1x3]) -> (%y) {
    %k: float32[1] = [500]
    %boxes: float32[1x3] = MUL(%x, %k)
    %scores: float32[1x3] = LOGISTIC(%x)
    %y: float32[1x6] = CONCATENATION(%boxes, %scores) {axis=1}
  })",
                                        wave);
  EXPECT_THAT(columns(found, LossCause::unlike_columns), ElementsAre(3, 4, 5));
  EXPECT_THAT(found.warnings[0].text, HasSubstr("CONCATENATION 'y'"));
}

}  // namespace
}  // namespace mirim
