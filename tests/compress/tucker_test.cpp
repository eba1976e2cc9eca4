#include "mirim/compress/tucker.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "mirim/base/random.hpp"

namespace mirim {
namespace {

Kernel random_kernel(std::int64_t outputs, std::int64_t places, std::int64_t channels, std::uint64_t seed) {
  Random random(seed);
  Kernel kernel{outputs, places, channels, std::vector<double>(static_cast<std::size_t>(outputs * places * channels))};
  for (double& x : kernel.values) x = random.normal();
  return kernel;
}

double at(const Kernel& kernel, std::int64_t o, std::int64_t k, std::int64_t c) {
  return kernel.values[static_cast<std::size_t>((o * kernel.places + k) * kernel.channels + c)];
}

// By the formula of the header.
double squared_error(const Kernel& kernel, const Tucker2& t) {
  double error = 0;
  for (std::int64_t o = 0; o < kernel.outputs; ++o) {
    for (std::int64_t k = 0; k < kernel.places; ++k) {
      for (std::int64_t c = 0; c < kernel.channels; ++c) {
        double sum = 0;
        for (std::int64_t p = 0; p < t.core.outputs; ++p) {
          for (std::int64_t q = 0; q < t.core.channels; ++q) {
            sum += t.outputs.at(o, p) * at(t.core, p, k, q) * t.channels.at(c, q);
          }
        }
        error += std::pow(sum - at(kernel, o, k, c), 2);
      }
    }
  }
  return error;
}

TEST(Tucker2, is_exact_at_full_rank) {
  for (const auto& kernel : {random_kernel(5, 9, 4, 1), random_kernel(12, 2, 3, 2), random_kernel(2, 2, 9, 3)}) {
    EXPECT_NEAR(squared_error(kernel, tucker2(kernel, kernel.outputs, kernel.channels, 2)), 0, 1e-20);
  }
}

TEST(Tucker2, finds_the_ranks_that_a_kernel_was_made_of) {
  // outputs[o, p] * core[p, k, q] * channels[c, q] with ranks 2 and 3.
  const Kernel core = random_kernel(2, 4, 3, 5), left = random_kernel(6, 1, 2, 6), right = random_kernel(7, 1, 3, 7);
  Kernel kernel{6, 4, 7, {}};
  for (std::int64_t o = 0; o < 6; ++o) {
    for (std::int64_t k = 0; k < 4; ++k) {
      for (std::int64_t c = 0; c < 7; ++c) {
        double sum = 0;
        for (std::int64_t p = 0; p < 2; ++p) {
          for (std::int64_t q = 0; q < 3; ++q) sum += at(left, o, 0, p) * at(core, p, k, q) * at(right, c, 0, q);
        }
        kernel.values.push_back(sum);
      }
    }
  }
  EXPECT_NEAR(squared_error(kernel, tucker2(kernel, 2, 3, 0)), 0, 1e-10);
  EXPECT_GT(squared_error(kernel, tucker2(kernel, 2, 2, 3)), 0.01);
}

TEST(Tucker2, loses_at_most_the_energy_that_both_sides_leave_out_and_less_with_each_sweep) {
  const Kernel kernel = random_kernel(8, 9, 6, 9);
  const auto by_outputs = energies(by_output(kernel)), by_channels = energies(by_channel(kernel));
  double bound = 0;
  for (std::size_t i = 3; i < by_outputs.size(); ++i) bound += by_outputs[i];
  for (std::size_t i = 2; i < by_channels.size(); ++i) bound += by_channels[i];
  double before = bound;
  for (const int sweeps : {0, 1, 2, 8}) {
    const double error = squared_error(kernel, tucker2(kernel, 3, 2, sweeps));
    EXPECT_LE(error, before + 1e-9) << sweeps;
    before = error;
  }
}

}  // namespace
}  // namespace mirim
