#include "mirim/exec/int8/layers.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "mirim/exec/int8/packing.hpp"
#include "mirim/exec/simd/dynamic_quantize.hpp"

/// Layers with float activations and int8 weights: each image is quantized to int8 with its own scale and zero point;
/// the sums are those of the integer kernels.
namespace mirim::int8 {
namespace {

std::span<const float> floats(const KernelConstant& constant) {
  return {reinterpret_cast<const float*>(constant.bytes.data()), constant.bytes.size() / sizeof(float)};
}

/// What the kinds of layers share.
class DynamicLayer {
 public:
  DynamicLayer(const BoundNode& bound, const KernelCall& call, const Kernels& kernels, const WeightOrder& order,
               std::int64_t images, bool asymmetric, bool weights_first)
      : kernels_(kernels),
        x_(bound.x[0].as<float>().data()),
        y_(bound.y[0].as<float>().data()),
        channels_(order.channels),
        images_(images),
        image_size_(bound.x[0].shape().elements() / images),
        result_size_(bound.y[0].shape().elements() / images),
        asymmetric_(asymmetric),
        none_(static_cast<std::size_t>(round_up(channels_, kMostLanes))),
        total_(none_.size()),
        scale_(none_.size()),
        bias_(none_.size()) {
    const auto scales = floats(call.constants[0]), bounds = floats(call.constants[1]);
    const auto stride = static_cast<std::size_t>(parameter(call, "multiplier_stride"));
    const std::int8_t* weights = weights_of(bound);
    for (std::int64_t c = 0; c < channels_; ++c) {
      const auto channel = static_cast<std::size_t>(c);
      scale_[channel] = scales[channel * stride];
      for (std::int64_t k = 0; k < order.count; ++k) {
        total_[channel] += weights[c * order.channel_step + k * order.step];
      }
    }
    if (bound.x.has(2)) std::ranges::copy(bound.x[2].as<float>(), bias_.begin());
    result_ = {.total = total_.data(),
               .scale = scale_.data(),
               .bias = bias_.data(),
               .least = bounds[0],
               .most = bounds[1],
               .weights_first = weights_first};
  }

 protected:
  /// Quantizes image i, flipped for the kernels' rows of x (`flip`) or unflipped (0).
  micro::DynamicScale quantize(std::int64_t i, std::uint8_t flip, std::int8_t* steps) const {
    return simd::quantize_dynamic(x_ + i * image_size_, image_size_, asymmetric_, flip, steps);
  }

  /// Where the sums of image i are until they are finished.
  std::int32_t* sums(std::int64_t i) const { return reinterpret_cast<std::int32_t*>(y_ + i * result_size_); }

  /// Finishes `pixels` of them from `at`; the kernels have added weights * (step + their flip).
  void finish(const micro::DynamicScale& scale, std::int32_t* at, std::int64_t pixels) const {
    simd::finish_dynamic(result_, scale.scale, scale.zero_point + kernels_.flip, at, pixels, channels_);
  }

  const Kernels& kernels_;
  const float* x_;
  float* y_;
  std::int64_t channels_;
  std::int64_t images_;
  std::int64_t image_size_;
  std::int64_t result_size_;
  bool asymmetric_;
  std::vector<std::int32_t> none_;  ///< the kernels' bias

 private:
  std::vector<std::int32_t> total_;
  std::vector<float> scale_;
  std::vector<float> bias_;
  simd::DynamicResult result_{};
};

Product plain_product(const WeightOrder& order, const Kernels& kernels, const AlignedVector<std::int8_t>& packed,
                      const std::vector<std::int32_t>& bias) {
  const std::int64_t fours = round_up(order.count, 4) / 4;
  return {.segments = 1,
          .segment_step = 0,
          .fours = fours,
          .packed_fours = round_up(fours, kernels.fours),
          .channels = order.channels,
          .weights = packed.data(),
          .bias = bias.data(),
          .rescale = {}};
}

/// Rows with a scale each, all of them as one matrix.
class DynamicDense : public DynamicLayer {
 public:
  DynamicDense(const BoundNode& bound, const KernelCall& call, const Kernels& kernels, const WeightOrder& order,
               std::int64_t rows, bool asymmetric)
      : DynamicLayer(bound, call, kernels, order, rows, asymmetric, false),
        packed_(pack_product(weights_of(bound), order, kernels)),
        product_(plain_product(order, kernels, packed_, none_)),
        step_(round_up(order.count, 4)),
        steps_(static_cast<std::size_t>(rows * step_ + kernels.slack)),
        scales_(static_cast<std::size_t>(rows)) {}

