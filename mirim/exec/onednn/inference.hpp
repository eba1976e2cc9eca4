#pragma once

#include "mirim/exec/interpreter.hpp"

/// Fast implementations of float nodes of an Interpreter.
namespace mirim::onednn {

/// CONV_2D without groups and DEPTHWISE_CONV_2D with one output a channel, weights constant.
std::function<void()> prepare_convolution(const BoundNode& bound);

/// FULLY_CONNECTED.
std::function<void()> prepare_dense(const BoundNode& bound);

}  // namespace mirim::onednn
