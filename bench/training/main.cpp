// One training step of mirim against one of LibTorch: the same network, batch and threads, in one process, by turns.
//
//   train_step [--threads N] [--rounds N] [--only NETWORK] [--json FILE]
//   train_step --scaling     mirim alone at batch 128: two threads against one
//   train_step --layers      mirim alone: what each layer takes

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/training/networks.hpp"
#include "bench/training/peer.hpp"
#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/ops/dropout.hpp"

namespace {

using mirim::fail;
using mirim::TrainingPlan;
using mirim::benchmark::Network;
using Step = std::function<float()>;

struct Options {
  int threads = 1;
  int rounds = 12;
  std::string only;
  std::string json;
  bool scaling = false;
  bool layers = false;
};

constexpr float kLearningRate = 1e-3F;
constexpr int kClasses = 2;  ///< labels below the smallest number of classes fit every network

std::shared_ptr<TrainingPlan> make_plan(const Network& network, const mirim::Graph& graph, int batch, int threads,
                                        bool keep_gradients) {
  mirim::TrainingOptions options{.batch = batch, .threads = threads, .keep_gradients = keep_gradients};
  if (network.rebuilds) options.loss.kind = mirim::Loss::Kind::mean_squared_error;
  auto plan = std::make_shared<TrainingPlan>(graph, options);
  mirim::Random random(1);
  for (float& v : plan->input(0)) v = random.normal();
  for (auto& label : plan->labels()) label = static_cast<std::int32_t>(random.below(kClasses));
  if (network.rebuilds) std::ranges::copy(plan->input(0), plan->targets().begin());
  return plan;
}

Step step_of(const std::shared_ptr<TrainingPlan>& plan) {
  return [plan] { return plan->step(kLearningRate); };
}

peer::Training make_peer(const Network& network, const mirim::Graph& graph, int batch, TrainingPlan& plan, bool exact) {
  peer::Network description = mirim::benchmark::describe_to_peer(mirim::rebatch(graph, batch), network.rebuilds);
  description.exact = exact;
  const auto x = plan.input(0);
  const auto labels = plan.labels();
  return peer::make_training(description, {x.begin(), x.end()}, {labels.begin(), labels.end()});
}

/// Both sides must do the same work: one step from the same weights gives the same loss and the same gradients.
/// Without dropout, whose masks differ.
void require_same_gradients(const Network& network, int batch, int threads) {
  // Rounding alone: behind nine batch norms it adds up to 1 % in the first layer. Other work differs by far more.
  constexpr float kTolerance = 2e-2F;
  mirim::Graph graph = mirim::benchmark::graph_of(network.name);
  for (mirim::Node& node : graph.nodes) {
    if (node.op.is<mirim::Dropout>()) node.op = mirim::Dropout{.rate = 0};
  }
  const auto plan = make_plan(network, graph, batch, threads, true);
  const peer::Training theirs = make_peer(network, graph, batch, *plan, true);
  const float our_loss = plan->step(kLearningRate);
  const float their_loss = theirs.step();
  const auto where = fmt::format("{}, batch {}", network.name, batch);
  if (!(std::fabs(our_loss - their_loss) <= kTolerance * std::fabs(their_loss))) {
    fail("{}: the loss is {} here and {} there: the two sides do different work", where, our_loss, their_loss);
  }
  const auto their_gradients = theirs.gradients();
  const auto parameters = mirim::trainable_parameters(graph);
  if (parameters.size() != their_gradients.size()) fail("{}: the two sides train different parameters", where);
  float largest = 0;
  for (const auto& gradient : their_gradients) {
    for (const float v : gradient) largest = std::max(largest, std::fabs(v));
  }
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const auto ours = plan->gradient(parameters[p].value);
    const std::string& name = graph[parameters[p].value].name;
    if (ours.size() != their_gradients[p].size()) fail("{}: '{}' has two sizes", where, name);
    float most = 1e-2F * largest;  // of a bias before a batch norm both sides have only rounding errors
    float difference = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      most = std::max(most, std::fabs(their_gradients[p][i]));
      difference = std::max(difference, std::fabs(ours[i] - their_gradients[p][i]));
    }
    if (!(difference <= kTolerance * most)) {
      fail("{}: the gradients of '{}' differ by {} of {}: the two sides do different work", where, name, difference,
           most);
    }
  }
}

