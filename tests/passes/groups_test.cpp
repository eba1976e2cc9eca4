#include "mirim/passes/groups.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/networks.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string groups_of(std::string_view text) {
  const Graph graph = test::parse(text);
  EXPECT_THAT(examine(graph).problems, IsEmpty());
  return to_text(graph, find_groups(graph));
}

/// Which channel each index along the value's axis goes with.
std::vector<std::int32_t> along(const Graph& graph, const Group& group, std::string_view value, int axis) {
  for (const ChannelAxis& a : group.axes) {
    if (graph[a.value].name == value && a.axis == axis) return a.channel;
  }
  return {};
}

TEST(Groups, a_channel_goes_with_what_the_next_layer_reads_of_it) {
  EXPECT_EQ(groups_of(test::kChain),
            "3 channels of conv1, in conv1, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kChain);
  const Group group = find_groups(graph)[0];
  for (const char* vector : {"b1"}) EXPECT_THAT(along(graph, group, vector, 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, group, "w1", 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, group, "w2", 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, group, "conv1", 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(group.axes, SizeIs(4));
}

TEST(Groups, what_is_added_goes_together) {
  EXPECT_EQ(groups_of(test::kResidual),
            "4 channels of conv1 + conv3, in conv1, conv2, conv3, fc\n"
            "3 channels of conv2, in conv2, conv3\n"
            "2 channels of fc stay: SOFTMAX 'y' runs along them\n");
}

TEST(Groups, depthwise_outputs_go_with_their_input) {
  EXPECT_EQ(groups_of(test::kSeparable),
            "4 channels of conv1 + deep, in conv1, bn1, prelu, deep, y\n"
            "3 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kSeparable);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 3), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
}

// The image has 2 channels that stay: each has 3 outputs, of which the k-th go together.
TEST(Groups, depthwise_outputs_of_an_input_that_stays_go_together_and_the_multiplier_shrinks) {
  const std::string text = R"(graph "" (%x: float32[1x2x2x2]) -> (%y) {
    %w1: float32[1x1x1x6] = random(1)
    %deep: float32[1x2x2x6] = DEPTHWISE_CONV_2D(%x, %w1) {stride_w=1, stride_h=1, depth_multiplier=3}
    %w2: float32[2x1x1x6] = random(2)
    %y: float32[1x2x2x2] = CONV_2D(%deep, %w2) {stride_w=1, stride_h=1}
  })";
  EXPECT_THAT(groups_of(text), HasSubstr("3 channels of deep, in deep, y\n"));
  const Graph graph = test::parse(text);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w1", 3), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(Groups, a_channel_becomes_many_inputs_once_it_is_flattened) {
  EXPECT_EQ(groups_of(test::kFlatten),
            "3 channels of conv1, in conv1, fc1\n"
            "5 channels of fc1, in fc1, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kFlatten);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 1), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2));
}

TEST(Groups, branches_that_are_concatenated_shrink_apart) {
  EXPECT_EQ(groups_of(test::kInception),
            "2 channels of a, in a, y\n"
            "3 channels of b, in b, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kInception);
  EXPECT_THAT(along(graph, find_groups(graph)[1], "w3", 3), ElementsAre(-1, -1, 0, 1, 2, -1, -1));
}

TEST(Groups, a_grouped_convolution_loses_the_same_of_each_group) {
  EXPECT_EQ(groups_of(test::kGrouped),
            "2 channels of conv1, in conv1, conv2\n"
            "3 channels of conv2, in conv2, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kGrouped);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w1", 0), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 3), ElementsAre(0, 1));
  EXPECT_THAT(along(graph, find_groups(graph)[1], "w2", 0), ElementsAre(0, 1, 2, 0, 1, 2));
}

// A CONV_2D whose groups have one input each is a depthwise one: a group goes as a whole.
TEST(Groups, a_group_of_one_input_goes_as_a_whole) {
  const std::string text = R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
    %w1: float32[2x1x1x1] = random(1)
    %conv1: float32[1x2x2x2] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
    %w2: float32[4x1x1x1] = random(2)
    %conv2: float32[1x2x2x4] = CONV_2D(%conv1, %w2) {stride_w=1, stride_h=1}
    %w3: float32[2x1x1x4] = random(3)
    %y: float32[1x2x2x2] = CONV_2D(%conv2, %w3) {stride_w=1, stride_h=1}
  })";
  EXPECT_THAT(groups_of(text), HasSubstr("2 channels of conv1 + conv2, in conv1, conv2, y\n"));
  const Graph graph = test::parse(text);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 0), ElementsAre(0, 0, 1, 1));
}

