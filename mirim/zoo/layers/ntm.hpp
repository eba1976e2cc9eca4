#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A neural Turing machine (Graves, Wayne and Danihelka, 2014): an LSTM with a memory of `slots` rows of `width`
/// numbers, which one head reads and one writes. Reads [features] and gives [units], one step a run. With the input x
/// and what was read last r:
///   h = LSTM([x, r]); of each head a key k, strength b, gate g, shift s and sharpness c are dense in h; of the writing
///   one also what it erases e and adds a w = softmax over the slots of (b cos(k, M));  w = g w + (1 - g) w_last;  w =
///   circular convolution with s;  w = w^c / sum M = M (1 - w_write e) + w_write a;  r = w_read M;  y = dense in [h, r]
/// b = softplus, g and e = sigmoid, s = softmax over -1, 0 and 1, c = 1 + softplus, k and a = tanh.
///
/// After a reset the first slot is in focus and the memory is 0.01.
struct NtmLayer {
  std::int64_t units = 0;
  std::int64_t controller = 64;
  std::int64_t slots = 32;
  std::int64_t width = 12;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "ntm"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
