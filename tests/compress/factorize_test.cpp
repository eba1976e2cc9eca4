#include "mirim/compress/factorize.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/ops/conv2d.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kDense = R"(graph "g" (%x: float32[2x12]) -> (%y) {
  %w: float32[8x12] = random(1)
  %b: float32[8] = random(2)
  %y: float32[2x8] = FULLY_CONNECTED(%x, %w, %b) {fused_activation_function=RELU} @"dense"
})";

// Same padding with an odd pixel, stride 2 by 1, a fused activation.
constexpr std::string_view kStrided = R"(graph "g" (%x: float32[1x8x7x5]) -> (%y) {
  %w: float32[6x3x3x5] = random(1)
  %b: float32[6] = random(2)
  %y: float32[1x4x7x6] = CONV_2D(%x, %w, %b) {padding=SAME, stride_h=2, stride_w=1, fused_activation_function=RELU6} @"conv"
})";

constexpr std::string_view kDilated = R"(graph "g" (%x: float32[1x9x9x5]) -> (%y) {
  %w: float32[6x3x2x5] = random(1)
  %y: float32[1x5x7x6] = CONV_2D(%x, %w) {padding=VALID, stride_h=1, stride_w=1, dilation_h_factor=2, dilation_w_factor=2} @"conv"
})";

std::string error_of(std::string_view text, const FactorizeOptions& options) {
  Graph graph = graph_of(text);
  const std::string before = to_text(graph);
  try {
    factorize(graph, options);
  } catch (const Error& error) {
    EXPECT_EQ(to_text(graph), before);
    return error.what();
  }
  return "";
}

FactorizeOptions with_rank(const std::string& layer, std::int64_t rank, std::int64_t rank_in = 0) {
  return {.layers = {{.name = layer, .rank = rank, .rank_in = rank_in}}};
}

Shape weights_of(const Graph& graph, std::size_t node) { return graph[graph.nodes[node].inputs[1]].type.shape; }

TEST(Factorize, makes_two_layers_of_a_fully_connected_one_exact_at_full_rank) {
  Graph graph = graph_of(kDense);
  const Graph before = graph;
  const FactorizeResult result = factorize(graph, with_rank("dense", 8));
  EXPECT_EQ(operators_of(graph), "FULLY_CONNECTED FULLY_CONNECTED");
  EXPECT_EQ(weights_of(graph, 0), (Shape{8, 12}));
  EXPECT_EQ(weights_of(graph, 1), (Shape{8, 8}));
  EXPECT_EQ(graph.nodes[0].name, "dense/in");
  EXPECT_EQ(graph.nodes[1].name, "dense");
  expect_equivalent(before, graph, 1e-5F);
  EXPECT_LT(result.layers[0].relative_error, 1e-7);
}

TEST(Factorize, keeps_the_dimensions_of_a_fully_connected_layer_over_many) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[2x3x12]) -> (%y) {
    %w: float32[8x12] = random(1)
    %y: float32[2x3x8] = FULLY_CONNECTED(%x, %w) {keep_num_dims=true} @"dense"
  })");
  const Graph before = graph;
  factorize(graph, with_rank("dense", 8));
  EXPECT_EQ(graph[graph.nodes[0].outputs[0]].type.shape, (Shape{2, 3, 8}));
  expect_equivalent(before, graph, 1e-5F);
}

TEST(Factorize, of_convolutions_is_exact_at_full_rank) {
  for (const std::string_view text : {kStrided, kDilated}) {
    Graph two = graph_of(text);
    const Graph before = two;
    factorize(two, with_rank("conv", 6));
    EXPECT_EQ(operators_of(two), "CONV_2D CONV_2D");
    expect_equivalent(before, two, 1e-5F);
    Graph three = before;
    factorize(three, with_rank("conv", 6, 5));
    EXPECT_EQ(operators_of(three), "CONV_2D CONV_2D CONV_2D");
    expect_equivalent(before, three, 1e-5F);
  }
}

TEST(Factorize, keeps_steps_at_the_filter_and_the_activation_at_the_end) {
  Graph graph = graph_of(kStrided);
  factorize(graph, with_rank("conv", 3, 2));
  EXPECT_EQ(weights_of(graph, 0), (Shape{2, 1, 1, 5}));
  EXPECT_EQ(weights_of(graph, 1), (Shape{3, 3, 3, 2}));
  EXPECT_EQ(weights_of(graph, 2), (Shape{6, 1, 1, 3}));
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("conv/in", "conv/core", "conv"));
  EXPECT_EQ(*graph.nodes[0].op.as<Conv2d>(), Conv2d{});
  EXPECT_EQ(*graph.nodes[1].op.as<Conv2d>(), (Conv2d{.padding = Padding::same, .stride = {2, 1}}));
  EXPECT_EQ(*graph.nodes[2].op.as<Conv2d>(), Conv2d{.activation = Activation::relu6});
  EXPECT_EQ(graph.nodes[1].inputs.size(), 2U);
  EXPECT_EQ(graph[graph.nodes[2].inputs[2]].name, "b");
  EXPECT_EQ(graph[graph.outputs[0]].name, "y");
}

