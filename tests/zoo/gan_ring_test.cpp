#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/train/data_source.hpp"
#include "mirim/train/game.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kModes = 8;
constexpr double kDeviation = 0.05;

struct Ring {
  std::vector<double> modes = std::vector<double>(kModes);  ///< part of the points within 3 deviations of each
  double good = 0;                                          ///< of any
};

Ring points_of(const Graph& generator, int count) {
  Ring ring;
  Interpreter interpreter(generator);
  for (int i = 0; i < count; ++i) {
    draw_random_inputs(interpreter, 1, static_cast<std::uint64_t>(i));
    interpreter.run();
    const std::vector<float> y = reals(interpreter.output(0));
    for (int k = 0; k < kModes; ++k) {
      const double angle = 2 * std::numbers::pi * k / kModes;
      const double far =
          std::hypot(static_cast<double>(y[0]) - std::cos(angle), static_cast<double>(y[1]) - std::sin(angle));
      if (far > 3 * kDeviation) continue;
      ring.modes[static_cast<std::size_t>(k)] += 1.0 / count;
      ring.good += 1.0 / count;
    }
  }
  return ring;
}

const Trained& ring() {
  static const Trained trained = mirim::trained("gan_ring", {.set = "points:ring?samples=50000", .validation = 0},
                                                {.epochs = 16, .batch = 128, .learning_rate = 0.001});
  return trained;
}

// Points by chance in [-1, 1]^2 are near to a mode in 14 of 100 cases.
TEST(GanRingSlow, makes_points_of_all_modes) {
  const Ring made = points_of(ring().graph, 2000);
  EXPECT_GE(made.good, 0.8);
  for (const double mode : made.modes) EXPECT_GE(mode, 0.01);
}

TEST(GanRingSlow, leaves_a_generator_that_needs_no_data) {
  ASSERT_EQ(ring().graph.inputs.size(), 1U);
  EXPECT_TRUE(distribution_of(ring().graph[ring().graph.inputs[0]]));
  const Evaluation result = ring().evaluate(ring().graph, 2000);
  EXPECT_EQ(result.task.kind, Task::Kind::made);
  EXPECT_LT(result.frechet.value_or(9), 0.02);  // of the range, 2.3 or so; a variance of 1/2 is 0.09
}

Trained little(const std::string& text) {
  Description description = parse_description(text, "game.toml");
  Splits data = load({.set = "points:ring?samples=400", .validation = 0});
  return {learn({.graph = std::move(description.graph), .rules = {}, .players = std::move(description.players)}, data,
                {.epochs = 1, .batch = 40}, {}, {})
              .graph,
          data};
}

std::string game(const std::string& players) {
  return "outputs = [\"made\"]\n[input]\nshape = [2]\n"
         "[[layer]]\ntype = \"random_input\"\nshape = [3]\n"
         "[[layer]]\ntype = \"fully_connected\"\npart = \"maker\"\nname = \"made\"\nunits = 2\nfrom = "
         "\"random_input_1\"\n"
         "[[layer]]\ntype = \"fully_connected\"\npart = \"judge\"\nname = \"of_made\"\nunits = 1\n"
         "[[layer]]\ntype = \"again\"\nof = \"judge\"\nname = \"of_real\"\nfrom = \"input\"\n" +
         players;
}

TEST(Game, same_seed_gives_the_same_bits) {
  const std::string text = game(
      "[[player]]\npart = \"judge\"\nloss = [{of = \"of_real\", target = 1}, {of = \"of_made\", target = 0}]\n"
      "[[player]]\npart = \"maker\"\nloss = [{of = \"of_made\", target = 1}]\n");
  const Graph one = little(text).graph, two = little(text).graph;
  const auto weights = [](const Graph& graph) { return graph[graph.nodes[0].inputs[1]].values<float>(); };
  EXPECT_TRUE(std::ranges::equal(weights(one), weights(two)));
  const Graph before = parse_model(text, "game.toml");
  EXPECT_FALSE(std::ranges::equal(weights(one), weights(before)));
}