TEST(Groups, transposed_convolutions_pass_through_resizing) {
  EXPECT_EQ(groups_of(test::kDecoder),
            "3 channels of up, in up, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
}

TEST(Groups, an_lstm_unit_is_a_row_and_a_column_of_its_recurrent_weights) {
  EXPECT_EQ(groups_of(test::kLstm),
            "3 channels of lstm, in lstm, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kLstm);
  const Group group = find_groups(graph)[0];
  EXPECT_THAT(along(graph, group, "rf", 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, group, "rf", 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, group, "wo", 1), IsEmpty());
  EXPECT_THAT(along(graph, group, "c", 1), ElementsAre(0, 1, 2));
}

// conv1's channels 0 and 1 go to p; 2 is read by nobody, 3 to 5 are the slice.
TEST(Groups, elements_are_followed_wherever_they_move) {
  EXPECT_EQ(groups_of(test::kMoves),
            "2 channels of conv1, in conv1, y\n"
            "1 channel of conv1, in conv1\n"
            "3 channels of conv1, in conv1, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
  const Graph graph = test::parse(test::kMoves);
  const auto groups = find_groups(graph);
  EXPECT_THAT(along(graph, groups[2], "turned", 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(graph, groups[2], "flat", 1), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
}

TEST(Groups, channels_pass_where_height_and_width_are_rearranged) {
  EXPECT_THAT(groups_of(test::kViews), HasSubstr("3 channels of conv1, in conv1, y\n"));
  const Graph graph = test::parse(test::kViews);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 3), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2));
}

TEST(Groups, a_unit_of_svdf_is_all_its_filters_and_their_memory) {
  EXPECT_THAT(groups_of(test::kSvdf), HasSubstr("3 channels of svdf, in svdf, y\n"));
  const Graph graph = test::parse(test::kSvdf);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "feature", 0), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(along(graph, find_groups(graph)[0], "state", 1), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
}

// Channels 0 and 2 of a slice with a stride: once one is gone the stride would find others.
TEST(Groups, channels_that_are_named_by_their_place_stay) {
  EXPECT_THAT(groups_of(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[4x2] = random(1)
    %fc: float32[1x4] = FULLY_CONNECTED(%x, %w1)
    %begin: int32[2] = [0, 0]
    %end: int32[2] = [1, 4]
    %strides: int32[2] = [1, 2]
    %every_other: float32[1x2] = STRIDED_SLICE(%fc, %begin, %end, %strides)
    %w2: float32[2x2] = random(2)
    %y: float32[1x2] = FULLY_CONNECTED(%every_other, %w2)
  })"),
              HasSubstr("4 channels of fc stay: STRIDED_SLICE 'every_other' names places among them\n"));
}

// Shuffling as ShuffleNet does: [4] as [2, 2], turned, as [4] is 0 2 1 3. Whole columns of the [2, 2] go.
TEST(Groups, a_channel_shuffle_keeps_its_rectangle) {
  const std::string text = R"(graph "" (%x: float32[1x1x1x1]) -> (%y) {
    %w1: float32[4x1x1x1] = random(1)
    %conv1: float32[1x1x1x4] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
    %apart: int32[5] = [1, 1, 1, 2, 2]
    %pairs: float32[1x1x1x2x2] = RESHAPE(%conv1, %apart)
    %perm: int32[5] = [0, 1, 2, 4, 3]
    %turned: float32[1x1x1x2x2] = TRANSPOSE(%pairs, %perm)
    %together: int32[4] = [1, 1, 1, 4]
    %shuffled: float32[1x1x1x4] = RESHAPE(%turned, %together)
    %w2: float32[2x1x1x4] = random(2)
    %y: float32[1x1x1x2] = CONV_2D(%shuffled, %w2) {stride_w=1, stride_h=1}
  })";
  EXPECT_THAT(groups_of(text), HasSubstr("2 channels of conv1, in conv1, y\n"));
  const Graph graph = test::parse(text);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w1", 0), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w2", 3), ElementsAre(0, 0, 1, 1));
}

