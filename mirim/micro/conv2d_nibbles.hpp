// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/micro/isa/nibble_blocks.hpp"

/// conv2d_paired with weights of 4 bits, which are multiplied as they are (isa/nibble_blocks.hpp has the tiles, the
/// order of a block and its limit). `packed` begins with the step of all weights. `scratch`: paired_scratch_bytes.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Tiles of four filters and kPixels pixels, 2 or 1.
template <int kPixels>
inline void conv2d_nibbles(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                           int8_t* output) {
  auto pixels = PairedPixels<kPixels, NibbleBlocks<kPixels>>::of(p, packed + 1, scratch);
  pixels.blocks.step = static_cast<int32_t>(packed[0]);
  conv2d_paired_image<4>(p, input, pixels, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
