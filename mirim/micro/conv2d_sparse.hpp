// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/micro/isa/sparse_blocks.hpp"

/// conv2d_paired with weights of which most fours are zero; these take no time and no memory (isa/sparse_blocks.hpp,
/// which has the order of `packed`, too). A four is four weights of a filter side by side, as `mirim prune --block 1x4`
/// leaves them. `scratch`: paired_scratch_bytes.
namespace mirim {
namespace micro {
inline namespace v0 {

/// kPixels of a filter at a time, 4 or 1.
template <int kPixels>
inline void conv2d_sparse(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                          int8_t* output) {
  auto pixels = PairedPixels<kPixels, SparseBlocks<kPixels>>::of(p, packed, scratch);
  conv2d_paired_image<1>(p, input, pixels, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
