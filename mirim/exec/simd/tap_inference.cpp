#include "mirim/exec/simd/tap_inference.hpp"

#include <algorithm>
#include <memory>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/simd/taps.hpp"
#include "mirim/ops/conv2d.hpp"

namespace mirim::simd {
namespace {

class TapConvolution {
 public:
  TapConvolution(const BoundNode& bound, const TapGeometry& g, const ActivationRange& range)
      : g_(g),
        together_(images_together(g)),
        taps_(taps_forward(g)),
        clamp_{range.least, range.most, g.groups == 1},
        weights_(static_cast<std::size_t>(g.weights())),
        x_(bound.x[0].as<float>().data()),
        y_(bound.y[0].as<float>().data()) {
    to_blocks(g, bound.x[1].as<float>().data(), weights_.data());
    if (taps_.frame.is_needed()) framed_.resize(static_cast<std::size_t>(together_ * taps_.frame.image()));
    if (!bound.x.has(2)) return;
    const std::int64_t outputs = g.group_outputs(), rows = tap_outputs(outputs);
    bias_.resize(static_cast<std::size_t>(g.groups * rows));
    const float* bias = bound.x[2].as<float>().data();
    for (std::int64_t group = 0; group < g.groups; ++group) {
      std::copy_n(bias + group * outputs, outputs, bias_.data() + group * rows);
    }
  }

  void run() {
    for (std::int64_t image = 0; image < g_.images; image += together_) {
      const std::int64_t count = std::min(together_, g_.images - image);
      const float* x = x_ + image * g_.x_image();
      if (!framed_.empty()) {
        for (std::int64_t i = 0; i < count; ++i) {
          taps_.frame.copy(x + i * g_.x_image(), framed_.data() + i * taps_.frame.image());
        }
        x = framed_.data();
      }
      const std::span pixels(taps_.pixels.data(), static_cast<std::size_t>(count * taps_.pixels_of_image));
      for (std::int64_t group = 0; group < g_.groups; ++group) {
        tap_forward({pixels, taps_.offsets, g_.group_outputs()}, clamp_, weights_.data() + group * g_.group_weights(),
                    bias_.empty() ? nullptr : bias_.data() + group * tap_outputs(g_.group_outputs()),
                    x + group * g_.group_channels(), y_ + image * g_.y_image() + group * g_.group_outputs());
      }
    }
  }

 private:
  TapGeometry g_;
  std::int64_t together_;
  TapsForward taps_;
  TapClamp clamp_;
  AlignedVector<float> weights_, bias_, framed_;
  const float* x_;
  float* y_;
};

}  // namespace

std::function<void()> prepare_tap_convolution(const BoundNode& bound) {
  const auto* op = bound.node.op.as<Conv2d>();
  if (!op || bound.sums == Sums::in_order || !is_interval(op->activation)) return {};
  if (bound.x[0].dtype() != DType::float32 || bound.x[1].dtype() != DType::float32) return {};
  if (!bound.is_fixed(1) || (bound.x.has(2) && !bound.is_fixed(2))) return {};
  const Shape &x = bound.x[0].shape(), &w = bound.x[1].shape();
  if (bound.y[0].shape().elements() == 0) return {};
  if (reaches_far(x[1], w[1], op->dilation.height) || reaches_far(x[2], w[2], op->dilation.width)) return {};
  const TapGeometry g{.images = x[0],
                      .height = x[1],
                      .width = x[2],
                      .channels = x[3],
                      .outputs = w[0],
                      .groups = x[3] / w[3],
                      .vertical = slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height),
                      .horizontal = slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width)};
  const auto layer = std::make_shared<TapConvolution>(bound, g, activation_range(op->name, op->activation));
  return [layer] { layer->run(); };
}

}  // namespace mirim::simd
