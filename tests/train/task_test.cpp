#include "mirim/train/task.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Task::Kind;

/// `inputs` numbers to `outputs`, ended by SOFTMAX, LOGISTIC or nothing ("").
Graph network(int inputs, int outputs, const std::string& end) {
  std::string text = fmt::format("graph \"\" (%x: float32[1x{}]) -> (%y) {{\n", inputs);
  std::string weights;
  for (int i = 0; i < inputs * outputs; ++i) weights += i == 0 ? "1" : ", 1";
  text += fmt::format("  %w: float32[{}x{}] = [{}]\n", outputs, inputs, weights);
  text += fmt::format("  %{}: float32[1x{}] = FULLY_CONNECTED(%x, %w)\n", end.empty() ? "y" : "z", outputs);
  if (!end.empty()) text += fmt::format("  %y: float32[1x{}] = {}(%z)\n", outputs, end);
  return parse_graph(text + "}", all_operators());
}

Dataset samples(std::int64_t elements, std::int64_t count) {
  Dataset data{.sample = {DType::float32, {elements}}};
  data.samples.resize(static_cast<std::size_t>(elements * count) * sizeof(float));
  return data;
}

Dataset labelled(std::int64_t elements, std::vector<std::int32_t> labels, int classes) {
  Dataset data = samples(elements, std::ssize(labels));
  data.labels = std::move(labels);
  for (int c = 0; c < classes; ++c) data.class_names.push_back(std::to_string(c));
  return data;
}

Dataset targeted(std::int64_t elements, std::vector<float> targets, std::int64_t size) {
  Dataset data = samples(elements, std::ssize(targets) / size);
  data.targets = std::move(targets);
  data.target_size = size;
  return data;
}

Task trained(const Graph& graph, const Dataset& data, std::optional<Loss::Kind> loss = {}) {
  return find_task(graph, data, {.loss = loss, .training = true});
}