// A shortcut that pads two channels to four: the padded ones have no layer that could lose them.
TEST(Groups, channels_that_meet_padding_stay) {
  EXPECT_EQ(groups_of(R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
    %w1: float32[2x1x1x1] = random(1)
    %conv1: float32[1x2x2x2] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
    %w2: float32[4x1x1x2] = random(2)
    %conv2: float32[1x2x2x4] = CONV_2D(%conv1, %w2) {stride_w=1, stride_h=1}
    %paddings: int32[4x2] = [0, 0, 0, 0, 0, 0, 0, 2]
    %pad: float32[1x2x2x4] = PAD(%conv1, %paddings)
    %sum: float32[1x2x2x4] = ADD(%conv2, %pad)
    %w3: float32[2x1x1x4] = random(3)
    %y: float32[1x2x2x2] = CONV_2D(%sum, %w3) {stride_w=1, stride_h=1}
  })"),
            "2 channels of conv1 + conv2, in conv1, conv2, y\n"
            "2 channels of conv2 stay: PAD 'pad' joins them with what stays\n"
            "2 channels of y stay: 'y' is an output of the model\n");
}

TEST(Groups, halves_of_a_split_stay_equal) {
  const std::string text = R"(graph "" (%x: float32[1x3]) -> (%y) {
    %w1: float32[4x3] = random(1)
    %fc: float32[1x4] = FULLY_CONNECTED(%x, %w1)
    %axis: int32[1] = [1]
    %a: float32[1x2], %b: float32[1x2] = SPLIT(%axis, %fc) {num_splits=2}
    %gate: float32[1x2] = LOGISTIC(%b)
    %w2: float32[2x2] = random(2)
    %w3: float32[1x2] = random(3)
    %ya: float32[1x2] = FULLY_CONNECTED(%a, %w2)
    %yb: float32[1x1] = FULLY_CONNECTED(%gate, %w3)
    %y: float32[1x2] = MUL(%ya, %yb)
  })";
  EXPECT_THAT(groups_of(text), HasSubstr("2 channels of fc, in fc, ya, yb\n"));
  const Graph graph = test::parse(text);
  EXPECT_THAT(along(graph, find_groups(graph)[0], "w1", 0), ElementsAre(0, 1, 0, 1));
}

TEST(Groups, what_is_normalised_or_averaged_over_stays) {
  const auto behind = [](const std::string& node) {
    return groups_of(
        "graph \"\" (%x: float32[1x3]) -> (%y) {\n%w: float32[4x3] = random(1)\n"
        "%fc: float32[1x4] = FULLY_CONNECTED(%x, %w)\n%axis: int32[1] = [1]\n" +
        node + "\n%w2: float32[2x" + (node.find("MEAN") != std::string::npos ? "1" : "4") +
        "] = random(2)\n%y: float32[1x2] = FULLY_CONNECTED(%n, %w2)\n}");
  };
  EXPECT_THAT(behind("%n: float32[1x4] = SOFTMAX(%fc) {beta=1}"),
              HasSubstr("4 channels of fc stay: SOFTMAX 'n' runs along them\n"));
  EXPECT_THAT(behind("%n: float32[1x4] = L2_NORMALIZATION(%fc)"),
              HasSubstr("4 channels of fc stay: L2_NORMALIZATION 'n' runs along them\n"));
  EXPECT_THAT(behind("%n: float32[1x1] = MEAN(%fc, %axis) {keep_dims=true}"),
              HasSubstr("4 channels of fc stay: MEAN 'n' runs along them\n"));
  EXPECT_THAT(behind("%n: float32[1x4] = \"Mine\"(%fc)"),
              HasSubstr("4 channels of fc stay: what Mine 'n' does with them is not understood\n"));
}

TEST(Groups, the_mean_over_height_and_width_lets_channels_through) {
  EXPECT_THAT(groups_of(R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
    %w1: float32[3x1x1x1] = random(1)
    %conv: float32[1x2x2x3] = CONV_2D(%x, %w1) {stride_w=1, stride_h=1}
    %axes: int32[2] = [1, 2]
    %mean: float32[1x3] = MEAN(%conv, %axes)
    %w2: float32[2x3] = random(2)
    %y: float32[1x2] = FULLY_CONNECTED(%mean, %w2)
  })"),
              HasSubstr("3 channels of conv, in conv, y\n"));
}

