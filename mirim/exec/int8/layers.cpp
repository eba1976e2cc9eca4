#include "mirim/exec/int8/layers.hpp"

#include <algorithm>
#include <memory>

#include "mirim/exec/int8/packing.hpp"
#include "mirim/micro/fully_connected.hpp"

namespace mirim::int8 {
namespace {

std::span<const std::int32_t> int32s(const KernelConstant& constant) {
  return {reinterpret_cast<const std::int32_t*>(constant.bytes.data()), constant.bytes.size() / sizeof(std::int32_t)};
}

Multipliers multipliers(const KernelCall& call) {
  return {.multiplier = int32s(call.constants[0]),
          .shift = int32s(call.constants[1]),
          .stride = static_cast<std::size_t>(parameter(call, "multiplier_stride")),
          .zero_point = static_cast<std::int32_t>(parameter(call, "output_offset")),
          .min = static_cast<std::int32_t>(parameter(call, "activation_min")),
          .max = static_cast<std::int32_t>(parameter(call, "activation_max"))};
}

/// The tensors of a node with weights, and the constants of its sums.
struct Weighted {
  Weighted(const BoundNode& bound, const KernelCall& call, const WeightOrder& order, const Kernels& with)
      : kernels(with),
        x(bound.x[0].as<std::int8_t>().data()),
        y(bound.y[0].as<std::int8_t>().data()),
        weights(weights_of(bound)) {
    const std::int32_t* bias_values = bound.x.has(2) ? bound.x[2].as<std::int32_t>().data() : nullptr;
    const auto zero_point = static_cast<std::int32_t>(-parameter(call, "input_offset"));
    Sums s = sums(weights, order, bias_values, zero_point, kernels);
    bias = std::move(s.bias);
    rescale = RescaleTable::make(multipliers(call), s.largest, 0, kernels.floats);
  }

  const Kernels& kernels;
  const std::int8_t* x;
  std::int8_t* y;
  const std::int8_t* weights;
  std::vector<std::int32_t> bias;
  std::optional<RescaleTable> rescale;
};

/// A matrix product over the windows: of a convolution, or of rows that are windows of their own. Its rows are gathered
/// patches, or segments of a padded copy of the image if that suits the kernels as well.
class Convolution {
 public:
  Convolution(Weighted weighted, WeightOrder order, const Windows& windows, std::int64_t images)
      : w_(std::move(weighted)), windows_(windows), images_(images) {
    dense_ = is_dense(windows);
    direct_ = !dense_ && suits_segments();
    if (direct_) order.segments = windows.filter_height;
    const std::int64_t fours = round_up(order.count / order.segments, 4) / 4;
    packed_ = pack_product(w_.weights, order, w_.kernels);
    product_ = {.segments = order.segments,
                .segment_step = 0,
                .fours = fours,
                .packed_fours = round_up(fours, w_.kernels.fours),
                .channels = order.channels,
                .weights = packed_.data(),
                .bias = w_.bias.data(),
                .rescale = w_.rescale->view()};
    direct_ ? make_image() : make_patches();
  }

  void run() {
    if (direct_) {
      for (std::int64_t i = 0; i < images_; ++i) run_image(i);
    } else {
      run_patches();
    }
  }

 private:
  /// About the L1 cache: patches stay there beside weights and sums.
  static constexpr std::int64_t kPatchBytes = 48 << 10;

  /// Segments are padded to the kernels' block, and end with a row of outputs.
  bool suits_segments() const {
    const std::int64_t block = 4 * w_.kernels.fours, run = windows_.filter_width * windows_.channels;
    const std::int64_t filled = windows_.filter_height * round_up(run, block);
    return windows_.dilation_width == 1 && (windows_.output_width % 16 == 0 || w_.kernels.fours == 1) &&
           filled <= 3 * round_up(windows_.filter_height * run, block);
  }

  void make_patches() {
    step_ = product_.fours * 4;
    const std::int64_t pixels = images_ * windows_.output_height * windows_.output_width;
    at_once_ = patches_at_once(pixels, step_, kPatchBytes);
    x_.resize(static_cast<std::size_t>(at_once_ * step_ + w_.kernels.slack));
  }

  void run_patches() {
    const std::int64_t pixels = images_ * windows_.output_height * windows_.output_width;
    for (std::int64_t first = 0; first < pixels; first += at_once_) {
      const std::int64_t count = std::min(at_once_, pixels - first);
      if (dense_) {
        w_.kernels.copy(w_.x + first * step_, x_.data(), count * step_);
      } else {
        w_.kernels.gather(windows_, w_.x, first, count, x_.data(), step_);
      }
      w_.kernels.product(product_, x_.data(), step_, count, w_.y + first * product_.channels);
    }
  }

