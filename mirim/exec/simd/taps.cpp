#include "mirim/exec/simd/taps.hpp"

#include <algorithm>
#include <utility>

namespace mirim::simd {
namespace {

// Size of the padded images along one axis.
std::int64_t extent(const Window& w) { return (w.output - 1) * w.stride + (w.filter - 1) * w.dilation + 1; }

// One phase of an axis: its inputs, and for each tap how far before an input's own output it reads.
struct AxisPhase {
  std::vector<std::int64_t> inputs, outputs;  // outputs[i]: output of inputs[i], without a tap's distance
  std::vector<std::int64_t> taps, distances;
};
struct Axis {
  std::vector<AxisPhase> phases;
  std::int64_t before = 0;  // zeros before dy
  std::int64_t size = 0;    // of dy with its zeros
};
Axis axis(const Window& w, std::int64_t input) {
  Axis a;
  std::int64_t last = w.output - 1;
  for (std::int64_t r = 0; r < w.stride; ++r) {
    AxisPhase phase;
    for (std::int64_t t = 0; t < w.filter; ++t) {
      if (t * w.dilation % w.stride != r) continue;
      phase.taps.push_back(t);
      phase.distances.push_back((t * w.dilation - r) / w.stride);
    }
    for (std::int64_t q = 0; q < input; ++q) {
      if ((q + w.before) % w.stride != r) continue;
      phase.inputs.push_back(q);
      phase.outputs.push_back((q + w.before - r) / w.stride);
    }
    if (phase.inputs.empty()) continue;
    if (!phase.taps.empty()) {
      a.before = std::max(a.before, phase.distances.back() - phase.outputs.front());
      last = std::max(last, phase.outputs.back());
    } else {
      std::ranges::fill(phase.outputs, 0);  // reads nothing
    }
    a.phases.push_back(std::move(phase));
  }
  a.size = a.before + last + 1;
  return a;
}

TapPixel pixel(std::int64_t x, std::int64_t y) { return {static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)}; }

// f(index in the graph's weights, index in blocks) for each weight.
template <class F>
void for_each_weight(const TapGeometry& g, const F& f) {
  const std::int64_t lanes = tap_lanes(g.group_outputs()), terms = g.terms();
  for (std::int64_t o = 0; o < g.outputs; ++o) {
    const std::int64_t group = o / g.group_outputs(), in_group = o % g.group_outputs();
    const std::int64_t at = group * g.group_weights() + in_group / lanes * terms * lanes + in_group % lanes;
    for (std::int64_t t = 0; t < terms; ++t) f(o * terms + t, at + t * lanes);
  }
}

// The place of weight i of [outputs, taps, channels] in [channels, taps, outputs], of one group.
std::int64_t exchanged(const TapGeometry& g, std::int64_t i) {
  const std::int64_t channel = i % g.channels, tap = i / g.channels % g.taps(), output = i / g.terms();
  return (channel * g.taps() + tap) * g.outputs + output;
}

}  // namespace

TapGeometry column_as_row(TapGeometry g) {
  if (g.width == 1 && g.horizontal.filter == 1 && g.horizontal.output == 1) {
    std::swap(g.height, g.width);
    std::swap(g.vertical, g.horizontal);
  }
  return g;
}

std::optional<TapGeometry> transposed_geometry(const TransposeConv& op, const Shape& x, const Shape& weights,
                                               const Shape& y) {
  const auto [vertical, horizontal] = op.windows(x, weights, y);
  if (x.elements() == 0 || reaches_far(y[1], extent(vertical), 1) || reaches_far(y[2], extent(horizontal), 1)) {
    return std::nullopt;
  }
  return column_as_row({.images = x[0],
                        .height = y[1],
                        .width = y[2],
                        .channels = y[3],
                        .outputs = x[3],
                        .groups = 1,
                        .vertical = vertical,
                        .horizontal = horizontal});
}

void Frame::copy(const float* from, float* to) const {
  const std::int64_t row = framed_width * channels;
  const std::int64_t rows = std::min(height, framed_height - top);
  const std::int64_t inside = std::min(width, framed_width - left) * channels;
  std::fill_n(to, top * row, 0.0F);
  to += top * row;
  for (std::int64_t r = 0; r < rows; ++r, from += width * channels, to += row) {
    std::fill_n(to, left * channels, 0.0F);
    std::copy_n(from, inside, to + left * channels);
    std::fill(to + left * channels + inside, to + row, 0.0F);
  }
  std::fill_n(to, (framed_height - top - rows) * row, 0.0F);
}

std::int64_t images_together(const TapGeometry& g) {
  constexpr std::int64_t kPixels = 64;
  const std::int64_t pixels =
      std::min(g.vertical.output * g.horizontal.output, g.height * g.width / g.vertical.stride / g.horizontal.stride);
  return std::min(g.images, kPixels / std::max<std::int64_t>(1, pixels) + 1);
}