// q . k over the depth of 3: the columns that meet go together. Every step of the sequence stays.
TEST(Groups, a_matrix_product_couples_the_axis_that_it_sums_over) {
  EXPECT_EQ(groups_of(R"(graph "" (%x: float32[2x2]) -> (%y) {
    %wq: float32[3x2] = random(1)
    %wk: float32[3x2] = random(2)
    %wv: float32[4x2] = random(3)
    %q: float32[2x3] = FULLY_CONNECTED(%x, %wq)
    %k: float32[2x3] = FULLY_CONNECTED(%x, %wk)
    %v: float32[2x4] = FULLY_CONNECTED(%x, %wv)
    %scores: float32[2x2] = BATCH_MATMUL(%q, %k) {adj_y=true}
    %attention: float32[2x2] = SOFTMAX(%scores) {beta=1}
    %mixed: float32[2x4] = BATCH_MATMUL(%attention, %v)
    %wo: float32[2x4] = random(4)
    %y: float32[2x2] = FULLY_CONNECTED(%mixed, %wo)
  })"),
            "3 channels of q + k, in q, k\n"
            "4 channels of v, in v, y\n"
            "2 channels of y stay: 'y' is an output of the model\n");
}

// A layer whose weights are another's results has no neurons of its own; the columns of k that q meets are q's.
TEST(Groups, weights_that_are_computed_make_no_channels) {
  EXPECT_EQ(groups_of(R"(graph "" (%x: float32[2x2]) -> (%y) {
    %wq: float32[3x2] = random(1)
    %wk: float32[3x2] = random(2)
    %q: float32[2x3] = FULLY_CONNECTED(%x, %wq)
    %k: float32[2x3] = FULLY_CONNECTED(%x, %wk)
    %y: float32[2x2] = FULLY_CONNECTED(%q, %k)
  })"),
            "3 channels of q + k, in q, k\n");
}

TEST(Groups, layers_that_share_a_bias_are_coupled_until_each_has_its_own) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[3x2] = random(1)
    %zero: float32[3] = [0, 0, 0]
    %a: float32[1x3] = FULLY_CONNECTED(%x, %w1, %zero)
    %w2: float32[3x3] = random(2)
    %b: float32[1x3] = FULLY_CONNECTED(%a, %w2, %zero)
    %w3: float32[2x3] = random(3)
    %y: float32[1x2] = FULLY_CONNECTED(%b, %w3)
  })");
  EXPECT_THAT(to_text(graph, find_groups(graph)), HasSubstr("3 channels of a + b, in a, b, y\n"));
  separate_constants(graph);
  EXPECT_THAT(verify(graph), IsEmpty());
  EXPECT_THAT(to_text(graph, find_groups(graph)), HasSubstr("3 channels of a, in a, b\n3 channels of b, in b, y\n"));
}

TEST(Groups, a_layer_with_one_channel_keeps_it) {
  EXPECT_THAT(groups_of(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[1x2] = random(1)
    %a: float32[1x1] = FULLY_CONNECTED(%x, %w1)
    %w2: float32[2x1] = random(2)
    %y: float32[1x2] = FULLY_CONNECTED(%a, %w2)
  })"),
              HasSubstr("1 channel of a stays: they are all that 'w1' has\n"));
}

TEST(Groups, a_shape_asked_for_at_run_time_keeps_the_channels) {
  EXPECT_THAT(groups_of(R"(graph "" (%x: float32[1x2]) -> (%y, %n) {
    %w1: float32[3x2] = random(1)
    %a: float32[1x3] = FULLY_CONNECTED(%x, %w1)
    %n: int32[2] = SHAPE(%a) {out_type=int32}
    %w2: float32[2x3] = random(2)
    %y: float32[1x2] = FULLY_CONNECTED(%a, %w2)
  })"),
              HasSubstr("3 channels of a stay: SHAPE 'n' asks how many there are (fold constants first)\n"));
}

}  // namespace
}  // namespace mirim
