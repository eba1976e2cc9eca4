#include "mirim/passes/quantize.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Ranges by value name; others are {0, 0}.
std::vector<Range> ranges(const Graph& graph, const std::vector<std::pair<std::string, Range>>& named) {
  std::vector<Range> result(graph.values.size());
  for (const auto& [name, range] : named) {
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      if (graph.values[i].name == name) result[i] = range;
    }
  }
  return result;
}

TEST(Int8Quantization, puts_zero_on_an_integer) {
  // [0, 255]: scale 1, zero point -128. [-127.5, 127.5]: scale 1, zero point round(-0.5).
  EXPECT_EQ(int8_quantization({0, 255}), (Quantization{{1}, {-128}, 0}));
  EXPECT_EQ(int8_quantization({-255, 0}), (Quantization{{1}, {127}, 0}));
  EXPECT_EQ(int8_quantization({-64, 191}), (Quantization{{1}, {-64}, 0}));
  EXPECT_EQ(int8_quantization({0, 0}), (Quantization{{1}, {0}, 0}));
}

TEST(Quantize, fully_connected_by_hand) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = [127, -63.5, 1, 12.7]
    %b: float32[2] = [10, -3]
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, %b)
  })");
  quantize(graph, ranges(graph, {{"x", {0, 127.5}}, {"y", {-64, 191}}}));
  const Node& node = graph.nodes[0];
  EXPECT_EQ(graph[node.inputs[0]].quantization, (Quantization{{0.5F}, {-128}, 0}));
  EXPECT_EQ(graph[node.outputs[0]].quantization, (Quantization{{1}, {-64}, 0}));
  const Value &weights = graph[node.inputs[1]], &bias = graph[node.inputs[2]];
  EXPECT_EQ(weights.type.dtype, DType::int8);
  EXPECT_EQ(bias.type.dtype, DType::int32);
  for (std::size_t o = 0; o < 2; ++o) {
    const std::size_t c = weights.quantization.per_channel() ? o : 0;
    // Bias at scale input * weights: 10 / (0.5 * 1) = 20 and so on.
    EXPECT_FLOAT_EQ(bias.quantization.scale[c], 0.5F * weights.quantization.scale[c]);
    const float real = o == 0 ? 10 : -3;
    EXPECT_EQ(bias.values<std::int32_t>()[o], static_cast<int>(std::lround(real / bias.quantization.scale[c])));
  }
  // Scale of channel 0, and of all: 127 / 127 = 1; halves are rounded away from zero.
  EXPECT_EQ(weights.quantization.scale[0], 1);
  EXPECT_THAT(weights.values<std::int8_t>().first(2), ElementsAre(127, -64));
}

// The samples take row 0 alone, but the table's scale, 254 / 127 = 2, covers all rows.
TEST(Quantize, rows_of_an_embedding_keep_the_scale_of_the_whole_table) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %table: float32[2x2] = [1, 2, -254, 127]
    %positions: int32[1] = [0]
    %row: float32[1x2] = EMBEDDING_LOOKUP(%positions, %table)
    %y: float32[1x2] = ADD(%x, %row)
  })");
  quantize(graph, ranges(graph, {{"x", {0, 127.5}}, {"row", {1, 2}}, {"y", {-64, 191}}}));
  EXPECT_THAT(verify(graph), testing::IsEmpty());
  const Node& node = graph.nodes[0];
  EXPECT_EQ(graph[node.outputs[0]].quantization, (Quantization{{2}, {0}, 0}));
  EXPECT_EQ(graph[node.outputs[0]].type.dtype, DType::int8);
  EXPECT_EQ(graph[node.inputs[1]].quantization, (Quantization{{2}, {0}, 0}));
  EXPECT_THAT(graph[node.inputs[1]].values<std::int8_t>(), ElementsAre(1, 1, -127, 64));  // halves go up
}

TEST(Int16Quantization, has_zero_point_0) {
  EXPECT_EQ(int16_quantization({-1, 32767}), (Quantization{{1}, {0}, 0}));
  EXPECT_EQ(int16_quantization({-65534, 5}), (Quantization{{2}, {0}, 0}));
  EXPECT_EQ(int16_quantization({0, 0}), (Quantization{{1}, {0}, 0}));
}

