#include "mirim/ops/batch_norm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/batch_norm_kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/ops/elementwise_binary.hpp"

namespace mirim::simd {
namespace {

const Node& node_at(const PlanBuilder& builder, int node) {
  return builder.graph().nodes[static_cast<std::size_t>(node)];
}

bool is_image(const PlanBuilder& builder, ValueId id) {
  const Value& value = builder.graph()[id];
  return !value.is_constant() && value.type.dtype == DType::float32 && value.type.shape.rank() == 4;
}

bool taken(const PlanBuilder& builder, const Node& node) {
  return node.op.is<BatchNorm>() && is_image(builder, node.inputs[0]) && builder.is_parameter(node.inputs[1]) &&
         builder.is_parameter(node.inputs[2]);
}

/// The batch norm among the operands of an ADD that is computed together with it, and the other operand.
struct NormInSum {
  int norm = -1;
  ValueId addend = kNoValue;
};
NormInSum norm_in_sum(const PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& sum = node_at(builder, node);
  const auto* op = sum.op.as<Add>();
  if (!op || op->activation == Activation::tanh || op->activation == Activation::sign_bit) return {};
  const auto makers = producers(graph);
  for (const std::size_t operand : {std::size_t{0}, std::size_t{1}}) {
    const ValueId addend = sum.inputs[1 - operand];
    const int norm = makers[static_cast<std::size_t>(sum.inputs[operand])];
    if (norm < 0 || addend == sum.inputs[operand] || !taken(builder, node_at(builder, norm)) ||
        builder.only_reader(sum.inputs[operand]) != node)
      continue;
    if (!is_image(builder, addend) || graph[addend].type.shape != graph[sum.inputs[operand]].type.shape) continue;
    return {norm, addend};
  }
  return {};
}

/// Replaces a batch norm that is computed together with the sum after it.
class DoneLater final : public Layer {
 public:
  std::string description() const override { return "done by the sum that reads it"; }
  void bind(const LayerMemory&) override {}
  void forward(bool) override {}
  void backward() override {}
};

/// y = clamp(gamma * (x - mean) / sqrt(variance + epsilon) + beta [+ addend]), one block of channels at a time: what
/// the first pass read is then often still in the cache for the second. Threads share the blocks, or, if there are too
/// few, the images of each.
class BlockedBatchNorm final : public Layer {
 public:
  BlockedBatchNorm(PlanBuilder& builder, const Node& norm, const FollowingClamp& clamp, ValueId addend)
      : epsilon_(norm.op.as<BatchNorm>()->epsilon),
        momentum_(norm.op.as<BatchNorm>()->momentum),
        clamp_(clamp),
        has_addend_(addend != kNoValue) {
    const Shape& shape = builder.graph()[norm.inputs[0]].type.shape;
    const std::int64_t width = stored_elements({1, 1, 1, 1}, Layout::blocked);
    channels_ = shape[3];
    blocks_ = (channels_ + width - 1) / width;
    pixels_ = {.images = shape[0],
               .image_stride = blocks_ * shape[1] * shape[2] * width,
               .area = shape[1] * shape[2],
               .width = width};
    const auto threads = std::max<std::int64_t>(1, builder.options().threads);
    slices_ = blocks_ >= threads ? 1 : std::min(threads, pixels_.images);

    builder.read(norm.inputs[0], Layout::blocked);
    if (has_addend_) builder.read(addend, Layout::blocked);
    builder.write(clamp.output, Layout::blocked);
    builder.takes_gradient_in_two();
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    builder.parameter(norm.inputs[1]);
    builder.parameter(norm.inputs[2]);
    builder.statistic(norm.inputs[3]);
    builder.statistic(norm.inputs[4]);
    constants_ = builder.buffer(blocks_ * std::int64_t{sizeof(Constants)});
    sums_ = builder.buffer(blocks_ * slices_ * std::int64_t{sizeof(Sums)});
  }

  std::string description() const override { return "vectorised loops"; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    constants_at_ = memory.arena->as<Constants>(constants_);
    sums_at_ = memory.arena->as<Sums>(sums_);
  }