  void make_image() {
    const Windows& w = windows_;
    step_ = w.stride_width * w.channels;
    const std::int64_t width = std::max(w.left + w.width, (w.output_width - 1) * w.stride_width + w.filter_width);
    const std::int64_t below = (w.output_height - 1) * w.stride_height + (w.filter_height - 1) * w.dilation_height + 1;
    row_bytes_ = width * w.channels;
    product_.segment_step = w.dilation_height * row_bytes_;
    const std::int64_t bytes = std::max(w.top + w.height, below) * row_bytes_ + 4 + w_.kernels.slack;
    // The border stays unchanged; run_image writes inside it.
    x_.assign(static_cast<std::size_t>(bytes), static_cast<std::int8_t>(w.zero_point ^ w_.kernels.flip));
  }

  void run_image(std::int64_t image) {
    const Windows& w = windows_;
    const std::int64_t bytes = w.width * w.channels;
    const std::int8_t* from = w_.x + image * w.height * bytes;
    for (std::int64_t row = 0; row < w.height; ++row, from += bytes) {
      w_.kernels.copy(from, x_.data() + (w.top + row) * row_bytes_ + w.left * w.channels, bytes);
    }
    std::int8_t* y = w_.y + image * w.output_height * w.output_width * product_.channels;
    for (std::int64_t row = 0; row < w.output_height; ++row, y += w.output_width * product_.channels) {
      w_.kernels.product(product_, x_.data() + row * w.stride_height * row_bytes_, step_, w.output_width, y);
    }
  }

  Weighted w_;
  Windows windows_;
  std::int64_t images_;
  bool dense_ = false, direct_ = false;
  AlignedVector<std::int8_t> packed_;
  Product product_{};
  std::int64_t step_ = 0;         ///< bytes from one row of x to the next
  std::int64_t at_once_ = 0;      ///< patches
  std::int64_t row_bytes_ = 0;    ///< of the padded image
  AlignedVector<std::int8_t> x_;  ///< patches, or the padded image
};

std::function<void()> convolution(const BoundNode& bound, const KernelCall& call, const WeightOrder& order,
                                  const Windows& w, std::int64_t images, const Kernels& kernels) {
  // Many short runs of k: gathering them takes longer than tiles save.
  const bool narrow = kernels.narrow && w.filter_height > 1 && w.dilation_width == 1 && w.output_width % 16 != 0 &&
                      w.output_width >= 8 && w.filter_width * w.channels <= 16;
  Weighted weighted(bound, call, order, narrow ? *kernels.narrow : kernels);
  if (!weighted.rescale) return {};
  const auto layer = std::make_shared<Convolution>(std::move(weighted), order, w, images);
  return [layer] { layer->run(); };
}

std::function<void()> prepare_conv2d(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const Windows w = windows(call);
  if (parameter(call, "filter_channels") != w.channels || reaches_far(w)) return {};
  const std::int64_t count = w.filter_height * w.filter_width * w.channels;
  const WeightOrder order{parameter(call, "output_channels"), count, 1, count, 1};
  return convolution(bound, call, order, w, parameter(call, "batches"), kernels);
}

std::function<void()> prepare_fully_connected(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const std::int64_t inputs = parameter(call, "inputs"), batches = parameter(call, "batches");
  const Windows rows{.height = 1,
                     .width = batches,
                     .channels = inputs,
                     .filter_height = 1,
                     .filter_width = 1,
                     .output_height = 1,
                     .output_width = batches,
                     .stride_height = 1,
                     .stride_width = 1,
                     .dilation_height = 1,
                     .dilation_width = 1,
                     .top = 0,
                     .left = 0,
                     .zero_point = 0};
  const WeightOrder order{parameter(call, "outputs"), inputs, 1, inputs, 1};
  return convolution(bound, call, order, rows, 1, kernels);
}

/// Rows of int8 whose sums are rounded once, where the kernels' Rescale rounds twice.
class RoundedOnce {
 public:
  RoundedOnce(const BoundNode& bound, const KernelCall& call, const Kernels& kernels)
      : kernels_(kernels),
        call_(call),
        p_(*call_.parameters_as<micro::FullyConnectedParams>()),
        x_(bound.x[0].as<std::int8_t>().data()),
        y_(bound.y[0].as<std::int8_t>().data()),
        step_(round_up(p_.inputs, 4)),
        steps_(static_cast<std::size_t>(p_.batches * step_ + kernels.slack)),
        sums_(static_cast<std::size_t>(std::int64_t{p_.batches} * p_.outputs)) {
    const WeightOrder order{p_.outputs, p_.inputs, 1, p_.inputs, 1};
    const std::int32_t* bias = bound.x.has(2) ? bound.x[2].as<std::int32_t>().data() : nullptr;
    bias_ = sums(weights_of(bound), order, bias, -p_.input_offset, kernels).bias;
    packed_ = pack_product(weights_of(bound), order, kernels);
    const std::int64_t fours = step_ / 4;
    product_ = {.segments = 1,
                .segment_step = 0,
                .fours = fours,
                .packed_fours = round_up(fours, kernels.fours),
                .channels = p_.outputs,
                .weights = packed_.data(),
                .bias = bias_.data(),
                .rescale = {}};
  }