/// A game of so many epochs, of which the later ones are called bad.
std::pair<GameResult, Graph> played(int epochs, int good, float rate = 0.01F) {
  const std::string text = game(
      "[[player]]\npart = \"judge\"\nloss = [{of = \"of_real\", target = 1}, {of = \"of_made\", target = 0}]\n"
      "[[player]]\npart = \"maker\"\nloss = [{of = \"of_made\", target = 1}]\n");
  Description description = parse_description(text, "game.toml");
  const Splits data = load({.set = "points:ring?samples=400", .validation = 0});
  DataSource source(data.training, {.shuffle_seed = 1}, {.kind = Task::Kind::sample});
  int asked = 0;
  GameResult result =
      play(description.graph, description.players, source, {.epochs = epochs, .batch = 40, .schedule = {.rate = rate}},
           [&](const Graph&) { return ++asked > good; });
  return {std::move(result), std::move(description.graph)};
}

TEST(Game, that_goes_bad_ends_as_it_was_before) {
  const auto weights = [](const Graph& graph) { return graph[graph.nodes[0].inputs[1]].values<float>(); };
  const auto [bad, kept] = played(3, 1);
  const auto [all_bad, last] = played(3, 0);
  EXPECT_EQ(bad.epoch, 1);
  EXPECT_EQ(bad.history.size(), 3U);
  EXPECT_EQ(all_bad.epoch, 3);
  EXPECT_FALSE(std::ranges::equal(weights(kept), weights(last)));
  const auto [good, third] = played(3, 3);
  EXPECT_EQ(good.epoch, 3);
  EXPECT_TRUE(std::ranges::equal(weights(third), weights(last)));
}

TEST(Game, whose_numbers_are_not_finite_says_who_and_what_to_do) {
  EXPECT_THAT([] { played(2, 2, 1e30F); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("player '"), HasSubstr("lower learning_rate"))));
}

// Of images the numbers made are from -1 to 1 and those of the data bytes.
TEST(Game, that_makes_what_the_data_are_has_not_collapsed) {
  const std::string text =
      "outputs = [\"made\"]\n[input]\nshape = [16, 16, 1]\nnormalize = { mean = 127.5, deviation = 127.5 }\n"
      "[[layer]]\ntype = \"random_input\"\nshape = [8]\n"
      "[[layer]]\ntype = \"fully_connected\"\npart = \"maker\"\nunits = 256\nactivation = \"tanh\"\nfrom = "
      "\"random_input_1\"\n"
      "[[layer]]\ntype = \"reshape\"\npart = \"maker\"\nname = \"made\"\nshape = [16, 16, 1]\n"
      "[[layer]]\ntype = \"fully_connected\"\npart = \"judge\"\nname = \"of_made\"\nunits = 1\n"
      "[[layer]]\ntype = \"again\"\nof = \"judge\"\nname = \"of_real\"\nfrom = \"input\"\n"
      "[[player]]\npart = \"judge\"\nloss = [{of = \"of_real\", target = 1}, {of = \"of_made\", target = 0}]\n"
      "[[player]]\npart = \"maker\"\nloss = [{of = \"of_made\", target = 1}]\n";
  Description description = parse_description(text, "game.toml");
  const Splits data = load({.set = "sprites:box?samples=128&side=16", .validation = 0});
  std::string said;
  const Graph made = learn({.graph = std::move(description.graph), .rules = {}, .players = description.players}, data,
                           {.epochs = 1, .batch = 32, .learning_rate = 1e-4},
                           {.say = [&](std::string_view line) { said += std::string(line) + "\n"; }}, {})
                         .graph;
  EXPECT_EQ(said.find("collapsed"), std::string::npos) << said;
  EXPECT_FALSE(scaling_of(made[made.outputs[0]]).empty());
}

TEST(Game, that_cannot_be_played_says_why) {
  const auto refused = [](const std::string& players, const std::string& why) {
    EXPECT_THAT([&] { little(game(players)); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused("[[player]]\npart = \"juge\"\nloss = [{of = \"of_made\", target = 1}]\n", "judge");
  refused("[[player]]\npart = \"judge\"\n", "no [[player.loss]]");
  refused("[[player]]\npart = \"judge\"\nloss = [{of = \"of_made\", target = 2}]\n", "from 0 to 1");
  refused("[[player]]\npart = \"judge\"\nloss = [{of = \"made\", target = 1}]\n", "does not depend on its weights");
}

}  // namespace
}  // namespace mirim
