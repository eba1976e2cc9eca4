#include "mirim/passes/eliminate_dead_channels.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "mirim/formats/tflite.hpp"
#include "mirim/passes/macs_of.hpp"
#include "tests/passes/equivalence.hpp"
#include "tests/passes/random_integer_network.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

const Value& value_of(const Graph& graph, std::string_view name) {
  for (const Value& value : graph.values) {
    if (value.name == name) return value;
  }
  throw std::runtime_error("no value " + std::string(name));
}

std::string type_of(const Graph& graph, std::string_view name) { return to_string(value_of(graph, name).type.shape); }

template <class T>
std::vector<int> numbers(const Graph& graph, std::string_view name) {
  const auto values = value_of(graph, name).values<T>();
  return {values.begin(), values.end()};
}

/// The graph after the pass, which must not change an answer.
Graph eliminated(const std::string& text) {
  const Graph before = graph_of(text);
  Graph after = before;
  eliminate_dead_channels(after);
  expect_equivalent(before, after);
  expect_equal_at_extremes(before, after);
  return after;
}

void expect_unchanged(const std::string& text) { EXPECT_EQ(to_text(eliminated(text)), to_text(graph_of(text))); }

/// Two channels, a = x and b = clamp(-10 + x - 1000) = -128, read by a filter of `size` with these weights.
std::string constant_channel(const std::string& size, const std::string& weights, const std::string& activation) {
  return R"(graph "" (%x: int8[1x3x3x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 1]
    %b1: int32[2]{scale=1, zero_point=0} = [0, -1000]
    %a: int8[1x3x3x2]{scale=1, zero_point=-10} = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1)" +
         activation + R"(}
    %w2: int8[1x)" +
         size + R"(x2]{scale=0.5, zero_point=0} = )" + weights + R"(
    %b2: int32[1]{scale=0.5, zero_point=0} = [7]
    %y: int8[1x3x3x1]{scale=2, zero_point=3} = CONV_2D(%a, %w2, %b2) {stride_w=1, stride_h=1}
  })";
}

TEST(EliminateDeadChannels, a_channel_that_no_one_reads_goes_with_its_filter_bias_and_scale) {
  const Graph graph = eliminated(R"(graph "" (%x: int8[1x2x2x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[3x1x1x1]{scale=[1, 0.5, 0.25], zero_point=[0, 0, 0], axis=0} = [1, 2, 3]
    %b1: int32[3]{scale=[1, 0.5, 0.25], zero_point=[0, 0, 0], axis=0} = [4, 5, 6]
    %a: int8[1x2x2x3]{scale=1, zero_point=0} = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1}
    %w2: int8[1x1x1x3]{scale=1, zero_point=0} = [7, 0, 9]
    %y: int8[1x2x2x1]{scale=8, zero_point=0} = CONV_2D(%a, %w2, _) {stride_w=1, stride_h=1}
  })");
  EXPECT_EQ(numbers<std::int8_t>(graph, "w1"), (std::vector<int>{1, 3}));
  EXPECT_EQ(numbers<std::int32_t>(graph, "b1"), (std::vector<int>{4, 6}));
  EXPECT_THAT(value_of(graph, "w1").quantization.scale, ElementsAre(1, 0.25F));
  EXPECT_EQ(numbers<std::int8_t>(graph, "w2"), (std::vector<int>{7, 9}));
}

TEST(EliminateDeadChannels, a_constant_channel_goes_into_the_readers_bias) {
  const Graph graph = eliminated(constant_channel("1x1", "[3, 2]", ""));
  EXPECT_EQ(numbers<std::int8_t>(graph, "w1"), std::vector<int>{1});
  EXPECT_EQ(numbers<std::int8_t>(graph, "w2"), std::vector<int>{3});
  // b is always -128, 118 below the zero point: 7 - 2 * 118.
  EXPECT_EQ(numbers<std::int32_t>(graph, "b2"), std::vector<int>{-229});
}

TEST(EliminateDeadChannels, a_reader_without_a_bias_gets_one) {
  std::string text = constant_channel("1x1", "[3, 2]", "");
  text.replace(text.find("%w2, %b2"), 8, "%w2, _");
  const Graph graph = eliminated(text);
  EXPECT_EQ(numbers<std::int32_t>(graph, "y/bias"), std::vector<int>{-236});
}