TEST(Quantize, int16_activations_by_hand) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%s) {
    %w: float32[2x2] = [127, -63.5, 1, 12.7]
    %b: float32[2] = [10, -3e6]
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, %b)
    %s: float32[1x2] = SOFTMAX(%y) {beta=1}
  })");
  quantize(graph, ranges(graph, {{"x", {0, 3.2767F}}, {"y", {-65534, 191}}}), {.activation_bits = 16});
  const Node& node = graph.nodes[0];
  EXPECT_EQ(graph[node.inputs[0]].type.dtype, DType::int16);
  EXPECT_FLOAT_EQ(graph[node.inputs[0]].quantization.scale[0], 1e-4F);
  EXPECT_EQ(graph[node.outputs[0]].quantization, (Quantization{{2}, {0}, 0}));
  const Value& bias = graph[node.inputs[2]];
  ASSERT_EQ(bias.type.dtype, DType::int64);
  // Scales 1e-4 * 1 and 1e-4 * 12.7 / 127: -3e6 needs 39 bits and keeps them.
  EXPECT_NEAR(static_cast<double>(bias.values<std::int64_t>()[0]), 1e5, 1);
  const double second =
      static_cast<double>(bias.values<std::int64_t>()[1]) * static_cast<double>(bias.quantization.scale[1]);
  EXPECT_NEAR(second, -3e6, 1);
  EXPECT_LT(bias.values<std::int64_t>()[1], std::int64_t{-2147483648});
  // TFLite: softmax of int16 gives probabilities in steps of 2^-15.
  EXPECT_EQ(graph[graph.outputs[0]].quantization, (Quantization{{0x1p-15F}, {0}, 0}));
}

TEST(Quantize, an_operator_without_an_int16_kernel_stays_float_and_is_named) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x4]) -> (%y) {
    %y: float32[1x4] = L2_NORMALIZATION(%x)
  })");
  graph.nodes[0].name = "unit";
  const auto r = ranges(graph, {{"x", {-1, 1}}, {"y", {-1, 1}}});
  Graph strict = graph;
  EXPECT_THAT([&] { quantize(strict, r, {.activation_bits = 16, .strict = true}); },
              testing::ThrowsMessage<Error>(HasSubstr("'unit' (L2_NORMALIZATION): has no int16 form")));
  const std::vector<StaysFloat> left = quantize(graph, r, {.activation_bits = 16});
  EXPECT_THAT(test::operator_names(graph), ElementsAre("DEQUANTIZE", "L2_NORMALIZATION", "QUANTIZE"));
  EXPECT_EQ(graph[graph.outputs[0]].type.dtype, DType::int16);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].node, "'unit' (L2_NORMALIZATION)");
}

TEST(Quantize, convolutions_have_a_scale_for_each_output_channel) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1x1x2]) -> (%z) {
    %w: float32[2x1x1x2] = [127, 1, 0.127, -0.254]
    %y: float32[1x1x1x2] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
    %d: float32[1x1x1x2] = [1.27, 2.54]
    %z: float32[1x1x1x2] = DEPTHWISE_CONV_2D(%y, %d) {stride_w=1, stride_h=1}
  })");
  quantize(graph, ranges(graph, {{"x", {-1, 1}}, {"y", {-1, 1}}, {"z", {-1, 1}}}));
  const Value &conv = graph[graph.nodes[0].inputs[1]], &depthwise = graph[graph.nodes[1].inputs[1]];
  EXPECT_THAT(conv.quantization.scale, testing::Pointwise(testing::FloatEq(), {1.0F, 0.002F}));
  EXPECT_EQ(conv.quantization.dimension, 0);
  EXPECT_THAT(conv.values<std::int8_t>(), ElementsAre(127, 1, 64, -127));
  EXPECT_THAT(depthwise.quantization.scale, testing::Pointwise(testing::FloatEq(), {0.01F, 0.02F}));
  EXPECT_EQ(depthwise.quantization.dimension, 3);
}