  void forward(bool training) override {
    for_each_block([&](std::int64_t b) {
      const float* x = memory_->x[0] + b * block_stride();
      const float* addend = has_addend_ ? memory_->x[1] + b * block_stride() : nullptr;
      float* y = memory_->y[0] + b * block_stride();
      if (training) {
        for_each_slice([&](std::int64_t s) { moments(slice(s), x + start(s), x, sums(b, s)); });
        take_moments(b, x);
      } else {
        take_running(b);
      }
      for_each_slice([&](std::int64_t s) {
        normalize(slice(s), rule(b), x + start(s), addend ? addend + start(s) : nullptr, y + start(s));
      });
    });
  }

  void backward() override {
    for_each_block([&](std::int64_t b) {
      const Constants& constants = constants_at_[b];
      float* const addend_dx = has_addend_ ? memory_->dx[1] : nullptr;
      // The sum's gradient is written once, if the addend's maker needs it.
      for_each_slice([&](std::int64_t s) {
        float* g = addend_dx ? addend_dx + offset(b, s) : nullptr;
        gradient_moments(slice(s), gradient(b, s), constants.mean, g, sums(b, s));
      });
      take_gradient_moments(b);
      if (!memory_->dx[0]) return;
      const GradientRule rule{constants.mean, constants.of_g, constants.of_x, constants.constant};
      for_each_slice([&](std::int64_t s) {
        NormalizationGradient from = gradient(b, s);
        if (addend_dx) {
          constexpr float kInfinity = std::numeric_limits<float>::infinity();
          from.dy = addend_dx + offset(b, s);
          from.more_dy = nullptr;
          from.forward.least = -kInfinity;  // already clamped
          from.forward.most = kInfinity;
        }
        normalization_gradient(slice(s), from, rule, memory_->dx[0] + offset(b, s));
      });
    });
  }

 private:
  static constexpr std::size_t kWidth = 16;  ///< channels of the widest block
  /// Per-channel constants of the passes over one block.
  struct Constants {
    float mean[kWidth];
    float scale[kWidth];  ///< gamma / sqrt(variance + epsilon)
    float shift[kWidth];
    float inverse[kWidth];  ///< 1 / sqrt(variance + epsilon)
    float of_g[kWidth];
    float of_x[kWidth];
    float constant[kWidth];
  };
  struct Sums {
    float first[kWidth];
    float second[kWidth];
  };

  std::int64_t block_stride() const { return pixels_.area * pixels_.width; }
  /// Images of slice s: from first_image(s) to first_image(s + 1).
  std::int64_t first_image(std::int64_t s) const { return pixels_.images * s / slices_; }
  std::int64_t start(std::int64_t s) const { return first_image(s) * pixels_.image_stride; }
  std::int64_t offset(std::int64_t b, std::int64_t s) const { return b * block_stride() + start(s); }
  BlockPixels slice(std::int64_t s) const {
    BlockPixels pixels = pixels_;
    pixels.images = first_image(s + 1) - first_image(s);
    return pixels;
  }
  BlockSums sums(std::int64_t b, std::int64_t s) const {
    Sums& at = sums_at_[b * slices_ + s];
    return {at.first, at.second};
  }
  Normalization rule(std::int64_t b) const {
    return {constants_at_[b].scale, constants_at_[b].shift, clamp_.least, clamp_.most};
  }
  NormalizationGradient gradient(std::int64_t b, std::int64_t s) const {
    const std::int64_t at = offset(b, s);
    const float* more = memory_->more_dy[0];
    return {rule(b), memory_->x[0] + at, has_addend_ ? memory_->y[0] + at : nullptr, memory_->dy[0] + at,
            more ? more + at : nullptr};
  }

  template <class Body>
  void for_each_block(const Body& body) const {
    if (slices_ == 1) return for_each_part(static_cast<int>(blocks_), [&](int b) { body(std::int64_t{b}); });
    for (std::int64_t b = 0; b < blocks_; ++b) body(b);
  }
  template <class Body>
  void for_each_slice(const Body& body) const {
    for_each_part(static_cast<int>(slices_), [&](int s) { body(std::int64_t{s}); });
  }

  /// sum over the slices
  std::pair<double, double> total(std::int64_t b, std::size_t c) const {
    std::pair<double, double> sum{0, 0};
    for (std::int64_t s = 0; s < slices_; ++s) {
      sum.first += static_cast<double>(sums(b, s).first[c]);
      sum.second += static_cast<double>(sums(b, s).second[c]);
    }
    return sum;
  }

  double count() const { return static_cast<double>(pixels_.images * pixels_.area); }
  std::size_t width() const { return static_cast<std::size_t>(pixels_.width); }