TapsForward taps_forward(const TapGeometry& g) {
  const Window &v = g.vertical, &h = g.horizontal;
  TapsForward taps{.frame = {g.height, g.width, g.channels, v.before, h.before, extent(v), extent(h)},
                   .pixels = {},
                   .offsets = {},
                   .pixels_of_image = v.output * h.output};
  Frame& frame = taps.frame;
  if (!frame.is_needed()) frame.framed_height = g.height, frame.framed_width = g.width;
  for (std::int64_t n = 0; n < images_together(g); ++n) {
    for (std::int64_t r = 0; r < v.output; ++r) {
      for (std::int64_t c = 0; c < h.output; ++c) {
        taps.pixels.push_back(pixel(n * frame.image() + (r * v.stride * frame.framed_width + c * h.stride) * g.channels,
                                    n * g.y_image() + (r * h.output + c) * g.outputs));
      }
    }
  }
  for (std::int64_t i = 0; i < v.filter; ++i) {
    for (std::int64_t j = 0; j < h.filter; ++j) {
      for (std::int64_t c = 0; c < g.group_channels(); ++c) {
        taps.offsets.push_back((i * v.dilation * frame.framed_width + j * h.dilation) * g.channels + c);
      }
    }
  }
  return taps;
}

TapsBackward taps_backward(const TapGeometry& g) {
  const Axis vertical = axis(g.vertical, g.height), horizontal = axis(g.horizontal, g.width);
  TapsBackward taps{.frame = {g.vertical.output, g.horizontal.output, g.outputs, vertical.before, horizontal.before,
                              vertical.size, horizontal.size},
                    .phases = {},
                    .weights = 0};
  const std::int64_t row = taps.frame.framed_width;
  for (const AxisPhase& v : vertical.phases) {
    for (const AxisPhase& h : horizontal.phases) {
      TapsBackward::Phase phase{};
      for (std::int64_t n = 0; n < images_together(g); ++n) {
        for (std::size_t r = 0; r < v.inputs.size(); ++r) {
          for (std::size_t c = 0; c < h.inputs.size(); ++c) {
            const std::int64_t at = (v.outputs[r] + vertical.before) * row + h.outputs[c] + horizontal.before;
            phase.pixels.push_back(pixel(n * taps.frame.image() + at * g.outputs,
                                         n * g.x_image() + (v.inputs[r] * g.width + h.inputs[c]) * g.channels));
          }
        }
      }
      phase.pixels_of_image = std::ssize(v.inputs) * std::ssize(h.inputs);
      for (std::size_t i = 0; i < v.taps.size(); ++i) {
        for (std::size_t j = 0; j < h.taps.size(); ++j) {
          phase.taps.push_back(v.taps[i] * g.horizontal.filter + h.taps[j]);
          for (std::int64_t o = 0; o < g.group_outputs(); ++o) {
            phase.offsets.push_back(-(v.distances[i] * row + h.distances[j]) * g.outputs + o);
          }
        }
      }
      phase.weights_at = taps.weights;
      taps.weights += g.groups * std::ssize(phase.offsets) * tap_outputs(g.group_channels());
      taps.phases.push_back(std::move(phase));
    }
  }
  return taps;
}

void to_blocks(const TapGeometry& g, const float* canonical, float* blocks) {
  std::fill_n(blocks, g.weights(), 0.0F);
  for_each_weight(g, [&](std::int64_t i, std::int64_t at) { blocks[at] = canonical[i]; });
}

void from_blocks(const TapGeometry& g, const float* blocks, float* canonical) {
  for_each_weight(g, [&](std::int64_t i, std::int64_t at) { canonical[i] = blocks[at]; });
}

void to_transposed_blocks(const TapGeometry& g, const float* canonical, float* blocks) {
  std::fill_n(blocks, g.weights(), 0.0F);
  for_each_weight(g, [&](std::int64_t i, std::int64_t at) { blocks[at] = canonical[exchanged(g, i)]; });
}

void from_transposed_blocks(const TapGeometry& g, const float* blocks, float* canonical) {
  for_each_weight(g, [&](std::int64_t i, std::int64_t at) { canonical[exchanged(g, i)] = blocks[at]; });
}

void transpose_blocks(const TapGeometry& g, const TapsBackward& taps, const float* blocks, float* transposed) {
  const std::int64_t lanes = tap_lanes(g.group_outputs()), of_block = g.terms() * lanes;
  const std::int64_t channels = g.group_channels(), wide = tap_lanes(channels);
  std::fill_n(transposed, taps.weights, 0.0F);
  for (const TapsBackward::Phase& phase : taps.phases) {
    const std::int64_t terms = std::ssize(phase.offsets);
    float* to = transposed + phase.weights_at;
    for (std::int64_t group = 0; group < g.groups; ++group, to += terms * tap_outputs(channels)) {
      const float* from = blocks + group * g.group_weights();
      float* term = to;
      for (const std::int64_t tap : phase.taps) {
        for (std::int64_t o = 0; o < g.group_outputs(); ++o, term += wide) {
          const float* w = from + o / lanes * of_block + tap * channels * lanes + o % lanes;
          for (std::int64_t c = 0; c < channels; ++c) term[c / wide * terms * wide + c % wide] = w[c * lanes];
        }
      }
    }
  }
}

}  // namespace mirim::simd