  void run() {
    for (std::int64_t i = 0; i < images_; ++i) {
      scales_[static_cast<std::size_t>(i)] = quantize(i, kernels_.flip, steps_.data() + i * step_);
    }
    kernels_.product_sums(product_, steps_.data(), step_, images_, sums(0));
    for (std::int64_t i = 0; i < images_; ++i) finish(scales_[static_cast<std::size_t>(i)], sums(i), 1);
  }

 private:
  AlignedVector<std::int8_t> packed_;
  Product product_;
  std::int64_t step_;
  AlignedVector<std::int8_t> steps_;
  std::vector<micro::DynamicScale> scales_;
};

/// fully_connected_blocks: a product of all rows with each block of the weights.
class DynamicBlocks {
 public:
  DynamicBlocks(const BoundNode& bound, const KernelCall& call, const Kernels& kernels)
      : kernels_(kernels.narrow && parameter(call, "block") < 4 * kernels.fours ? *kernels.narrow : kernels),
        x_(bound.x[0].as<float>().data()),
        y_(bound.y[0].as<float>().data()),
        rows_(parameter(call, "batches")),
        inputs_(parameter(call, "inputs")),
        channels_(parameter(call, "outputs")),
        block_(parameter(call, "block")),
        none_(static_cast<std::size_t>(round_up(channels_, kMostLanes))),
        bias_(none_.size()),
        steps_(static_cast<std::size_t>(rows_ * inputs_ + 4 + kernels_.slack)),
        scales_(static_cast<std::size_t>(rows_)),
        sums_(static_cast<std::size_t>(rows_ * channels_)) {
    const std::int64_t blocks = inputs_ / block_;
    const auto scales = floats(call.constants[0]);
    const WeightOrder order{channels_, block_, 1, inputs_, 1};
    for (std::int64_t k = 0; k < blocks; ++k) {
      const std::int8_t* weights = weights_of(bound) + k * block_;
      Block& made = blocks_.emplace_back(Block{.packed = pack_product(weights, order, kernels_)});
      for (std::int64_t o = 0; o < channels_; ++o) {
        made.scale.push_back(scales[static_cast<std::size_t>((o / 4 * blocks + k) * 4 + o % 4)]);
        made.total.push_back(std::accumulate(weights + o * inputs_, weights + o * inputs_ + block_, std::int32_t{0}));
      }
    }
    for (Block& block : blocks_) block.product = plain_product(order, kernels_, block.packed, none_);
    if (bound.x.has(2)) std::ranges::copy(bound.x[2].as<float>(), bias_.begin());
    const auto bounds = floats(call.constants[1]);
    result_.bias = bias_.data(), result_.least = bounds[0], result_.most = bounds[1];
  }

  void run() {
    for (std::int64_t i = 0; i < rows_; ++i) {
      std::int8_t* row = steps_.data() + i * inputs_;
      scales_[static_cast<std::size_t>(i)] = simd::quantize_to_even(x_ + i * inputs_, inputs_, kernels_.flip, row);
    }
    std::fill_n(y_, rows_ * channels_, 0.0F);
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
      const std::int8_t* from = steps_.data() + static_cast<std::int64_t>(k) * block_;
      kernels_.product_sums(blocks_[k].product, from, inputs_, rows_, sums_.data());
      for (std::int64_t i = 0; i < rows_; ++i) add(blocks_[k], i);
    }
    for (std::int64_t i = 0; i < rows_; ++i) {
      simd::finish_dynamic_blocks(result_, scales_[static_cast<std::size_t>(i)].scale, channels_, y_ + i * channels_);
    }
  }

