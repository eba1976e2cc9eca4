#pragma once

#include <cstdint>

namespace mirim::test {

/// The kernels that BoardCalls (on_board.hpp) can call.
enum class BoardKernel : std::int32_t {
  conv2d,
  paired_4x2,
  paired_2x4,
  depthwise,
  plane,
  plane_in_place,
  paired_4x1,
  product_pair = 7,
  winograd = 8,
  depthwise_fours = 9,
  paired_4x2_odd = 99,
  nibbles = 10,      ///< plus the pixels of a tile, 1 or 2
  sparse = 13,       ///< plus the pixels, 1 or 4
  entropy = 17,      ///< plus the pixels, 1 or 2
  codebook = 100,    ///< plus 10 times the bits, plus 1 for lookup or 2 for tiles
  linear_pair = 20,  ///< plus the shift
  linear = 60        ///< likewise
};

}  // namespace mirim::test
