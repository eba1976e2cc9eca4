#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/conv2d_paired_pack.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

/// An int8 layer that the kernels of mirim/micro/conv2d_paired.hpp may take, as a convolution: CONV_2D without groups,
/// FULLY_CONNECTED as 1x1 filters whose pixels are the rows, DEPTHWISE_CONV_2D of one channel.
struct ConvolutionLayer {
  micro::Conv2dPairedParams params{};  ///< chunk is 0 until the layer is packed
  std::vector<std::int8_t> weights{};  ///< filter by filter
  PairedLayer packed{};                ///< points to `weights` and to the work
  bool fully_connected = false;        ///< whose pixels are rows

  std::int64_t pixels() const { return std::int64_t{params.batches} * params.output_height * params.output_width; }
};

/// Empty, and `refusal` says why, where the core has no SMLAD, the layer is none of these, or it is too
/// small. With `packed` the weights may also be int4 or int2. May be moved, not copied.
std::optional<ConvolutionLayer> convolution_layer(const Work& work, const Target& target, std::string& refusal,
                                                  bool packed = false);

/// Of the columns: more would take RAM from the activations.
constexpr std::int32_t kColumnBytes = 5120;

/// A tile of mirim/micro/isa/paired_blocks.hpp with its price in cycles of a Cortex-M4. Fitted to the
/// traces of the public models' layers, most of which are within 5 %.
struct PairedTile {
  int filters;
  int pixels;
  double product;  ///< of each
  double finish;   ///< of the outputs of a tile
  double column;   ///< of the pixels of a tile
};
constexpr PairedTile kPaired4x2{4, 2, 1.02, 84, 472}, kPaired2x4{2, 4, 1.08, 114, 360}, kPaired4x1{4, 1, 1.32, 77, 60};

/// Cycles that a call takes to gather the inputs of all pixels once.
std::int64_t gather_price(const micro::Conv2dPairedParams& p);

/// Cycles of a call that gathers the inputs of each pixel `gathers` times.
std::int64_t paired_price(const micro::Conv2dPairedParams& p, const PairedTile& tile, std::int64_t gathers = 1);

/// Offer::flash_read of a call with so many columns, each of which reads all words of weights.
std::int64_t flash_read_of_columns(std::int64_t columns, std::size_t words);

}  // namespace mirim