  void run() {
    for (std::int64_t b = 0; b < p_.batches; ++b) {
      kernels_.copy(x_ + b * p_.inputs, steps_.data() + b * step_, p_.inputs);
    }
    kernels_.product_sums(product_, steps_.data(), step_, p_.batches, sums_.data());
    const std::int32_t* sum = sums_.data();
    std::int8_t* y = y_;
    const std::int32_t *multiplier = int32s(call_.constants[0]).data(), *shift = int32s(call_.constants[1]).data();
    for (std::int32_t b = 0; b < p_.batches; ++b) {
      for (std::int32_t o = 0; o < p_.outputs; ++o) {
        *y++ = micro::fully_connected_rounded_once<std::int8_t>(p_, *sum++, o, multiplier, shift);
      }
    }
  }

 private:
  const Kernels& kernels_;
  KernelCall call_;
  const micro::FullyConnectedParams& p_;
  const std::int8_t* x_;
  std::int8_t* y_;
  std::int64_t step_;
  std::vector<std::int32_t> bias_;
  AlignedVector<std::int8_t> packed_;
  Product product_{};
  AlignedVector<std::int8_t> steps_;
  std::vector<std::int32_t> sums_;
};

std::function<void()> prepare_rounded_once(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const auto layer = std::make_shared<RoundedOnce>(bound, call, kernels);
  return [layer] { layer->run(); };
}

class DepthwiseLayer {
 public:
  DepthwiseLayer(Weighted weighted, const Windows& w, std::int64_t images)
      : w_(std::move(weighted)),
        images_(images),
        packed_(pack_depthwise(w_.weights, w, w_.kernels)),
        outside_(static_cast<std::size_t>(w.width * w.channels), w.zero_point) {
    line_.resize(static_cast<std::size_t>(line_bytes(w)));
    layer_ = {.windows = w,
              .weights = packed_.data(),
              .bias = w_.bias.data(),
              .rescale = w_.rescale->view(),
              .outside = outside_.data(),
              .line = line_.data()};
  }

  void run() const {
    const Windows& w = layer_.windows;
    for (std::int64_t i = 0; i < images_; ++i) {
      w_.kernels.depthwise(layer_, w_.x + i * w.height * w.width * w.channels,
                           w_.y + i * w.output_height * w.output_width * w.channels);
    }
  }

