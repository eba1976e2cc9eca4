#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "tests/zoo/learnt.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

// Digits of 8 x 8, each moved as well; the recipe has 10 epochs of the rule and 100 of backpropagation.
TEST(RestrictedBoltzmannNetworkSlow, hidden_units_beat_pixels) {
  if (!std::filesystem::exists(kDataSets)) GTEST_SKIP() << "no ../shared/data";
  const Splits data =
      load({.set = "csv:" + kDataSets + "tabular/digits.csv.gz?shape=8x8", .validation = 0, .nudge = true});
  EXPECT_EQ(data.training.size() + data.test.size(), 5 * 1797);
  const TrainSettings settings{.epochs = 15, .batch = 128, .learning_rate = 0.2};
  Pupil pupil = read_pupil(kRoot + "models/zoo/rbm.toml", 1);
  const Graph graph = learnt(std::move(pupil), data, settings);
  EXPECT_GT(accuracy(graph, data.test), 0.88);
  const Graph pixels = parse_model(
      "[input]\nshape = [64]\nnormalize = { scale = 0.0625 }\n[[layer]]\ntype = \"fully_connected\"\nunits = 10\n",
      "pixels.toml");
  EXPECT_LT(accuracy(learnt({.graph = pixels}, data, {.epochs = 15, .batch = 128, .learning_rate = 0.02}), data.test),
            0.84);
}

// The layer stays as the rule left it: backpropagation trains only what follows.
TEST(RestrictedBoltzmannNetwork, frozen_layers_stay) {
  const std::string text =
      "[input]\nshape = [2]\nnormalize = { scale = 0.4, offset = 0.5 }\n[[layer]]\ntype = \"fully_connected\"\nunits = "
      "3\nactivation = "
      "\"sigmoid\"\n[[layer]]\ntype = \"fully_connected\"\nunits = 2\n[learn]\nrule = "
      "\"contrastive_divergence\"\nepochs = 50\n";
  const Splits points = load({.set = "points:clouds?samples=200"});
  const auto weights = [&](const std::string& more, std::int64_t epochs, std::string_view layer) {
    Description description = parse_description(text + more, "test.toml");
    const Graph graph = learnt({.graph = description.graph, .rules = description.rules}, points, {.epochs = epochs});
    const auto found = std::ranges::find(graph.values, std::string(layer) + "/weights", &Value::name);
    const auto numbers = found->values<float>();
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  const std::string freeze = "freeze = true\n";
  EXPECT_EQ(weights(freeze, 1, "fully_connected_1"), weights(freeze, 3, "fully_connected_1"));
  EXPECT_NE(weights(freeze, 1, "fully_connected_2"), weights(freeze, 3, "fully_connected_2"));
  EXPECT_NE(weights("", 1, "fully_connected_1"), weights("", 3, "fully_connected_1"));
}

TEST(RestrictedBoltzmannNetwork, what_the_rule_cannot_learn_is_refused) {
  const Splits points = load({.set = "points:clouds?samples=100"});
  const auto with = [&](const std::string& layers, const std::string& more = "") {
    return refusal(
        "[input]\nshape = [2]\n" + layers +
            "[[layer]]\ntype = \"fully_connected\"\nunits = 2\n[learn]\nrule = \"contrastive_divergence\"\n" + more,
        points);
  };
  const std::string layer = "[[layer]]\ntype = \"fully_connected\"\nunits = 8\n";
  const std::string scaled = "normalize = { scale = 0.1, offset = 0.5 }\n" + layer + "activation = \"sigmoid\"\n";
  EXPECT_THAT(with(layer + "activation = \"sigmoid\"\n"), HasSubstr("scale the input to 0 ... 1"));
  EXPECT_THAT(with(""), HasSubstr("the model has no such layer"));
  EXPECT_THAT(with(layer + "activation = \"relu\"\n"), HasSubstr("'fully_connected_1' has none"));
  EXPECT_THAT(with(layer + "activation = \"sigmoid\"\nbias = false\n"), HasSubstr("'fully_connected_1' has no bias"));
  EXPECT_THAT(with(scaled, "rate = 0\n"), HasSubstr("rate is 0; it must be above 0"));
  EXPECT_THAT(with(scaled, "rate = 1e9\n"), HasSubstr("choose a smaller rate than 1000000000, or more epochs than 10"));
}

}  // namespace
}  // namespace mirim