 private:
  struct Block {
    AlignedVector<std::int8_t> packed;
    Product product{};
    std::vector<float> scale{};
    std::vector<std::int32_t> total{};  ///< of each channel's weights
  };

  void add(const Block& block, std::int64_t row) {
    const std::int32_t zero = scales_[static_cast<std::size_t>(row)].zero_point + kernels_.flip;
    simd::add_dynamic_block(sums_.data() + row * channels_, zero, block.total.data(), block.scale.data(), channels_,
                            y_ + row * channels_);
  }

  const Kernels& kernels_;
  const float* x_;
  float* y_;
  std::int64_t rows_;
  std::int64_t inputs_;
  std::int64_t channels_;
  std::int64_t block_;
  std::vector<Block> blocks_;
  std::vector<std::int32_t> none_;  ///< the kernels' bias
  std::vector<float> bias_;
  simd::DynamicResult result_{};
  AlignedVector<std::int8_t> steps_;
  std::vector<micro::DynamicScale> scales_;
  std::vector<std::int32_t> sums_;
};

class DynamicConvolution : public DynamicLayer {
 public:
  DynamicConvolution(const BoundNode& bound, const KernelCall& call, const Kernels& kernels, const WeightOrder& order,
                     const Windows& windows, std::int64_t images, bool asymmetric, bool weights_first)
      : DynamicLayer(bound, call, kernels, order, images, asymmetric, weights_first),
        windows_(windows),
        packed_(pack_product(weights_of(bound), order, kernels)),
        product_(plain_product(order, kernels, packed_, none_)),
        step_(product_.fours * 4),
        pixels_(windows.output_height * windows.output_width),
        dense_(is_dense(windows)) {
    constexpr std::int64_t kPatchBytes = 16 << 10;  // the 32-bit sums need as much again
    at_once_ = patches_at_once(pixels_, step_, kPatchBytes);
    steps_.resize(static_cast<std::size_t>(image_size_ + kernels.slack));
    if (!dense_) patches_.resize(static_cast<std::size_t>(at_once_ * step_ + kernels.slack));
  }

  void run() {
    for (std::int64_t i = 0; i < images_; ++i) {
      const micro::DynamicScale scale = quantize(i, dense_ ? kernels_.flip : 0, steps_.data());
      windows_.zero_point = static_cast<std::int8_t>(scale.zero_point);
      for (std::int64_t first = 0; first < pixels_; first += at_once_) {
        const std::int64_t count = std::min(at_once_, pixels_ - first);
        std::int32_t* y = sums(i) + first * channels_;
        if (!dense_) kernels_.gather(windows_, steps_.data(), first, count, patches_.data(), step_);
        kernels_.product_sums(product_, dense_ ? steps_.data() + first * step_ : patches_.data(), step_, count, y);
        finish(scale, y, count);
      }
    }
  }

 private:
  Windows windows_;
  AlignedVector<std::int8_t> packed_;
  Product product_;
  std::int64_t step_;
  std::int64_t pixels_;
  bool dense_;
  std::int64_t at_once_ = 0;  ///< patches
  AlignedVector<std::int8_t> steps_;
  AlignedVector<std::int8_t> patches_;
};

class DynamicDepthwise : public DynamicLayer {
 public:
  DynamicDepthwise(const BoundNode& bound, const KernelCall& call, const Kernels& kernels, const WeightOrder& order,
                   const Windows& w, std::int64_t images)
      : DynamicLayer(bound, call, kernels, order, images, true, false),
        packed_(pack_depthwise(weights_of(bound), w, kernels)),
        outside_(static_cast<std::size_t>(w.width * w.channels)),
        line_(static_cast<std::size_t>(line_bytes(w))),
        steps_(static_cast<std::size_t>(image_size_)) {
    layer_ = {.windows = w,
              .weights = packed_.data(),
              .bias = none_.data(),
              .rescale = {},
              .outside = outside_.data(),
              .line = line_.data()};
  }

