#include "mirim/compile/outlook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/nominal_int8.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

using ::testing::HasSubstr;

const std::string kRoot = MIRIM_SOURCE_DIR;

/// The network with its convolutions `divisor` times as narrow, in fours, and an input of `size` rows and columns.
struct Small {
  const char* name;
  int divisor = 1;
  int size = 0;
};
void PrintTo(const Small& small, std::ostream* out) { *out << small.name; }

std::string text_of(const Small& small) {
  std::string text = read_text(kRoot + "/models/" + small.name + ".toml");
  if (small.size > 0) {
    text = std::regex_replace(text, std::regex("224, 224"), fmt::format("{0}, {0}", small.size));
  }
  const std::regex filters("filters = ([0-9]+)");
  std::string result;
  auto from = text.cbegin();
  for (std::smatch m; small.divisor > 1 && std::regex_search(from, text.cend(), m, filters); from = m[0].second) {
    result.append(from, m[0].first);
    result += fmt::format("filters = {}", std::max(4, std::stoi(m[1]) / small.divisor / 4 * 4));
  }
  return result.append(from, text.cend());
}

/// What `mirim quantize` makes of the network with weights, and of a few random samples.
Graph really_quantized(const std::string& text) {
  Graph graph = parse_model(text, "m.toml", {.seed = 5});
  const Shape shape = graph[graph.inputs[0]].type.shape;
  const bool bytes = shape.rank() == 4 && (shape[3] == 1 || shape[3] == 3);
  prepare_for_quantization(graph, {.raw_bytes = bytes, .outside_scaling = !bytes});
  Random random(3);
  const auto ranges = calibrate(graph, 2, [&](Interpreter& interpreter, std::int64_t) {
    for (float& x : interpreter.input(0).as<float>()) {
      x = bytes ? static_cast<float>(random.below(256)) : random.normal();
    }
  });
  QuantizeOptions options;
  if (bytes) options.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  quantize(graph, ranges, options);
  return graph;
}

class NominalInt8 : public testing::TestWithParam<Small> {};

// The judge is the plan of a network whose weights and scales are there.
TEST_P(NominalInt8, has_the_arena_of_the_network_that_is_really_quantized) {
  const std::string text = text_of(GetParam());
  const Graph real = really_quantized(text);
  Graph nominal = parse_model(text, "m.toml", {.weights = WeightContent::hollow});
  EXPECT_TRUE(make_nominal_int8(nominal).empty());
  EXPECT_TRUE(is_hollow(nominal));
  for (const Optimize optimize : {Optimize::speed, Optimize::balanced, Optimize::ram}) {
    for (const char* target : {"cortex-m4", "cortex-m3"}) {
      const CompileOptions options{.target = target, .optimize = optimize};
      const Plan seen = make_plan(real, options), planned = make_plan(nominal, options);
      EXPECT_EQ(planned.arena_bytes, seen.arena_bytes) << target;
      ASSERT_EQ(planned.steps.size(), seen.steps.size());
      // Constants of equal content are packed once; which these are, weights alone can tell.
      EXPECT_GE(planned.constant_bytes, seen.constant_bytes);
      EXPECT_LE(planned.constant_bytes, seen.constant_bytes * 6 / 5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, NominalInt8,
                         testing::Values(Small{"lenet5"}, Small{"resnet8"}, Small{"ds_cnn"}, Small{"ds_cnn_28"},
                                         Small{"fashion_cnn"}, Small{"mlp"}, Small{"conv_autoencoder"},
                                         Small{"squeezenet_1_1", 16, 64}, Small{"mobilenet_v1", 16, 64},
                                         Small{"resnet50", 16, 64}));

TEST(Outlook, has_the_fastest_way_first_and_the_smallest_arena) {
  const Graph graph = read_model(kRoot + "/models/mobilenet_v1.toml", {.weights = WeightContent::hollow});
  const Outlook outlook = outlook_of(graph, find_target("cortex-m4"));
  ASSERT_NE(outlook.whole(), nullptr) << outlook.not_planned;
  EXPECT_TRUE(outlook.nominal);
  EXPECT_EQ(to_string(*outlook.whole()), "--optimize speed");
  // 112 x 112 x 32 into the first pointwise layer, 112 x 112 x 64 out of it.
  EXPECT_GE(outlook.whole()->memory.arena_bytes, 112 * 112 * (32 + 64));
  EXPECT_LT(outlook.whole()->memory.arena_bytes, 112 * 112 * (32 + 64) + 8192);
  EXPECT_LT(outlook.smallest()->memory.arena_bytes, 256 * 1024);
  EXPECT_EQ(to_string(*outlook.smallest()), "--optimize ram --input rows");
  for (std::size_t i = 1; i < outlook.ways.size(); ++i) {
    EXPECT_LT(outlook.ways[i].memory.arena_bytes, outlook.ways[i - 1].memory.arena_bytes);
  }
}

TEST(Outlook, a_board_takes_the_first_way_that_fits_it) {
  const Graph graph = read_model(kRoot + "/models/resnet8.toml", {.weights = WeightContent::hollow});
  const Outlook outlook = outlook_of(graph, find_target("cortex-m4"));
  EXPECT_EQ(to_string(*way_on(outlook, find_device("nano33ble")).way), "--optimize speed");
  const WayOnDevice small = way_on(outlook, find_device("nano33iot"));  // 32 KB of RAM
  EXPECT_TRUE(small.fit.fits());
  EXPECT_EQ(to_string(*small.way), "--optimize ram");
  EXPECT_FALSE(way_on(outlook, find_device("nucleo_f030r8")).fit.fits());  // 8 KB
}

TEST(Outlook, what_has_no_integer_form_stays_float_and_is_named) {
  const Graph graph = read_model(kRoot + "/models/alexnet_2012.toml", {.weights = WeightContent::hollow});
  const Outlook outlook = outlook_of(graph, find_target("cortex-m4"));
  ASSERT_EQ(outlook.stays_float.size(), 2);
  EXPECT_THAT(outlook.stays_float[0].node, HasSubstr("LOCAL_RESPONSE_NORMALIZATION"));
  // 55 x 55 x 96 floats in and out.
  EXPECT_EQ(outlook.whole()->memory.arena_bytes, 2 * 4 * 55 * 55 * 96);
}

TEST(Outlook, of_a_network_that_no_device_can_count_is_a_reason) {
  const Graph graph =
      parse_model("input = { shape = [16384, 16384, 7] }\nlayer = [ { type = \"conv2d\", filters = 7, kernel = 1 } ]\n",
                  "m.toml", {.weights = WeightContent::hollow});
  const Outlook outlook = outlook_of(graph, find_target("cortex-m4"));
  EXPECT_EQ(outlook.whole(), nullptr);
  EXPECT_THAT(outlook.not_planned, HasSubstr("bytes of RAM"));
}

TEST(Hollow, a_graph_without_weights_is_not_compiled) {
  const Graph graph = read_model(kRoot + "/models/lenet5.toml", {.weights = WeightContent::hollow});
  EXPECT_THROW(compile(graph), Error);
  EXPECT_THROW(Interpreter{graph}, Error);
}

}  // namespace
}  // namespace mirim
