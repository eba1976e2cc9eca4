#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What training minimises: the mean over the samples of a batch.
struct Loss {
  enum class Kind {
    /// -sum_c t[c] log softmax(z)[c], with z the input of the graph's final SOFTMAX, or its output if it ends
    /// otherwise; t is one-hot, smoothed: (1 - s) [c == label] + s / classes.
    softmax_cross_entropy,
    /// mean over the elements of -(t log p + (1 - t) log(1 - p)), p = 1 / (1 + exp(-z)), with z the input of the
    /// graph's final LOGISTIC, or its output if it ends otherwise; targets t in [0, 1].
    binary_cross_entropy,
    /// mean over the elements of a sample of (y - target)^2
    mean_squared_error,
    /// the same of |y - target|
    mean_absolute_error,
    /// the same of d^2 / 2 if d = |y - target| is at most 1, else d - 1/2
    huber,
    /// the same of t max(0, 0.9 - y)^2 + 0.5 (1 - t) max(0, y - 0.1)^2, targets t of 0 and 1: lengths of capsules, one
    /// for
    /// each class (Sabour, Frosst and Hinton, 2017)
    margin,
  };
  Kind kind = Kind::softmax_cross_entropy;
  float label_smoothing = 0;           ///< s, in [0, 1); of softmax cross entropy
  std::vector<float> class_weights{};  ///< factor of a sample's loss by its class; empty: all 1; see LossFunction
  bool sum = false;                    ///< the sum over the elements of a sample in place of their mean
};

inline constexpr std::array kAllLosses{Loss::Kind::softmax_cross_entropy,
                                       Loss::Kind::binary_cross_entropy,
                                       Loss::Kind::mean_squared_error,
                                       Loss::Kind::mean_absolute_error,
                                       Loss::Kind::huber,
                                       Loss::Kind::margin};

/// "cross_entropy", "binary_cross_entropy", "mean_squared_error", ...: the names in commands and recipes.
std::string_view name(Loss::Kind kind);

/// The node that computes a value, skipping nodes that only move or convert elements (RESHAPE, SQUEEZE, EXPAND_DIMS,
/// QUANTIZE, DEQUANTIZE): its index, or -1 for an input or a constant.
int last_computation(const Graph& graph, ValueId value);

}  // namespace mirim
