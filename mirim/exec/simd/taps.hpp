#pragma once

#include <optional>
#include <vector>

#include "mirim/exec/simd/tap_kernels.hpp"
#include "mirim/graph/shape.hpp"
#include "mirim/ops/transpose_conv.hpp"
#include "mirim/ops/window.hpp"

/// The pixels and terms of a convolution, for tap_kernels.hpp.
namespace mirim::simd {

/// A convolution of NHWC images; w is [outputs, height, width, channels / groups].
struct TapGeometry {
  std::int64_t images, height, width, channels;
  std::int64_t outputs, groups;
  Window vertical, horizontal;

  std::int64_t group_channels() const { return channels / groups; }
  std::int64_t group_outputs() const { return outputs / groups; }
  std::int64_t taps() const { return vertical.filter * horizontal.filter; }
  std::int64_t terms() const { return taps() * group_channels(); }
  std::int64_t x_image() const { return height * width * channels; }
  std::int64_t y_image() const { return vertical.output * horizontal.output * outputs; }
  /// Floats of the weights of one group and of all, in blocks: [groups][outputs / lanes][terms][lanes].
  std::int64_t group_weights() const { return tap_outputs(group_outputs()) * terms(); }
  std::int64_t weights() const { return groups * group_weights(); }
};

/// The same convolution; a column of pixels becomes a row, which has the same memory and longer runs.
TapGeometry column_as_row(TapGeometry g);

/// The convolution from the results of a transposed one to its input: x [N,H,W,C], weights [O,KH,KW,C], y [N,OH,OW,O].
/// Empty if its windows reach so far beyond y that a copy of it with their zeros takes too long.
std::optional<TapGeometry> transposed_geometry(const TransposeConv& op, const Shape& x, const Shape& weights,
                                               const Shape& y);

/// Copies images into larger ones with zeros around them.
struct Frame {
  std::int64_t height, width, channels;  ///< of an image
  std::int64_t top, left;                ///< zeros before it
  std::int64_t framed_height, framed_width;

  bool is_needed() const { return top > 0 || left > 0 || framed_height > height || framed_width > width; }
  std::int64_t image() const { return framed_height * framed_width * channels; }
  void copy(const float* from, float* to) const;
};

/// The images in one call: more than one if they are small.
std::int64_t images_together(const TapGeometry& g);

/// y from x.
struct TapsForward {
  Frame frame;                        ///< of x
  std::vector<TapPixel> pixels;       ///< of `images_together` images, one after the other
  std::vector<std::int64_t> offsets;  ///< of the first group
  std::int64_t pixels_of_image;
};
TapsForward taps_forward(const TapGeometry& g);

/// dx from dy. Along an axis of stride s the inputs fall into s phases, each of which meets only some of the taps.
struct TapsBackward {
  struct Phase {
    std::vector<std::int64_t> taps;  ///< of the filter, height times width
    std::vector<TapPixel> pixels;
    std::vector<std::int64_t> offsets;
    std::int64_t pixels_of_image;
    std::int64_t weights_at;  ///< its first group's weights in the array that `fill_weights` makes
  };
  Frame frame;  ///< of dy
  std::vector<Phase> phases;
  std::int64_t weights;  ///< floats
};
TapsBackward taps_backward(const TapGeometry& g);

/// Weights from the graph's order to blocks and back.
void to_blocks(const TapGeometry& g, const float* canonical, float* blocks);
void from_blocks(const TapGeometry& g, const float* blocks, float* canonical);

/// The same for the weights of a transposed convolution, in the graph [channels, height, width, outputs].
void to_transposed_blocks(const TapGeometry& g, const float* canonical, float* blocks);
void from_transposed_blocks(const TapGeometry& g, const float* blocks, float* canonical);

/// Blocks of outputs to the order of the phases: for each of them and each group [channels / lanes][taps x
/// outputs][lanes].
void transpose_blocks(const TapGeometry& g, const TapsBackward& taps, const float* blocks, float* transposed);

}  // namespace mirim::simd
