// Recurrent layers in training: against the plain loops, with any sizes and threads.
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/transpose.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using networks::Net;
using testing::HasSubstr;
using testing::ThrowsMessage;

enum class Kind { lstm, lstm_clipped, gru, gru_before, gru_with_state, rnn, rnn_relu };
constexpr Kind kKinds[] = {Kind::lstm,           Kind::lstm_clipped, Kind::gru,     Kind::gru_before,
                           Kind::gru_with_state, Kind::rnn,          Kind::rnn_relu};

struct Sizes {
  std::int64_t batch, steps, inputs, units;
};

// Appends a layer that reads net.at [batch, steps, inputs] (or [steps, batch, inputs]) and gives all steps or the last.
void add_layer(Net& net, Kind kind, std::int64_t units, bool time_major, bool last_only, const std::string& name) {
  const Shape& x = net.graph[net.at].type.shape;
  const std::int64_t inputs = x[2], batch = x[time_major ? 1 : 0];
  const auto constants = [&](const std::string& what, int count, const Shape& shape, std::vector<ValueId>& to) {
    for (int i = 0; i < count; ++i) to.push_back(net.constant(fmt::format("{}/{}{}", name, what, i), shape));
  };
  const auto state = [&](const std::string& what, bool filled) {
    Value value{.name = name + what, .type = {DType::float32, {batch, units}}, .variable = true};
    if (filled) value.constant = make_constant(std::vector<float>(static_cast<std::size_t>(batch * units), 0.25F));
    return net.graph.add(std::move(value));
  };
  std::vector<ValueId> in{net.at};
  if (kind == Kind::lstm || kind == Kind::lstm_clipped) {
    constants("weights", 4, {units, inputs}, in);
    constants("recurrent", 4, {units, units}, in);
    in.insert(in.end(), 3, kNoValue);
    constants("bias", 4, {units}, in);
    in.insert(in.end(), 2, kNoValue);
    in.push_back(state("/h", kind == Kind::lstm_clipped));
    in.push_back(state("/cell", kind == Kind::lstm_clipped));
    in.insert(in.end(), 4, kNoValue);
    const float clip = kind == Kind::lstm_clipped ? 0.3F : 0;
    net.at = net.graph.add(
        UnidirectionalSequenceLstm{.cell_clip = clip, .time_major = time_major, .last_only = last_only}, in, name);
  } else if (kind == Kind::rnn || kind == Kind::rnn_relu) {
    constants("weights", 1, {units, inputs}, in);
    constants("recurrent", 1, {units, units}, in);
    constants("bias", 1, {units}, in);
    in.push_back(state("/h", kind == Kind::rnn_relu));
    const Activation activation = kind == Kind::rnn ? Activation::tanh : Activation::relu;
    net.at = net.graph.add(UnidirectionalSequenceRnn{.time_major = time_major, .activation = activation}, in, name);
  } else {
    constants("weights", 3, {units, inputs}, in);
    constants("recurrent", 3, {units, units}, in);
    constants("bias", 3, {units}, in);
    if (kind == Kind::gru) constants("state_bias", 1, {units}, in);
    if (kind == Kind::gru_with_state) in.insert(in.end(), {kNoValue, state("/h", true)});
    net.at = net.graph.add(
        Gru{.reset_after = kind != Kind::gru_before, .time_major = time_major, .last_only = last_only}, in, name);
  }
}

// Two layers, so that the second's input wants a gradient, and three classes. Initialised. Where time comes first, for
// the whole batch: samples are no rows then, and a graph of one cannot become one of several.
Graph network(Kind kind, const Sizes& s, bool last_only, bool time_major = false) {
  Net net({time_major ? s.batch : 1, s.steps, s.inputs});
  const auto swap = [&](const char* name) {
    const ValueId axes = net.graph.add(Value{
        .name = name, .type = {DType::int32, {3}}, .constant = make_constant(std::vector<std::int32_t>{1, 0, 2})});
    net.at = net.graph.add(Transpose{}, {net.at, axes}, name);
  };
  if (time_major) swap("steps_first");
  add_layer(net, kind, s.units, time_major, false, "first");
  add_layer(net, kind, s.units, time_major, last_only, "second");
  if (net.graph[net.at].type.shape.rank() == 3) {
    if (time_major) swap("samples_first");
    net.flatten();
  }
  net.dense(3);
  Graph graph = net.graph;
  graph.outputs = {net.at};
  initialize(graph, 7);
  Random random(3);
  for (const Parameter& p : trainable_parameters(graph)) {  // biases too
    std::vector<float> values(graph[p.value].values<float>().begin(), graph[p.value].values<float>().end());
    for (float& v : values) v += 0.1F * random.normal();
    graph[p.value].constant = make_constant(values);
  }
  return graph;
}

void fill(TrainingPlan& plan) {
  Random random(1);
  for (float& v : plan.input(0)) v = random.normal();
  for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(3));
}

// One step: loss, outputs and the gradients of all weights.
struct Step {
  float loss = 0;
  std::vector<float> output;
  std::vector<std::vector<float>> gradients;
};

