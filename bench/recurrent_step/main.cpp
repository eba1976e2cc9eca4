// The side of bench/recurrent that times mirim: asked on standard input, answers on standard output, a line each.
//
//   recurrent_step   reads "SECONDS CELL FORM", answers the least microseconds of a training step
//
// CELL is lstm, gru or rnn; FORM is one (one operator) or unrolled (each step's operators by themselves).

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/strided_slice.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "tests/exec/networks.hpp"

namespace {

using mirim::Shape;
using mirim::ValueId;
using mirim::networks::Net;

constexpr std::int64_t kSteps = 28, kInputs = 28, kUnits = 64, kBatch = 32, kClasses = 10;

/// The weights of all gates, in the operators' order: of x, of the last output, biases.
struct Weights {
  std::vector<ValueId> of_x, of_h, bias;
  ValueId state_bias = mirim::kNoValue;
};

Weights make_weights(Net& net, int gates) {
  Weights weights;
  for (int g = 0; g < gates; ++g) {
    weights.of_x.push_back(net.constant(fmt::format("weights{}", g), {kUnits, kInputs}));
    weights.of_h.push_back(net.constant(fmt::format("recurrent{}", g), {kUnits, kUnits}));
    weights.bias.push_back(net.constant(fmt::format("bias{}", g), {kUnits}));
  }
  if (gates == mirim::gru::kGates) weights.state_bias = net.constant("state_bias", {kUnits});
  return weights;
}

void append(std::vector<ValueId>& to, const std::vector<ValueId>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

ValueId slice(Net& net, ValueId x, std::int32_t step) {
  const auto numbers = [&](const char* name, const std::vector<std::int32_t>& values) {
    return net.graph.add(mirim::Value{
        .name = net.next(name), .type = {mirim::DType::int32, {3}}, .constant = mirim::make_constant(values)});
  };
  const ValueId begin = numbers("begin", {0, step, 0}), end = numbers("end", {0, step + 1, 0}),
                strides = numbers("strides", {1, 1, 1});
  return net.graph.add(mirim::StridedSlice{.begin_mask = 5, .end_mask = 5, .shrink_axis_mask = 2},
                       {x, begin, end, strides}, net.next("step"));
}

void add_operator(Net& net, const std::string& cell, const Weights& w) {
  std::vector<ValueId> in{net.at};
  append(in, w.of_x);
  append(in, w.of_h);
  const auto state = [&] {
    return net.graph.add(
        mirim::Value{.name = net.next("state"), .type = {mirim::DType::float32, {1, kUnits}}, .variable = true});
  };
  if (cell == "gru") {
    append(in, w.bias);
    in.push_back(w.state_bias);
    net.at = net.graph.add(mirim::Gru{.last_only = true}, in, "gru");
    return;
  }
  if (cell == "lstm") in.insert(in.end(), 3, mirim::kNoValue);
  append(in, w.bias);
  if (cell == "lstm") in.insert(in.end(), 2, mirim::kNoValue);
  in.push_back(state());
  if (cell == "lstm") {
    in.push_back(state());
    in.insert(in.end(), 4, mirim::kNoValue);
    net.at = net.graph.add(mirim::UnidirectionalSequenceLstm{}, in, "lstm");
  } else {
    net.at = net.graph.add(mirim::UnidirectionalSequenceRnn{.activation = mirim::Activation::tanh}, in, "rnn");
  }
  net.at = slice(net, net.at, kSteps - 1);
}

class Unrolled {
 public:
  Unrolled(Net& net, const std::string& cell, const Weights& weights) : net_(net), cell_(cell), w_(weights) {}

  void run() {
    const ValueId x = net_.at;
    // The first step has no last output: it would add 0.
    ValueId h = mirim::kNoValue, c = mirim::kNoValue;
    for (std::int32_t t = 0; t < kSteps; ++t) {
      const ValueId at = slice(net_, x, t);
      if (cell_ == "lstm") {
        const ValueId i = add<mirim::Logistic>(sum(at, h, 0)), f = add<mirim::Logistic>(sum(at, h, 1)),
                      n = add<mirim::Tanh>(sum(at, h, 2)), o = add<mirim::Logistic>(sum(at, h, 3));
        const ValueId news = add<mirim::Mul>(i, n);
        c = c == mirim::kNoValue ? news : add<mirim::Add>(add<mirim::Mul>(f, c), news);
        h = add<mirim::Mul>(o, add<mirim::Tanh>(c));
      } else if (cell_ == "gru") {
        const ValueId z = add<mirim::Logistic>(sum(at, h, 0)), r = add<mirim::Logistic>(sum(at, h, 1));
        const ValueId own = dense(at, w_.of_x[2], w_.bias[2]);
        ValueId n = own;
        if (h != mirim::kNoValue) n = add<mirim::Add>(own, add<mirim::Mul>(r, dense(h, w_.of_h[2], w_.state_bias)));
        n = add<mirim::Tanh>(n);
        const ValueId rest = add<mirim::Sub>(n, add<mirim::Mul>(z, n));  // (1 - z) n
        h = h == mirim::kNoValue ? rest : add<mirim::Add>(add<mirim::Mul>(z, h), rest);
      } else {
        h = add<mirim::Tanh>(sum(at, h, 0));
      }
    }
    net_.at = h;
  }

 private:
  template <class T, class... Ids>
  ValueId add(Ids... ids) {
    return net_.graph.add(T{}, {ids...}, net_.next("node"));
  }
  ValueId dense(ValueId x, ValueId weights, ValueId bias) {
    std::vector<ValueId> in{x, weights};
    if (bias != mirim::kNoValue) in.push_back(bias);
    return net_.graph.add(mirim::FullyConnected{}, in, net_.next("node"));
  }
  ValueId sum(ValueId x, ValueId h, std::size_t gate) {
    const ValueId of_x = dense(x, w_.of_x[gate], w_.bias[gate]);
    return h == mirim::kNoValue ? of_x : add<mirim::Add>(of_x, dense(h, w_.of_h[gate], mirim::kNoValue));
  }

  Net& net_;
  std::string cell_;
  const Weights& w_;
};

mirim::Graph network(const std::string& cell, bool unrolled) {
  Net net({1, kSteps, kInputs});
  const Weights weights = make_weights(net, cell == "lstm" ? 4 : cell == "gru" ? 3 : 1);
  if (unrolled) {
    Unrolled(net, cell, weights).run();
  } else {
    add_operator(net, cell, weights);
  }
  return net.dense(kClasses).done();
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

std::unique_ptr<mirim::TrainingPlan> make_plan(const std::string& cell, const std::string& form) {
  if (cell != "lstm" && cell != "gru" && cell != "rnn") mirim::fail("there is no cell '{}'", cell);
  auto plan =
      std::make_unique<mirim::TrainingPlan>(network(cell, form == "unrolled"), mirim::TrainingOptions{.batch = kBatch});
  mirim::Random random(1);
  for (float& v : plan->input(0)) v = random.normal();
  for (auto& label : plan->labels()) label = static_cast<std::int32_t>(random.below(kClasses));
  return plan;
}

}  // namespace

int main() {
  std::map<std::string, std::unique_ptr<mirim::TrainingPlan>> plans;
  double seconds = 0;
  std::string cell, form;
  while (std::cin >> seconds >> cell >> form) {
    try {
      auto& plan = plans[cell + form];
      if (!plan) plan = make_plan(cell, form);
      plan->step(1e-3F);
      double least = 1e30;
      for (double spent = 0; spent < seconds * 1e6;) {
        const double start = cpu_us();
        plan->step(1e-3F);
        const double took = cpu_us() - start;
        least = std::min(least, took);
        spent += took;
      }
      fmt::print("{:.2f}\n", least);
    } catch (const std::exception& error) {
      fmt::print("error: {}\n", error.what());
    }
    std::fflush(stdout);
  }
}
