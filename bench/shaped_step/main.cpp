// One training step with what compression adds, against the plain step of the same network: least times of interleaved
// turns, each the processor's time of this one thread: other programs of the machine then count little. Rows: network,
// what is added, microseconds, ratio.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/compress/cluster.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/recipe/aware_training.hpp"
#include "mirim/recipe/distillation.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kBatch = 32;

void fill(TrainingPlan& plan) {
  Random random(1);
  for (float& v : plan.input(0)) v = random.normal();
  for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(10));
}

std::vector<Range> ranges_of(const Graph& graph) {
  return calibrate(graph, 20, [](Interpreter& interpreter, std::int64_t sample) {
    Random random(static_cast<std::uint64_t>(sample));
    for (float& v : interpreter.input(0).as<float>()) v = random.normal();
  });
}

/// The time that this thread has had of a processor.
double processor_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

/// A plan, and what is done before each of its steps.
struct Case {
  std::string name;
  std::unique_ptr<TrainingPlan> plan;
  std::function<void(TrainingPlan&)> before{};
  double best = INFINITY;
};

TrainingOptions options(Shaping shaping = {}) {
  return {.batch = kBatch,
          .parametrisations = std::move(shaping.parametrisations),
          .grids = std::move(shaping.grids),
          .terms = std::move(shaping.terms),
          .loss_weight = shaping.loss_weight};
}

/// The worst ratio of each kind over all networks, in order.
std::vector<std::pair<std::string, double>> worst;

void note(const std::string& name, double ratio) {
  for (auto& [known, most] : worst) {
    if (known == name) {
      most = std::max(most, ratio);
      return;
    }
  }
  worst.emplace_back(name, ratio);
}

void compare(const std::string& network, double seconds) {
  // Batch norm is folded in training for integers, so the plain step is that of the folded network.
  Graph graph = read_model("models/" + network + ".toml", {.seed = 1});
  Graph folded = graph;
  prepare_for_quantization(folded, {});
  const std::vector<Range> ranges = ranges_of(folded);
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, const Graph& g, Shaping shaping = {}) {
    auto before = shaping.before_step;
    cases.push_back({.name = name, .plan = std::make_unique<TrainingPlan>(g, options(std::move(shaping)))});
    if (before) cases.back().before = [before](TrainingPlan& plan) { before(plan, 0, 1); };
    fill(*cases.back().plan);
  };
  add("plain", folded);
  const AwareTraining eight(folded, ranges, {}, {});
  add("8 bits", folded, eight.shaping());
  const AwareTraining four(folded, ranges, {},
                           {.weights = "4", .layers = "", .weight_scale = "auto", .ranges = "learnt"});
  add("4 bits, learnt", folded, four.shaping());
  Graph pruned = folded;
  Pruner(pruned, {.sparsity = 0.8}).prune_now(pruned);
  add("pruned", pruned, {.parametrisations = steps_that_keep_forms(pruned)});
  Graph clustered = folded;
  for (const PrunableWeights& weights : prunable_weights(clustered)) {
    cluster(clustered, weights.value, {.kmeans = {.clusters = 16}, .axis = weights.axis});
  }
  add("clustered", clustered, {.parametrisations = steps_that_keep_forms(clustered)});
  TrainSettings training;
  training.batch = kBatch;
  std::vector<Teacher> teachers;
  teachers.push_back({"teacher", folded});
  Distillation distillation(folded, std::move(teachers), {}, training, DType::float32);
  add("distilled", distillation.student(), distillation.shaping());
  Interpreter teacher(rebatch(folded, kBatch));
  // Samples as in training: on zeros every branch is guessed right.
  std::ranges::copy(cases.back().plan->input(0), teacher.input(0).as<float>().begin());
  double forward = INFINITY;

  const auto time = [](double& best, const auto& work) {
    const double start = processor_microseconds();
    work();
    best = std::min(best, processor_microseconds() - start);
  };
  using Clock = std::chrono::steady_clock;
  for (const auto start = Clock::now(); std::chrono::duration<double>(Clock::now() - start).count() < seconds;) {
    for (Case& one : cases) {
      time(one.best, [&] {
        if (one.before) one.before(*one.plan);
        one.plan->step(0);
      });
    }
    time(forward, [&] { teacher.run(); });
  }
  const double plain = cases[0].best;
  for (const Case& one : cases) {
    const double ratio = one.name == "distilled" ? (one.best - plain) / forward : one.best / plain;
    note(one.name, ratio);
    fmt::print("{:8} {:15} {:9.0f} us  {:.3f}{}\n", network, one.name, one.best, ratio,
               one.name == "distilled" ? " teacher's forward passes more" : "");
  }
}

}  // namespace
}  // namespace mirim

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 20;
  for (const char* network : {"resnet8", "ds_cnn"}) mirim::compare(network, seconds);
  for (const auto& [name, ratio] : mirim::worst) fmt::print("worst {} {:.3f}\n", name, ratio);
  return 0;
}
