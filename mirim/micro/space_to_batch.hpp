// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// Images [batch, height, width, channels] and the batches [block_height * block_width * batch, rows, columns,
/// channels] that their pixels go to: pixel (y, x) is in batch ((y + top) % block_height * block_width + (x + left) %
/// block_width), at ((y + top) / block_height, (x + left) / block_width).
template <class T>
struct SpaceToBatchParams {
  int32_t batch;
  int32_t height;
  int32_t width;
  int32_t channels;
  int32_t block_height;
  int32_t block_width;
  int32_t rows;
  int32_t columns;
  int32_t top;
  int32_t left;
  T padding;  ///< value of batches at places without a pixel
};

template <class V, class T>
constexpr void fields(V&& v, const SpaceToBatchParams<T>& p) {
  v("batch", p.batch);
  v("height", p.height);
  v("width", p.width);
  v("channels", p.channels);
  v("block_height", p.block_height);
  v("block_width", p.block_width);
  v("rows", p.rows);
  v("columns", p.columns);
  v("top", p.top);
  v("left", p.left);
  v("padding", p.padding);
}

/// Calls f(pixel, place) for every place of the batches, in order; pixel is -1 if there is none.
template <class T, class F>
inline void for_each_place(const SpaceToBatchParams<T>& p, F f) {
  int32_t place = 0;
  for (int32_t dy = 0; dy < p.block_height; ++dy) {
    for (int32_t dx = 0; dx < p.block_width; ++dx) {
      for (int32_t b = 0; b < p.batch; ++b) {
        for (int32_t row = 0; row < p.rows; ++row) {
          const int32_t y = row * p.block_height + dy - p.top;
          for (int32_t column = 0; column < p.columns; ++column, ++place) {
            const int32_t x = column * p.block_width + dx - p.left;
            const bool inside = y >= 0 && y < p.height && x >= 0 && x < p.width;
            f(inside ? (b * p.height + y) * p.width + x : -1, place);
          }
        }
      }
    }
  }
}

/// Images to batches.
template <class T>
inline void space_to_batch(const SpaceToBatchParams<T>& p, const T* images, T* batches) {
  for_each_place(p, [&](int32_t pixel, int32_t) {
    for (int32_t c = 0; c < p.channels; ++c) *batches++ = pixel < 0 ? p.padding : images[pixel * p.channels + c];
  });
}

/// Batches to images.
template <class T>
inline void batch_to_space(const SpaceToBatchParams<T>& p, const T* batches, T* images) {
  for_each_place(p, [&](int32_t pixel, int32_t place) {
    if (pixel < 0) return;
    for (int32_t c = 0; c < p.channels; ++c) images[pixel * p.channels + c] = batches[place * p.channels + c];
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
