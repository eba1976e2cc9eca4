#include "mirim/passes/integer_form.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/graph/verify.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/passes/tabulate.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::Each;
using testing::ElementsAre;

Graph activation(const std::string& name, int elements) {
  return test::parse("graph \"\" (%x: float32[" + std::to_string(elements) + "]) -> (%y) {\n  %y: float32[" +
                     std::to_string(elements) + "] = " + name + "(%x)\n}");
}

/// The quantized graph of y = f(x) for x in a range, and its answers to all 256 integers in reals.
struct Answers {
  Graph graph;
  std::vector<float> exact, integer;
  float step = 0;
};

Answers answers(const std::string& name, const Range& range) {
  Graph floats = activation(name, 256);
  const Quantization q = int8_quantization(range);
  std::vector<float> x(256);
  for (int i = 0; i < 256; ++i) {
    x[static_cast<std::size_t>(i)] = q.scale[0] * static_cast<float>(i - 128 - static_cast<int>(q.zero_point[0]));
  }
  Interpreter exact(floats);
  exact.set_input(0, bytes_of(x));
  exact.run();
  const auto y = exact.output(0).as<float>();
  Answers result{.graph = floats, .exact = {y.begin(), y.end()}, .integer = {}, .step = 0};
  const auto ranges = calibrate(floats, 1, [&](Interpreter& i, std::int64_t) { i.set_input(0, bytes_of(x)); });
  EXPECT_TRUE(quantize(result.graph, ranges).empty()) << name;
  EXPECT_EQ(verify(result.graph), std::vector<std::string>{}) << name;
  Interpreter integer(result.graph);
  for (int i = 0; i < 256; ++i) {
    integer.input(0).as<std::int8_t>()[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 128);
  }
  integer.run();
  const Quantization& out = result.graph[result.graph.outputs[0]].quantization;
  result.step = out.scale[0];
  for (const std::int8_t v : integer.output(0).as<std::int8_t>()) {
    result.integer.push_back(out.scale[0] * static_cast<float>(v - out.zero_point[0]));
  }
  return result;
}

/// The largest error in steps of the result.
float error_of(const std::string& name, const Range& range) {
  const Answers a = answers(name, range);
  float most = 0;
  for (std::size_t i = 0; i < 256; ++i) most = std::max(most, std::fabs(a.exact[i] - a.integer[i]) / a.step);
  return most;
}

TEST(IntegerForm, answers_within_steps_of_the_activation) {
  for (const Range& range : {Range{-6, 6}, Range{-1, 3}, Range{-0.5F, 0.5F}, Range{-20, 20}}) {
    // More would be computed in int16.
    EXPECT_LE(error_of("SOFTPLUS", range), 2) << range.max;
    EXPECT_LE(error_of("MISH", range), 2) << range.max;
    EXPECT_LE(error_of("SOFTSIGN", range), 2) << range.max;
    // LOGISTIC in steps of 1/256 of x, as TensorFlow's converter makes it.
    EXPECT_LT(error_of("SWISH", range), 1.6F) << range.max;
    EXPECT_LT(error_of("SELU", range), 2.1F) << range.max;
    EXPECT_EQ(error_of("STEP", range), 0.0F) << range.max;
  }
}

TEST(IntegerForm, has_no_operator_of_floats_and_becomes_one_table) {
  for (const char* name : {"SOFTPLUS", "MISH", "SOFTSIGN", "SWISH", "SELU", "STEP"}) {
    Graph graph = answers(name, {-4, 4}).graph;
    for (const Value& value : graph.values) EXPECT_NE(value.type.dtype, DType::float32) << name << " " << value.name;
    tabulate(graph);
    EXPECT_THAT(test::operator_names(graph), ElementsAre(testing::_)) << name;
  }
}

TEST(IntegerForm, of_int16_where_there_are_kernels) {
  Graph graph = activation("SWISH", 4);
  quantize(graph, std::vector<Range>{{-4, 4}, {-0.3F, 4}}, {.activation_bits = 16});
  EXPECT_THAT(test::operator_names(graph), ElementsAre("LOGISTIC", "MUL"));
  Graph selu = activation("SELU", 4);
  const std::vector<Range> ranges{{-4, 4}, {-2, 4}};
  EXPECT_EQ(quantize(selu, ranges, {.activation_bits = 16}).size(), 1U) << "there is no ELU of int16";
}

TEST(IntegerForm, computes_in_int16_where_int8_is_steps_off) {
  // TANH of int8 ends at 127/128: 6 of it would be 0.05 off, two steps of the result.
  EXPECT_LT(error_of("MISH", {-6, 6}), 0.7F);
  const Graph graph = answers("MISH", {-6, 6}).graph;
  EXPECT_TRUE(std::ranges::any_of(graph.values, [](const Value& v) { return v.type.dtype == DType::int16; }));
  const Graph near = answers("SOFTPLUS", {-6, 6}).graph;
  EXPECT_TRUE(std::ranges::none_of(near.values, [](const Value& v) { return v.type.dtype == DType::int16; }));
}

TEST(IntegerForm, is_of_activations_alone) {
  EXPECT_FALSE(integer_form(Op(Cos{}), {4}, 1));
  EXPECT_FALSE(integer_form(Op(Swish{}), {}, 1)) << "a constant of [1] would make a vector of it";
}

}  // namespace
}  // namespace mirim
