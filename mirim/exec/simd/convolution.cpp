#include <algorithm>
#include <limits>
#include <utility>

#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/taps.hpp"
#include "mirim/exec/simd/trained_constant.hpp"
#include "mirim/ops/conv2d.hpp"

namespace mirim::simd {
namespace {

std::int64_t round_up(std::int64_t n) { return (n + 15) / 16 * 16; }

/// y = clamp(convolution(x, w) + b) of images in the graph's layout, any groups, strides and dilations. The weights are
/// in blocks of outputs. Each thread has some images and its own memory.
class TapConvolution final : public Layer {
 public:
  TapConvolution(PlanBuilder& builder, const Node& node, const TapGeometry& g, const FollowingClamp& clamp)
      : g_(g),
        clamp_(clamp),
        together_(images_together(g)),
        forward_(taps_forward(g)),
        parts_(std::clamp<std::int64_t>(builder.options().threads, 1, std::max<std::int64_t>(1, g.images))) {
    wants_dx_ = builder.wants_gradient(node.inputs[0]);
    if (wants_dx_) backward_ = taps_backward(g);
    builder.read(node.inputs[0], Layout::plain);
    builder.write(clamp.output, Layout::plain);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    weights_ = TrainedConstant(builder, node.inputs[1],
                               Codec{g.weights(), [g](const float* from, float* to) { to_blocks(g, from, to); },
                                     [g](const float* from, float* to) { from_blocks(g, from, to); }});
    if (node.inputs.size() > 2) bias_ = TrainedConstant(builder, node.inputs[2]);

    dy_at_ = forward_.frame.is_needed() ? round_up(together_ * forward_.frame.image()) : 0;
    sums_at_ = dy_at_ + (wants_dx_ ? round_up(together_ * backward_.frame.image()) : 0);
    bias_sums_at_ = sums_at_ + round_up(g.weights());
    floats_ = bias_sums_at_ + round_up(g.outputs);
    builder.scratch(parts_ * floats_ * std::int64_t{sizeof(float)});
    const std::int64_t rows = g.groups * tap_outputs(g.group_outputs());
    blocked_bias_ = builder.buffer(rows * std::int64_t{sizeof(float)});
    if (wants_dx_) transposed_ = builder.buffer(backward_.weights * std::int64_t{sizeof(float)});
  }

  std::string description() const override { return "vectorised taps"; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    std::size_t parameter = 0;
    weights_.bind(memory, parameter);
    bias_.bind(memory, parameter);
  }

  void forward(bool) override {
    const float* bias = make_blocked_bias();
    for_each_share([&](std::int64_t begin, std::int64_t end, float* scratch) {
      for (std::int64_t image = begin; image < end; image += together_) {
        const std::int64_t count = std::min(together_, end - image);
        const float* x = framed(forward_.frame, memory_->x[0] + image * g_.x_image(), count, scratch);
        const TapClamp clamp{clamp_.least, clamp_.most, g_.groups == 1};
        for_each_group(forward_.pixels, count * forward_.pixels_of_image, [&](auto pixels, std::int64_t group) {
          tap_forward({pixels, forward_.offsets, g_.group_outputs()}, clamp,
                      weights_.values + group * g_.group_weights(),
                      bias ? bias + group * tap_outputs(g_.group_outputs()) : nullptr, x + group * g_.group_channels(),
                      memory_->y[0] + image * g_.y_image() + group * g_.group_outputs());
        });
      }
    });
  }

  void backward() override {
    if (wants_dx_) transpose_blocks(g_, backward_, weights_.values, memory_->arena->as<float>(transposed_));
    for_each_share([&](std::int64_t begin, std::int64_t end, float* scratch) {
      std::fill(scratch + sums_at_, scratch + floats_, 0.0F);
      for (std::int64_t image = begin; image < end; image += together_) {
        const std::int64_t count = std::min(together_, end - image);
        float* dy = memory_->dy[0] + image * g_.y_image();
        if (clamp_.bounded()) {
          clamp_gradient(memory_->y[0] + image * g_.y_image(), dy, dy, count * g_.y_image(), clamp_.least, clamp_.most);
        }
        if (wants_dx_) input_gradient(image, count, framed(backward_.frame, dy, count, scratch + dy_at_));
        if (weights_.gradient) weights_gradient(image, count, dy, scratch);
        if (bias_.gradient) add_bias_gradient(dy, count, scratch + bias_sums_at_);
      }
    });
    gather_sums();
  }

 private:
  /// body(its first image, its end, its scratch memory)
  template <class Body>
  void for_each_share(const Body& body) const {
    for_each_part(static_cast<int>(parts_), [&](int part) {
      body(g_.images * part / parts_, g_.images * (part + 1) / parts_,
           reinterpret_cast<float*>(memory_->scratch) + part * floats_);
    });
  }

  /// body(pixels, group): some pixels at a time, so that what they read stays in the cache.
  template <class Body>
  void for_each_group(const std::vector<TapPixel>& pixels, std::int64_t count, const Body& body) const {
    constexpr std::int64_t kPixels = 960;
    for (std::int64_t first = 0; first < count; first += kPixels) {
      const std::span some(pixels.data() + first, static_cast<std::size_t>(std::min(kPixels, count - first)));
      for (std::int64_t group = 0; group < g_.groups; ++group) body(some, group);
    }
  }