TEST(EliminateDeadChannels, at_a_padded_border_a_constant_is_read_unless_it_is_the_zero_point) {
  // -118 counts in the middle but not where the filter reaches beyond the border: no bias gives both.
  const std::string weights = "[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]";
  expect_unchanged(constant_channel("3x3", weights, ""));
  // RELU makes it -10, the zero point.
  const Graph graph = eliminated(constant_channel("3x3", weights, ", fused_activation_function=RELU"));
  EXPECT_EQ(numbers<std::int8_t>(graph, "w2"), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(numbers<std::int32_t>(graph, "b2"), std::vector<int>{7});
}

TEST(EliminateDeadChannels, same_padding_that_pads_nothing_is_none) {
  std::string text = constant_channel("1x1", "[3, 2]", "");
  text.replace(text.rfind("stride_w=1, stride_h=1"), 22, "stride_w=2, stride_h=2");
  text.replace(text.find("%y: int8[1x3x3x1]"), 17, "%y: int8[1x2x2x1]");
  EXPECT_EQ(numbers<std::int8_t>(eliminated(text), "w2"), std::vector<int>{3});
}

TEST(EliminateDeadChannels, an_output_that_is_always_the_same_reads_nothing) {
  // y's second channel is at most 127 * 127 - 10^6, far below what -128 needs, and alone reads b.
  const Graph graph = eliminated(R"(graph "" (%x: int8[1x2x2x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, -1]
    %a: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %w2: int8[2x1x1x2]{scale=1, zero_point=0} = [1, 0, 1, 127]
    %b2: int32[2]{scale=1, zero_point=0} = [0, -1000000]
    %y: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%a, %w2, %b2) {stride_w=1, stride_h=1}
  })");
  EXPECT_EQ(numbers<std::int8_t>(graph, "w1"), std::vector<int>{1});
  EXPECT_EQ(numbers<std::int8_t>(graph, "w2"), (std::vector<int>{1, 0}));
}

TEST(EliminateDeadChannels, a_depthwise_channel_goes_with_its_input) {
  const Graph graph = eliminated(R"(graph "" (%x: int8[1x3x3x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 2]
    %a: int8[1x3x3x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %w2: int8[1x3x3x2]{scale=[1, 1], zero_point=[0, 0], axis=3} = random(5)
    %b2: int32[2]{scale=[1, 1], zero_point=[0, 0], axis=0} = [0, 5000000]
    %b: int8[1x3x3x2]{scale=16, zero_point=0} = DEPTHWISE_CONV_2D(%a, %w2, %b2) {stride_w=1, stride_h=1, depth_multiplier=1}
    %w3: int8[1x1x1x2]{scale=1, zero_point=0} = [1, 1]
    %y: int8[1x3x3x1]{scale=1, zero_point=0} = CONV_2D(%b, %w3, _) {stride_w=1, stride_h=1}
  })");
  EXPECT_EQ(type_of(graph, "a"), "1x3x3x1");
  EXPECT_EQ(type_of(graph, "w2"), "1x3x3x1");
  EXPECT_EQ(numbers<std::int32_t>(graph, "y/bias"), std::vector<int>{127});
}

std::string residual(const std::string& weights3, const std::string& weights4) {
  return R"(graph "" (%x: int8[1x2x2x1]{scale=1, zero_point=0}) -> (%y, %z) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 2]
    %a: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %w2: int8[2x1x1x1]{scale=1, zero_point=0} = [3, 4]
    %b: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w2, _) {stride_w=1, stride_h=1}
    %s: int8[1x2x2x2]{scale=2, zero_point=0} = ADD(%a, %b)
    %w3: int8[1x1x1x2]{scale=1, zero_point=0} = )" +
         weights3 + R"(
    %y: int8[1x2x2x1]{scale=1, zero_point=0} = CONV_2D(%s, %w3, _) {stride_w=1, stride_h=1}
    %w4: int8[1x1x1x2]{scale=1, zero_point=0} = )" +
         weights4 + R"(
    %z: int8[1x2x2x1]{scale=1, zero_point=0} = CONV_2D(%a, %w4, _) {stride_w=1, stride_h=1}
  })";
}

TEST(EliminateDeadChannels, both_sides_of_an_addition_lose_a_channel_or_neither) {
  EXPECT_EQ(type_of(eliminated(residual("[5, 0]", "[6, 0]")), "s"), "1x2x2x1");
  expect_unchanged(residual("[5, 0]", "[6, 7]"));  // a's second channel is read beside the sum
}

TEST(EliminateDeadChannels, channels_are_followed_through_concatenation_pooling_and_flattening) {
  const Graph graph = eliminated(R"(graph "" (%x: int8[1x2x2x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 2]
    %a: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %w2: int8[2x1x1x1]{scale=1, zero_point=0} = [3, 4]
    %b: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w2, _) {stride_w=1, stride_h=1}
    %c: int8[1x2x2x4]{scale=1, zero_point=0} = CONCATENATION(%a, %b) {axis=3}
    %p: int8[1x1x2x4]{scale=1, zero_point=0} = MAX_POOL_2D(%c) {padding=VALID, stride_w=1, stride_h=1, filter_width=1, filter_height=2}
    %shape: int32[2] = [1, 8]
    %f: int8[1x8]{scale=1, zero_point=0} = RESHAPE(%p, %shape)
    %w3: int8[1x8]{scale=1, zero_point=0} = [1, 0, 3, 4, 5, 0, 7, 8]
    %y: int8[1x1]{scale=9, zero_point=0} = FULLY_CONNECTED(%f, %w3, _)
  })");
  EXPECT_EQ(numbers<std::int8_t>(graph, "w1"), std::vector<int>{1});
  EXPECT_EQ(numbers<std::int8_t>(graph, "w3"), (std::vector<int>{1, 3, 4, 5, 7, 8}));
  EXPECT_EQ(type_of(graph, "f"), "1x6");
}