Step step_of(const Graph& graph, const Sizes& s, int threads, bool plain) {
  TrainingPlan plan(graph, {.batch = s.batch, .threads = threads, .plain = plain, .keep_gradients = true});
  fill(plan);
  Step step;
  step.loss = plan.step(0);
  step.loss = plan.step(0);  // the second begins with the same state
  step.output.assign(plan.output().begin(), plan.output().end());
  for (const Parameter& p : trainable_parameters(graph)) step.gradients.push_back(plan.gradient(p.value));
  return step;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  float largest = 1e-3F;
  for (const float v : expected) largest = std::max(largest, std::fabs(v));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance * largest) << i;
}

TEST(RecurrentLayers, of_any_size_train_as_the_plain_loops) {
  constexpr Sizes kSizes[] = {{1, 1, 1, 1},   {1, 5, 3, 20},   {8, 4, 1, 24},
                              {7, 3, 17, 33}, {32, 6, 28, 64}, {2, 9, 40, 16}};
  for (const Kind kind : kKinds) {
    for (const Sizes& s : kSizes) {
      for (const bool time_major : {false, true}) {
        const bool last_only = s.units % 2 == 1 && kind != Kind::rnn && kind != Kind::rnn_relu;
        SCOPED_TRACE(fmt::format("kind {}, batch {}, {} steps of {}, {} units{}", static_cast<int>(kind), s.batch,
                                 s.steps, s.inputs, s.units, time_major ? ", time first" : ""));
        const Graph graph = network(kind, s, last_only, time_major);
        TrainingPlan plan(graph, {.batch = s.batch});
        int fast = 0;
        for (const std::string& layer : plan.layers()) fast += layer.find("vectorised loops") != std::string::npos;
        EXPECT_GE(fast, 2);
        const Step found = step_of(graph, s, 1, false), expected = step_of(graph, s, 1, true);
        EXPECT_NEAR(found.loss, expected.loss, 1e-5F);
        expect_near(found.output, expected.output, 1e-5F);
        for (std::size_t p = 0; p < expected.gradients.size(); ++p) {
          SCOPED_TRACE(graph[trainable_parameters(graph)[p].value].name);
          expect_near(found.gradients[p], expected.gradients[p], 1e-4F);
        }
      }
    }
  }
}

TEST(RecurrentLayers, any_number_of_threads_gives_the_same_bits) {
  const Sizes s{33, 12, 28, 40};
  for (const Kind kind : kKinds) {
    SCOPED_TRACE(static_cast<int>(kind));
    const Graph graph = network(kind, s, false);
    const Step one = step_of(graph, s, 1, false);
    for (const int threads : {2, 3, 5}) {
      const Step several = step_of(graph, s, threads, false);
      EXPECT_EQ(several.output, one.output);
      // The dense layer behind them and the first one are other layers.
      for (std::size_t p = 0; p < one.gradients.size(); ++p) EXPECT_EQ(several.gradients[p], one.gradients[p]) << p;
    }
  }
}

TEST(RecurrentLayers, evaluate_as_the_interpreter_after_a_reset) {
  const Sizes s{4, 5, 3, 7};
  for (const Kind kind : kKinds) {
    const Graph graph = network(kind, s, false);
    for (const bool plain : {false, true}) {
      TrainingPlan plan(graph, {.batch = s.batch, .plain = plain});
      fill(plan);
      plan.evaluate(s.batch);
      Interpreter interpreter(graph);
      for (std::size_t b = 0; b < 4; ++b) {
        const auto sample = plan.input(0).subspan(b * 15, 15);
        std::ranges::copy(sample, interpreter.input(0).as<float>().begin());
        interpreter.reset();
        interpreter.run();
        const auto expected = interpreter.output(0).as<float>();
        for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(plan.output()[b * 3 + i], expected[i], 1e-5F);
      }
    }
  }
}

TEST(RecurrentLayers, learn_which_number_came_first) {
  // Only the state can carry the first of 6 numbers to the last step.
  for (const Kind kind : {Kind::lstm, Kind::gru, Kind::gru_before, Kind::rnn}) {
    const Sizes s{32, 6, 1, 12};
    const Graph graph = network(kind, s, true);
    TrainingPlan plan(graph, {.batch = s.batch});
    Random random(5);
    float loss = 0;
    for (int step = 0; step < 400; ++step) {
      for (std::size_t b = 0; b < 32; ++b) {
        for (std::size_t t = 0; t < 6; ++t) plan.input(0)[b * 6 + t] = random.normal();
        plan.labels()[b] = plan.input(0)[b * 6] > 0 ? 1 : 0;
      }
      loss = plan.step(0.01F);
    }
    EXPECT_LT(loss, 0.3F) << static_cast<int>(kind);
  }
}

TEST(RecurrentLayers, a_state_that_others_use_too_goes_from_sample_to_sample) {
  Graph graph = network(Kind::lstm, {1, 2, 3, 4}, false);
  const auto state =
      static_cast<ValueId>(std::ranges::find(graph.values, "first/h", &Value::name) - graph.values.begin());
  graph.nodes.push_back(
      {ReadVariable{}, {state}, {graph.add(Value{.name = "read", .type = graph[state].type})}, "read"});
  EXPECT_THAT([&] { TrainingPlan(graph, {.batch = 2}); },
              ThrowsMessage<Error>(HasSubstr("keeps 'first/h' from sample to sample, so it cannot run 2 samples")));
}

}  // namespace
}  // namespace mirim
