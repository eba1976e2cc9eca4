#include "mirim/exec/int8/packing.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/exec/int8/float_scale.hpp"
#include "mirim/ops/window.hpp"

namespace mirim::int8 {

std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

std::int64_t parameter(const KernelCall& call, std::string_view name) {
  for (const KernelCall::Parameter& p : call.parameters) {
    if (p.name != name) continue;
    std::int64_t value = 0;
    std::from_chars(p.value.data(), p.value.data() + p.value.size(), value);
    return value;
  }
  fail("{} has no parameter {}", call.function, name);
}

Windows plain_windows(const KernelCall& call, std::int64_t channels) {
  const auto of = [&](std::string_view name) { return parameter(call, name); };
  return {.height = of("input_height"),
          .width = of("input_width"),
          .channels = channels,
          .filter_height = of("filter_height"),
          .filter_width = of("filter_width"),
          .output_height = of("output_height"),
          .output_width = of("output_width"),
          .stride_height = of("stride_height"),
          .stride_width = of("stride_width"),
          .dilation_height = 1,
          .dilation_width = 1,
          .top = of("padding_top"),
          .left = of("padding_left"),
          .zero_point = 0};
}

Windows windows(const KernelCall& call) {
  Windows w = plain_windows(call, parameter(call, "input_channels"));
  w.dilation_height = parameter(call, "dilation_height");
  w.dilation_width = parameter(call, "dilation_width");
  w.zero_point = static_cast<std::int8_t>(-parameter(call, "input_offset"));
  return w;
}

std::int64_t line_bytes(const Windows& w) {
  const std::int64_t reach = (w.output_width - 1) * w.stride_width + (w.filter_width - 1) * w.dilation_width + 1;
  return reach * ((w.filter_height + 3) / 4) * kColumnBytes;
}

bool reaches_far(const Windows& w) {
  return mirim::reaches_far(w.height, w.filter_height, w.dilation_height) ||
         mirim::reaches_far(w.width, w.filter_width, w.dilation_width);
}

bool is_dense(const Windows& w) {
  return w.filter_height == 1 && w.filter_width == 1 && w.stride_height == 1 && w.stride_width == 1 &&
         w.channels % 4 == 0;
}

std::int64_t patches_at_once(std::int64_t pixels, std::int64_t step, std::int64_t bytes) {
  constexpr std::int64_t kRows = 32;  // the kernels work best in multiples of it
  return std::min(pixels, std::max(kRows, bytes / step / kRows * kRows));
}

std::optional<RescaleTable> RescaleTable::make(const Multipliers& m, std::span<const std::int64_t> largest,
                                               int shifted_left, bool floats) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  RescaleTable t;
  t.zero_point_ = t.added_ = m.zero_point;
  t.min_ = m.min;
  t.max_ = m.max;
  const auto size = static_cast<std::size_t>(round_up(std::ssize(largest), kMostLanes));
  for (auto* array : {&t.left_, &t.multiplier_, &t.nudge_, &t.tie_, &t.right_}) array->resize(size);
  bool room = true;  // for the zero point in the nudge
  for (std::size_t c = 0; c < size; ++c) {
    const std::size_t channel = std::min(c, largest.size() - 1);
    std::int32_t multiplier = m.multiplier[channel * m.stride], shift = m.shift[channel * m.stride];
    if (multiplier == 0) multiplier = 1 << 30, shift = -31;  // a negligible factor: any sum gives 0
    const int left = shifted_left + std::max(shift, 0), right = std::max(-shift, 0);
    const std::int64_t nudge = right > 0 ? std::int64_t{1} << (right - 1) : 0;
    if (multiplier < 1 << 30 || largest[channel] > kMost >> left) return std::nullopt;
    const std::int64_t product = ((largest[channel] << left) * multiplier >> 31) + 1;
    if (product + nudge > kMost) return std::nullopt;
    room = room && product + nudge + (std::abs(std::int64_t{m.zero_point}) << right) <= kMost;
    t.left_[c] = left;
    t.multiplier_[c] = multiplier;
    t.nudge_[c] = static_cast<std::int32_t>(nudge);
    t.tie_[c] = right > 0 ? -1 : 0;
    t.right_[c] = right;
  }
  if (floats && !t.shifts_left()) t.find_floats(m, largest);
  if (room && t.in_floats_.empty()) {  // floats have it added afterwards
    t.added_ = 0;
    for (std::size_t c = 0; c < size; ++c) t.nudge_[c] += m.zero_point << t.right_[c];
  }
  return t;
}

