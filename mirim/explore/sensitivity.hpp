#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/verb.hpp"

namespace mirim {

/// What a layer can be asked for, from nothing to the most.
inline constexpr std::array<double, 4> kSparsities = {0, 0.5, 0.75, 0.9};
inline constexpr std::array<std::int64_t, 4> kClusters = {0, 64, 32, 16};
inline constexpr std::array<std::int64_t, 3> kBits = {8, 4, 2};

/// What the model loses when one layer alone is compressed and nothing is trained: points of accuracy, or percent of
/// the RMSE.
struct Sensitivity {
  std::string layer{};
  std::int64_t weights = 0;
  std::array<double, 4> sparsity{};  ///< of kSparsities
  double clusters = 0;               ///< of 16
  std::array<double, 3> bits{};      ///< of kBits; of 8 it is not measured: 0
};

/// How much worse `now` is than `before`: points of accuracy, or percent of the RMSE. Negative where it is better.
double lost(const Score& before, const Score& now);

/// Of the layer of this name, on at most 1,000 of the samples. Throws Error
/// for a layer that is not there.
Sensitivity measure_sensitivity(const Graph& graph, const std::string& layer, const Subset& samples,
                                const VerbWork& work);

}  // namespace mirim
