// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], weights [outputs, inputs], output [batches, outputs].
struct FullyConnectedParams {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  int32_t input_offset;       ///< minus the input's zero point
  int32_t weights_offset;     ///< minus the weights' zero point, uint8 only
  int32_t output_offset;      ///< the output's zero point
  int32_t multiplier_stride;  ///< 1: a multiplier and shift for each output; 0: one for all
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("input_offset", p.input_offset);
  v("weights_offset", p.weights_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// The outputs of a row of inputs, four at a time. Channels is Int8Channels or DynamicChannels.
template <class Channels, class Output>
[[gnu::noinline]] inline void fully_connected_by_simd32(const FullyConnectedParams& p, const int8_t* input,
                                                        int32_t offset, const int8_t* weights, Channels channels,
                                                        Output* output) {
  const Channels all = channels;
  int32_t o = 0;
  for (; o + 4 <= p.outputs; o += 4, weights += 4 * p.inputs, channels.skip(4)) {
    FourSums sums = {{channels.start(0), channels.start(1), channels.start(2), channels.start(3)}};
    add_four_rows(sums, input, weights, p.inputs, p.inputs, offset);
    for (int k = 0; k < 4; ++k) output[o + k] = static_cast<Output>(channels.result(sums.of[k], channels.rescale(k)));
  }
  for (; o < p.outputs; ++o, weights += p.inputs, channels.skip(1)) {
    const int32_t sum = add_row(channels.start(0), input, weights, p.inputs, offset);
    output[o] = static_cast<Output>(channels.result(sum, channels.rescale(0)));
  }
  all.bound(output, p.outputs);
}

/// The sum of output channel o, requantized with one rounding, ties towards plus infinity.
template <class Activation>
inline Activation fully_connected_rounded_once(const FullyConnectedParams& p, int32_t sum, int32_t o,
                                               const int32_t* multiplier, const int32_t* shift) {
  const int32_t k = o * p.multiplier_stride, right = 31 - shift[k];
  const int64_t scaled = (static_cast<int64_t>(sum) * multiplier[k] + (int64_t{1} << (right - 1))) >> right;
  const int64_t y = p.output_offset + scaled;
  return static_cast<Activation>(y < p.activation_min ? p.activation_min : y > p.activation_max ? p.activation_max : y);
}

/// The requantized sum of output channel o, as in every layer; but uint8, whose judge is LiteRT, is rounded once
/// instead of twice.
template <class Activation, class Bias>
inline Activation fully_connected_result(const FullyConnectedParams& p, const Bias* bias,
                                         typename SumOf<Activation>::Type sum, int32_t o, const int32_t* multiplier,
                                         const int32_t* shift) {
  if (sizeof(Activation) > 1 || static_cast<Activation>(-1) < 0) {
    return requantized_channel<Activation>(p, bias, sum, o, multiplier, shift);
  }
  return fully_connected_rounded_once<Activation>(p, static_cast<int32_t>(sum), o, multiplier, shift);
}

/// output[b, o] = clamp(output_offset + requantize(bias[o] + sum over i of (weights[o, i] + weights_offset) *
/// (input[b, i] + input_offset))). bias may be null. Activation is int8, uint8 or int16, the last with a bias of int64
/// or int32. Four outputs at a time share the loads of the input.
template <class Activation, class Weights, class Bias>
inline void fully_connected(const FullyConnectedParams& p, const Activation* input, const Weights* weights,
                            const Bias* bias, const int32_t* multiplier, const int32_t* shift, Activation* output) {
  using Sum = typename SumOf<Activation>::Type;
  const int32_t offset = p.input_offset;
  const int32_t to_weight = weights_offset<Weights>(p);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const Weights* w0 = weights;
    const int32_t fours = p.outputs & ~3;
    for (int32_t o = 0; o < fours; o += 4, output += 4, w0 += 4 * p.inputs) {
      const Weights* w1 = w0 + p.inputs;
      const Weights* w2 = w1 + p.inputs;
      const Weights* w3 = w2 + p.inputs;
      Sum sum0 = bias ? bias[o] : 0;
      Sum sum1 = bias ? bias[o + 1] : 0;
      Sum sum2 = bias ? bias[o + 2] : 0;
      Sum sum3 = bias ? bias[o + 3] : 0;
      for (int32_t i = 0; i < p.inputs; ++i) {
        const int32_t value = input[i] + offset;
        sum0 += (w0[i] + to_weight) * value;
        sum1 += (w1[i] + to_weight) * value;
        sum2 += (w2[i] + to_weight) * value;
        sum3 += (w3[i] + to_weight) * value;
      }
      output[0] = fully_connected_result<Activation>(p, bias, sum0, o, multiplier, shift);
      output[1] = fully_connected_result<Activation>(p, bias, sum1, o + 1, multiplier, shift);
      output[2] = fully_connected_result<Activation>(p, bias, sum2, o + 2, multiplier, shift);
      output[3] = fully_connected_result<Activation>(p, bias, sum3, o + 3, multiplier, shift);
    }
    for (int32_t o = fours; o < p.outputs; ++o, ++output, w0 += p.inputs) {
      Sum sum = bias ? bias[o] : 0;
      for (int32_t i = 0; i < p.inputs; ++i) sum += (w0[i] + to_weight) * (input[i] + offset);
      *output = fully_connected_result<Activation>(p, bias, sum, o, multiplier, shift);
    }
  }
}

#ifdef MIRIM_SIMD32
template <>
inline void fully_connected(const FullyConnectedParams& p, const int8_t* input, const int8_t* weights,
                            const int32_t* bias, const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  const Int8Channels channels = Int8Channels::of(p, bias, multiplier, shift);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    fully_connected_by_simd32(p, input, p.input_offset, weights, channels, output);
  }
}
#endif

