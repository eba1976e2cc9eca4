#pragma once

// Included by files that are compiled for one instruction set. No other header and nothing inline may be included here:
// the linker could choose that file's copy of it for a machine that lacks the instructions.
#include <stdint.h>

/// Loops over int8 tensors, written once (loops.hpp) over the few primitives of each instruction set (one .cpp each).
/// Sums of products are exact in any order and the rescaling is that of mirim/micro/requantize.hpp, so every set gives
/// the bits of the plain kernels.
namespace mirim::int8 {

/// From an int32 sum to int8, for each channel (arrays are padded to kMostLanes):
///   clamp(zero_point + ((((sum << left) * multiplier + 2^30) >> 31) + nudge + (sum < 0 ? tie : 0)) >> right))
/// With nudge = 2^(right-1), tie = -1 if right > 0, else both 0, this is TFLite's double rounding, if nothing but the
/// product leaves 32 bits. If there is room, the zero point is part of the nudge, shifted left.
struct Rescale {
  const int32_t* left;
  const int32_t* multiplier;
  const int32_t* nudge;
  const int32_t* tie;
  const int32_t* right;
  int32_t zero_point;  ///< 0 if it is part of the nudge
  int32_t min;
  int32_t max;
  bool shifts_left;  ///< some left is not 0
  bool simple;       ///< no left shift, and min >= zero_point (a ReLU): the ties of negative sums are clamped anyway
  /// The same in floats (float_scale.hpp), for each channel, and which groups of 16 channels have it; null if none has.
  /// If present, the zero point is not part of the nudge.
  const float* scale;
  const float* half;
  const uint8_t* in_floats;
};

/// The most lanes of int32 that a vector of any set has.
inline constexpr int kMostLanes = 16;

/// y[m][n] = rescale(bias[n] + sum over s, k of x[m * step + s * segment_step + k] * weights[n][s][k]), n < channels. A
/// row of x is one patch, or as many segments as the filter has rows, straight from a padded image. The weights are
/// [channels / lanes][segments][packed_fours][lanes][4]: four neighbours in k for each lane of a vector, padded with
/// zeros. The bias includes the input's offset. Channels are padded to kMostLanes.
struct Product {
  int64_t segments;
  int64_t segment_step;  ///< bytes
  int64_t fours;         ///< k in fours, rounded up
  int64_t packed_fours;  ///< `fours` rounded up to the set's own block
  int64_t channels;
  const int8_t* weights;
  const int32_t* bias;
  Rescale rescale;

  int64_t vector_bytes(int64_t lanes) const { return segments * packed_fours * 4 * lanes; }
};

/// Windows over an NHWC image, as Conv2dParams and DepthwiseConv2dParams have them.
struct Windows {
  int64_t height, width, channels;
  int64_t filter_height, filter_width;
  int64_t output_height, output_width;
  int64_t stride_height, stride_width;
  int64_t dilation_height, dilation_width;
  int64_t top, left;  ///< padding
  int8_t zero_point;  ///< the value outside of the image
};

/// One filter for each channel: weights [channels / lanes][filter_height / 4][filter_width][lanes][4 filter rows].
struct Depthwise {
  Windows windows;
  const int8_t* weights;
  const int32_t* bias;
  Rescale rescale;
  const int8_t* outside;  ///< width * channels zero points
  int8_t* line;           ///< scratch, see line_bytes
};

/// y[i] = rescale(scaled1(x1[i]) + scaled2(x2[i])), each operand with its own offset and scale; difference for SUB.
struct Addition {
  int32_t offset1, offset2;
  Rescale scale1, scale2, scale;
  bool subtract;
};

/// y[b, i, j, c] = clamp(mean of the window), ties away from zero; windows of 1 x 1 dilation.
struct Mean {
  Windows windows;
  int64_t images;
  int32_t min, max;
};

/// The kernels of an instruction set.
struct Kernels {
  const char* name;
  int lanes;      ///< of int32
  int64_t fours;  ///< packed_fours is a multiple of it
  uint8_t flip;   ///< patches hold bytes ^ flip: 0x80 if the instruction takes one operand unsigned
  int64_t slack;  ///< bytes after the last row of x that `product` may read
  bool floats;    ///< reads Rescale::in_floats

  /// For convolutions whose output rows or runs of k are too short for tiles; null if this set has none.
  const Kernels* narrow;

  /// The patches of output pixel `first` and those that follow, one every `step` bytes: the bytes under the window in
  /// the filter's order, flipped. Pixels are numbered across rows and images.
  void (*gather)(const Windows& windows, const int8_t* x, int64_t first, int64_t count, int8_t* patches, int64_t step);
  /// to[i] = from[i] ^ flip
  void (*copy)(const int8_t* from, int8_t* to, int64_t count);
  void (*product)(const Product& product, const int8_t* x, int64_t step, int64_t rows, int8_t* y);
  void (*depthwise)(const Depthwise& layer, const int8_t* x, int8_t* y);
  /// The same sums before they are rescaled; `rescale` is not used.
  void (*product_sums)(const Product& product, const int8_t* x, int64_t step, int64_t rows, int32_t* y);
  void (*depthwise_sums)(const Depthwise& layer, const int8_t* x, int32_t* y);
  void (*mean)(const Mean& mean, const int8_t* x, int8_t* y);
  void (*add)(const Addition& addition, const int8_t* x1, const int8_t* x2, int8_t* y, int64_t count);
};

/// Bytes of Depthwise::line: every column of the window's rows, padding included, four rows interleaved.
inline constexpr int64_t kColumnBytes = 4 * kMostLanes;

/// Those that this machine supports, fastest first; may be empty.
struct KernelList {
  const Kernels* const* first;
  int count;
  const Kernels* const* begin() const { return first; }
  const Kernels* const* end() const { return first + count; }
};
KernelList kernels_here();

const Kernels* amx_kernels();
const Kernels* avx512_vnni_kernels();
const Kernels* avx_vnni_kernels();
const Kernels* avx2_kernels();
const Kernels* neon_kernels();

}  // namespace mirim::int8