void RescaleTable::find_floats(const Multipliers& m, std::span<const std::int64_t> largest) {
  std::vector<float> scale(multiplier_.size()), half(multiplier_.size());
  std::vector<std::uint8_t> in_floats(multiplier_.size() / kMostLanes, 1);
  const std::int64_t most = std::ranges::max(largest);
  Rounding last;
  std::optional<FloatScale> found;
  for (std::size_t c = 0; c < multiplier_.size(); ++c) {
    const Rounding rounding{.multiplier = multiplier_[c],
                            .right = right_[c],
                            .largest = m.stride == 0 ? most : largest[std::min(c, largest.size() - 1)],
                            .up = std::max(max_ - zero_point_, 0),
                            .down = std::max(zero_point_ - min_, 0)};
    if (rounding != last) found = float_scale(rounding);  // all channels may have the same
    last = rounding;
    if (found) {
      scale[c] = found->scale;
      half[c] = found->half;
    } else {
      in_floats[c / kMostLanes] = 0;
    }
  }
  if (std::ranges::count(in_floats, 1) == 0) return;
  scale_ = std::move(scale);
  half_ = std::move(half);
  in_floats_ = std::move(in_floats);
}

bool RescaleTable::shifts_left() const {
  return std::ranges::any_of(left_, [](std::int32_t left) { return left != 0; });
}

Rescale RescaleTable::view() const {
  return {.left = left_.data(),
          .multiplier = multiplier_.data(),
          .nudge = nudge_.data(),
          .tie = tie_.data(),
          .right = right_.data(),
          .zero_point = added_,
          .min = min_,
          .max = max_,
          .shifts_left = shifts_left(),
          .simple = !shifts_left() && min_ >= zero_point_,
          .scale = scale_.data(),
          .half = half_.data(),
          .in_floats = in_floats_.empty() ? nullptr : in_floats_.data()};
}

Sums sums(const std::int8_t* weights, const WeightOrder& order, const std::int32_t* bias, std::int32_t zero_point,
          const Kernels& kernels) {
  const std::int64_t most_input = std::max(127 - zero_point, 128 + zero_point);
  const std::int64_t input_offset = zero_point + kernels.flip;  // the value of a zero input
  Sums result;
  result.bias.resize(static_cast<std::size_t>(round_up(order.channels, kMostLanes)));
  for (std::int64_t c = 0; c < order.channels; ++c) {
    std::int64_t total = 0, absolute = 0;
    for (std::int64_t k = 0; k < order.count; ++k) {
      const std::int64_t w{weights[c * order.channel_step + k * order.step]};
      total += w;
      absolute += std::abs(w);
    }
    const std::int64_t b = bias ? bias[c] : 0;
    result.largest.push_back(absolute * most_input + std::abs(b));
    // Sums wrap around at 32 bits; the final sum fits.
    result.bias[static_cast<std::size_t>(c)] = static_cast<std::int32_t>(b - input_offset * total);
  }
  return result;
}

AlignedVector<std::int8_t> pack_product(const std::int8_t* weights, const WeightOrder& order, const Kernels& kernels) {
  const std::int64_t run = order.count / order.segments, lanes = kernels.lanes;
  const std::int64_t fours = round_up(round_up(run, 4) / 4, kernels.fours);
  AlignedVector<std::int8_t> packed(
      static_cast<std::size_t>(round_up(order.channels, lanes) * order.segments * fours * 4));
  for (std::int64_t c = 0; c < order.channels; ++c) {
    for (std::int64_t k = 0; k < order.count; ++k) {
      const std::int64_t segment = c / lanes * order.segments + k / run, in_run = k % run;
      const std::int64_t at = (segment * fours + in_run / 4) * 4 * lanes + c % lanes * 4 + in_run % 4;
      packed[static_cast<std::size_t>(at)] = weights[c * order.channel_step + k * order.step];
    }
  }
  return packed;
}

AlignedVector<std::int8_t> pack_depthwise(const std::int8_t* weights, const Windows& w, const Kernels& kernels) {
  const std::int64_t groups = (w.filter_height + 3) / 4, lanes = kernels.lanes;
  const std::int64_t vectors = (w.channels + lanes - 1) / lanes;
  AlignedVector<std::int8_t> packed(static_cast<std::size_t>(vectors * groups * w.filter_width * lanes * 4));
  for (std::int64_t i = 0; i < w.filter_height; ++i) {
    for (std::int64_t j = 0; j < w.filter_width; ++j) {
      for (std::int64_t c = 0; c < w.channels; ++c) {
        const std::int64_t tap = (c / lanes * groups + i / 4) * w.filter_width + j;
        packed[static_cast<std::size_t>(tap * 4 * lanes + c % lanes * 4 + i % 4)] =
            weights[(i * w.filter_width + j) * w.channels + c];
      }
    }
  }
  return packed;
}

}  // namespace mirim::int8
