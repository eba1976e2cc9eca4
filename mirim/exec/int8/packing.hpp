#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/int8/kernels.hpp"
#include "mirim/graph/kernel_call.hpp"

/// Converts a lowered device kernel to the constants of Kernels.
namespace mirim::int8 {

/// A parameter of the call by its name in the device kernel's struct.
std::int64_t parameter(const KernelCall& call, std::string_view name);

/// The windows of a convolution's or pooling's call.
Windows windows(const KernelCall& call);
Windows plain_windows(const KernelCall& call, std::int64_t channels);
/// Bytes of Depthwise::line.
std::int64_t line_bytes(const Windows& windows);

/// TFLite's multiplier and shift for each channel (or one for all, stride 0), and the output's zero point and range.
struct Multipliers {
  std::span<const std::int32_t> multiplier{};
  std::span<const std::int32_t> shift{};
  std::size_t stride = 0;
  std::int32_t zero_point = 0;
  std::int32_t min = -128;
  std::int32_t max = 127;
};

/// Rescale with its arrays.
class RescaleTable {
 public:
  /// `largest[c]` bounds the absolute value of channel c's sums; they are shifted left by `shifted_left` more bits.
  /// Empty if the arithmetic of Rescale could leave 32 bits. With `floats` it also has the float form where 16
  /// consecutive channels have one, for results that are clamped to int8.
  static std::optional<RescaleTable> make(const Multipliers& m, std::span<const std::int64_t> largest,
                                          int shifted_left = 0, bool floats = false);
  Rescale view() const;

 private:
  void find_floats(const Multipliers& m, std::span<const std::int64_t> largest);
  bool shifts_left() const;

  std::vector<std::int32_t> left_, multiplier_, nudge_, tie_, right_;
  std::vector<float> scale_, half_;
  std::vector<std::uint8_t> in_floats_;
  std::int32_t zero_point_ = 0, added_ = 0, min_ = -128, max_ = 127;
};

/// The position of weight k of channel c, and the number of weights per channel and of segments.
struct WeightOrder {
  std::int64_t channels = 0;
  std::int64_t count = 0;
  std::int64_t segments = 1;
  std::int64_t channel_step = 0;
  std::int64_t step = 0;
};

/// mirim::reaches_far on either axis.
bool reaches_far(const Windows& w);
/// Whether every pixel is its own patch, without gaps: nothing to gather.
bool is_dense(const Windows& w);
/// How many of the `pixels` patches of `step` bytes are gathered at once: about `bytes` of them, in multiples that suit
/// the kernels.
std::int64_t patches_at_once(std::int64_t pixels, std::int64_t step, std::int64_t bytes);

/// The largest sums and the bias including the input's offset, for inputs at `zero_point` and flipped by `flip`.
struct Sums {
  std::vector<std::int64_t> largest;
  std::vector<std::int32_t> bias;  ///< filled up to kMostLanes
};
Sums sums(const std::int8_t* weights, const WeightOrder& order, const std::int32_t* bias, std::int32_t zero_point,
          const Kernels& kernels);

/// Weights in Product's order.
AlignedVector<std::int8_t> pack_product(const std::int8_t* weights, const WeightOrder& order, const Kernels& kernels);
/// Weights [filter_height, filter_width, channels] in Depthwise's order.
AlignedVector<std::int8_t> pack_depthwise(const std::int8_t* weights, const Windows& windows, const Kernels& kernels);

std::int64_t round_up(std::int64_t n, std::int64_t step);

}  // namespace mirim::int8
