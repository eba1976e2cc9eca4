#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/compress/rank_choice.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// A layer to factorize, by its node's name (or the name of its output, where the node has none). With a rank given it
/// is replaced whatever that costs; else its rank is chosen.
struct NamedLayer {
  std::string name;
  std::int64_t rank = 0;     ///< 0: chosen
  std::int64_t rank_in = 0;  ///< with `rank`: three pieces, of a convolution
};

struct FactorizeOptions {
  /// Of what `share` is kept.
  enum class Keep {
    energy,     ///< of each layer's squared singular values
    macs,       ///< of the whole graph's multiplications
    parameters  ///< of the whole graph's weights and biases
  };
  Keep keep = Keep::energy;
  double share = 0.95;
  bool two_pieces = true;            ///< SVD, of any layer
  bool three_pieces = true;          ///< Tucker-2, of convolutions larger than 1x1; of both the better one is taken
  int sweeps = 3;                    ///< of HOOI, for three pieces
  std::vector<NamedLayer> layers{};  ///< empty: all that can be
};

/// What became of a layer.
struct FactorizedLayer {
  std::string name{};
  RankCandidate before{};
  RankCandidate after{};      ///< `pieces` is one where the layer stayed; `loss` is what was measured
  double relative_error = 0;  ///< of the weights: |W - product of the pieces| / |W|, Frobenius norms
  std::string why_not{};      ///< why the layer was not even tried
};

struct FactorizeResult {
  std::vector<FactorizedLayer> layers{};  ///< FULLY_CONNECTED and CONV_2D in order; only the named ones, if any are
  std::int64_t macs_before = 0, macs_after = 0;  ///< of the whole graph
  std::int64_t parameters_before = 0, parameters_after = 0;
};

/// Replaces layers by two or three thinner ones whose product is near their weights:
///
///     FULLY_CONNECTED [O, I]     ->  [rank, I], [O, rank]
///     CONV_2D [O, KH, KW, C]     ->  [rank, KH, KW, C], [O, 1, 1, rank]
///                            or  ->  [rank_in, 1, 1, C], [rank, KH, KW, rank_in], [O, 1, 1, rank]
///
/// The filter keeps stride, padding and dilation; bias, activation and name stay at the last piece; the others are
/// NAME/in and NAME/core and have no bias. A layer is replaced only where it takes fewer multiplications. `macs` and
/// `parameters` share what is cut among all layers so that the sum of their lost shares of energy is small.
///
/// Layers stay whose weights are no float32 constants, in groups, or shared by several nodes; those whose weights have
/// a form (WeightForm), which the pieces would not have, unless they are named.
///
/// Throws Error for a share outside (0, 1], for a named layer that does not exist, is named twice or cannot be
/// factorized, for a rank that is larger than the weights allow or goes with no such pieces, and for a share of costs
/// that is out of reach.
FactorizeResult factorize(Graph& graph, const FactorizeOptions& options);

/// "conv2d_1: rank 12 from 20: 1,769,472 -> 528,384 MACs, 36,928 -> 11,040 parameters, error 0.21", or why it
/// stayed.
std::string to_string(const FactorizedLayer& layer);

}  // namespace mirim
