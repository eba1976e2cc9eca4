#include "mirim/exec/simd/ordered_convolution.hpp"

#include <algorithm>
#include <memory>

#include "mirim/exec/simd/packed_dense.hpp"
#include "mirim/ops/conv2d.hpp"

namespace mirim::simd {
namespace {

class OrderedConvolution {
 public:
  OrderedConvolution(const Conv2d& op, const BoundNode& bound, const ActivationRange& range)
      : shape_(bound.x[0].shape()),
        vertical_(slide(op.name, op.padding, shape_[1], filters(bound)[1], op.stride.height, op.dilation.height)),
        horizontal_(slide(op.name, op.padding, shape_[2], filters(bound)[2], op.stride.width, op.dilation.width)),
        outputs_(filters(bound)[0]),
        pixels_(vertical_.output * horizontal_.output),
        products_(vertical_.filter * horizontal_.filter * shape_[3]),
        rows_(std::min(kMostRows, pixels_)),
        x_(bound.x[0].as<float>().data()),
        y_(bound.y[0].as<float>().data()),
        dense_(bound.x[1].as<float>(), bound.x.has(2) ? bound.x[2].as<float>() : std::span<const float>(), outputs_,
               range.least, range.most, Sums::in_order),
        patches_(static_cast<std::size_t>(rows_ * products_)) {}

  void run() {
    for (std::int64_t image = 0; image < shape_[0]; ++image) {
      const float* x = x_ + image * shape_[1] * shape_[2] * shape_[3];
      float* y = y_ + image * pixels_ * outputs_;
      for (std::int64_t first = 0; first < pixels_; first += rows_) {
        const std::int64_t rows = std::min(rows_, pixels_ - first);
        for (std::int64_t r = 0; r < rows; ++r) gather(x, first + r, patches_.data() + r * products_);
        dense_.run(patches_.data(), y + first * outputs_, rows);
      }
    }
  }

 private:
  static constexpr std::int64_t kMostRows = 64;

  static const Shape& filters(const BoundNode& bound) { return bound.x[1].shape(); }

  // The pixels under one output, zeros outside of the image.
  void gather(const float* x, std::int64_t output, float* patch) const {
    const std::int64_t channels = shape_[3];
    const std::int64_t top = vertical_.start(output / horizontal_.output);
    const std::int64_t left = horizontal_.start(output % horizontal_.output);
    for (std::int64_t i = 0; i < vertical_.filter; ++i) {
      const std::int64_t row = top + i * vertical_.dilation;
      for (std::int64_t j = 0; j < horizontal_.filter; ++j, patch += channels) {
        const std::int64_t column = left + j * horizontal_.dilation;
        const bool is_inside = row >= 0 && row < shape_[1] && column >= 0 && column < shape_[2];
        if (is_inside) {
          std::copy_n(x + (row * shape_[2] + column) * channels, channels, patch);
        } else {
          std::fill_n(patch, channels, 0.0F);
        }
      }
    }
  }

  Shape shape_;  // of the images
  Window vertical_, horizontal_;
  std::int64_t outputs_, pixels_, products_;  // channels made; outputs of an image; terms of a sum
  std::int64_t rows_;                         // outputs at a time
  const float* x_;
  float* y_;
  PackedDense dense_;
  AlignedVector<float> patches_;
};

}  // namespace

std::function<void()> prepare_ordered_convolution(const BoundNode& bound) {
  const auto* op = bound.node.op.as<Conv2d>();
  if (!op || bound.sums == Sums::fastest || bound.x[1].dtype() != DType::float32) return {};
  const bool is_grouped = bound.x[0].shape()[3] != bound.x[1].shape()[3];
  if (is_grouped || !is_interval(op->activation) || !bound.is_fixed(1) || !bound.is_fixed(2)) return {};
  if (bound.x[1].shape().elements() == 0 || bound.y[0].shape().elements() == 0) return {};
  const auto layer = std::make_shared<OrderedConvolution>(*op, bound, activation_range(op->name, op->activation));
  return [layer] { layer->run(); };
}

}  // namespace mirim::simd