/// The same with float activations and int8 weights: each row is first quantized to `quantized`, with a zero point if
/// `asymmetric`. weights_scale is indexed by multiplier_stride, activation is {least, most}. Of p only sizes and
/// multiplier_stride are used.
template <bool asymmetric>
inline void fully_connected_dynamic(const FullyConnectedParams& p, const float* input, const int8_t* weights,
                                    const float* bias, const float* weights_scale, const float* activation,
                                    int8_t* quantized, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const DynamicScale in =
        asymmetric ? quantize_asymmetric(input, p.inputs, quantized) : quantize_symmetric(input, p.inputs, quantized);
    if (kSimd32) {
      const DynamicChannels channels =
          dynamic_channels(weights_scale, p.multiplier_stride, in.scale, false, bias, activation);
      fully_connected_by_simd32(p, quantized, -in.zero_point, weights, channels, output);
      output += p.outputs;
      continue;
    }
    for (int32_t o = 0; o < p.outputs; ++o) {
      const int8_t* row = weights + o * p.inputs;
      int32_t sum = 0;
      for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * (quantized[i] - in.zero_point);
      *output++ = dynamic_result(sum, dynamic_rescale(weights_scale[o * p.multiplier_stride], in.scale, false, bias, o),
                                 activation);
    }
  }
}

/// The float version: output = clamp(sum + bias). activation is {least, most}. Of p only sizes are used.
inline void fully_connected_float(const FullyConnectedParams& p, const float* input, const float* weights,
                                  const float* bias, const float* activation, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    for (int32_t o = 0; o < p.outputs;) {
      const float* row = weights + o * p.inputs;
      const int32_t together = o + 4 <= p.outputs ? 4 : 1;
      float sums[4] = {};
      if (together == 4) {
        for (int32_t i = 0; i < p.inputs; ++i) {
          const float value = input[i];
          sums[0] += row[i] * value;
          sums[1] += row[i + p.inputs] * value;
          sums[2] += row[i + 2 * p.inputs] * value;
          sums[3] += row[i + 3 * p.inputs] * value;
        }
      } else {
        for (int32_t i = 0; i < p.inputs; ++i) sums[0] += row[i] * input[i];
      }
      for (int32_t k = 0; k < together; ++k, ++o) {
        *output++ = bounded(sums[k] + (bias ? bias[o] : 0.0F), activation);
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