TEST(Quantize, a_transposed_convolution_has_its_bias_at_the_scale_of_input_and_weights) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1x1x1]) -> (%y) {
    %s: int32[4] = [1, 1, 1, 2]
    %w: float32[2x1x1x1] = [127, 0.254]
    %b: float32[2] = [6, 0.5]
    %y: float32[1x1x1x2] = TRANSPOSE_CONV(%s, %w, %x, %b) {stride_w=1, stride_h=1}
  })");
  quantize(graph, ranges(graph, {{"x", {-12.8F, 12.7F}}, {"y", {-1, 1}}}));
  const Value &weights = graph[graph.nodes[0].inputs[1]], &bias = graph[graph.nodes[0].inputs[3]];
  // x has scale 25.5 / 255 = 0.1; the weights have 1 and 0.002.
  EXPECT_THAT(weights.quantization.scale, testing::Pointwise(testing::FloatEq(), {1.0F, 0.002F}));
  EXPECT_THAT(bias.quantization.scale, testing::Pointwise(testing::FloatNear(1e-6F), {0.1F, 0.0002F}));
  EXPECT_THAT(bias.values<std::int32_t>(), ElementsAre(60, 2500));
}

TEST(Quantize, pooling_keeps_the_scale_and_softmax_has_its_own) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2x2x3]) -> (%y) {
    %p: float32[1x1x1x3] = MAX_POOL_2D(%x) {stride_w=2, stride_h=2, filter_width=2, filter_height=2}
    %y: float32[1x1x1x3] = SOFTMAX(%p) {beta=1}
  })");
  quantize(graph, ranges(graph, {{"x", {0, 10}}, {"p", {0, 8}}, {"y", {0, 0.9F}}}));
  EXPECT_EQ(graph[graph.inputs[0]].quantization, int8_quantization({0, 10}));
  EXPECT_EQ(graph[graph.nodes[0].outputs[0]].quantization, int8_quantization({0, 10}));
  EXPECT_EQ(graph[graph.outputs[0]].quantization, (Quantization{{1 / 256.0F}, {-128}, 0}));
}

TEST(Quantize, concatenation_rescales_an_input_with_a_fixed_scale) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x4]) -> (%y) {
    %s: float32[1x4] = LOGISTIC(%x)
    %y: float32[1x8] = CONCATENATION(%s, %x) {axis=1}
  })");
  quantize(graph, ranges(graph, {{"x", {-4, 4}}, {"s", {0, 1}}, {"y", {-4, 4}}}));
  EXPECT_THAT(test::operator_names(graph), ElementsAre("LOGISTIC", "QUANTIZE", "CONCATENATION"));
  for (const ValueId id : graph.nodes[2].inputs) EXPECT_EQ(graph[id].quantization, int8_quantization({-4, 4}));
}

TEST(Quantize, constant_operands_get_their_own_range) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %c: float32[2] = [-1, 0.5]
    %y: float32[1x2] = ADD(%x, %c)
  })");
  quantize(graph, ranges(graph, {{"x", {-1, 1}}, {"y", {-2, 2}}}));
  EXPECT_EQ(graph[graph.nodes[0].inputs[1]].quantization, int8_quantization({-1, 0.5F}));
}

TEST(Quantize, slopes_get_their_own_range) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %s: float32[2] = [-1, 0.5]
    %y: float32[1x2] = PRELU(%x, %s)
  })");
  EXPECT_TRUE(quantize(graph, ranges(graph, {{"x", {-1, 1}}, {"y", {-1, 1}}})).empty());
  EXPECT_EQ(graph[graph.nodes[0].inputs[1]].quantization, int8_quantization({-1, 0.5F}));
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(Quantize, what_tflite_has_no_int8_for_stays_float_between_conversions) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %m: float32[1x2] = COS(%x)
    %s: float32[1x2] = SIN(%m)
    %y: float32[1x2] = RELU(%s)
  })");
  const auto left = quantize(graph, ranges(graph, {{"x", {-4, 4}}, {"m", {-1, 1}}, {"s", {-1, 1}}, {"y", {0, 1}}}));
  // Between two floats there is no rounding.
  EXPECT_THAT(test::operator_names(graph), ElementsAre("DEQUANTIZE", "COS", "SIN", "QUANTIZE", "RELU"));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].node, "'m' (COS)");
  EXPECT_EQ(left[0].why, "has no integer form");
  EXPECT_EQ(graph[graph.inputs[0]].type.dtype, DType::int8);
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(Quantize, float_inputs_and_outputs_on_request) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = RELU(%x)
  })");
  quantize(graph, ranges(graph, {{"x", {-4, 4}}, {"y", {0, 4}}}), {.float_io = true});
  EXPECT_THAT(test::operator_names(graph), ElementsAre("QUANTIZE", "RELU", "DEQUANTIZE"));
  EXPECT_EQ(graph[graph.inputs[0]].type.dtype, DType::float32);
  EXPECT_EQ(graph[graph.outputs[0]].type.dtype, DType::float32);
}

