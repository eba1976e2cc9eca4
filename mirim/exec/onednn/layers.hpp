#pragma once

#include "mirim/exec/layer.hpp"

/// Layers that oneDNN's primitives run, images in blocked layout.
namespace mirim::onednn {

/// CONV_2D without groups and DEPTHWISE_CONV_2D with one output per channel, if oneDNN has more than its reference and
/// is faster than our own (simd/layers.hpp); a following rectifier included.
std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node);

/// BATCH_NORM of matrices; a following RELU included.
std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node);

}  // namespace mirim::onednn