  void set_scale(std::int64_t b, std::size_t c, double mean, double variance) {
    const std::size_t channel = static_cast<std::size_t>(b) * width() + c;
    const double inverse = 1 / std::sqrt(variance + static_cast<double>(epsilon_));
    const double scale = static_cast<double>(memory_->parameters[0].weights[channel]) * inverse;
    Constants& of = constants_at_[b];
    of.mean[c] = static_cast<float>(mean);
    of.inverse[c] = static_cast<float>(inverse);
    of.scale[c] = static_cast<float>(scale);
    of.shift[c] = static_cast<float>(static_cast<double>(memory_->parameters[1].weights[channel]) - mean * scale);
  }

  /// Mean and variance from sums around each channel's first pixel, which is near enough to the mean that nothing
  /// cancels.
  void take_moments(std::int64_t b, const float* around) {
    for (std::size_t c = 0; c < width(); ++c) {
      const auto [sum, squares] = total(b, c);
      const double distance = sum / count();
      const double mean = static_cast<double>(around[c]) + distance;
      const double variance = std::max(0.0, squares / count() - distance * distance);
      set_scale(b, c, mean, variance);
      const std::size_t channel = static_cast<std::size_t>(b) * width() + c;
      if (static_cast<std::int64_t>(channel) >= channels_) continue;
      for (const auto& [running, batch] :
           {std::pair{memory_->statistics[0], mean}, std::pair{memory_->statistics[1], variance}}) {
        running[channel] = momentum_ * running[channel] + (1 - momentum_) * static_cast<float>(batch);
      }
    }
  }

  void take_running(std::int64_t b) {
    for (std::size_t c = 0; c < width(); ++c) {
      const std::size_t channel = static_cast<std::size_t>(b) * width() + c;
      set_scale(b, c, static_cast<double>(memory_->statistics[0][channel]),
                static_cast<double>(memory_->statistics[1][channel]));
    }
  }

  /// With h = (x - mean) * inverse and n pixels: dbeta = sum g, dgamma = sum g h,
  /// dx = gamma * inverse * (g - dbeta / n - h * dgamma / n).
  void take_gradient_moments(std::int64_t b) {
    Constants& of = constants_at_[b];
    for (std::size_t c = 0; c < width(); ++c) {
      const auto [dbeta, products] = total(b, c);
      const double dgamma = products * static_cast<double>(of.inverse[c]);
      const auto scale = static_cast<double>(of.scale[c]);
      of.of_g[c] = of.scale[c];
      of.of_x[c] = static_cast<float>(-scale * dgamma * static_cast<double>(of.inverse[c]) / count());
      of.constant[c] = static_cast<float>(-scale * dbeta / count());
      const std::size_t channel = static_cast<std::size_t>(b) * width() + c;
      if (static_cast<std::int64_t>(channel) >= channels_) continue;
      memory_->parameters[0].gradient[channel] = static_cast<float>(dgamma);
      memory_->parameters[1].gradient[channel] = static_cast<float>(dbeta);
    }
  }

  float epsilon_;
  float momentum_;
  FollowingClamp clamp_;
  bool has_addend_;
  std::int64_t channels_ = 0;
  std::int64_t blocks_ = 0;
  std::int64_t slices_ = 1;
  BlockPixels pixels_{};
  Arena::BufferId constants_ = -1;
  Arena::BufferId sums_ = -1;
  const LayerMemory* memory_ = nullptr;
  Constants* constants_at_ = nullptr;
  Sums* sums_at_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node) {
  const NormInSum in_sum = norm_in_sum(builder, node);
  if (in_sum.norm >= 0) {
    const auto clamp = following_clamp(builder, node, node_at(builder, node).op.as<Add>()->activation);
    return std::make_unique<BlockedBatchNorm>(builder, node_at(builder, in_sum.norm), *clamp, in_sum.addend);
  }
  const Node& norm = node_at(builder, node);
  if (!taken(builder, norm)) return nullptr;
  const int reader = builder.only_reader(norm.outputs[0]);
  if (reader >= 0 && norm_in_sum(builder, reader).norm == node) return std::make_unique<DoneLater>();
  return std::make_unique<BlockedBatchNorm>(builder, norm, *following_clamp(builder, node, Activation::none), kNoValue);
}

}  // namespace mirim::simd