TEST(Factorize, finds_a_layer_of_rank_1) {
  // [1, 2, 3, 4] times [1, -1, 2, 0]: two layers of 4 weights for one of 16.
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x4]) -> (%y) {
    %w: float32[4x4] = [1, -1, 2, 0, 2, -2, 4, 0, 3, -3, 6, 0, 4, -4, 8, 0]
    %y: float32[1x4] = FULLY_CONNECTED(%x, %w) @"dense"
  })");
  const Graph before = graph;
  const FactorizeResult result = factorize(graph, {.share = 1});
  EXPECT_EQ(result.layers.at(0).after.rank, 1);
  EXPECT_EQ(result.macs_before, 16);
  EXPECT_EQ(result.macs_after, 8);
  EXPECT_EQ(result.parameters_after, 8);
  EXPECT_THAT(to_string(result.layers[0]), HasSubstr("dense: rank 1: 16 -> 8 MACs, 16 -> 8 parameters, error"));
  expect_equivalent(before, graph, 1e-6F);
}

TEST(Factorize, loses_the_energy_of_the_singular_values_left_out) {
  Graph graph = graph_of(kDense);
  Matrix weights(8, 12);
  const auto values = graph[1].values<float>();
  weights.values.assign(values.begin(), values.end());
  const std::vector<double> energy = energies(weights);
  const double tail = std::accumulate(energy.begin() + 3, energy.end(), 0.0);
  const double all = std::accumulate(energy.begin(), energy.end(), 0.0);
  const FactorizeResult result = factorize(graph, with_rank("dense", 3));
  EXPECT_NEAR(result.layers[0].relative_error, std::sqrt(tail / all), 1e-9);
  // The weights in the graph have that error too, to their own rounding.
  const auto first = graph[graph.nodes[0].inputs[1]].values<float>();
  const auto second = graph[graph.nodes[1].inputs[1]].values<float>();
  double error = 0;
  for (std::size_t o = 0; o < 8; ++o) {
    for (std::size_t i = 0; i < 12; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += double{second[o * 3 + k]} * first[k * 12 + i];
      error += std::pow(sum - weights.values[o * 12 + i], 2);
    }
  }
  EXPECT_NEAR(std::sqrt(error / all), std::sqrt(tail / all), 1e-6);
}

TEST(Factorize, keeps_the_share_of_energy_in_every_form) {
  for (const bool two : {true, false}) {
    Graph graph = graph_of(R"(graph "g" (%x: float32[1x8x8x16]) -> (%y) {
      %w: float32[16x3x3x16] = random(1)
      %y: float32[1x8x8x16] = CONV_2D(%x, %w) {stride_h=1, stride_w=1} @"conv"
    })");
    const FactorizeResult result = factorize(graph, {.share = 0.7, .two_pieces = two, .three_pieces = !two});
    const FactorizedLayer& layer = result.layers.at(0);
    EXPECT_EQ(layer.after.pieces, two ? Pieces::two : Pieces::three);
    EXPECT_LE(layer.after.loss, 0.3);
    EXPECT_LT(layer.after.macs, layer.before.macs);
    EXPECT_EQ(layer.after.macs, result.macs_after);
    EXPECT_EQ(layer.after.parameters, result.parameters_after);
  }
}

TEST(Factorize, leaves_a_layer_that_would_not_get_cheaper) {
  // Random weights: 95 % of the energy needs rank 7 of 8, 7 * (8 + 12) multiplications for 96.
  Graph graph = graph_of(kDense);
  const Graph before = graph;
  const FactorizeResult result = factorize(graph, {});
  EXPECT_EQ(to_text(graph), to_text(before));
  EXPECT_THAT(to_string(result.layers.at(0)), HasSubstr("dense: stays: no rank"));
}

// 12x12 of rank 1 beside one that has no small rank.
constexpr std::string_view kTwoLayers = R"(graph "g" (%x: float32[1x12]) -> (%y) {
  %v: float32[12x12] = fill(0.5)
  %w: float32[12x12] = random(1)
  %a: float32[1x12] = FULLY_CONNECTED(%x, %v) @"flat"
  %y: float32[1x12] = FULLY_CONNECTED(%a, %w) @"full"
})";

TEST(Factorize, cuts_the_layers_that_lose_least_to_meet_a_budget) {
  // 288 multiplications; "flat" at rank 1 takes 24 in place of 144 and loses nothing: 168 of 288 is 0.583.
  for (const auto keep : {FactorizeOptions::Keep::macs, FactorizeOptions::Keep::parameters}) {
    Graph graph = graph_of(kTwoLayers);
    FactorizeResult result = factorize(graph, {.keep = keep, .share = 0.6});
    EXPECT_EQ(result.layers[0].after.rank, 1);
    EXPECT_EQ(result.layers[1].after.pieces, Pieces::one);
    EXPECT_EQ(result.macs_after, 168);
    Graph smaller = graph_of(kTwoLayers);
    result = factorize(smaller, {.keep = keep, .share = 0.4});  // 115: 24 and 3 * 24
    EXPECT_EQ(result.layers[0].after.rank, 1);
    EXPECT_EQ(result.layers[1].after.rank, 3);
    EXPECT_EQ(result.macs_after, 96);
  }
}