TEST(Quantize, the_input_may_be_given_so_that_raw_bytes_go_in) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = RELU(%x)
  })");
  const Quantization bytes{{1 / 255.0F}, {-128}, 0};
  quantize(graph, ranges(graph, {{"x", {0, 0.7F}}, {"y", {0, 0.7F}}}), {.input = bytes});
  EXPECT_EQ(graph[graph.inputs[0]].quantization, bytes);
}

TEST(Quantize, a_normalisation_by_one_number_becomes_the_inputs_own_scale_and_zero_point) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %a: float32[1] = [0.0078125]
    %b: float32[1] = [-1]
    %m: float32[1x2] = MUL(%x, %a)
    %n: float32[1x2] = ADD(%m, %b)
    %y: float32[1x2] = TANH(%n)
  })");
  const Quantization bytes{{1}, {-128}, 0};
  quantize(graph, ranges(graph, {{"x", {0, 200}}, {"m", {0, 1.5F}}, {"n", {-1, 0.5F}}}), {.input = bytes});
  // byte / 128 - 1 = 1/128 * (q + 128 - 128): scale 1/128, zero point -128 + 1 / (1/128) = 0
  EXPECT_THAT(test::operator_names(graph), ElementsAre("TANH"));
  EXPECT_EQ(graph[graph.inputs[0]].quantization, (Quantization{{1 / 128.0F}, {0}, 0}));
}

TEST(Quantize, a_normalisation_that_no_zero_point_can_hold_stays) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %a: float32[1] = [0.5]
    %b: float32[1] = [100]
    %m: float32[1x2] = MUL(%x, %a)
    %n: float32[1x2] = ADD(%m, %b)
    %y: float32[1x2] = TANH(%n)
  })");
  // byte / 2 + 100 is 0 at byte = -200: zero point -128 - 200.
  quantize(graph, ranges(graph, {{"x", {0, 255}}, {"m", {0, 128}}, {"n", {0, 228}}}),
           {.input = Quantization{{1}, {-128}, 0}});
  EXPECT_THAT(test::operator_names(graph), ElementsAre("ADD", "TANH"));
  EXPECT_EQ(graph[graph.inputs[0]].quantization, (Quantization{{0.5F}, {-128}, 0}));
}

TEST(PrepareForQuantization, leaves_one_number_in_front_only_for_raw_bytes) {
  const Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %a: float32[1] = [0.5]
    %w: float32[3x2] = random(1)
    %m: float32[1x2] = MUL(%x, %a)
    %d: float32[1x2] = DROPOUT(%m)
    %f: float32[1x3] = FULLY_CONNECTED(%d, %w, _)
    %y: float32[1x3] = RELU(%f)
  })");
  Graph raw = graph;
  prepare_for_quantization(raw, {.raw_bytes = true});
  EXPECT_THAT(test::operator_names(raw), ElementsAre("MUL", "FULLY_CONNECTED"));
  Graph floats = graph;
  prepare_for_quantization(floats);
  EXPECT_THAT(test::operator_names(floats), ElementsAre("FULLY_CONNECTED"));
}

TEST(PrepareForQuantization, folds_a_normalisation_by_channel_for_raw_bytes_too) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x4x4x2]) -> (%y) {
    %a: float32[2] = [0.5, 0.25]
    %b: float32[2] = [1, 2]
    %w: float32[3x3x3x2] = random(1)
    %m: float32[1x4x4x2] = MUL(%x, %a)
    %n: float32[1x4x4x2] = ADD(%m, %b)
    %y: float32[1x2x2x3] = CONV_2D(%n, %w, _) {padding=VALID, stride_h=1, stride_w=1}
  })");
  prepare_for_quantization(graph, {.raw_bytes = true});
  EXPECT_THAT(test::operator_names(graph), ElementsAre("CONV_2D"));
}

TEST(Quantize, a_bias_too_large_for_int32_raises_the_scale_of_its_weights) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1]) -> (%y) {
    %w: float32[1x1] = [1e-9]
    %b: float32[1] = [1000]
    %y: float32[1x1] = FULLY_CONNECTED(%x, %w, %b)
  })");
  quantize(graph, ranges(graph, {{"x", {-1, 1}}, {"y", {0, 1000}}}));
  const Value& bias = graph[graph.nodes[0].inputs[2]];
  EXPECT_NEAR(static_cast<double>(bias.values<std::int32_t>()[0]) * static_cast<double>(bias.quantization.scale[0]),
              1000, 0.01);
}

