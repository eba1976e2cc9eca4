#pragma once

#include "mirim/exec/layer.hpp"

/// Layers that oneDNN's primitives run, images in blocked layout.
namespace mirim::onednn {

/// CONV_2D without groups and DEPTHWISE_CONV_2D with one output a channel; a following rectifier included.
std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node);

/// BATCH_NORM of matrices; a following RELU included.
std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node);

/// MAX_POOL_2D and AVERAGE_POOL_2D without an activation.
std::unique_ptr<Layer> make_pooling(PlanBuilder& builder, int node);

}  // namespace mirim::onednn