TEST(Factorize, touches_only_the_layers_that_are_named) {
  Graph graph = graph_of(kTwoLayers);
  const FactorizeResult result =
      factorize(graph, {.keep = FactorizeOptions::Keep::macs, .share = 0.7, .layers = {{.name = "full"}}});
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_EQ(result.layers[0].after.rank, 2);  // 0.7 * 288 = 201: 57 beside "flat", 2 * 24
  EXPECT_EQ(graph.nodes[0].name, "flat");
}

TEST(Factorize, leaves_weights_with_a_form_unless_they_are_named) {
  Graph graph = graph_of(kTwoLayers);
  graph[1].form = WeightForm{.codebook = WeightForm::Codebook{.centroids = 1}};
  const Graph before = graph;
  FactorizeResult result = factorize(graph, {});
  EXPECT_EQ(to_string(result.layers[0]), "flat: stays: its weights have a form (1 centroids)");
  EXPECT_EQ(to_text(graph), to_text(before));
  result = factorize(graph, {.layers = {{.name = "flat"}}});
  EXPECT_EQ(result.layers[0].after.rank, 1);
}

TEST(Factorize, leaves_groups_and_shared_weights) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x4x4x8]) -> (%z) {
    %v: float32[8x3x3x4] = fill(0.5)
    %w: float32[8x1x1x8] = fill(0.5)
    %a: float32[1x4x4x8] = CONV_2D(%x, %v) {stride_h=1, stride_w=1} @"grouped"
    %y: float32[1x4x4x8] = CONV_2D(%a, %w) {stride_h=1, stride_w=1} @"once"
    %z: float32[1x4x4x8] = CONV_2D(%y, %w) {stride_h=1, stride_w=1} @"again"
  })");
  const FactorizeResult result = factorize(graph, {});
  EXPECT_EQ(graph.nodes.size(), 3U);
  EXPECT_EQ(result.layers[0].why_not, "its channels are in groups");
  EXPECT_EQ(result.layers[1].why_not, "other nodes share its weights");
  EXPECT_EQ(result.parameters_before, 8 * 9 * 4 + 64);
}

TEST(Factorize, says_what_does_not_fit) {
  EXPECT_THAT(error_of(kDense, {.share = 0}), HasSubstr("a share of 0, expected (0, 1]"));
  EXPECT_THAT(error_of(kDense, {.share = 1.5}), HasSubstr("a share of 1.5"));
  EXPECT_THAT(error_of(kDense, {.share = NAN}), HasSubstr("a share of nan"));
  EXPECT_THAT(error_of(kDense, with_rank("dence", 2)), HasSubstr("no layer 'dence'; did you mean 'dense'?"));
  EXPECT_THAT(error_of(kDense, {.layers = {{.name = "dense"}, {.name = "dense"}}}), HasSubstr("named twice"));
  EXPECT_THAT(error_of(kDense, with_rank("dense", 9)), HasSubstr("'dense': rank 9 is more than its weights have, 8"));
  EXPECT_THAT(error_of(kDense, with_rank("dense", 2, 2)), HasSubstr("only CONV_2D takes a rank_in"));
  EXPECT_THAT(error_of(kDense, with_rank("dense", -1)), HasSubstr("below 0"));
  EXPECT_THAT(error_of(kStrided, with_rank("conv", 7)), HasSubstr("rank 7 is more than its weights have, 6"));
  EXPECT_THAT(error_of(kStrided, with_rank("conv", 6, 6)), HasSubstr("rank_in 6 is more than its weights have, 5"));
  EXPECT_THAT(error_of(kStrided, with_rank("conv", 0, 2)), HasSubstr("needs a rank beside it"));
  EXPECT_THAT(error_of(kTwoLayers, {.keep = FactorizeOptions::Keep::macs, .share = 0.1}),
              HasSubstr("0.1 of the MACs is out of reach: the smallest ranks leave 0.167"));  // 48 of 288
  EXPECT_THAT(error_of(R"(graph "g" (%x: float32[1x4]) -> (%y) {
    %y: float32[1x4] = RELU(%x) @"act"
  })",
                       with_rank("act", 1)),
              HasSubstr("node 0 'act' (RELU) cannot be factorized: only FULLY_CONNECTED and CONV_2D"));
}

TEST(Factorize, refuses_weights_that_are_no_numbers_and_leaves_the_graph) {
  constexpr std::string_view text = R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = bytes(0x0000c07f0000803f0000803f0000803f)
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w) @"dense"
  })";
  EXPECT_THAT(error_of(text, {}), HasSubstr("layer 'dense': SVD: the matrix holds nan"));
  EXPECT_THAT(error_of(text, with_rank("dense", 1)), HasSubstr("layer 'dense': SVD: the matrix holds nan"));
}

}  // namespace
}  // namespace mirim