  /// Images with their padding, in `to`; the images themselves if none is needed.
  static const float* framed(const Frame& frame, const float* images, std::int64_t count, float* to) {
    if (!frame.is_needed()) return images;
    for (std::int64_t i = 0; i < count; ++i) {
      frame.copy(images + i * frame.height * frame.width * frame.channels, to + i * frame.image());
    }
    return to;
  }

  const float* make_blocked_bias() const {
    if (!bias_.values) return nullptr;
    const std::int64_t outputs = g_.group_outputs(), rows = tap_outputs(outputs);
    auto* to = memory_->arena->as<float>(blocked_bias_);
    for (std::int64_t group = 0; group < g_.groups; ++group) {
      std::fill(std::copy_n(bias_.values + group * outputs, outputs, to + group * rows), to + (group + 1) * rows, 0.0F);
    }
    return to;
  }

  void input_gradient(std::int64_t image, std::int64_t count, const float* dy) const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const auto* weights = memory_->arena->as<float>(transposed_);
    const TapClamp clamp{-kInfinity, kInfinity, g_.groups == 1 && backward_.phases.size() == 1};
    for (const TapsBackward::Phase& phase : backward_.phases) {
      const std::int64_t of_group = std::ssize(phase.offsets) * tap_outputs(g_.group_channels());
      for_each_group(phase.pixels, count * phase.pixels_of_image, [&](auto pixels, std::int64_t group) {
        tap_forward({pixels, phase.offsets, g_.group_channels()}, clamp, weights + phase.weights_at + group * of_group,
                    nullptr, dy + group * g_.group_outputs(),
                    memory_->dx[0] + image * g_.x_image() + group * g_.group_channels());
      });
    }
  }

  void weights_gradient(std::int64_t image, std::int64_t count, const float* dy, float* scratch) const {
    const float* x = framed(forward_.frame, memory_->x[0] + image * g_.x_image(), count, scratch);
    for_each_group(forward_.pixels, count * forward_.pixels_of_image, [&](auto pixels, std::int64_t group) {
      tap_gradient({pixels, forward_.offsets, g_.group_outputs()}, x + group * g_.group_channels(),
                   dy + group * g_.group_outputs(), scratch + sums_at_ + group * g_.group_weights());
    });
  }

  /// Each image is summed separately: rounding errors then grow with its pixels, not the batch's.
  void add_bias_gradient(const float* dy, std::int64_t count, float* sums) const {
    const std::int64_t pixels = count * g_.y_image() / g_.outputs;
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t o = 0; o < g_.outputs; ++o) sums[o] += dy[p * g_.outputs + o];
    }
  }

  /// Adds the parts' sums, in order.
  void gather_sums() const {
    const auto gather = [&](float* to, std::int64_t at, std::int64_t count) {
      if (!to) return;
      const float* sums = reinterpret_cast<const float*>(memory_->scratch) + at;
      std::copy_n(sums, count, to);
      for (std::int64_t part = 1; part < parts_; ++part) accumulate(sums + part * floats_, to, count);
    };
    gather(weights_.gradient, sums_at_, g_.weights());
    gather(bias_.gradient, bias_sums_at_, g_.outputs);
  }

  TapGeometry g_;
  FollowingClamp clamp_;
  std::int64_t together_;
  TapsForward forward_;
  TapsBackward backward_{};
  std::int64_t parts_;
  bool wants_dx_ = false;
  TrainedConstant weights_, bias_;
  Arena::BufferId blocked_bias_ = -1, transposed_ = -1;
  std::int64_t dy_at_, sums_at_, bias_sums_at_, floats_;  // in a part's scratch memory, after the frames of x
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<Conv2d>();
  if (!op) return nullptr;
  for (std::size_t i = 1; i < n.inputs.size(); ++i) {
    const ValueId id = n.inputs[i];
    if (id != kNoValue && (!graph[id].is_constant() || graph[id].type.dtype != DType::float32)) return nullptr;
  }
  const auto clamp = following_clamp(builder, node, op->activation);
  if (!clamp) return nullptr;
  const Shape &x = graph[n.inputs[0]].type.shape, &w = graph[n.inputs[1]].type.shape;
  TapGeometry g{.images = x[0],
                .height = x[1],
                .width = x[2],
                .channels = x[3],
                .outputs = w[0],
                .groups = x[3] / w[3],
                .vertical = slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height),
                .horizontal = slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width)};
  if (reaches_far(x[1], w[1], op->dilation.height) || reaches_far(x[2], w[2], op->dilation.width)) return nullptr;
  if (g.width == 1 && g.horizontal.filter == 1) {  // a column has the same memory as a row
    std::swap(g.height, g.width);
    std::swap(g.vertical, g.horizontal);
  }
  return std::make_unique<TapConvolution>(builder, n, g, *clamp);
}

}  // namespace mirim::simd