std::string refused(const Graph& graph, const Dataset& data, std::optional<Loss::Kind> loss = {}) {
  try {
    trained(graph, data, loss);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

void expect(const Task& task, Kind kind, Loss::Kind loss) {
  EXPECT_EQ(task.kind, kind);
  EXPECT_EQ(name(task.loss), name(loss));
}

TEST(Task, the_loss_of_classes_follows_from_the_last_layer) {
  const Dataset three = labelled(4, {0, 1, 2}, 3), two = labelled(4, {0, 1}, 2);
  expect(trained(network(4, 3, "SOFTMAX"), three), Kind::classes, Loss::Kind::softmax_cross_entropy);
  expect(trained(network(4, 3, ""), three), Kind::classes, Loss::Kind::softmax_cross_entropy);
  expect(trained(network(4, 3, "LOGISTIC"), three), Kind::classes, Loss::Kind::binary_cross_entropy);
  expect(trained(network(4, 1, "LOGISTIC"), two), Kind::classes, Loss::Kind::binary_cross_entropy);
  EXPECT_EQ(trained(network(4, 1, "LOGISTIC"), two).threshold, 0.5F);
  EXPECT_EQ(trained(network(4, 1, ""), two).threshold, 0);  // a logit
}

TEST(Task, labels_are_learnt_even_where_the_model_has_as_many_outputs_as_inputs) {
  expect(trained(network(3, 3, ""), labelled(3, {0, 1, 2}, 3), Loss::Kind::mean_squared_error), Kind::classes,
         Loss::Kind::mean_squared_error);
}

TEST(Task, a_loss_of_numbers_makes_one_hot_rows_of_labels_and_says_so) {
  const Task task = trained(network(4, 3, "SOFTMAX"), labelled(4, {0, 1, 2}, 3), Loss::Kind::mean_squared_error);
  expect(task, Kind::classes, Loss::Kind::mean_squared_error);
  EXPECT_THAT(task.notes, ElementsAre(HasSubstr("one-hot")));
}

TEST(Task, targets_are_numbers_unless_they_are_one_hot_or_yes_and_no) {
  expect(trained(network(1, 1, ""), targeted(1, {0.5F, -2}, 1)), Kind::numbers, Loss::Kind::mean_squared_error);
  expect(trained(network(4, 2, ""), targeted(4, {0.5F, 1, 0, 1}, 2)), Kind::numbers, Loss::Kind::mean_squared_error);
  const Dataset rows = targeted(4, {1, 0, 0, 1}, 2);
  expect(trained(network(4, 2, "SOFTMAX"), rows), Kind::classes, Loss::Kind::softmax_cross_entropy);
  EXPECT_THAT(trained(network(4, 2, "SOFTMAX"), rows).notes, ElementsAre(HasSubstr("taken as classes")));
  const Dataset flags = targeted(4, {1, 1, 0, 1}, 2);
  expect(trained(network(4, 2, "LOGISTIC"), flags), Kind::flags, Loss::Kind::binary_cross_entropy);
  expect(trained(network(4, 2, ""), flags), Kind::numbers, Loss::Kind::mean_squared_error);
  expect(trained(network(4, 1, "LOGISTIC"), targeted(4, {1, 0}, 1)), Kind::classes, Loss::Kind::binary_cross_entropy);
}

TEST(Task, whole_numbers_from_0_that_the_model_has_outputs_for_are_classes) {
  expect(trained(network(4, 3, "SOFTMAX"), targeted(4, {0, 2, 1}, 1)), Kind::classes,
         Loss::Kind::softmax_cross_entropy);
  EXPECT_EQ(refused(network(4, 3, "SOFTMAX"), targeted(4, {0, 3, 1}, 1)),
            "the model has 3 outputs, the data 1 number a sample");
}

TEST(Task, without_labels_the_sample_itself_is_learnt_and_nothing_else) {
  const Task task = trained(network(4, 4, ""), samples(4, 3));
  expect(task, Kind::sample, Loss::Kind::mean_squared_error);
  EXPECT_THAT(task.notes, ElementsAre(HasSubstr("no labels")));
  EXPECT_THAT(refused(network(4, 3, "SOFTMAX"), samples(4, 3)), HasSubstr("the data has no labels"));
  EXPECT_THAT(refused(network(4, 4, ""), samples(4, 3), Loss::Kind::softmax_cross_entropy),
              HasSubstr("use loss mean_squared_error"));
  EXPECT_EQ(find_task(network(4, 4, ""), labelled(4, {0, 1}, 2)).kind, Kind::sample);
  // Labels that the model has no outputs for: an autoencoder.
  expect(trained(network(4, 4, ""), labelled(4, {0, 1}, 2)), Kind::sample, Loss::Kind::mean_squared_error);
}

TEST(Task, a_loss_that_the_data_cannot_have_is_refused_with_one_that_it_can) {
  const Dataset two = labelled(4, {0, 1}, 2), numbers = targeted(4, {0.5F, 7}, 1);
  EXPECT_THAT(refused(network(4, 1, ""), two, Loss::Kind::softmax_cross_entropy),
              HasSubstr("use loss binary_cross_entropy"));
  EXPECT_THAT(refused(network(4, 2, "SOFTMAX"), two, Loss::Kind::binary_cross_entropy),
              HasSubstr("use loss cross_entropy"));
  EXPECT_THAT(refused(network(4, 1, ""), numbers, Loss::Kind::softmax_cross_entropy),
              HasSubstr("use loss mean_squared_error"));
  EXPECT_THAT(refused(network(4, 1, "LOGISTIC"), numbers, Loss::Kind::binary_cross_entropy),
              HasSubstr("use loss mean_squared_error"));
  EXPECT_THAT(refused(network(4, 1, "SOFTMAX"), two), HasSubstr("always 1"));
}

TEST(Task, outputs_that_are_not_as_many_as_the_answers_are_refused) {
  EXPECT_THAT(refused(network(4, 1, "LOGISTIC"), targeted(4, {1, 0, 0, 0, 1, 0}, 3)),
              HasSubstr("the model has 1 output, the data 3 numbers a sample"));
  EXPECT_THAT(refused(network(4, 1, ""), labelled(4, {0, 1, 2}, 3)), HasSubstr("give the model 3 outputs"));
  EXPECT_THAT(refused(network(4, 5, ""), labelled(4, {0, 1, 2}, 3)), HasSubstr("5 outputs, the data 3 classes"));
  EXPECT_THAT(refused(network(4, 1, "LOGISTIC"), labelled(4, {0, 0}, 1)), HasSubstr("nothing to tell apart"));
}

TEST(Task, evaluation_takes_data_that_lack_some_classes) {
  expect(find_task(network(4, 5, ""), labelled(4, {0, 1, 2}, 3)), Kind::classes, Loss::Kind::softmax_cross_entropy);
}

TEST(Task, says_which_of_several_outputs_is_trained) {
  Graph graph = network(4, 3, "SOFTMAX");
  graph.outputs.push_back(graph.nodes[0].outputs[0]);
  EXPECT_THAT(trained(graph, labelled(4, {0, 1, 2}, 3)).notes, ElementsAre(HasSubstr("the first, 'y', is trained")));
}

TEST(Task, the_last_layer_is_seen_through_reshape_and_dequantize) {
  const Graph graph = parse_graph(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %q: int8[1x2]{scale=0.1, zero_point=0} = QUANTIZE(%x)
    %p: int8[1x2]{scale=0.00390625, zero_point=-128} = SOFTMAX(%q)
    %s: int32[2] = [1, 2]
    %r: int8[1x2]{scale=0.00390625, zero_point=-128} = RESHAPE(%p, %s)
    %y: float32[1x2] = DEQUANTIZE(%r)
  })",
                                  all_operators());
  EXPECT_EQ(graph.nodes[static_cast<std::size_t>(last_computation(graph, graph.outputs[0]))].op.name(), "SOFTMAX");
}

TEST(Task, samples_go_in_when_only_neighbouring_axes_are_joined) {
  const auto error_of = [](const Shape& sample, const std::string& input) -> std::string {
    const Graph graph =
        parse_graph("graph \"\" (%x: float32[" + input + "]) -> (%y) {\n  %y: float32[" + input + "] = RELU(%x)\n}",
                    all_operators());
    try {
      require_samples_fit(graph, Dataset{.sample = {DType::uint8, sample}});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of({28, 28, 1}, "1x784"), IsEmpty());
  EXPECT_THAT(error_of({490}, "1x49x10x1"), IsEmpty());
  EXPECT_THAT(error_of({4, 6}, "1x2x2x6"), IsEmpty());
  EXPECT_THAT(error_of({1, 28, 28}, "1x28x28x1"), IsEmpty());
  EXPECT_THAT(error_of({3, 32, 32}, "1x32x32x3"), HasSubstr("transpose the data"));
  EXPECT_THAT(error_of({6, 4}, "1x4x6"), HasSubstr("transpose the data"));
  EXPECT_THAT(error_of({5}, "1x4"), HasSubstr("a sample is uint8[5], the model's input float32[1x4]"));
}

}  // namespace
}  // namespace mirim
