// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/slice_at.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input and output [outer, first, middle, second, inner].
struct ReverseSequenceParams {
  int32_t outer;
  int32_t first;
  int32_t middle;
  int32_t second;
  int32_t inner;
  int32_t sequence_first;  ///< 1 if `first` is the sequence and `second` the batch, 0 if they are the other way round
};

template <class V>
constexpr void fields(V&& v, const ReverseSequenceParams& p) {
  v("outer", p.outer);
  v("first", p.first);
  v("middle", p.middle);
  v("second", p.second);
  v("inner", p.inner);
  v("sequence_first", p.sequence_first);
}

/// The first lengths[b] elements of the sequence of batch b in reverse order, the others as they are. A length outside
/// becomes the nearest inside.
template <class T, class Length>
inline void reverse_sequence(const ReverseSequenceParams& p, const T* input, const Length* lengths, T* output) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t a = 0; a < p.first; ++a) {
      for (int32_t m = 0; m < p.middle; ++m) {
        for (int32_t b = 0; b < p.second; ++b) {
          const int32_t at = p.sequence_first ? a : b, batch = p.sequence_first ? b : a;
          const int32_t length = position_inside(lengths[batch], p.sequence_first ? p.first : p.second);
          const int32_t from = at < length ? length - 1 - at : at;
          const int32_t row = p.sequence_first ? from : a, column = p.sequence_first ? b : from;
          const T* x = input + (((o * p.first + row) * p.middle + m) * p.second + column) * p.inner;
          for (int32_t i = 0; i < p.inner; ++i) *output++ = x[i];
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