TEST(EliminateDeadChannels, one_channel_stays_where_none_is_read) {
  const Graph graph = eliminated(R"(graph "" (%x: int8[1x2x2x2]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[3x1x1x2]{scale=1, zero_point=0} = random(1)
    %a: int8[1x2x2x3]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %w2: int8[1x1x1x3]{scale=1, zero_point=0} = fill(0)
    %b2: int32[1]{scale=1, zero_point=0} = [5]
    %y: int8[1x2x2x1]{scale=1, zero_point=0} = CONV_2D(%a, %w2, %b2) {stride_w=1, stride_h=1}
  })");
  EXPECT_EQ(type_of(graph, "a"), "1x2x2x1");
}

TEST(EliminateDeadChannels, outputs_of_the_model_and_what_is_not_understood_stay) {
  expect_unchanged(R"(graph "" (%x: int8[1x1x2x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 0]
    %y: int8[1x1x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
  })");
  // SOFTMAX divides by the sum of all.
  expect_unchanged(R"(graph "" (%x: int8[1x1x2x1]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[3x1x1x1]{scale=1, zero_point=0} = [1, 2, 3]
    %a: int8[1x1x2x3]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
    %s: int8[1x1x2x3]{scale=0.00390625, zero_point=-128} = SOFTMAX(%a) {beta=1}
    %w2: int8[1x1x1x3]{scale=1, zero_point=0} = [1, 0, 1]
    %y: int8[1x1x2x1]{scale=1, zero_point=0} = CONV_2D(%s, %w2, _) {stride_w=1, stride_h=1}
  })");
}

TEST(EliminateDeadChannels, a_bias_near_the_end_of_its_32_bits_has_room_for_a_constant) {
  // 2147483647 - 118 * (3 + 2) is the largest bias with which the sum cannot overflow; -229 + that fits as well.
  std::string text = constant_channel("1x1", "[3, 2]", "");
  text.replace(text.find("= [7]"), 5, "= [2147482961]");
  const Graph graph = eliminated(text);
  EXPECT_EQ(numbers<std::int32_t>(graph, "b2"), std::vector<int>{2147482961 - 236});
}

TEST(EliminateDeadChannels, shared_weights_shrink_once_for_both_layers) {
  const auto text = [](const std::string& weights) {
    return R"(graph "" (%x: int8[1x2x2x1]{scale=1, zero_point=0}) -> (%y, %z) {
      %w1: int8[2x1x1x1]{scale=1, zero_point=0} = [1, 2]
      %a: int8[1x2x2x2]{scale=1, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
      %b: int8[1x2x2x2]{scale=2, zero_point=5} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
      %w2: int8[1x1x1x2]{scale=1, zero_point=0} = [1, 0]
      %y: int8[1x2x2x1]{scale=1, zero_point=0} = CONV_2D(%a, %w2, _) {stride_w=1, stride_h=1}
      %w3: int8[1x1x1x2]{scale=1, zero_point=0} = )" +
           weights + R"(
      %z: int8[1x2x2x1]{scale=1, zero_point=0} = CONV_2D(%b, %w3, _) {stride_w=1, stride_h=1}
    })";
  };
  EXPECT_EQ(numbers<std::int8_t>(eliminated(text("[3, 0]")), "w1"), std::vector<int>{1});
  expect_unchanged(text("[3, 4]"));
}

TEST(EliminateDeadChannels, random_networks_keep_their_bits) {
  int shrunk = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    const Graph before = random_integer_network(seed);
    ASSERT_EQ(verify(before), std::vector<std::string>{});
    Graph after = before;
    eliminate_dead_channels(after);
    expect_equivalent(before, after);
    expect_equal_at_extremes(before, after);
    shrunk += macs_of(after) < macs_of(before) ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(shrunk, 100);
}

TEST(EliminateDeadChannels, MLPerf_Tinys_VWW_keeps_half_of_its_products_and_a_seventh_of_its_weights) {
  const auto path =
      std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models/mlperf_tiny/vww_mobilenetv1_025_96_int8.tflite";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the shared models are not there";
  const Graph before = read_tflite_file(path).main();
  Graph after = before;
  eliminate_dead_channels(after);
  EXPECT_LT(static_cast<double>(macs_of(after)), 0.50 * static_cast<double>(macs_of(before)));
  const auto weights = [](const Graph& graph) {
    std::int64_t sum = 0;
    for (const Value& value : graph.values) {
      if (value.is_constant() && value.type.dtype == DType::int8) sum += value.type.shape.elements();
    }
    return static_cast<double>(sum);
  };
  EXPECT_LT(weights(after), 0.15 * weights(before));
  for (std::uint64_t seed = 1; seed <= 16; ++seed) EXPECT_EQ(answers(before, seed), answers(after, seed)) << seed;
  expect_equal_at_extremes(before, after);
}

}  // namespace
}  // namespace mirim
