#pragma once

#include <cstdint>

#include "mirim/compress/svd.hpp"

namespace mirim {

/// Weights of a convolution, [outputs, places, channels] in memory order; the places are those of the filter. Those of
/// a fully connected layer have one place.
struct Kernel {
  std::int64_t outputs = 0;
  std::int64_t places = 0;
  std::int64_t channels = 0;
  std::vector<double> values{};
};

/// [outputs, places * channels]
Matrix by_output(const Kernel& kernel);
/// [channels, outputs * places]
Matrix by_channel(const Kernel& kernel);

/// kernel[o, k, c] = sum over p, q of outputs[o, p] * core[p, k, q] * channels[c, q]
struct Tucker2 {
  Matrix outputs{};   ///< [outputs, rank]
  Kernel core{};      ///< [rank, places, rank_in]
  Matrix channels{};  ///< [channels, rank_in]
};

/// Tucker decomposition along outputs and channels (Kim et al.: Compression of Deep Convolutional Neural Networks,
/// 2016): begins at the singular vectors of the two matrices above (HOSVD) and fits each side to the other `sweeps`
/// times (HOOI; De Lathauwer et al., 2000). Ranks are at most `outputs` and `channels` (assert).
Tucker2 tucker2(const Kernel& kernel, std::int64_t rank, std::int64_t rank_in, int sweeps);

}  // namespace mirim
