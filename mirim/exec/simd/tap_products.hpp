#pragma once

#include <limits>

#include "mirim/exec/simd/taps.hpp"

namespace mirim::simd {

/// The three products of a convolution that makes narrow images v [vertical.output, horizontal.output, outputs] from
/// wide ones u [height, width, channels]: v from u, u from v, and the gradient of the weights. A convolution runs by
/// the first and has its input's gradient by the second; a transposed convolution the other way round.
///
/// A call takes `count` images, at most `together()`, with the zeros around them that `framed_wide` or `framed_narrow`
/// adds. Thread-safe.
class TapProducts {
 public:
  /// `widens`: whether `to_wide` will be called.
  TapProducts(const TapGeometry& g, bool widens);

  const TapGeometry& geometry() const { return g_; }
  std::int64_t together() const { return together_; }

  /// Floats of the frames of `together()` images; 0 if images need none.
  std::int64_t wide_frame() const { return frame_floats(forward_.frame); }
  std::int64_t narrow_frame() const { return frame_floats(backward_.frame); }
  /// Images with zeros around them, in `to`; the images themselves if they need none.
  const float* framed_wide(const float* u, std::int64_t count, float* to) const;
  const float* framed_narrow(const float* v, std::int64_t count, float* to) const;

  /// Floats of the weights as `to_wide` reads them, and those weights from blocks.
  std::int64_t transposed_weights() const { return backward_.weights; }
  void transpose(const float* blocks, float* transposed) const;

  /// Floats of a bias as the products read it, of v's channels or of u's: in whole blocks for each group.
  std::int64_t narrow_bias() const { return g_.groups * tap_outputs(g_.group_outputs()); }
  std::int64_t wide_bias() const { return g_.groups * tap_outputs(g_.group_channels()); }
  void narrow_bias(const float* values, float* to) const { block_bias(values, g_.group_outputs(), to); }
  void wide_bias(const float* values, float* to) const { block_bias(values, g_.group_channels(), to); }

  /// What is added to the sums (null: nothing), and their bounds.
  struct Then {
    const float* bias = nullptr;
    float least = -std::numeric_limits<float>::infinity();
    float most = std::numeric_limits<float>::infinity();
  };
  /// v = clamp(w * u + bias), w in blocks.
  void to_narrow(const float* w, const Then& then, const float* framed_u, std::int64_t count, float* v) const;
  /// u = clamp(w' * v + bias), w' as `transpose` makes it. A u that no v reaches is the bias.
  void to_wide(const float* transposed, const Then& then, const float* framed_v, std::int64_t count, float* u) const;
  /// dw += v * u, in blocks, for a pair of an image and a gradient (either way round). Reads up to 15 floats after v.
  void add_weights_gradient(const float* framed_u, const float* v, std::int64_t count, float* dw) const;

 private:
  std::int64_t frame_floats(const Frame& frame) const { return frame.is_needed() ? together_ * frame.image() : 0; }
  void block_bias(const float* values, std::int64_t of_group, float* to) const;

  TapGeometry g_;
  std::int64_t together_;
  TapsForward forward_;
  TapsBackward backward_{};
};

}  // namespace mirim::simd
