#include "mirim/zoo/layers/all.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/zoo/run.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Builder, a_layer_reads_the_one_before_unless_told) {
  Builder builder("shortcut");
  const ValueId x = builder.input({.shape = {4}});
  builder.append(FullyConnectedLayer{.units = 4, .activation = "relu", .name = "first"});
  builder.append(
      JoinLayer{.name = "sum", .from = {x, builder.append(FullyConnectedLayer{.units = 4, .name = "second"})}});
  const Graph graph = builder.build();
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
  ASSERT_EQ(graph.nodes.size(), 4U);
  EXPECT_EQ(graph[graph.nodes[2].inputs[0]].name, "first/relu");
  EXPECT_EQ(graph[graph.nodes[3].inputs[0]].name, "input");
  EXPECT_EQ(graph[graph.outputs[0]].name, "sum");
}

TEST(Builder, nameless_layers_are_numbered_by_kind) {
  Builder builder("names");
  builder.input({.shape = {4, 4, 1}});
  builder.append(Conv2dLayer{.filters = 2});
  builder.append(PoolLayer{});
  builder.append(Conv2dLayer{.filters = 2});
  const Graph graph = builder.build();
  EXPECT_EQ(graph.nodes[0].name, "conv2d_1");
  EXPECT_EQ(graph.nodes[1].name, "max_pool2d_1");
  EXPECT_EQ(graph.nodes[2].name, "conv2d_2");
}

TEST(Builder, one_scale_and_offset_apply_to_all_channels) {
  Builder builder("scaled");
  builder.input({.shape = {3}, .scale = {0.5F}, .offset = {1}});
  // 0.5 * x + 1
  EXPECT_THAT(run(builder.build(), {0, 2, 4}), ElementsAre(1, 2, 3));
}

TEST(Builder, mean_and_deviation_apply_by_channel) {
  Builder builder("standard");
  builder.input({.shape = {1, 2, 2}, .mean = {10, 20}, .deviation = {2, 4}});
  // (12-10)/2, (16-20)/4; (6-10)/2, (28-20)/4
  EXPECT_THAT(run(builder.build(), {12, 16, 6, 28}), ElementsAre(1, -1, -2, 2));
}

TEST(Builder, every_activation_has_its_formula) {
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  const std::map<std::string, std::function<double(double)>> formulas = {
      {"step", [](double x) { return x > 0 ? 1 : 0; }},
      {"linear", [](double x) { return x; }},
      {"sigmoid", logistic},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"relu", [](double x) { return std::max(x, 0.0); }},
      {"relu_0_to_1", [](double x) { return std::clamp(x, 0.0, 1.0); }},
      {"relu6", [](double x) { return std::clamp(x, 0.0, 6.0); }},
      {"leaky_relu", [](double x) { return x > 0 ? x : 0.01 * x; }},
      {"prelu", [](double x) { return x > 0 ? x : 0.25 * x; }},
      {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }},
      {"selu", [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); }},
      {"softplus", [](double x) { return std::log1p(std::exp(x)); }},
      {"softsign", [](double x) { return x / (1 + std::fabs(x)); }},
      {"swish", [&](double x) { return x * logistic(x); }},
      {"hard_swish", [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }},
      {"gelu", [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
      {"mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
  };
  const std::vector<float> x = {-9, -3, -1.5F, -0.25F, 0, 0.25F, 1.5F, 7};
  EXPECT_EQ(formulas.size() + 1, activation_names().size());  // and softmax
  for (const auto& [name, f] : formulas) {
    Builder builder(name);
    builder.input({.shape = {8}});
    builder.append(DropoutLayer{.rate = 0});  // so that "linear" has a layer
    builder.append(ActivationLayer{.kind = name});
    std::vector<float> expected;
    for (const float v : x) expected.push_back(static_cast<float>(f(v)));
    EXPECT_THAT(run(builder.build(), x), Pointwise(FloatNear(2e-6F), expected)) << name;
  }
}

TEST(Builder, weights_start_with_the_deviation_of_their_rule) {
  const auto deviation = [](const std::string& activation) {
    Builder builder("start", 5);
    builder.input({.shape = {400}});
    builder.append(FullyConnectedLayer{.units = 200, .activation = activation});
    const Graph graph = builder.build();
    double sum = 0;
    double count = 0;
    for (const Value& value : graph.values) {
      if (!value.name.ends_with("/weights")) continue;
      for (const float w : value.values<float>()) sum += double{w} * w;
      count = static_cast<double>(value.values<float>().size());
    }
    return std::sqrt(sum / count);
  };
  EXPECT_NEAR(deviation("relu"), std::sqrt(2.0 / 400), 0.0005);          // He
  EXPECT_NEAR(deviation("tanh"), std::sqrt(2.0 / (400 + 200)), 0.0005);  // Glorot
}

TEST(Builder, a_transposed_convolution_makes_images_larger) {
  const auto made = [](Padding padding) {
    Builder builder("");
    builder.input({.shape = {5, 7, 2}});
    return builder.shape(
        builder.append(TransposedConv2dLayer{.filters = 3, .kernel = {4, 3}, .stride = {3, 2}, .padding = padding}));
  };
  EXPECT_EQ(made(Padding::same), (Shape{1, 5 * 3, 7 * 2, 3}));
  EXPECT_EQ(made(Padding::valid), (Shape{1, 4 * 3 + 4, 6 * 2 + 3, 3}));
}

TEST(Builder, wrong_sizes_are_refused_with_the_name_of_the_layer) {
  Builder builder("wrong");
  EXPECT_THAT(error_of([&] { builder.append(Conv2dLayer{.filters = 4, .name = "early"}); }),
              HasSubstr("'early' has nothing"));
  builder.input({.shape = {8, 8, 3}});
  EXPECT_EQ(error_of([&] { builder.append(Conv2dLayer{.name = "empty"}); }),
            "layer 'empty': filters is 0; it must be from 1 to 16777216");
  EXPECT_EQ(error_of([&] { builder.append(Conv2dLayer{.filters = 4, .activation = "rleu", .name = "typo"}); }),
            "layer 'typo': unknown activation 'rleu'; did you mean 'relu'?");
  EXPECT_THAT(error_of([&] {
                builder.append(Conv2dLayer{.filters = 4, .kernel = {9, 9}, .padding = Padding::valid});
              }),
              HasSubstr("conv2d_"));
  EXPECT_THAT(error_of([&] { builder.append(FullyConnectedLayer{.units = 1 << 24}); }), HasSubstr("elements; at most"));
  EXPECT_THAT(error_of([&] { builder.append(DropoutLayer{.rate = 1}); }), HasSubstr("rate is 1"));
}

TEST(Builder, a_model_needs_a_layer) {
  Builder builder("hollow");
  EXPECT_EQ(error_of([&] { builder.build(); }), "model 'hollow' has no layers");
}

}  // namespace
}  // namespace mirim
