#pragma once

#include "mirim/exec/layer.hpp"

/// Layers that our own vectorised loops run.
namespace mirim::simd {

/// CONV_2D of few channels or groups, or whatever oneDNN has no kernels for; a following rectifier included.
std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node);

/// DEPTHWISE_CONV_2D, any multiplier; a following rectifier included.
std::unique_ptr<Layer> make_depthwise(PlanBuilder& builder, int node);

/// MAX_POOL_2D and AVERAGE_POOL_2D in whatever layout, a following rectifier included.
std::unique_ptr<Layer> make_pooling(PlanBuilder& builder, int node);

/// BATCH_NORM of images, with the ADD and the rectifier that alone read it.
std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node);

/// FULLY_CONNECTED, a following rectifier included. Matrix products are oneDNN's, for a few rows our own, which then
/// apply the gradient of the weights without ever storing it.
std::unique_ptr<Layer> make_dense(PlanBuilder& builder, int node);

/// RELU and RELU6, in whatever layout.
std::unique_ptr<Layer> make_clamp(PlanBuilder& builder, int node);

/// ADD of two activations of one shape, a following rectifier included.
std::unique_ptr<Layer> make_sum(PlanBuilder& builder, int node);

/// TANH, LOGISTIC and ELU.
std::unique_ptr<Layer> make_curve(PlanBuilder& builder, int node);

/// MUL and ADD of an activation and a constant of one number or of one a channel, as a normalisation in front has them.
std::unique_ptr<Layer> make_with_constant(PlanBuilder& builder, int node);

/// MEAN over height and width.
std::unique_ptr<Layer> make_global_average(PlanBuilder& builder, int node);

/// RESHAPE: only another name.
std::unique_ptr<Layer> make_reshape(PlanBuilder& builder, int node);

}  // namespace mirim::simd
