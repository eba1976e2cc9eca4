#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/layer.hpp"

namespace mirim::simd {

/// Whether these operands of a node are float32 constants, or absent: what a TrainedConstant takes.
inline bool are_constants(const Graph& graph, const Node& node, std::initializer_list<std::size_t> operands) {
  return std::ranges::all_of(operands, [&](std::size_t i) {
    const ValueId id = i < node.inputs.size() ? node.inputs[i] : kNoValue;
    return id == kNoValue || (graph[id].is_constant() && graph[id].type.dtype == DType::float32);
  });
}

/// A layer's weights or bias: a trained parameter, a frozen constant or, if made without a value, nothing.
class TrainedConstant {
 public:
  TrainedConstant() = default;
  /// Asks the builder for it, unless it is absent or frozen. A codec also applies to a frozen one.
  TrainedConstant(PlanBuilder& builder, ValueId id, const std::optional<Codec>& codec = std::nullopt) {
    if (id == kNoValue) return;
    trained_ = builder.is_parameter(id);
    if (trained_) {
      builder.parameter(id, codec);
      return;
    }
    const auto constant = builder.graph()[id].values<float>();
    frozen_.assign(constant.begin(), constant.end());
    if (!codec) return;
    frozen_.resize(static_cast<std::size_t>(codec->stored));
    codec->encode(constant.data(), frozen_.data());
  }

  /// If it is a parameter, takes the address of parameter `next`, and increments `next`.
  void bind(const LayerMemory& memory, std::size_t& next) {
    if (trained_) {
      values = memory.parameters[next].weights;
      gradient = memory.parameters[next++].gradient;
    } else if (!frozen_.empty()) {
      values = frozen_.data();
    }
  }

  const float* values = nullptr;  ///< null when absent
  float* gradient = nullptr;      ///< null when not trained

 private:
  bool trained_ = false;
  AlignedVector<float> frozen_;
};

}  // namespace mirim::simd