 private:
  Weighted w_;
  std::int64_t images_;
  AlignedVector<std::int8_t> packed_;
  AlignedVector<std::int8_t> outside_;
  AlignedVector<std::int8_t> line_;
  Depthwise layer_{};
};

std::function<void()> prepare_depthwise(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const Windows w = windows(call);
  const std::int64_t multiplier = parameter(call, "depth_multiplier"), images = parameter(call, "batches");
  const std::int64_t taps = w.filter_height * w.filter_width;
  if (reaches_far(w)) return {};
  // One input channel and many outputs: a convolution with transposed weights.
  if (w.channels == 1) {
    const WeightOrder order{multiplier, taps, 1, 1, multiplier};
    return convolution(bound, call, order, w, images, kernels);
  }
  if (multiplier != 1) return {};
  Weighted weighted(bound, call, {w.channels, taps, 1, 1, w.channels}, kernels);
  if (!weighted.rescale) return {};
  const auto layer = std::make_shared<DepthwiseLayer>(std::move(weighted), w, images);
  return [layer] { layer->run(); };
}

/// The scale of one operand or of the sum, the same for every lane.
std::optional<RescaleTable> uniform(const KernelCall& call, const std::string& what, std::int64_t largest, int left,
                                    Multipliers m) {
  const auto multiplier = static_cast<std::int32_t>(parameter(call, what + "_multiplier"));
  const auto shift = static_cast<std::int32_t>(parameter(call, what + "_shift"));
  m.multiplier = {&multiplier, 1};
  m.shift = {&shift, 1};
  return RescaleTable::make(m, std::vector<std::int64_t>{largest}, left);
}

std::function<void()> prepare_add(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  if (bound.x[0].shape() != bound.x[1].shape()) return {};
  const auto left = static_cast<int>(parameter(call, "left_shift"));
  const Multipliers output{.zero_point = static_cast<std::int32_t>(parameter(call, "output_offset")),
                           .min = static_cast<std::int32_t>(parameter(call, "activation_min")),
                           .max = static_cast<std::int32_t>(parameter(call, "activation_max"))};
  struct Ready {
    std::optional<RescaleTable> of1, of2, of_sum;
    Addition addition;
  };
  const auto ready = std::make_shared<Ready>();
  ready->of1 = uniform(call, "input1", 255, left, {});
  ready->of2 = uniform(call, "input2", 255, left, {});
  // Each operand is scaled by at most 1/2.
  ready->of_sum = uniform(call, "output", std::int64_t{255} << left, 0, output);
  if (!ready->of1 || !ready->of2 || !ready->of_sum) return {};
  ready->addition = {.offset1 = static_cast<std::int32_t>(parameter(call, "input1_offset")),
                     .offset2 = static_cast<std::int32_t>(parameter(call, "input2_offset")),
                     .scale1 = ready->of1->view(),
                     .scale2 = ready->of2->view(),
                     .scale = ready->of_sum->view(),
                     .subtract = call.function == "sub"};
  return [ready, add = kernels.add, x1 = bound.x[0].as<std::int8_t>().data(), x2 = bound.x[1].as<std::int8_t>().data(),
          y = bound.y[0].as<std::int8_t>().data(),
          count = bound.y[0].shape().elements()] { add(ready->addition, x1, x2, y, count); };
}

std::function<void()> prepare_mean(const BoundNode& bound, const KernelCall& call, const Kernels& kernels) {
  const Mean mean{.windows = plain_windows(call, parameter(call, "channels")),
                  .images = parameter(call, "batches"),
                  .min = static_cast<std::int32_t>(parameter(call, "activation_min")),
                  .max = static_cast<std::int32_t>(parameter(call, "activation_max"))};
  return [mean, run = kernels.mean, x = bound.x[0].as<std::int8_t>().data(), y = bound.y[0].as<std::int8_t>().data()] {
    run(mean, x, y);
  };
}

}  // namespace

bool is_narrow(const ConstTensorView& weights) {
  const DType dtype = weights.dtype();
  return dtype == DType::int8 || dtype == DType::int4 || dtype == DType::int2;
}

const std::int8_t* weights_of(const BoundNode& bound) {
  return reinterpret_cast<const std::int8_t*>(bound.x[1].bytes.data());
}

std::function<void()> prepare(const BoundNode& bound, const Kernels& kernels) {
  using Prepare = std::function<void()> (*)(const BoundNode&, const KernelCall&, const Kernels&);
  struct Row {
    std::string_view operation, kernel;
    Prepare make;
    enum { one, two, weighted } inputs;
  };
  static constexpr Row kRows[] = {{"ADD", "add", &prepare_add, Row::two},
                                  {"AVERAGE_POOL_2D", "average_pool_2d", &prepare_mean, Row::one},
                                  {"CONV_2D", "conv2d", &prepare_conv2d, Row::weighted},
                                  {"DEPTHWISE_CONV_2D", "depthwise_conv2d", &prepare_depthwise, Row::weighted},
                                  {"FULLY_CONNECTED", "fully_connected", &prepare_fully_connected, Row::weighted},
                                  {"SUB", "sub", &prepare_add, Row::two}};
  const Node& node = bound.node;
  const Row* row = std::ranges::find(kRows, node.op.name(), &Row::operation);
  if (row == std::end(kRows) || bound.x[0].dtype() != DType::int8 || bound.y[0].dtype() != DType::int8) return {};
  if (row->inputs == Row::two && bound.x[1].dtype() != DType::int8) return {};
  if (row->inputs == Row::weighted) {
    if (!is_narrow(bound.x[1])) return {};
    if (!bound.is_fixed(1) || !bound.is_fixed(2)) return {};
    if (bound.x.has(2) && bound.x[2].dtype() != DType::int32) return {};
  }
  if (bound.y[0].shape().elements() == 0) return {};
  // Lowering has checked everything that the kernels here rely on.
  const auto in = operands(bound.graph, node.inputs), out = operands(bound.graph, node.outputs);
  const KernelCall call = node.op.lower(Types(in), Types(out));
  if (call.function.starts_with("fully_connected_packed<") && call.function.ends_with("true>")) {
    return prepare_rounded_once(bound, call, kernels);
  }
  const bool known = call.function == row->kernel || call.function.starts_with(std::string(row->kernel) + "_packed<");
  return known ? row->make(bound, call, kernels) : nullptr;
}

std::function<void()> prepare_fastest(const BoundNode& bound) {
  const KernelList kernels = kernels_here();
  if (kernels.count == 0) return {};
  for (const auto make : {&prepare, &prepare_dynamic, &prepare_lstm}) {
    if (auto ready = make(bound, **kernels.begin())) return ready;
  }
  return {};
}

}  // namespace mirim::int8
