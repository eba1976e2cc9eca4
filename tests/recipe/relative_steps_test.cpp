#include "mirim/recipe/relative_steps.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/recipe/train_job.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// A convolution whose batch norm divides by `deviation`, and a dense layer of usual weights.
Graph normalized(float deviation) {
  networks::Net net({1, 4, 4, 1});
  Graph graph = net.conv(8, 3, 3).batch_norm().relu().flatten().dense(4).done();
  for (Value& value : graph.values) {
    if (value.name.ends_with("/variance")) {
      value.constant = make_constant(std::vector<float>(8, deviation * deviation));
    }
  }
  return graph;
}

TEST(RelativeSteps, auto_takes_them_where_a_folded_batch_norm_has_left_small_weights) {
  // The convolution's weights have a root mean square of a few tenths: a thousandth of it is far below 0.02.
  Graph graph = normalized(1000);
  EXPECT_FALSE(takes_relative_steps(graph, "auto")) << "batch norm is still there";
  fold_batch_norm(graph);
  EXPECT_TRUE(takes_relative_steps(graph, "auto"));
}

TEST(RelativeSteps, auto_leaves_usual_weights_to_absolute_ones) {
  Graph graph = normalized(1);
  fold_batch_norm(graph);
  EXPECT_FALSE(takes_relative_steps(graph, "auto"));
}

TEST(RelativeSteps, can_be_asked_for_and_refused) {
  Graph graph = normalized(1000);
  EXPECT_TRUE(takes_relative_steps(graph, "relative"));
  fold_batch_norm(graph);
  EXPECT_FALSE(takes_relative_steps(graph, "absolute"));
  EXPECT_THAT([&] { takes_relative_steps(graph, "relativ"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'relative'?")));
}

/// What the training of a graph says before its first step.
std::string notes_of(Graph graph, const std::string& steps) {
  auto data = std::make_shared<Dataset>();
  data->sample = {DType::float32, {4, 4, 1}};
  data->samples.resize(static_cast<std::size_t>(8 * data->sample.bytes()));
  for (int i = 0; i < 8; ++i) data->labels.push_back(i % 4);
  data->class_names = {"a", "b", "c", "d"};
  Subset all{.data = data};
  for (int i = 0; i < 8; ++i) all.index.push_back(i);
  std::string said;
  train(std::move(graph), {.training = all, .validation = {}, .test = {}}, {.epochs = 1, .batch = 8, .steps = steps},
        {.say = [&](std::string_view line) { said += line; }}, {});
  return said;
}

TEST(RelativeSteps, the_training_says_that_it_takes_them) {
  Graph graph = normalized(1000);
  fold_batch_norm(graph);
  EXPECT_THAT(notes_of(graph, "auto"), HasSubstr("steps are relative"));
  EXPECT_THAT(notes_of(graph, "absolute"), testing::Not(HasSubstr("relative")));
}

}  // namespace
}  // namespace mirim
