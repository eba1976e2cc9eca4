#pragma once

#include <algorithm>

#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/tap_products.hpp"
#include "mirim/exec/simd/trained_constant.hpp"

namespace mirim::simd {

/// What a convolution and a transposed one share in training: y = clamp(product(x, w) + b) of images in the graph's
/// layout, with the weights in blocks. Each thread has some images and its own memory.
class TapLayer : public Layer {
 public:
  std::string description() const override { return "vectorised taps"; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    std::size_t parameter = 0;
    weights_.bind(memory, parameter);
    bias_.bind(memory, parameter);
  }

 protected:
  /// The operands of the node, and the floats of an image of each.
  struct Operands {
    ValueId x, weights, bias;
    std::int64_t x_image, y_image, y_channels;
    Codec codec;  ///< of the weights
  };

  TapLayer(PlanBuilder& builder, const Operands& operands, TapProducts products, const FollowingClamp& clamp)
      : products_(std::move(products)),
        clamp_(clamp),
        wants_dx_(builder.wants_gradient(operands.x)),
        of_(operands),
        parts_(std::clamp<std::int64_t>(builder.options().threads, 1, std::max<std::int64_t>(1, images()))) {
    builder.read(of_.x, Layout::plain);
    builder.write(clamp.output, Layout::plain);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    weights_ = TrainedConstant(builder, of_.weights, of_.codec);
    bias_ = TrainedConstant(builder, of_.bias);

    narrow_at_ = round_up(products_.wide_frame());
    sums_at_ = narrow_at_ + round_up(products_.narrow_frame());
    bias_sums_at_ = sums_at_ + round_up(of_.codec.stored);
    floats_ = bias_sums_at_ + round_up(of_.y_channels);
    builder.scratch(parts_ * floats_ * std::int64_t{sizeof(float)});
    blocked_bias_ =
        builder.buffer(std::max(products_.narrow_bias(), products_.wide_bias()) * std::int64_t{sizeof(float)});
    if (products_.transposed_weights() > 0) {
      transposed_ = builder.buffer(products_.transposed_weights() * std::int64_t{sizeof(float)});
    }
  }

  /// A few images of one call, from `first` on, and memory for their frames.
  struct Few {
    std::int64_t first, count;
    float* wide;
    float* narrow;
    float* sums;  ///< of the weights' gradient
  };

  const float* x(const Few& few) const { return memory_->x[0] + few.first * of_.x_image; }
  float* y(const Few& few) const { return memory_->y[0] + few.first * of_.y_image; }
  float* dy(const Few& few) const { return memory_->dy[0] + few.first * of_.y_image; }
  float* dx(const Few& few) const { return memory_->dx[0] + few.first * of_.x_image; }
  TapProducts::Then then(const float* bias) const { return {bias, clamp_.least, clamp_.most}; }
  float* blocked_bias() const { return memory_->arena->as<float>(blocked_bias_); }
  float* transposed() const { return memory_->arena->as<float>(transposed_); }

  /// body(few images) for all images, in threads.
  template <class Body>
  void for_each_few(const Body& body) const {
    for_each_part(static_cast<int>(parts_), [&](int part) { for_each_few_of(part, body); });
  }

  /// The same in the backward pass: dy has gone through the clamp, the bias's gradient is computed here, and that of
  /// the weights is what the bodies add to their sums.
  template <class Body>
  void for_each_few_backward(const Body& body) const {
    for_each_part(static_cast<int>(parts_), [&](int part) {
      std::fill(scratch_of(part) + sums_at_, scratch_of(part) + floats_, 0.0F);
      for_each_few_of(part, [&](const Few& few) {
        if (clamp_.bounded()) {
          clamp_gradient(y(few), dy(few), dy(few), few.count * of_.y_image, clamp_.least, clamp_.most);
        }
        body(few);
        if (bias_.gradient) add_bias_gradient(few, scratch_of(part) + bias_sums_at_);
      });
    });
    gather(weights_.gradient, sums_at_, of_.codec.stored);
    gather(bias_.gradient, bias_sums_at_, of_.y_channels);
  }

  TapProducts products_;
  FollowingClamp clamp_;
  bool wants_dx_;
  TrainedConstant weights_, bias_;

 private:
  static std::int64_t round_up(std::int64_t n) { return (n + 15) / 16 * 16; }
  std::int64_t images() const { return products_.geometry().images; }
  float* scratch_of(int part) const { return reinterpret_cast<float*>(memory_->scratch) + part * floats_; }

  template <class Body>
  void for_each_few_of(int part, const Body& body) const {
    float* scratch = scratch_of(part);
    const std::int64_t end = images() * (part + 1) / parts_;
    for (std::int64_t i = images() * part / parts_; i < end; i += products_.together()) {
      body(Few{i, std::min(products_.together(), end - i), scratch, scratch + narrow_at_, scratch + sums_at_});
    }
  }

  /// A few images are summed at a time: rounding errors then grow with their pixels, not the batch's.
  void add_bias_gradient(const Few& few, float* sums) const {
    const float* from = dy(few);
    const std::int64_t pixels = few.count * of_.y_image / of_.y_channels;
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t o = 0; o < of_.y_channels; ++o) sums[o] += from[p * of_.y_channels + o];
    }
  }

  /// Adds the parts' sums, in order.
  void gather(float* to, std::int64_t at, std::int64_t count) const {
    if (!to) return;
    std::copy_n(scratch_of(0) + at, count, to);
    for (int part = 1; part < parts_; ++part) accumulate(scratch_of(part) + at, to, count);
  }

  Operands of_;
  std::int64_t parts_;
  Arena::BufferId blocked_bias_ = -1, transposed_ = -1;
  std::int64_t narrow_at_, sums_at_, bias_sums_at_, floats_;  // in a part's scratch memory, after the wide frames
  const LayerMemory* memory_ = nullptr;
};

}  // namespace mirim::simd
