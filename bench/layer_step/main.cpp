// One training step of random layers against that of the plain loops, each side's least time over short turns.
//
//   layer_step [layers] [seed]

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "mirim/exec/training_plan.hpp"
#include "tests/exec/random_layers.hpp"

namespace {

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

void fill(mirim::TrainingPlan& plan) {
  mirim::Random random(1);
  for (float& v : plan.input(0)) v = random.normal();
  for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(3));
}

double once_us(mirim::TrainingPlan& plan) {
  const double start = cpu_us();
  plan.step(0);
  return cpu_us() - start;
}

std::string implementation(const mirim::TrainingPlan& plan) {
  for (const std::string& layer : plan.layers()) {
    if (layer.find("'layer'") != std::string::npos && layer.find("layout of") == std::string::npos)
      return layer.substr(layer.find(": ") + 2);
  }
  return "?";
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 100;
  const int seed = argc > 2 ? std::atoi(argv[2]) : 1;
  double worst = 0;
  int slower = 0;
  for (int i = 0; i < count; ++i) {
    mirim::Random random(static_cast<std::uint64_t>(seed * 100000 + i));
    const auto layer = mirim::networks::random_layer(random);
    mirim::TrainingOptions options{.batch = layer.batch};
    mirim::TrainingPlan fast(layer.graph, options);
    options.plain = true;
    mirim::TrainingPlan plain(layer.graph, options);
    fill(fast), fill(plain);
    double ours = 1e30, reference = 1e30, spent = 0;
    for (int turn = 0; turn < 3 || (turn < 50 && spent < 20000); ++turn) {
      const double a = once_us(fast), b = once_us(plain);
      ours = std::min(ours, a), reference = std::min(reference, b);
      spent += a + b;
    }
    const double ratio = ours / reference;
    worst = std::max(worst, ratio);
    slower += ratio > 1;
    fmt::print("{:6.2f} {:9.1f} us {:9.1f} us  {}: {}\n", ratio, ours, reference, layer.name, implementation(fast));
    std::fflush(stdout);
  }
  fmt::print("worst {:.2f}; {} of {} slower than the plain loops\n", worst, slower, count);
}
