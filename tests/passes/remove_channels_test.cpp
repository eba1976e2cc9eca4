#include "mirim/passes/remove_channels.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/networks.hpp"
#include "tests/passes/pruning.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;

const Value& value_of(const Graph& graph, std::string_view name) {
  for (const Value& value : graph.values) {
    if (value.name == name) return value;
  }
  throw Error("no value " + std::string(name));
}

std::string shape_of(const Graph& graph, std::string_view name) { return to_string(value_of(graph, name).type.shape); }

template <class T>
std::vector<T> numbers_of(const Graph& graph, std::string_view name) {
  const auto values = value_of(graph, name).values<T>();
  return {values.begin(), values.end()};
}

void remove(Graph& graph, const Group& group, std::vector<std::int64_t> channels) {
  remove_channels(graph, group, channels);
}

std::string message_of(Graph& graph, const Group& group, std::vector<std::int64_t> channels) {
  const std::string before = to_text(graph);
  try {
    remove(graph, group, std::move(channels));
  } catch (const Error& error) {
    EXPECT_EQ(to_text(graph), before);
    return error.what();
  }
  return "nothing was thrown";
}

struct Network {
  const char* name;
  const std::string* text;
};
void PrintTo(const Network& network, std::ostream* out) { *out << network.name; }

class ExactRemoval : public testing::TestWithParam<Network> {};

TEST_P(ExactRemoval, channels_that_are_zero_are_not_missed) {
  const Graph whole = test::parse(*GetParam().text);
  ASSERT_THAT(verify(whole), IsEmpty());
  for (const Group& group : find_groups(whole)) {
    if (!group.reason.empty()) continue;
    for (std::int64_t channel = 0; channel < group.channels; ++channel) {
      Graph graph = whole;
      test::zero_channels(graph, group, {&channel, 1});
      const auto expected = test::run_random(graph, 3);
      remove(graph, group, {channel});
      EXPECT_THAT(verify(graph), IsEmpty());
      EXPECT_THAT(test::run_random(graph, 3), Pointwise(FloatNear(1e-6F), expected)) << group.name << " " << channel;
    }
  }
}

TEST_P(ExactRemoval, of_one_channel_of_every_group_at_once) {
  const Graph whole = test::parse(*GetParam().text);
  const auto groups = find_groups(whole);
  Graph graph = whole;
  std::vector<Removal> removals;
  for (const Group& group : groups) {
    if (!group.reason.empty()) continue;
    removals.push_back({&group, {group.channels - 1}});
    test::zero_channels(graph, group, removals.back().channels);
  }
  const auto expected = test::run_random(graph, 4);
  remove_channels(graph, removals);
  EXPECT_THAT(verify(graph), IsEmpty());
  EXPECT_THAT(test::run_random(graph, 4), Pointwise(FloatNear(1e-6F), expected));
}

INSTANTIATE_TEST_SUITE_P(Networks, ExactRemoval,
                         testing::Values(Network{"chain", &test::kChain}, Network{"residual", &test::kResidual},
                                         Network{"separable", &test::kSeparable}, Network{"flatten", &test::kFlatten},
                                         Network{"inception", &test::kInception}, Network{"grouped", &test::kGrouped},
                                         Network{"decoder", &test::kDecoder}, Network{"lstm", &test::kLstm},
                                         Network{"moves", &test::kMoves}, Network{"views", &test::kViews},
                                         Network{"svdf", &test::kSvdf}),
                         [](const auto& network) { return network.param.name; });

TEST(RemoveChannels, takes_rows_of_the_layer_and_columns_of_its_reader) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[3x2] = [1, 2, 3, 4, 5, 6]
    %b1: float32[3] = [7, 8, 9]
    %a: float32[1x3] = FULLY_CONNECTED(%x, %w1, %b1)
    %w2: float32[2x3] = [1, 2, 3, 4, 5, 6]
    %y: float32[1x2] = FULLY_CONNECTED(%a, %w2)
  })");
  remove(graph, find_groups(graph)[0], {1});
  EXPECT_THAT(numbers_of<float>(graph, "w1"), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(numbers_of<float>(graph, "b1"), ElementsAre(7, 9));
  EXPECT_THAT(numbers_of<float>(graph, "w2"), ElementsAre(1, 3, 4, 6));
  EXPECT_EQ(shape_of(graph, "a"), "1x2");
}

// Two of the four channels: 16 of 32 numbers of the flattened image are left.
TEST(RemoveChannels, fits_the_shape_of_a_reshape) {
  Graph graph = test::parse(test::kResidual);
  remove(graph, find_groups(graph)[0], {0, 3});
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "shape"), ElementsAre(1, 2));
  EXPECT_EQ(shape_of(graph, "w2"), "3x3x3x2");
  EXPECT_EQ(shape_of(graph, "sum"), "1x4x4x2");
}

TEST(RemoveChannels, leaves_a_dimension_that_is_the_rest) {
  Graph graph = test::parse(test::kFlatten);
  remove(graph, find_groups(graph)[0], {0});
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "shape"), ElementsAre(1, -1));
  EXPECT_EQ(shape_of(graph, "w2"), "5x8");
}

TEST(RemoveChannels, fits_the_shape_that_a_transposed_convolution_is_given) {
  Graph graph = test::parse(test::kDecoder);
  remove(graph, find_groups(graph)[0], {1});
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "to"), ElementsAre(1, 4, 4, 2));
}

