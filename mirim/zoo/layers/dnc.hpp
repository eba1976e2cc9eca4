#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A differentiable neural computer (Graves et al., Nature 538, 2016; the equations of its Methods): an LSTM with a
/// memory of `slots` rows of `width` numbers, one writing head and `reads` reading ones. Beside looking rows up by
/// likeness it finds unused ones (usage, allocation) and goes from a row to the one that was written before or after it
/// (links). Reads [features] and gives [units], one step a run. With the input x, what was read last r, and of the
/// interface, which is dense in h = LSTM([x, r]), keys k, strengths b = 1 + softplus, erase e, free gates f, allocation
/// gate ga and write gate gw = sigmoid, modes m = softmax over backward, content, forward, and a vector v:
///   u = (u + w - u w) * product over the reading heads of (1 - f w_read)
///   a[j] = (1 - u[j]) * product of u[i] over u[i] < u[j], equal ones in order: no sort is needed
///   w = gw (ga a + (1 - ga) softmax(b cos(k, M)));  M = M (1 - w e) + w v
///   L[i,j] = (1 - w[i] - w[j]) L[i,j] + w[i] p[j], 0 where i = j;  p = (1 - sum w) p + w
///   w_read = m1 L^T w_read + m2 softmax(b cos(k, M)) + m3 L w_read;  r = w_read M;  y = dense in [h, r]
/// After a reset all state is 0.
struct DncLayer {
  std::int64_t units = 0;
  std::int64_t controller = 64;
  std::int64_t slots = 16;
  std::int64_t width = 10;
  std::int64_t reads = 1;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "dnc"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
