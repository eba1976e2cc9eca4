#pragma once

#include <span>
#include <string_view>

namespace mirim {

/// The activation fused into an operator; the numbers are TFLite's ActivationFunctionType.
enum class Activation { none = 0, relu = 1, relu_n1_to_1 = 2, relu6 = 3, tanh = 4, sign_bit = 5 };

/// The schema's names by number: "NONE", "RELU", ...
std::span<const std::string_view> enum_names(Activation);

/// A fused activation as the interval it clamps to: none is [-infinity, infinity], relu [0, infinity], relu6 [0, 6].
struct ActivationRange {
  float least;
  float most;

  /// min(max(x, least), most); NaN stays NaN. Two choices one after the other are two instructions; nested ones are
  /// branches, of which a processor guesses half wrong: an ADD with RELU then took eight times as long.
  float clamp(float x) const {
    const float raised = x < least ? least : x;
    return raised > most ? most : raised;
  }
  /// The derivative, computed from the output: 1 strictly inside, 0 on the bounds.
  float slope(float y) const { return y > least && y < most ? 1.0F : 0.0F; }
};

/// Whether it clamps, so that it has a range: all but tanh and sign_bit.
bool is_interval(Activation activation);

/// Throws Error for tanh and sign_bit, which are no intervals; `op` is named in it.
ActivationRange activation_range(std::string_view op, Activation activation);

}  // namespace mirim
