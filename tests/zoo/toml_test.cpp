#include "mirim/zoo/toml.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/zoo/layers/all.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& text, const TomlModelOptions& options = {}) {
  try {
    parse_model(text, "m.toml", options);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

constexpr const char* kInput = "[input]\nshape = [8, 8, 3]\n";

TEST(Toml, branches_and_shortcuts_follow_from) {
  const Graph graph = parse_model(R"(
name = "branches"
outputs = ["both", "left"]
[parameters]
width = 4
[input]
shape = [8, 8, 3]
normalize = { mean = [1, 2, 3], deviation = 2 }
[[layer]]
type = "conv2d"
name = "left"
filters = "width"
kernel = [3, 1]
[[layer]]
type = "conv2d"
name = "right"
from = "input"
filters = "2*width"
activation = "prelu"
[[layer]]
type = "concatenation"
name = "both"
from = ["left", "right"]
)",
                                  "m.toml");
  Builder builder("branches");
  const ValueId x = builder.input({.shape = {8, 8, 3}, .mean = {1, 2, 3}, .deviation = {2}});
  const ValueId left = builder.append(Conv2dLayer{.filters = 4, .kernel = {3, 1}, .name = "left"});
  const ValueId right = builder.append(Conv2dLayer{.filters = 8, .activation = "prelu", .name = "right", .from = x});
  const ValueId both = builder.append(ConcatenationLayer{.name = "both", .from = {left, right}});
  EXPECT_EQ(to_text(graph), to_text(builder.build({both, left})));
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(Toml, every_activation_is_a_layer_and_a_key) {
  for (const std::string& name : activation_names()) {
    const std::string text = std::string(kInput) + "[[layer]]\ntype=\"conv2d\"\nfilters=2\nactivation=\"" + name +
                             "\"\n[[layer]]\ntype=\"" + name + "\"\n";
    EXPECT_EQ(verify(parse_model(text, "m.toml")), std::vector<std::string>{}) << name;
  }
}

TEST(Toml, an_unknown_key_is_refused_with_the_nearest) {
  EXPECT_EQ(error_of(std::string(kInput) + "[[layer]]\ntype = \"conv2d\"\nfilters = 3\nstrides = 2\n"),
            "m.toml:6: unknown key 'strides'; did you mean 'stride'?");
  EXPECT_EQ(error_of("[inptu]\nshape = [1]\n"),
            "m.toml: there is no [input]; give it a shape, as in shape = [28, 28, 1]");
  EXPECT_EQ(error_of(std::string(kInput) + "nrmalize = {}\n"),
            "m.toml:3: unknown key 'nrmalize'; did you mean 'normalize'?");
  EXPECT_EQ(error_of("titel = 1\n" + std::string(kInput) + "[[layer]]\ntype=\"relu\"\n").substr(0, 29),
            "m.toml:1: unknown key 'titel'");
}

TEST(Toml, an_unknown_layer_is_refused_with_the_nearest) {
  EXPECT_EQ(error_of(std::string(kInput) + "[[layer]]\ntype = \"con2d\"\n"),
            "m.toml:4: key 'type': unknown layer 'con2d'; did you mean 'conv2d'?");
  EXPECT_EQ(error_of(std::string(kInput) + "[[layer]]\ntype = \"relu\"\nname = \"a\"\n[[layer]]\ntype = \"add\"\n"
                                           "from = [\"a\", \"inpt\"]\n"),
            "m.toml:8: key 'from': there is no layer 'inpt' before this one; did you mean 'input'?");
}

TEST(Toml, wrong_values_are_refused_with_line_and_key) {
  const std::string conv = std::string(kInput) + "[[layer]]\ntype = \"conv2d\"\n";
  EXPECT_EQ(error_of(conv + "filters = true\n"),
            "m.toml:5: key 'filters': write a whole number, or an expression of parameters in quotes");
  EXPECT_EQ(error_of(conv + "filters = \"2*width\"\n"),
            "m.toml:5: key 'filters': '2*width': there is no parameter 'width'; declare it in [parameters]");
  EXPECT_EQ(error_of(conv), "m.toml:3: key 'filters': conv2d needs it: how many channels it makes");
  EXPECT_EQ(error_of(conv + "filters = -1\n"),
            "m.toml:3: layer 'conv2d_1': filters is -1; it must be from 1 to 16777216");
  EXPECT_EQ(error_of(conv + "filters = 1\nkernel = [1, 2, 3]\n"),
            "m.toml:6: key 'kernel': write one number, or [height, width]");
  EXPECT_EQ(error_of(conv + "filters = 1\npadding = \"full\"\n"),
            "m.toml:6: key 'padding': write \"same\" or \"valid\"");
  EXPECT_EQ(error_of(conv + "filters = 1\nactivation = \"reul\"\n"),
            "m.toml:3: layer 'conv2d_1': unknown activation 'reul'; did you mean 'relu'?");
  EXPECT_THAT(error_of(conv + "filters = 1\nstride = 0\n"), StartsWith("m.toml:3: layer: conv2d_1: "));
  EXPECT_EQ(error_of("[input]\nshape = [4]\nnormalize = { scale = nan }\n[[layer]]\ntype=\"relu\"\n"),
            "m.toml:3: key 'scale': write a finite number");
  EXPECT_EQ(error_of("[input]\nshape = [4]\nnormalize = { scale = [1, 2] }\n[[layer]]\ntype=\"relu\"\n"),
            "m.toml:1: normalize: scale has 2 numbers; give 1, or 4, one per channel");
  EXPECT_EQ(error_of(std::string(kInput) + "[[layer]]\ntype=\"relu\"\nname=\"input\"\n"),
            "m.toml:3: there is already a layer 'input'; give this one another name");
}

TEST(Toml, text_that_is_no_toml_is_refused_with_line_and_column) {
  EXPECT_THAT(error_of("[input\n"), StartsWith("m.toml:1:7: "));
}

TEST(Toml, a_parameter_the_model_lacks_is_refused) {
  EXPECT_EQ(error_of("[parameters]\nclasses = 3\n" + std::string(kInput), {.parameters = {{"clases", 5}}}),
            "m.toml: the model has no parameter 'clases'; did you mean 'classes'?");
}

TEST(Toml, hostile_sizes_are_refused_before_they_cost_anything) {
  const auto layer = [](const std::string& keys) { return std::string(kInput) + "[[layer]]\n" + keys; };
  EXPECT_THAT(error_of("[input]\nshape = [1000000, 1000000, 1000000]\n[[layer]]\ntype=\"relu\"\n"),
              HasSubstr("'input': shape 1x1000000"));
  EXPECT_THAT(error_of("[input]\nshape = [9223372036854775807]\n"), HasSubstr("must be from 1 to"));
  EXPECT_THAT(error_of(layer("type=\"fully_connected\"\nunits=16777216\n")), HasSubstr("at most"));
  EXPECT_THAT(error_of(layer("type=\"conv2d\"\nfilters=1\nkernel=100000\n")), HasSubstr("at most"));
  EXPECT_THAT(error_of(layer("type=\"conv2d\"\nfilters=1\nkernel=9999999999\n")), HasSubstr("out of range"));
  EXPECT_THAT(error_of(layer("type=\"pad\"\ntop=16777216\nbottom=16777216\n")), HasSubstr("at most"));
  std::string many = "[input]\nshape = [1000, 1000, 8]\n";
  for (int i = 0; i < 100; ++i) many += "[[layer]]\ntype=\"relu\"\n";
  EXPECT_THAT(error_of(many), HasSubstr("in total"));
  EXPECT_THAT(error_of("x = " + std::string(100'000, '[')), StartsWith("m.toml:1:"));
  EXPECT_THAT(error_of(std::string(2 << 20, '#')), HasSubstr("too many"));
}

TEST(Toml, normalize_data_is_left_to_the_training) {
  const Graph graph = parse_model(
      "[input]\nshape = [4]\nnormalize = \"data\"\n[output]\nnormalize = \"data\"\n"
      "[[layer]]\ntype = \"fully_connected\"\nunits = 2\n",
      "m.toml");
  EXPECT_EQ(graph.nodes.size(), 1U) << "no layer stands for it yet";
  EXPECT_TRUE(graph.extras.contains(std::string(kNormalizeInput)));
  EXPECT_TRUE(graph.extras.contains(std::string(kNormalizeOutput)));
}

}  // namespace
}  // namespace mirim