  void run() {
    for (std::int64_t i = 0; i < images_; ++i) {
      const micro::DynamicScale scale = quantize(i, 0, steps_.data());
      std::ranges::fill(outside_, static_cast<std::int8_t>(scale.zero_point));
      kernels_.depthwise_sums(layer_, steps_.data(), sums(i));
      finish(scale, sums(i), layer_.windows.output_height * layer_.windows.output_width);
    }
  }

 private:
  AlignedVector<std::int8_t> packed_;
  AlignedVector<std::int8_t> outside_;
  AlignedVector<std::int8_t> line_;
  AlignedVector<std::int8_t> steps_;
  Depthwise layer_{};
};

template <class Layer, class... Arguments>
std::function<void()> made(Arguments&&... arguments) {
  const auto layer = std::make_shared<Layer>(std::forward<Arguments>(arguments)...);
  return [layer] { layer->run(); };
}

std::function<void()> prepare_conv2d(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const Windows w = windows(call);
  if (parameter(call, "filter_channels") != w.channels || reaches_far(w)) return {};
  const std::int64_t count = w.filter_height * w.filter_width * w.channels;
  const WeightOrder order{parameter(call, "output_channels"), count, 1, count, 1};
  const bool per_channel = parameter(call, "multiplier_stride") != 0;
  return made<DynamicConvolution>(bound, call, kernels, order, w, parameter(call, "batches"), per_channel, per_channel);
}

std::function<void()> prepare_depthwise(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const Windows w = windows(call);
  const std::int64_t multiplier = parameter(call, "depth_multiplier"), images = parameter(call, "batches");
  const std::int64_t taps = w.filter_height * w.filter_width;
  if (reaches_far(w)) return {};
  // One input channel and many outputs: a convolution with transposed weights.
  if (w.channels == 1) {
    const WeightOrder order{multiplier, taps, 1, 1, multiplier};
    return made<DynamicConvolution>(bound, call, kernels, order, w, images, true, false);
  }
  if (multiplier != 1) return {};
  return made<DynamicDepthwise>(bound, call, kernels, WeightOrder{w.channels, taps, 1, 1, w.channels}, w, images);
}

std::function<void()> prepare_fully_connected(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const std::int64_t inputs = parameter(call, "inputs");
  if (inputs == 0) return {};
  if (call.function.starts_with("fully_connected_blocks")) {
    constexpr std::int64_t kLeastBlock = 8;  // smaller ones, which no tool writes, would fill much more memory packed
    return parameter(call, "block") < kLeastBlock ? nullptr : made<DynamicBlocks>(bound, call, kernels);
  }
  return made<DynamicDense>(bound, call, kernels, WeightOrder{parameter(call, "outputs"), inputs, 1, inputs, 1},
                            parameter(call, "batches"), call.function.ends_with("true>"));
}

}  // namespace

std::function<void()> prepare_dynamic(const BoundNode& bound, const Kernels& kernels) {
  using Prepare = std::function<void()> (*)(const BoundNode&, const KernelCall&, const Kernels&);
  struct Row {
    std::string_view operation;
    Prepare make;
  };
  static constexpr Row kRows[] = {{"CONV_2D", &prepare_conv2d},
                                  {"DEPTHWISE_CONV_2D", &prepare_depthwise},
                                  {"FULLY_CONNECTED", &prepare_fully_connected}};
  const Node& node = bound.node;
  const Row* row = std::ranges::find(kRows, node.op.name(), &Row::operation);
  if (row == std::end(kRows) || bound.x[0].dtype() != DType::float32 || !is_narrow(bound.x[1])) return {};
  if (!bound.is_fixed(1) || !bound.is_fixed(2) || bound.y[0].shape().elements() == 0) return {};
  // Lowering has checked everything that the kernels here rely on.
  const auto in = operands(bound.graph, node.inputs), out = operands(bound.graph, node.outputs);
  return row->make(bound, node.op.lower(Types(in), Types(out)), kernels);
}

}  // namespace mirim::int8
