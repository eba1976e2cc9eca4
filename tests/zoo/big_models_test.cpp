#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

using ::testing::HasSubstr;

const std::string kRoot = MIRIM_SOURCE_DIR;

Description hollow(const std::string& path) {
  return read_description(kRoot + "/" + path, {.weights = WeightContent::hollow});
}

struct Published {
  const char* path;
  std::int64_t parameters, macs;
};
void PrintTo(const Published& p, std::ostream* out) { *out << p.path; }

class BigModels : public testing::TestWithParam<Published> {};

TEST_P(BigModels, have_the_published_parameters_and_products) {
  const auto [path, parameters, macs] = GetParam();
  const Graph graph = hollow(path).graph;
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
  const ModelCost total = count(graph);
  EXPECT_EQ(total.parameters, parameters);
  EXPECT_EQ(total.macs, macs);
  EXPECT_EQ(total.weight_bytes, 4 * parameters);
}

// Weight metadata of torchvision 0.29.2, num_params and _ops, whose products in full were counted with hooks on its
// networks (convolutions and dense layers). AlexNet of 2012: Caffe's reference model has as many weights. MobileNetV1:
// Keras counts 4,253,864, 21,888 running statistics among them.
INSTANTIATE_TEST_SUITE_P(Models, BigModels,
                         testing::Values(Published{"models/lenet5.toml", 61'706, 416'520},
                                         Published{"models/alexnet.toml", 61'100'840, 714'188'480},
                                         Published{"models/alexnet_2012.toml", 60'965'224, 724'406'816},
                                         Published{"models/vgg16.toml", 138'357'544, 15'470'264'320},
                                         Published{"models/resnet50.toml", 25'557'032, 4'089'184'256},
                                         Published{"models/squeezenet.toml", 1'248'424, 818'924'576},
                                         Published{"models/squeezenet_1_1.toml", 1'235'496, 349'151'936},
                                         Published{"models/mobilenet_v1.toml", 4'253'864 - 21'888, 568'740'352},
                                         Published{"models/mobilenet_v2.toml", 3'504'872, 300'774'272},
                                         Published{"models/efficientnet_b0.toml", 5'288'548, 385'814'752}));

struct Rounded {
  const char* path;
  std::int64_t parameters;
  double giga_macs;  // three digits behind the point
};
void PrintTo(const Rounded& r, std::ostream* out) { *out << r.path; }

class OtherNetworks : public testing::TestWithParam<Rounded> {};

TEST_P(OtherNetworks, have_the_published_parameters_and_products) {
  const auto [path, parameters, giga_macs] = GetParam();
  const ModelCost total = count(hollow(path).graph);
  EXPECT_EQ(total.parameters, parameters);
  EXPECT_NEAR(static_cast<double>(total.macs) * 1e-9, giga_macs, 0.0005);
}

// The same metadata, num_params and _ops.
INSTANTIATE_TEST_SUITE_P(Torchvision, OtherNetworks,
                         testing::Values(Rounded{"tests/zoo/networks/resnet18.toml", 11'689'512, 1.814},
                                         Rounded{"tests/zoo/networks/vgg11.toml", 132'863'336, 7.609},
                                         Rounded{"tests/zoo/networks/densenet121.toml", 7'978'856, 2.834},
                                         Rounded{"tests/zoo/networks/resnext50_32x4d.toml", 25'028'904, 4.23},
                                         Rounded{"tests/zoo/networks/efficientnet_b1.toml", 7'794'184, 0.687}));

TEST(BigModels, training_is_what_the_file_says) {
  const Description alexnet = hollow("models/alexnet_2012.toml");
  ASSERT_TRUE(alexnet.training);
  EXPECT_EQ(alexnet.training->samples, 1'281'167);
  EXPECT_EQ(alexnet.training->epochs, 90);
  EXPECT_FALSE(hollow("models/resnet8.toml").training);
}

// Radford et al., 2019, published the weights, whose numbers these are; GPT-3: Brown et al., 2020, table D.1
// has 3.14e23.
TEST(Transformers, have_the_published_parameters_and_operations) {
  const std::vector<std::pair<const char*, std::int64_t>> published = {{"gpt2", 124'439'808},
                                                                       {"gpt2_medium", 354'823'168},
                                                                       {"gpt2_large", 774'030'080},
                                                                       {"gpt2_xl", 1'557'611'200},
                                                                       {"gpt3", 174'604'259'328}};
  for (const auto& [name, parameters] : published) {
    const Description description = hollow(std::string("models/") + name + ".toml");
    ASSERT_TRUE(description.transformer) << name;
    EXPECT_EQ(cost_of(*description.transformer).parameters, parameters) << name;
  }
  const TransformerCost gpt3 = cost_of(*hollow("models/gpt3.toml").transformer);
  EXPECT_NEAR(gpt3.training_flops, 3.14e23, 0.005e23);
}

// Two layers of width 4, five tokens of context, a vocabulary of 7, tensor by tensor.
TEST(Transformers, are_counted_by_hand) {
  const TransformerCost cost = cost_of({.layers = 2, .width = 4, .context = 5, .vocabulary = 7, .tokens = 10});
  const std::int64_t attention = 4 * 12 + 12 + 4 * 4 + 4, wide = 4 * 16 + 16 + 16 * 4 + 4, norms = 2 * 8;
  EXPECT_EQ(cost.parameters, 2 * (attention + wide + norms) + 7 * 4 + 5 * 4 + 8);
  EXPECT_EQ(cost.weight_macs, 2 * (4 * 12 + 4 * 4 + 4 * 16 + 16 * 4) + 7 * 4);
  EXPECT_EQ(cost.attention_macs, 2 * (5 * 4 + 5 * 4));
  EXPECT_EQ(cost.kept_elements, 2 * 5 * (4 + 4));
  EXPECT_EQ(cost.live_elements, 4 + 16);
  EXPECT_DOUBLE_EQ(cost.training_flops, 6.0 * static_cast<double>(cost.parameters) * 10);
}

TEST(Hollow, weights_take_no_memory_and_are_refused_where_numbers_are_needed) {
  const Graph graph = hollow("models/vgg16.toml").graph;
  std::int64_t bytes = 0;
  for (const Value& value : graph.values) bytes += value.constant ? std::ssize(*value.constant) : 0;
  EXPECT_LT(bytes, 100'000) << "biases and shapes";
  EXPECT_THROW(require_weights(graph, "run"), Error);
  Graph unmarked = graph;
  unmarked.extras.clear();
  EXPECT_THAT(verify(unmarked).at(0), HasSubstr("the constant has 0 bytes"));
}

std::string error_of(const std::string& text) {
  try {
    const Description description = parse_description(text, "m.toml", {.weights = WeightContent::hollow});
    count(description.graph);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

std::string layers(const std::string& shape, const std::string& rows) {
  return "input = { shape = " + shape + " }\nlayer = [\n" + rows + "]\n";
}

TEST(Hollow, sizes_beyond_all_measure_are_refused_by_layer) {
  EXPECT_THAT(error_of(layers("[1000000, 1000000, 3]", "{ type = \"relu\" },\n")), HasSubstr("elements; at most"));
  EXPECT_THAT(error_of(layers("[16000000]", "{ type = \"fully_connected\", units = 16000000 },\n")),
              AllOf(HasSubstr("m.toml:3"), HasSubstr("fully_connected_1/weights")));
  std::string rows;
  for (int i = 0; i < 3; ++i) rows += "{ type = \"conv2d\", filters = 16000000, kernel = 1, batch_norm = true },\n";
  EXPECT_THAT(error_of(layers("[1, 1, 1]", rows)), HasSubstr("biases, slopes and batch norms"));
  // 2^31 outputs of 2^28 products each: 2^59 a layer.
  rows.clear();
  for (int i = 0; i < 9; ++i)
    rows += "{ type = \"conv2d\", filters = 8, kernel = [16383, 16383], from = \"input\", bias = false },\n";
  EXPECT_THAT(error_of(layers("[16383, 16383, 1]", rows)), HasSubstr("more than 2^62 products"));
}

TEST(Hollow, shapes_that_clash_name_layer_and_line) {
  EXPECT_EQ(error_of(layers("[8, 8, 6]", "{ type = \"conv2d\", filters = 8, groups = 4 },\n")),
            "m.toml:3: layer 'conv2d_1': 6 channels and 8 filters are not in 4 groups; choose a divisor of both");
  EXPECT_THAT(error_of(layers("[8, 8, 6]",
                              "{ type = \"conv2d\", filters = 8 },\n"
                              "{ type = \"max_pool2d\" },\n"
                              "{ type = \"add\", name = \"sum\", from = [\"max_pool2d_1\", \"conv2d_1\"] },\n")),
              AllOf(HasSubstr("m.toml:5"), HasSubstr("sum"), HasSubstr("do not broadcast")));
}

TEST(Transformers, bad_sizes_are_refused_with_key_and_line) {
  const auto text = [](const std::string& rest) {
    return "[transformer]\nlayers = 2\nwidth = 8\ncontext = 4\n" + rest;
  };
  EXPECT_EQ(error_of(text("vocabulary = 0\n")), "m.toml:5: key 'vocabulary': 0 is out of range; it must be at least 1");
  EXPECT_THAT(error_of(text("")), HasSubstr("key 'vocabulary': a transformer needs it"));
  EXPECT_THAT(error_of(text("vocabulary = 9\nheads = 3\n")), HasSubstr("3 heads do not divide the width 8"));
  EXPECT_THAT(error_of(text("vocabulary = 4000000000000000000\n")), HasSubstr("more than 2^62"));
  EXPECT_THAT(error_of(text("vocabulary = 9\ndepth = 3\n")), HasSubstr("unknown key 'depth'"));
  EXPECT_THAT(error_of(text("vocabulary = \"many\"\n")), HasSubstr("m.toml:5: key 'vocabulary'"));
  try {
    parse_model(text("vocabulary = 9\n"), "m.toml");
    ADD_FAILURE() << "a transformer has no graph";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("mirim cost says what it costs"));
  }
}

TEST(Training, bad_figures_are_refused_with_key_and_line) {
  const std::string rest = "[input]\nshape = [4]\n[[layer]]\ntype = \"relu\"\n[training]\n";
  EXPECT_EQ(error_of(rest + "samples = 0\nepochs = 1\n"),
            "m.toml:6: key 'samples': 0 is out of range; it must be at least 1");
  EXPECT_THAT(error_of(rest + "samples = 5\n"), HasSubstr("key 'epochs': [training] needs it"));
  EXPECT_THAT(error_of(rest + "samples = 5\nepochs = -1\n"), HasSubstr("must be above 0"));
  EXPECT_EQ(error_of(rest + "samples = 5\nepochs = 2.5\n"), "no error");
}

}  // namespace
}  // namespace mirim
