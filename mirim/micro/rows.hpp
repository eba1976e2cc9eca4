// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"
#include "mirim/micro/unroll.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Rows [first, end) of a tensor, one after the other in a buffer of a chain. Rows below 0 and from the tensor's height
/// on are padding.
struct Rows {
  int32_t first;
  int32_t end;
};

/// What a buffer of rows is like.
struct RowsParams {
  int32_t height;  ///< of the tensor
  int32_t row_bytes;
  int32_t capacity;  ///< rows in the buffer
  int32_t before;    ///< rows of padding above
  int32_t padding;   ///< every byte of them
};

/// Row `row`, which is there.
inline unsigned char* row_of(const RowsParams& p, const Rows& rows, unsigned char* buffer, int32_t row) {
  return buffer + (row - rows.first) * p.row_bytes;
}

/// Four bytes of elements of any type.
#if defined(__GNUC__)
typedef uint32_t __attribute__((may_alias)) AnyWord;  // NOLINT: an attribute's type
#else
using AnyWord = uint32_t;
#endif

/// Copies `bytes`; `to` may lie before `from` and overlap it. Both begin at a word if `bytes` are whole words.
inline void copy_forward(unsigned char* to, const unsigned char* from, int32_t bytes) {
  if (bytes % 4 != 0) {
    for (int32_t i = 0; i < bytes; ++i) to[i] = from[i];
    return;
  }
  const auto* source = reinterpret_cast<const AnyWord*>(from);
  auto* target = reinterpret_cast<AnyWord*>(to);
  MIRIM_UNROLL(8)
  for (int32_t i = 0; i < bytes / 4; ++i) target[i] = source[i];
}

/// Where the next `count` rows go. If the buffer is full, rows before `needed` make room.
inline unsigned char* room_for(const RowsParams& p, Rows& rows, unsigned char* buffer, int32_t count, int32_t needed) {
  if (rows.end + count - rows.first > p.capacity) {
    const int32_t first = min(needed, rows.end);
    const unsigned char* const from = row_of(p, rows, buffer, first);
    for (int32_t row = 0; row < rows.end - first; ++row)
      copy_forward(buffer + row * p.row_bytes, from + row * p.row_bytes, p.row_bytes);
    rows.first = first;
  }
  return row_of(p, rows, buffer, rows.end);
}

/// `count` rows of padding.
inline void fill_rows(const RowsParams& p, unsigned char* to, int32_t count) {
  for (int32_t i = 0; i < count * p.row_bytes; ++i) to[i] = static_cast<unsigned char>(p.padding);
}

/// No row yet but the padding above.
inline Rows first_rows(const RowsParams& p, unsigned char* buffer) {
  fill_rows(p, buffer, p.before);
  return {-p.before, 0};
}

/// One row of padding below, if all of the tensor was made; says whether it was.
inline bool pad_below(const RowsParams& p, Rows& rows, unsigned char* buffer, int32_t needed) {
  if (rows.end < p.height) return false;
  fill_rows(p, room_for(p, rows, buffer, 1, needed), 1);
  ++rows.end;
  return true;
}

/// The next row, which may lie at any byte.
inline void push_row(const RowsParams& p, Rows& rows, unsigned char* buffer, const unsigned char* row, int32_t needed) {
  unsigned char* const to = room_for(p, rows, buffer, 1, needed);
  for (int32_t i = 0; i < p.row_bytes; ++i) to[i] = row[i];
  ++rows.end;
}

/// One row of a whole tensor, or of padding.
inline void take_row(const RowsParams& p, Rows& rows, unsigned char* buffer, const unsigned char* tensor,
                     int32_t needed) {
  if (pad_below(p, rows, buffer, needed)) return;
  copy_forward(room_for(p, rows, buffer, 1, needed), tensor + rows.end * p.row_bytes, p.row_bytes);
  ++rows.end;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
