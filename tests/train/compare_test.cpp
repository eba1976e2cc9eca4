#include "mirim/train/compare.hpp"

#include <gtest/gtest.h>

#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using Kind = Limit::Kind;

Graph parse(const std::string& text) { return parse_graph(text, all_operators()); }

// What the results of two graphs may differ by.
Kind limit(const std::string& a, const std::string& b) {
  const Graph left = parse(a), right = parse(b);
  return limit_of(left, left.outputs[0], right, right.outputs[0]).kind;
}

const std::string kFloats = R"(graph "" (%x: float32[1x2]) -> (%y) {
  %y: float32[1x2] = TANH(%x)
})";
const std::string kFloatIo = R"(graph "" (%x: float32[1x2]) -> (%y) {
  %q: int8[1x2] {scale=0.01, zero_point=0} = QUANTIZE(%x)
  %t: int8[1x2] {scale=0.0078125, zero_point=0} = TANH(%q)
  %y: float32[1x2] = DEQUANTIZE(%t)
})";
const std::string kIntegers = R"(graph "" (%x: int8[1x2] {scale=0.01, zero_point=0}) -> (%y) {
  %y: int8[1x2] {scale=0.0078125, zero_point=0} = TANH(%x)
})";
const std::string kFloatsInside = R"(graph "" (%x: float32[1x2]) -> (%y) {
  %f: float32[1x2] = TANH(%x)
  %y: int8[1x2] {scale=0.0078125, zero_point=0} = QUANTIZE(%f)
})";

TEST(Limit, comes_from_what_the_values_went_through) {
  EXPECT_EQ(limit(kFloats, kFloats), Kind::floats);
  EXPECT_EQ(limit(kIntegers, kIntegers), Kind::bits);
  EXPECT_EQ(limit(kFloatsInside, kFloatsInside), Kind::step);
  EXPECT_EQ(limit(kFloatIo, kFloatIo), Kind::step);
  // Floats on both sides, but one of them was int8 on its way.
  EXPECT_EQ(limit(kFloats, kFloatIo), Kind::ratio);
  EXPECT_EQ(limit(kFloats, kIntegers), Kind::ratio);
}

TEST(Limit, allows_one_step_and_a_part_of_the_largest) {
  const Limit step{Kind::step, 0.5};
  EXPECT_FALSE(exceeds(step, 0.5, 100, 0));
  EXPECT_TRUE(exceeds(step, 1.0, 100, 60));
  EXPECT_FALSE(exceeds({Kind::floats}, 0.9e-3, 100, 0));
  EXPECT_TRUE(exceeds({Kind::floats}, 1.1e-3, 100, 60));
  EXPECT_FALSE(exceeds({Kind::ratio}, 50, 100, 20));
  EXPECT_TRUE(exceeds({Kind::ratio}, 0.1, 100, 19.9));
  EXPECT_TRUE(exceeds({Kind::bits}, 0, 100, 90));
}

Comparison compare_on_ones(const Graph& a, const Graph& b) {
  return compare(a, b, 1, [](Interpreter& interpreter, std::int64_t) {
    std::ranges::fill(interpreter.input(0).as<float>(), 1.0F);
  });
}

TEST(Compare, calls_a_layer_folded_whose_work_another_does) {
  const Graph a = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %k: float32[2] = [2, 3]
    %m: float32[1x2] = MUL(%x, %k)
    %w: float32[2x2] = [1, 0, 0, 1]
    %d: float32[1x2] = FULLY_CONNECTED(%m, %w, _)
    %y: float32[1x2] = RELU(%d)
  })");
  const Graph b = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = [2, 0, 0, 3]
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, _) {fused_activation_function=RELU}
  })");
  const Comparison found = compare_on_ones(a, b);
  EXPECT_EQ(found.first_different, -1);
  ASSERT_EQ(found.folded.size(), 2U);
  EXPECT_EQ(found.folded[0].name, "m");
  EXPECT_EQ(found.folded[1].name, "d");
  EXPECT_EQ(found.folded[1].into, "y");
  EXPECT_EQ(found.unmatched_in_a, 0);
}

TEST(Compare, leaves_out_what_has_another_unit) {
  const Graph a = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %c: float32[1] = [1]
    %n: float32[1x2] = ADD(%x, %c)
    %y: float32[1x2] = RELU(%n)
  })");
  Graph b = a;
  b[b.nodes[0].outputs[0]].name = "n/other_unit";
  const Comparison found = compare_on_ones(a, b);
  ASSERT_EQ(found.layers.size(), 1U);
  EXPECT_EQ(found.layers[0].name, "y");
}

TEST(Compare, tells_the_largest_difference) {
  Graph a = parse(kFloats);
  const Graph b = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = LOGISTIC(%x)
  })");
  const Comparison found = compare_on_ones(a, b);
  ASSERT_EQ(found.largest, 0);
  // tanh(1) - 1 / (1 + e^-1)
  EXPECT_NEAR(found.layers[0].largest, 0.76159 - 0.73106, 1e-4);
}

}  // namespace
}  // namespace mirim