TEST(Quantize, an_operator_of_several_operands_stays_float_too) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2], %d: float32[1x2]) -> (%y) {
    %axis: int32[1] = [1]
    %c: float32[1x2] = CUMSUM(%x, %axis)
    %y: float32[1x2] = ADD(%c, %d)
  })");
  const auto left = quantize(graph, ranges(graph, {{"x", {-4, 4}}, {"d", {1, 2}}, {"c", {-4, 4}}, {"y", {-4, 4}}}));
  EXPECT_THAT(test::operator_names(graph), ElementsAre("DEQUANTIZE", "CUMSUM", "QUANTIZE", "ADD"));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].node, "'c' (CUMSUM)");
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(Quantize, for_a_runtime_leaves_float_what_it_has_in_floats_alone) {
  const auto made_for = [](Runtime runtime) {
    Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
      %y: float32[1x2] = EXP(%x)
    })");
    quantize(graph, ranges(graph, {{"x", {-4, 4}}, {"y", {0, 60}}}), {.runtime = runtime});
    return test::operator_names(graph);
  };
  EXPECT_THAT(made_for(Runtime::any), ElementsAre("EXP"));
  EXPECT_THAT(made_for(Runtime::vela), ElementsAre("EXP"));
  EXPECT_THAT(made_for(Runtime::tflm), ElementsAre("DEQUANTIZE", "EXP", "QUANTIZE"));
}

// h and c are one unit's state; the sequence is of two steps.
constexpr const char* kLstm = R"(graph "" (%x: float32[1x2x1]) -> (%y) {
    %w: float32[1x1] = [1]
    %r: float32[1x1] = [0.5]
    %b: float32[1] = [0.25]
    variable %h: float32[1x1]
    variable %c: float32[1x1]
    %y: float32[1x2x1] = UNIDIRECTIONAL_SEQUENCE_LSTM(%x, %w, %w, %w, %w, %r, %r, %r, %r, _, _, _, %b, %b, %b, %b, _, _, %h, %c, _, _, _, _) {fused_activation_function=TANH}
  })";

TEST(Quantize, an_lstm_gets_an_int16_cell_whose_scale_is_a_power_of_two) {
  const auto cell_scale = [](float reach) {
    Graph graph = test::parse(kLstm);
    quantize(graph, ranges(graph, {{"x", {-1, 1}}, {"h", {-1, 1}}, {"c", {-reach, reach}}, {"y", {-1, 1}}}));
    const Node& node = graph.nodes[0];
    EXPECT_EQ(graph[node.inputs[18]].quantization, graph[node.outputs[0]].quantization);
    EXPECT_EQ(graph[node.inputs[1]].type.dtype, DType::int8);
    // The bias is in steps of input times weights.
    EXPECT_EQ(graph[node.inputs[12]].type.dtype, DType::int32);
    EXPECT_FLOAT_EQ(graph[node.inputs[12]].quantization.scale[0],
                    graph[node.inputs[0]].quantization.scale[0] * graph[node.inputs[1]].quantization.scale[0]);
    EXPECT_EQ(node.intermediates.size(), 5U);
    EXPECT_EQ(graph[node.inputs[19]].type.dtype, DType::int16);
    return graph[node.inputs[19]].quantization.scale[0];
  };
  EXPECT_EQ(cell_scale(3), 0x1p-13F);
  EXPECT_EQ(cell_scale(0.01F), 0x1p-15F) << "LiteRT has no hyperbolic tangent below";
  EXPECT_EQ(cell_scale(1000), 0x1p-9F);
}

TEST(Calibrate, looks_at_the_cell_of_an_lstm_after_each_step) {
  const Graph graph = test::parse(kLstm);
  const auto seen = calibrate(graph, 1, [](Interpreter& interpreter, std::int64_t) {
    interpreter.input(0).as<float>()[0] = 10;
    interpreter.input(0).as<float>()[1] = -10;
  });
  // After the first step the gates are open and the cell is 1; the second closes them.
  const auto cell = std::ranges::find(graph.values, "c", &Value::name) - graph.values.begin();
  EXPECT_NEAR(seen[static_cast<std::size_t>(cell)].max, 1, 1e-3);
}

