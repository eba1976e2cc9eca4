#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Self-attention (Vaswani et al., 2017) of a sequence [steps, features], with results of the same shape:
///   Q = x Wq + bq, K = x Wk + bk, V = x Wv + bv;  y = softmax(Q K^T / sqrt(n)) V Wo + bo
/// Features are cut into `heads` parts of n each, which attend by themselves. `causal`: a step sees itself and those
/// before it. In the operators FULLY_CONNECTED, BATCH_MATMUL, SOFTMAX, MUL, and RESHAPE and TRANSPOSE for heads.
struct AttentionLayer {
  std::int64_t heads = 1;
  bool causal = false;
  bool bias = true;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "attention"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
