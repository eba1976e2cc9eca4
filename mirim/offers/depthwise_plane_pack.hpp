#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mirim/micro/depthwise_conv2d_plane.hpp"

namespace mirim {

/// int8 depthwise filters with their biases and scales, as kernels take them.
struct DepthwiseLayer {
  std::span<const std::int8_t> weights;  ///< [filter_height, filter_width, outputs]
  std::int32_t filter_height = 0;
  std::int32_t filter_width = 0;
  std::int32_t outputs = 0;
  std::int32_t dilation_width = 1;
  bool transposed = false;             ///< DepthwisePlaneParams::transposed, for layers that are not dilated
  std::int32_t input_offset = 0;       ///< minus the input's zero point
  std::span<const std::int32_t> bias;  ///< [outputs], or empty
  std::span<const std::int32_t> multiplier, shift;
  std::int32_t multiplier_stride = 1;  ///< 0: one multiplier and shift for all outputs
  bool hollow = false;                 ///< the weights are nowhere (graph/hollow.hpp): a pack has a size, and no words
};

/// Throws Error if the layer's sizes do not agree.
void require_layer(const DepthwiseLayer& layer);

struct DepthwisePlanePack {
  std::vector<std::uint32_t> words{};  ///< in the order of mirim/micro/depthwise_conv2d_plane.hpp; empty if refused
  std::size_t size = 0;                ///< of them, also if they are hollow
  std::int32_t filter_width = 0;       ///< with zeros between dilated columns
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer for depthwise_conv2d_plane. Refused is what short_channel refuses. Throws Error if the sizes
/// do not agree.
DepthwisePlanePack pack_depthwise_plane(const DepthwiseLayer& layer);

/// Whether a layer that is not dilated takes fewer cycles with its plane transposed: rows of the plane have a cost of
/// their own, and outputs are computed in twos or fours.
bool plane_is_better_transposed(const micro::DepthwisePlaneParams& p);

}  // namespace mirim
