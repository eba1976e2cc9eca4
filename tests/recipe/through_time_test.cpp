// Training of networks that answer one step of a sequence a run.
#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// The answer is dense in what was read two steps before, so it is to be held in two variables.
constexpr const char* kDelay = R"(
graph "delay" (%x: float32[1x3]) -> (%y) {
  variable %one: float32[1x3]
  variable %two: float32[1x3]
  %last: float32[1x3] = READ_VARIABLE(%one)
  %before: float32[1x3] = READ_VARIABLE(%two)
  %w: float32[1x3] = [0.1, 0.1, 0.1]
  %b: float32[1] = [0]
  %sum: float32[1x1] = FULLY_CONNECTED(%before, %w, %b)
  ASSIGN_VARIABLE(%two, %last)
  ASSIGN_VARIABLE(%one, %x)
  %y: float32[1x1] = LOGISTIC(%sum)
})";

/// One bit is said again two steps later: sequences of a flag, the bit, a flag and the answer.
Splits echoes() { return load({.set = "sequences:copy?bits=1&length=1&samples=640&test=50", .validation = 0}); }

TEST(ThroughTime, weights_learn_what_state_carries_to_them) {
  const Graph delay = parse_graph(kDelay, all_operators());
  const Splits data = matched(delay, echoes());
  EXPECT_EQ(data.training.data->steps, 4);
  std::string said;
  const TrainResult result = train(delay, data, {.epochs = 6, .batch = 16, .learning_rate = 0.1, .longest_gradient = 1},
                                   {.say = [&](std::string_view line) { said += line; }}, {});
  EXPECT_THAT(said, HasSubstr("through 4 steps"));
  EXPECT_LT(result.fit.history.back().training_loss, 0.2F);
  EXPECT_EQ(result.fit.history.back().training_accuracy, 1);
  EXPECT_TRUE(keeps_state(result.graph));
  EXPECT_EQ(result.graph.nodes.size(), delay.nodes.size());
  // The bit's own weight has grown; the flags tell nothing of it.
  const auto weights = result.graph[result.graph.nodes[2].inputs[1]].values<float>();
  EXPECT_GT(weights[0], 2);
  const Evaluation found = evaluate(result.graph, data.test);
  EXPECT_EQ(found.samples, 200);
  EXPECT_EQ(found.accuracy, 1);
}

TEST(ThroughTime, of_longer_sequences_is_measured_too) {
  const Graph delay = parse_graph(kDelay, all_operators());
  const Splits data = load({.set = "sequences:copy?bits=1&length=1&samples=64&test=5&test_length=3", .validation = 0});
  const Subset test = matched(delay, data).test;
  EXPECT_EQ(test.data->steps, 8);
  EXPECT_EQ(evaluate(delay, test).samples, 40);
}

TEST(ThroughTime, what_cannot_be_followed_is_refused) {
  const Graph lstm = parse_graph(R"(
graph "l" (%x: float32[1x1x3]) -> (%y) {
  %w: float32[1x3] = [1, 1, 1]
  %r: float32[1x1] = [1]
  %b: float32[1] = [0]
  variable %s: float32[1x1]
  %y: float32[1x1x1] = UNIDIRECTIONAL_SEQUENCE_RNN(%x, %w, %r, %b, %s) {fused_activation_function=TANH}
})",
                                 all_operators());
  EXPECT_THAT([&] { train(lstm, matched(lstm, echoes()), {.epochs = 1}, {}, {}); },
              ThrowsMessage<Error>(HasSubstr("give the model whole sequences")));
}

}  // namespace
}  // namespace mirim
