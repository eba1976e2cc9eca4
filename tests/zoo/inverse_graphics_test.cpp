#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/passes/extract.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Trained& inverse() {
  static const Trained trained = mirim::trained(
      "inverse_graphics",
      {.set = "sprites:box?samples=16000&together=32", .test = "sprites:box?samples=400&seed=2", .validation = 0},
      {.epochs = 2, .batch = 32, .learning_rate = 0.002});
  return trained;
}

// The variance of the images is 0.04. The recipe's 16,000 steps find the angle too.
TEST(InverseGraphicsSlow, finds_where_a_shape_is_and_how_large) {
  const Evaluation result = inverse().evaluate(inverse().graph, 400);
  ASSERT_TRUE(result.error);
  EXPECT_LT(std::pow(result.error->root_mean_squared_error / 255, 2), 0.015);
  ASSERT_EQ(result.factors.size(), 4U);
  EXPECT_EQ(result.factors[0].name, "x");
  EXPECT_GT(result.factors[0].r_squared, 0.8);
  EXPECT_GT(result.factors[1].r_squared, 0.8);
}

TEST(InverseGraphicsSlow, of_int8_finds_the_same) {
  const Evaluation floats = inverse().evaluate(inverse().graph, 400), int8 = inverse().evaluate(inverse().int8(), 400);
  ASSERT_EQ(int8.factors.size(), 4U);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(int8.factors[k].r_squared, floats.factors[k].r_squared, 0.03) << k;
  EXPECT_GT(int8.psnr.value_or(0), floats.psnr.value_or(0) - 0.3);
}

/// How far to the right and down the light of an image lies, in pixels.
std::pair<double, double> middle(Interpreter& renderer, const std::vector<float>& code) {
  renderer.set_input(0, bytes_of(code));
  renderer.run();
  const auto pixels = renderer.output(0).as<float>();
  double light = 0, x = 0, y = 0;
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    const auto l = static_cast<double>(pixels[p]);
    light += l;
    x += l * static_cast<double>(p % 32);
    y += l * static_cast<double>(p / 32);
  }
  return {x / light, y / light};
}

TEST(InverseGraphicsSlow, decoder_alone_is_a_renderer_whose_first_knob_moves_to_the_side) {
  Interpreter encoder(extract(inverse().graph, {}, {"code"})), renderer(extract(inverse().graph, {"code"}, {}));
  const Subset& test = inverse().data.test;
  std::vector<std::vector<float>> codes;
  float least = 1e9F, most = -1e9F;
  for (std::int64_t i = 0; i < 200; ++i) {
    set_sample(encoder, 0, test.data->sample, test.sample(i));
    encoder.run();
    const auto code = encoder.output(0).as<float>();
    codes.emplace_back(code.begin(), code.end());
    least = std::min(least, code[0]);
    most = std::max(most, code[0]);
  }
  double side = 0, down = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<float> turned = codes[i];
    turned[0] = least;
    const auto at_least = middle(renderer, turned);
    turned[0] = most;
    const auto at_most = middle(renderer, turned);
    side += std::abs(at_most.first - at_least.first) / 20;
    down += std::abs(at_most.second - at_least.second) / 20;
  }
  EXPECT_GT(side, 6);  // of 16 pixels
  EXPECT_LT(down, side / 3);
}

TEST(InverseGraphics, needs_data_that_give_factors_and_units_for_them) {
  const auto refused = [](const std::string& model, const std::string& set, const std::string& why) {
    const Splits data = load({.set = set, .validation = 0, .train_limit = 320});
    Graph graph = parse_model(model, "factors.toml");
    EXPECT_THAT([&] { train(std::move(graph), data, {.epochs = 1}, {}, {}); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  const auto model = [](int units, int answers) {
    return "[input]\nshape = [16, 16, 1]\n[[layer]]\ntype = \"flatten\"\n[[layer]]\ntype = \"fully_connected\"\nunits "
           "= " +
           std::to_string(units) +
           "\nname = \"code\"\n[[layer]]\ntype = \"fully_connected\"\nunits = " + std::to_string(answers) +
           "\n[[loss]]\nkind = \"factors\"\nof = \"code\"\n";
  };
  refused(model(3, 256), "sprites:box?samples=320&together=32&side=16", "4 numbers");
  refused(model(4, 4), "sprites:box?samples=320&together=32&side=16", "gives back its input");
}

}  // namespace
}  // namespace mirim
