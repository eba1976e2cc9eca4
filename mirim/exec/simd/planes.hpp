#pragma once

#include <vector>

#include "mirim/exec/simd/plane_kernels.hpp"
#include "mirim/ops/window.hpp"

namespace mirim::simd {

/// Windows over each channel of NHWC images separately; each channel has `multiplier` outputs.
struct PlaneGeometry {
  std::int64_t images, height, width, channels, multiplier;
  Window vertical, horizontal;

  std::int64_t outputs() const { return channels * multiplier; }
  std::int64_t x_image() const { return height * width * channels; }
  std::int64_t y_image() const { return vertical.output * horizontal.output * outputs(); }
};

/// An image as planes, one for each phase of the strides: plane [r][c] has the pixels at rows r, r + stride, ... and
/// columns c, c + stride, ... of the padded image. In such a plane each tap of all windows is one run of floats at its
/// offset. An output is at the position of the first pixel that its window reads; the columns after the last output are
/// unused gaps between the rows.
class Planes {
 public:
  explicit Planes(const PlaneGeometry& g);

  /// Sizes in floats: of all planes of x; of one plane, as for y and dx; of one plane with room before it for the taps,
  /// as for dy. Each includes what the kernels touch after the end.
  std::int64_t x_floats() const { return phases() * plane_ + slack_; }
  std::int64_t plane_floats() const { return plane_ + slack_; }
  std::int64_t dy_floats() const { return margin_ + plane_ + slack_; }
  /// The offset of dy after its room.
  std::int64_t margin() const { return margin_; }
  /// Floats of one tap's weight pattern.
  std::int64_t pattern() const { return pattern_; }

  /// The runs of all taps in the planes of x, and their length for the outputs.
  Runs forward() const { return {run_, offsets_}; }
  /// Whether dx is computed from the outputs, each adding to what its window reads: best if there are far fewer outputs
  /// than inputs under their windows. Otherwise each input gathers from the outputs that read it.
  bool scatters() const { return plane_ > 2 * run_; }
  /// One phase of the inputs, whose gradient is one plane, with the taps that read it.
  struct Phase {
    std::int64_t row, column;
    std::vector<std::int64_t> offsets;  ///< into dy, after its margin
    std::vector<std::int64_t> taps;
    std::vector<float> float_taps;
  };
  const std::vector<Phase>& backward() const { return phases_; }
  Runs backward(const Phase& phase) const { return {plane_, phase.offsets}; }

  /// Fills the interior of the planes; padding stays.
  void put_input(const float* x, float* planes) const;
  /// Copies the outputs from a plane, and into one; the gaps stay.
  void take_output(const float* plane, float* y) const;
  void put_output(const float* y, float* plane) const;
  /// Copies dx of a phase from its plane, or of all phases from all planes, summed over the outputs of a channel.
  void take_gradient(const Phase& phase, const float* plane, float* dx) const;
  void take_gradients(const float* planes, float* dx) const;

 private:
  std::int64_t phases() const { return g_.vertical.stride * g_.horizontal.stride; }

  PlaneGeometry g_;
  std::int64_t columns_;  // of a plane
  std::int64_t rows_;
  std::int64_t plane_, run_, margin_, pattern_, slack_;
  std::vector<std::int64_t> offsets_;
  std::vector<Phase> phases_;
};

}  // namespace mirim::simd