TEST(Quantize, variables_share_the_quantization_of_what_is_assigned_and_read) {
  Graph graph = test::parse(R"(graph "" (%x: float32[2]) -> (%y) {
    variable %v: float32[2] = [1, -1]
    %before: float32[2] = READ_VARIABLE(%v)
    %y: float32[2] = ADD(%before, %x)
    ASSIGN_VARIABLE(%v, %x)
  })");
  quantize(graph, ranges(graph, {{"x", {-2, 2}}, {"v", {-1, 1}}, {"before", {-2, 2}}, {"y", {-4, 4}}}));
  const Quantization expected = int8_quantization({-2, 2});
  const auto variable = std::ranges::find_if(graph.values, &Value::variable);
  ASSERT_NE(variable, graph.values.end());
  EXPECT_EQ(variable->quantization, expected);
  EXPECT_EQ(graph[graph.inputs[0]].quantization, expected);
  // 1 in steps of 4 / 255 from the zero point 0 (or -1): what it holds at first is an integer too.
  ASSERT_EQ(variable->constant->size(), 2U);
  const auto first = static_cast<std::int8_t>((*variable->constant)[0]);
  EXPECT_NEAR(expected.scale[0] * static_cast<float>(first - expected.zero_point[0]), 1, 0.01);
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(Quantize, weights_computed_at_run_time_leave_a_layer_float) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2], %w: float32[2x2]) -> (%y) {
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w)
  })");
  const auto left = quantize(graph, std::vector<Range>(graph.values.size()));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].why, "its weights 'w' are computed at run time");
}

TEST(Quantize, integers_come_close_to_the_floats_they_stand_for) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x6x6x3]) -> (%y) {
    %w1: float32[8x3x3x3] = random(1)
    %b1: float32[8] = random(2)
    %c1: float32[1x6x6x8] = CONV_2D(%x, %w1, %b1) {stride_w=1, stride_h=1, fused_activation_function=RELU}
    %p: float32[1x3x3x8] = AVERAGE_POOL_2D(%c1) {stride_w=2, stride_h=2, filter_width=2, filter_height=2}
    %w2: float32[1x3x3x8] = random(3)
    %c2: float32[1x3x3x8] = DEPTHWISE_CONV_2D(%p, %w2) {stride_w=1, stride_h=1}
    %a: float32[1x3x3x8] = ADD(%c2, %p)
    %s: int32[2] = [1, 72]
    %f: float32[1x72] = RESHAPE(%a, %s)
    %w3: float32[4x72] = random(4)
    %y: float32[1x4] = FULLY_CONNECTED(%f, %w3)
  })");
  const auto fill = [](Interpreter& interpreter, std::int64_t sample) {
    Random random(static_cast<std::uint64_t>(sample));
    for (float& x : interpreter.input(0).as<float>()) x = random.normal();
  };
  const Graph before = graph;
  quantize(graph, calibrate(graph, 32, fill));
  Interpreter exact(before), integer(graph);
  double error = 0, size = 0;
  for (std::int64_t sample = 0; sample < 32; ++sample) {
    fill(exact, sample);
    exact.run();
    const Quantization &in = graph[graph.inputs[0]].quantization, &out = graph[graph.outputs[0]].quantization;
    for (std::size_t i = 0; i < exact.input(0).as<float>().size(); ++i) {
      const float steps =
          std::round(exact.input(0).as<float>()[i] / in.scale[0]) + static_cast<float>(in.zero_point[0]);
      integer.input(0).as<std::int8_t>()[i] = static_cast<std::int8_t>(std::min(127.0F, std::max(-128.0F, steps)));
    }
    integer.run();
    for (std::size_t i = 0; i < 4; ++i) {
      const float real = exact.output(0).as<float>()[i];
      const float got = out.scale[0] * static_cast<float>(integer.output(0).as<std::int8_t>()[i] - out.zero_point[0]);
      error += static_cast<double>((real - got) * (real - got));
      size += static_cast<double>(real * real);
    }
  }
  // A signal-to-noise ratio of 30 dB: 8 bits in each of six layers.
  EXPECT_GT(10 * std::log10(size / error), 30);
}

}  // namespace
}  // namespace mirim
