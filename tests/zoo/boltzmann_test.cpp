#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/learn/boltzmann.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/zoo/learnt.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

Splits encoder() {
  const std::string table = "csv:" + kRoot + "models/zoo/encoder.csv";
  return load({.set = table, .test = table, .validation = 0});
}

TEST(BoltzmannNetwork, completes_every_pattern_of_the_encoder) {
  const Splits data = encoder();
  std::vector<std::string> said;
  const Graph graph = learnt(read_pupil(kRoot + "models/zoo/boltzmann.toml", 1), data, {}, &said);
  EXPECT_THAT(said, testing::Contains(HasSubstr("boltzmann: 4 of 4 patterns are completed after")));
  EXPECT_EQ(accuracy(graph, data.test), 1);
  Interpreter interpreter(graph);
  for (std::size_t k = 0; k < 4; ++k) {
    std::vector<float> x(4);
    x[k] = 1;
    interpreter.set_input(0, bytes_of(x));
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y[i] > 0, i == k);
  }
}

// What the rule looks at while it learns is what the network answers.
TEST(BoltzmannNetwork, the_graph_is_the_mean_field_of_the_machine) {
  const Splits data = encoder();
  const Graph graph = learnt(read_pupil(kRoot + "models/zoo/boltzmann.toml", 3), data, {.seed = 3});
  BoltzmannMachine machine{.units = 10, .weights = std::vector<double>(100), .biases = std::vector<double>(10)};
  for (const Value& value : graph.values) {
    const auto put = [&](std::size_t first, std::size_t columns) {
      const auto numbers = value.values<float>();
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        machine.weights[(4 + i / columns) * 10 + first + i % columns] = static_cast<double>(numbers[i]);
      }
    };
    if (value.name.ends_with("/from_input")) put(0, 4);
    if (value.name.ends_with("/couplings")) put(4, 6);
    if (value.name.ends_with("/biases")) std::ranges::copy(value.values<float>(), machine.biases.begin() + 4);
  }
  Interpreter interpreter(graph);
  for (const UnitStates input : {0U, 1U, 2U, 7U, 15U}) {
    std::vector<float> x;
    for (int i = 0; i < 4; ++i) x.push_back(static_cast<float>(input >> i & 1U));
    interpreter.set_input(0, bytes_of(x));
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    const std::vector<double> u = mean_outputs(machine, {.inputs = 4, .hidden = 2, .outputs = 4}, input, 12);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(static_cast<double>(y[i]), u[i], 1e-4);
  }
}

TEST(BoltzmannNetwork, what_the_rule_cannot_learn_is_refused) {
  const Splits points = load({.set = "points:clouds?samples=100"});
  const auto with = [&](const std::string& layer) {
    return refusal("[input]\nshape = [2]\n[[layer]]\n" + layer + "[learn]\nrule = \"boltzmann\"\n", points);
  };
  EXPECT_THAT(with("type = \"boltzmann\"\nhidden = 2\nunits = 2\n"),
              HasSubstr("units are 0 or 1, so must be inputs and targets"));
  EXPECT_THAT(
      with("type = \"boltzmann\"\nhidden = 18\nunits = 2\n"),
      HasSubstr("2 inputs, 18 hidden units and 2 outputs have more states than can be summed; choose at most 20"));
  EXPECT_THAT(with("type = \"fully_connected\"\nunits = 2\n"), HasSubstr("needs a layer of type boltzmann"));
}

// One hidden unit has two codes for four patterns.
TEST(BoltzmannNetwork, says_what_it_has_not_learnt) {
  Pupil pupil{.graph = parse_model("[input]\nshape = [4]\n[[layer]]\ntype = \"boltzmann\"\nhidden = 1\nunits = 4\n",
                                   "one.toml"),
              .rules = {rule_called("boltzmann")}};
  std::vector<std::string> said;
  learnt(std::move(pupil), encoder(), {}, &said);
  EXPECT_THAT(said, testing::Contains(HasSubstr("of 4 patterns are completed after 4000 cycles")));
  EXPECT_THAT(said, testing::Contains(HasSubstr("warning: boltzmann: not every pattern was learnt")));
}

}  // namespace
}  // namespace mirim
