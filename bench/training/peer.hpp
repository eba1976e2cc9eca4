#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// LibTorch's side of bench/train, apart so that its headers meet none of ours. A network comes as a list of operators
/// in the words of TensorFlow Lite; LibTorch runs it its own way: NCHW, its layouts of weights, autograd.
namespace peer {

/// Shapes are those of a whole batch, NHWC.
struct Operator {
  std::string name;                        ///< "CONV_2D"
  std::vector<int> reads{};                ///< values
  int makes = -1;                          ///< value
  std::vector<std::int64_t> in{};          ///< shape of the first value read
  std::vector<std::int64_t> out{};         ///< shape of the value made
  std::vector<std::int64_t> kernel{1, 1};  ///< height, width; so the next four
  std::vector<std::int64_t> stride{1, 1};
  std::vector<std::int64_t> dilation{1, 1};
  std::vector<std::int64_t> before{0, 0};  ///< zeros in front of the input
  std::vector<std::int64_t> after{0, 0};   ///< and behind it
  std::string activation = "NONE";
  float number = 0;                              ///< epsilon of a batch norm, rate of a dropout
  std::vector<std::vector<float>> parameters{};  ///< trained, in TensorFlow Lite's order; empty: left out
  std::vector<float> constant{};                 ///< the other operand of MUL and ADD: one number or one a channel
};

struct Network {
  std::vector<Operator> operators;
  std::vector<std::int64_t> input;  ///< shape of value 0, which is the input
  int output = 0;                   ///< the value that the loss reads
  bool rebuilds = false;            ///< mean squared error against the input; else softmax cross entropy
  /// Pads as TensorFlow Lite does, to the pixel, so that gradients may be compared. Else, as a user of LibTorch would,
  /// by the same on both sides where that gives the same output size: it saves a copy.
  bool exact = false;
};

struct Training {
  std::function<float()> step;  ///< forward, loss, backward, Adam at 1e-3; returns the loss
  /// Of the last step, in the order and layout of the operators' parameters.
  std::function<std::vector<std::vector<float>>()> gradients;
};

/// Settings for a fair comparison: threads, oneDNN on. Returns the version.
std::string begin(int threads);

Training make_training(const Network& network, const std::vector<float>& input,
                       const std::vector<std::int64_t>& labels);

}  // namespace peer
