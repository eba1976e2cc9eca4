#pragma once

#include <vector>

#include "mirim/exec/simd/plane_kernels.hpp"
#include "mirim/ops/window.hpp"

namespace mirim::simd {

/// Windows over each channel of NHWC images by itself; each channel has `multiplier` outputs.
struct PlaneGeometry {
  std::int64_t images, height, width, channels, multiplier;
  Window vertical, horizontal;

  std::int64_t outputs() const { return channels * multiplier; }
  std::int64_t x_image() const { return height * width * channels; }
  std::int64_t y_image() const { return vertical.output * horizontal.output * outputs(); }
};

/// An image as planes, one for each phase of the strides: plane [r][c] has the pixels at rows r, r + stride, ... and
/// columns c, c + stride, ... of the image with its padding. In such a plane the taps of all windows are as many runs
/// of floats, each by its offset. An output stands in a plane as the first pixel that its window reads; the columns
/// behind the last output are between the rows, and nobody's.
class Planes {
 public:
  explicit Planes(const PlaneGeometry& g);

  /// Floats: of all planes of x; of one plane, as y and dx are; of one with room in front for the taps, as dy is. All
  /// with what the kernels touch behind.
  std::int64_t x_floats() const { return phases() * plane_ + slack_; }
  std::int64_t plane_floats() const { return plane_ + slack_; }
  std::int64_t dy_floats() const { return margin_ + plane_ + slack_; }
  /// Where dy begins behind its room.
  std::int64_t margin() const { return margin_; }
  /// Floats of the weights' pattern of a tap.
  std::int64_t pattern() const { return pattern_; }

  /// The runs of all taps in the planes of x, and their length for the outputs.
  Runs forward() const { return {run_, offsets_}; }
  /// Whether dx is best made from the outputs, each adding to what its window reads: where there are far fewer outputs
  /// than inputs that their windows span. Else each input gathers from the outputs that read it.
  bool scatters() const { return plane_ > 2 * run_; }
  /// A phase of the inputs, whose gradient is one plane, from the taps that read it.
  struct Phase {
    std::int64_t row, column;
    std::vector<std::int64_t> offsets;  ///< into dy, behind its margin
    std::vector<std::int64_t> taps;
    std::vector<float> float_taps;
  };
  const std::vector<Phase>& backward() const { return phases_; }
  Runs backward(const Phase& phase) const { return {plane_, phase.offsets}; }

  /// The inside of the planes; what is padding stays.
  void put_input(const float* x, float* planes) const;
  /// The outputs out of a plane, and into one; what is between them stays.
  void take_output(const float* plane, float* y) const;
  void put_output(const float* y, float* plane) const;
  /// dx of a phase out of its plane, or of all phases out of all planes; over the outputs of a channel it is summed.
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