/// Microseconds: of one thread the time that it had the processor, so that other work on the machine does not count;
/// of several the time that passed, since what they wait for each other counts.
double clock_us(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

/// One side of a case: its least time of a step so far, in microseconds, over turns of about 20 ms. A machine's speed
/// may double or halve within a run; the least time is that of the machine at its best for both sides.
class Side {
 public:
  Side(Step step, int threads) : step_(std::move(step)), threads_(threads) {
    for (int i = 0; i < 3; ++i) step_();  // the first steps make and warm what later ones use
    const double start = clock_us(threads_);
    step_();
    // So many that the clock's own time does not count.
    group_ = std::clamp(static_cast<int>(300 / std::max(1.0, clock_us(threads_) - start)), 1, 50);
  }

  void take_turn() {
    constexpr double kTurn = 2e4;
    // OpenBLAS's threads go on spinning for a while after its last call.
    if (threads_ > 1) std::this_thread::sleep_for(std::chrono::milliseconds(40));
    step_();  // what the other side threw out of the cache
    const double start = clock_us(threads_);
    double last = start;
    do {
      for (int i = 0; i < group_; ++i) step_();
      const double now = clock_us(threads_);
      least_ = std::min(least_, (now - last) / group_);
      last = now;
    } while (last - start < kTurn);
  }

  double least() const { return least_; }

 private:
  Step step_;
  int threads_;
  int group_ = 1;
  double least_ = 1e12;
};

struct Case {
  const Network* network;
  int batch;
  Side theirs;
  Side ours;
  double ratio() const { return ours.least() / theirs.least(); }
};

/// Geometric mean and worst of the ratios of one group of networks, as a line and as JSON.
std::string summary(const std::vector<Case>& cases, bool added, const char* name) {
  double logarithms = 0;
  double worst = 0;
  int count = 0;
  for (const Case& c : cases) {
    if (c.network->added != added) continue;
    logarithms += std::log(c.ratio());
    worst = std::max(worst, c.ratio());
    ++count;
  }
  if (count == 0) return "";
  const double mean = std::exp(logarithms / count);
  fmt::print("{}: geometric mean {:.3f}, worst {:.3f}\n", name, mean, worst);
  return fmt::format(", \"{}\": {{\"geometric_mean\": {:.4f}, \"worst\": {:.4f}}}", name, mean, worst);
}

void compare(const Options& options) {
  const std::string version = peer::begin(options.threads);
  std::vector<Case> cases;
  for (const Network& network : mirim::benchmark::networks()) {
    if (!options.only.empty() && network.name != options.only) continue;
    const mirim::Graph graph = mirim::benchmark::graph_of(network.name);
    for (const int batch : network.batches) {
      require_same_gradients(network, batch, options.threads);
      const auto plan = make_plan(network, graph, batch, options.threads, false);
      const peer::Training theirs = make_peer(network, graph, batch, *plan, false);
      cases.push_back({&network, batch, {theirs.step, options.threads}, {step_of(plan), options.threads}});
    }
  }
  if (cases.empty()) fail("there is no network '{}'", options.only);
  for (int round = 0; round < options.rounds; ++round) {
    for (Case& c : cases) {
      c.theirs.take_turn();
      c.ours.take_turn();
    }
  }
  fmt::print(
      "one training step (forward, loss, backward, Adam), float32, {} thread{}, {} in microseconds, least of {} turns "
      "each; gradients of one step agree\n",
      options.threads, options.threads == 1 ? "" : "s", options.threads == 1 ? "CPU time" : "time that passed",
      options.rounds);
  fmt::print("{:<12} {:>5} {:>16} {:>10} {:>7}\n", "network", "batch", "LibTorch " + version, "mirim", "ratio");
  std::string rows;
  for (const Case& c : cases) {
    fmt::print("{:<12} {:>5} {:>16.1f} {:>10.1f} {:>7.3f}\n", c.network->name, c.batch, c.theirs.least(),
               c.ours.least(), c.ratio());
    rows += fmt::format(
        "{}{{\"network\": \"{}\", \"batch\": {}, \"libtorch_us\": {:.2f}, \"mirim_us\": {:.2f}, \"ratio\": {:.4f}}}",
        rows.empty() ? "" : ", ", c.network->name, c.batch, c.theirs.least(), c.ours.least(), c.ratio());
  }
  const std::string first = summary(cases, false, "first four networks");
  const std::string added = summary(cases, true, "added networks");
  if (options.json.empty()) return;
  mirim::write_file(options.json,
                    fmt::format("{{\"threads\": {}, \"cases\": [{}]{}{}}}\n", options.threads, rows, first, added));
}

/// Both measured by the time that passes, or one thread would be charged less than two.
void scale(const Options& options) {
  constexpr int kBatch = 128;
  struct Pair {
    std::string name;
    Side one, two;
  };
  std::vector<Pair> pairs;
  for (const Network& network : mirim::benchmark::networks()) {
    if (!options.only.empty() && network.name != options.only) continue;
    const mirim::Graph graph = mirim::benchmark::graph_of(network.name);
    const auto side = [&](int threads) { return Side(step_of(make_plan(network, graph, kBatch, threads, false)), 2); };
    pairs.push_back({network.name, side(1), side(2)});
  }
  if (pairs.empty()) fail("there is no network '{}'", options.only);
  for (int round = 0; round < options.rounds; ++round) {
    for (Pair& pair : pairs) {
      pair.one.take_turn();
      pair.two.take_turn();
    }
  }
  fmt::print("one training step at batch {}, time that passed in microseconds, least of {} turns each\n", kBatch,
             options.rounds);
  fmt::print("{:<12} {:>10} {:>10} {:>7}\n", "network", "1 thread", "2 threads", "faster");
  double least = 1e9;
  for (const Pair& pair : pairs) {
    const double faster = pair.one.least() / pair.two.least();
    least = std::min(least, faster);
    fmt::print("{:<12} {:>10.1f} {:>10.1f} {:>7.2f}\n", pair.name, pair.one.least(), pair.two.least(), faster);
  }
  fmt::print("two threads against one: at least {:.2f}\n", least);
}

void show_layers(const Options& options) {
  for (const Network& network : mirim::benchmark::networks()) {
    if (!options.only.empty() && network.name != options.only) continue;
    const mirim::Graph graph = mirim::benchmark::graph_of(network.name);
    for (const int batch : network.batches) {
      const auto plan = make_plan(network, graph, batch, options.threads, false);
      fmt::print("{}, batch {}: microseconds forward, backward\n", network.name, batch);
      for (const auto& layer : plan->time_layers(30)) {
        fmt::print("  {:>9.1f} {:>9.1f}  {}\n", layer.forward_us, layer.backward_us, layer.name);
      }
    }
  }
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 >= argc) fail("{} needs a value", option);
      return argv[++i];
    };
    if (option == "--threads") {
      options.threads = std::stoi(value());
    } else if (option == "--rounds") {
      options.rounds = std::stoi(value());
    } else if (option == "--only") {
      options.only = value();
    } else if (option == "--json") {
      options.json = value();
    } else if (option == "--scaling") {
      options.scaling = true;
    } else if (option == "--layers") {
      options.layers = true;
    } else {
      fail("there is no option '{}'", option);
    }
  }
  if (options.threads < 1 || options.rounds < 1) fail("--threads and --rounds must be at least 1");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    if (options.scaling) {
      scale(options);
    } else if (options.layers) {
      show_layers(options);
    } else {
      compare(options);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench/train: {}\n", error.what());
    return 1;
  }
}
