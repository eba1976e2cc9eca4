// One training step of mirim against one of LibTorch: the same network, batch and threads, in one process, by turns.
//
//   train_step [--threads N] [--rounds N] [--only NETWORK] [--json FILE]

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bench/training/peer.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/training_plan.hpp"
#include "tests/exec/networks.hpp"

namespace {

using Step = std::function<float()>;

struct Case {
  std::string network;
  int batch;
  Step ours;
  Step theirs;
  std::vector<double> our_us{};
  std::vector<double> their_us{};
};

mirim::Graph graph_of(const std::string& network) {
  using namespace mirim::networks;
  if (network == "MLP") return mlp(784, 128);
  if (network == "DS-CNN") return ds_cnn(49, 10, 64);
  if (network == "ResNet-8") return resnet8(32, 16);
  return autoencoder(640, 128, 8, false);
}

Step make_our_step(const std::string& network, int batch, int threads) {
  const bool rebuilds = network == "autoencoder";
  mirim::TrainingOptions options{.batch = batch, .threads = threads};
  if (rebuilds) options.loss.kind = mirim::Loss::Kind::mean_squared_error;
  auto plan = std::make_shared<mirim::TrainingPlan>(graph_of(network), options);
  mirim::Random random(1);
  for (float& v : plan->input(0)) v = random.normal();
  for (auto& label : plan->labels()) label = static_cast<std::int32_t>(random.below(10));
  if (rebuilds) std::ranges::copy(plan->input(0), plan->targets().begin());
  return [plan] { return plan->step(1e-3F); };
}

/// CPU time of all threads, in microseconds: what other work on the machine takes does not count.
double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

/// Median CPU time of a step over about `budget_us`, at least 5 steps.
double measure(const Step& step, double budget_us) {
  std::vector<double> times;
  const double start = cpu_us();
  double last = start;
  while (times.size() < 5 || last - start < budget_us) {
    step();
    const double now = cpu_us();
    times.push_back(now - last);
    last = now;
  }
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 1;
  int rounds = 5;
  std::string only;
  std::string json;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--threads") threads = std::stoi(argv[i + 1]);
    if (option == "--rounds") rounds = std::stoi(argv[i + 1]);
    if (option == "--only") only = argv[i + 1];
    if (option == "--json") json = argv[i + 1];
  }
  const std::string version = peer::begin(threads);
  std::vector<Case> cases;
  for (const std::string network : {"MLP", "DS-CNN", "ResNet-8", "autoencoder"}) {
    if (!only.empty() && network != only) continue;
    for (const int batch : {1, 32, 128}) {
      cases.push_back({network, batch, make_our_step(network, batch, threads), peer::make_step(network, batch)});
    }
  }
  for (const Case& c : cases) {  // the first steps make and warm what later ones use
    for (int i = 0; i < 3; ++i) static_cast<void>(c.ours()), static_cast<void>(c.theirs());
  }
  for (int round = 0; round < rounds; ++round) {
    for (Case& c : cases) {
      c.their_us.push_back(measure(c.theirs, 2e5));
      c.our_us.push_back(measure(c.ours, 2e5));
    }
  }
  fmt::print(
      "one training step (forward, loss, backward, Adam), float32, {} thread{}, CPU time in microseconds, "
      "medians of {} interleaved rounds\n",
      threads, threads == 1 ? "" : "s", rounds);
  fmt::print("{:<12} {:>5} {:>16} {:>10} {:>7}   range\n", "network", "batch", "LibTorch " + version, "mirim", "ratio");
  double logarithms = 0;
  double worst = 0;
  std::string rows;
  for (const Case& c : cases) {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < c.our_us.size(); ++r) ratios.push_back(c.our_us[r] / c.their_us[r]);
    const double ratio = median(ratios);
    const auto [least, most] = std::ranges::minmax(ratios);
    logarithms += std::log(ratio);
    worst = std::max(worst, ratio);
    fmt::print("{:<12} {:>5} {:>16.1f} {:>10.1f} {:>7.3f}   {:.3f} to {:.3f}\n", c.network, c.batch, median(c.their_us),
               median(c.our_us), ratio, least, most);
    rows += fmt::format(
        "{}{{\"network\": \"{}\", \"batch\": {}, \"libtorch_us\": {:.2f}, \"mirim_us\": {:.2f}, \"ratio\": {:.4f}}}",
        rows.empty() ? "" : ", ", c.network, c.batch, median(c.their_us), median(c.our_us), ratio);
  }
  const double mean = std::exp(logarithms / static_cast<double>(cases.size()));
  fmt::print("geometric mean {:.3f}\nworst {:.3f}\n", mean, worst);
  if (!json.empty()) {
    mirim::write_file(
        json, fmt::format("{{\"geometric_mean\": {:.4f}, \"worst\": {:.4f}, \"cases\": [{}]}}\n", mean, worst, rows));
  }
}