// Channels 0 of p, 2 (of q, before the slice) and 4 (in the slice) go: p has 1, q 3 and 5, both in the slice. Then 2 *
// 4 numbers of the slice and 1 * 6 of what was p, padded, are put together.
TEST(RemoveChannels, fits_the_lengths_of_a_split_and_the_ends_of_a_slice) {
  Graph graph = test::parse(test::kMoves);
  const auto groups = find_groups(graph);
  remove_channels(graph, std::vector<Removal>{{&groups[0], {0}}, {&groups[1], {0}}, {&groups[2], {1}}});
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "lengths"), ElementsAre(1, 2));
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "begin"), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(numbers_of<std::int32_t>(graph, "size"), ElementsAre(1, 2, 2, 2));
  EXPECT_EQ(shape_of(graph, "both"), "1x14");
}

TEST(RemoveChannels, changes_the_depthwise_multiplier_where_the_input_stays) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1x1x1]) -> (%y) {
    %w1: float32[1x1x1x3] = [1, 2, 3]
    %deep: float32[1x1x1x3] = DEPTHWISE_CONV_2D(%x, %w1) {stride_w=1, stride_h=1, depth_multiplier=3}
    %w2: float32[1x1x1x3] = [4, 5, 6]
    %y: float32[1x1x1x1] = CONV_2D(%deep, %w2) {stride_w=1, stride_h=1}
  })");
  remove(graph, find_groups(graph)[0], {0});
  EXPECT_THAT(to_text(graph), HasSubstr("depth_multiplier=2"));
  EXPECT_THAT(numbers_of<float>(graph, "w1"), ElementsAre(2, 3));
}

TEST(RemoveChannels, shrinks_the_state_of_an_lstm) {
  Graph graph = test::parse(test::kLstm);
  remove(graph, find_groups(graph)[0], {0, 2});
  EXPECT_EQ(shape_of(graph, "h"), "1x1");
  EXPECT_EQ(shape_of(graph, "rc"), "1x1");
  EXPECT_EQ(shape_of(graph, "wi"), "1x2");
  EXPECT_EQ(shape_of(graph, "w"), "2x2");
}

TEST(RemoveChannels, takes_scales_and_forms_along) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[3x2] = [1, -1, 0.5, 0, 0, 2]
    %a: float32[1x3] = FULLY_CONNECTED(%x, %w1)
    %w2: float32[1x3] = [3, 0, 3]
    %y: float32[1x1] = FULLY_CONNECTED(%a, %w2)
  })");
  WeightForm form{.grid = WeightForm::Grid{.least = -1, .most = 1, .scale = {1, 0.5F, 2}}};
  graph[graph.nodes[0].inputs[1]].form = form;
  // Without the 0 there is no zero left that could stay one.
  graph[graph.nodes[1].inputs[1]].form = WeightForm{.sparsity = WeightForm::Sparsity{}};
  remove(graph, find_groups(graph)[0], {1});
  EXPECT_THAT(value_of(graph, "w1").form->grid->scale, ElementsAre(1, 2));
  EXPECT_FALSE(value_of(graph, "w2").form.has_value());
}

TEST(RemoveChannels, takes_the_scales_of_int8_weights_along) {
  Graph graph = test::parse(R"(graph "" (%x: int8[1x2]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[3x2]{scale=[1, 2, 3], zero_point=[0, 0, 0], axis=0} = [1, 2, 3, 4, 5, 6]
    %a: int8[1x3]{scale=1, zero_point=0} = FULLY_CONNECTED(%x, %w1)
    %w2: int8[1x3]{scale=1, zero_point=0} = [7, 8, 9]
    %y: int8[1x1]{scale=1, zero_point=0} = FULLY_CONNECTED(%a, %w2)
  })");
  remove(graph, find_groups(graph)[0], {1});
  EXPECT_THAT(value_of(graph, "w1").quantization.scale, ElementsAre(1, 3));
  EXPECT_THAT(value_of(graph, "w1").quantization.zero_point, ElementsAre(0, 0));
  EXPECT_THAT(numbers_of<std::int8_t>(graph, "w1"), ElementsAre(1, 2, 5, 6));
}

TEST(RemoveChannels, names_the_layer_that_would_vanish) {
  Graph graph = test::parse(test::kChain);
  const auto groups = find_groups(graph);
  EXPECT_THAT(message_of(graph, groups[0], {0, 1, 2}),
              HasSubstr("'conv1': at least one channel must stay, and none of"));
  Graph moves = test::parse(test::kMoves);
  EXPECT_THAT(message_of(moves, find_groups(moves)[0], {0, 1}),
              HasSubstr("'conv1': at least one channel must stay, and none of 'p' would"));
}

TEST(RemoveChannels, names_the_layer_that_has_no_such_channel) {
  Graph graph = test::parse(test::kChain);
  const auto groups = find_groups(graph);
  EXPECT_EQ(message_of(graph, groups[0], {3}), "'conv1': has channels 0 to 2, cannot remove 3");
  EXPECT_EQ(message_of(graph, groups[0], {-1}), "'conv1': has channels 0 to 2, cannot remove -1");
  EXPECT_EQ(message_of(graph, groups[1], {0}), "'y': its 2 channels must stay: 'y' is an output of the model");
}

TEST(RemoveChannels, asks_for_new_groups_once_the_graph_has_changed) {
  Graph graph = test::parse(test::kChain);
  const auto groups = find_groups(graph);
  remove(graph, groups[0], {0});
  EXPECT_EQ(message_of(graph, groups[0], {0}), "'conv1': the graph has changed since its groups were found");
}

}  // namespace
}  // namespace mirim
