#pragma once

#include "mirim/exec/layer.hpp"

/// Layers run by our own vectorised loops.
namespace mirim::simd {

/// CONV_2D with few channels or groups, or for which oneDNN has no kernel; a following rectifier included.
std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node);

/// TRANSPOSE_CONV; a following rectifier included.
std::unique_ptr<Layer> make_transposed_convolution(PlanBuilder& builder, int node);

/// DEPTHWISE_CONV_2D, any multiplier; a following rectifier included.
std::unique_ptr<Layer> make_depthwise(PlanBuilder& builder, int node);

/// MAX_POOL_2D and AVERAGE_POOL_2D in any layout, a following rectifier included.
std::unique_ptr<Layer> make_pooling(PlanBuilder& builder, int node);

/// BATCH_NORM of images, with the ADD and the rectifier that are its only readers.
std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node);

/// FULLY_CONNECTED, a following rectifier included. Matrix products are oneDNN's, but for few rows our own, which apply
/// the weights' gradient without storing it.
std::unique_ptr<Layer> make_dense(PlanBuilder& builder, int node);

/// UNIDIRECTIONAL_SEQUENCE_LSTM, GRU and UNIDIRECTIONAL_SEQUENCE_RNN: each sample begins with the state's initial
/// content.
std::unique_ptr<Layer> make_recurrent(PlanBuilder& builder, int node);

/// RELU and RELU6, in any layout.
std::unique_ptr<Layer> make_clamp(PlanBuilder& builder, int node);

/// ADD of two activations of one shape, a following rectifier included.
std::unique_ptr<Layer> make_sum(PlanBuilder& builder, int node);

/// TANH, LOGISTIC and ELU.
std::unique_ptr<Layer> make_curve(PlanBuilder& builder, int node);

/// MUL and ADD of an activation and a constant of one number, or one per channel, such as a normalisation of the input.
std::unique_ptr<Layer> make_with_constant(PlanBuilder& builder, int node);

/// MEAN over height and width.
std::unique_ptr<Layer> make_global_average(PlanBuilder& builder, int node);

/// RESHAPE: shares its input's memory.
std::unique_ptr<Layer> make_reshape(PlanBuilder& builder, int node);

}  // namespace mirim::simd
