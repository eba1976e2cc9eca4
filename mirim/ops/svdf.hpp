#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// A fully connected layer over time with low-rank weights (a singular value decomposition filter; Nakkiran et al.,
/// 2015). A unit has `rank` filters f, each of which keeps its results for the last M inputs:
///   memory[b,f] is shifted by one step; its newest entry is sum over i of feature[f,i] * x[b,i]
///   y[b,u] = activation(bias[u] + sum over the filters f of u and m of time[f,m] * memory[b,f,m])
///
/// Inputs: x [B,I], feature [F,I], time [F,M], bias [F / rank] (optional), and its state [B,F*M], a variable. Output
/// [B,F/rank]. All float32; float32 with int8 feature and time; or int8 x, feature and output, an int32 bias, and time
/// and state both int8 or both int16. Integer outputs are not clamped to the activation, as in TFLite, where the zero
/// point does that. TFLite's SVDF.
struct Svdf {
  static constexpr std::string_view name = "SVDF";
  static constexpr int tflite_code = 27;
  static constexpr int tflite_options = 6;
  static constexpr std::array roles{role::activation, role::weights(0), role::weights(0), role::bias, role::activation};

  std::int32_t rank = 1;
  Activation activation = Activation::none;
  bool asymmetric_quantize_inputs = false;  ///< how float32 x is quantized for int8 weights

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Svdf&) const = default;
};

}  // namespace mirim
