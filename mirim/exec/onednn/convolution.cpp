#include "mirim/exec/onednn/convolution_geometry.hpp"
#include "mirim/exec/onednn/layers.hpp"
#include "mirim/exec/onednn/memory.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"

namespace mirim::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

/// What to ask of oneDNN for one node.
struct Request {
  const Shape& x;
  const Shape& y;
  const ConvolutionGeometry& g;
  const FollowingClamp& clamp;
  bool bias;
  bool wants_dx;
};

/// The primitives of a convolution, forward and backward, for activations in one layout.
struct Primitives {
  Layout source_layout;
  Layout target_layout;
  memory::desc source, target, bias;
  dnnl::convolution_forward::primitive_desc forward;
  dnnl::convolution_backward_weights::primitive_desc weights;
  std::optional<dnnl::convolution_backward_data::primitive_desc> data{};

  std::string implementation() const {
    std::string names = forward.impl_info_str();
    for (const std::string& more : {std::string(weights.impl_info_str()), data ? data->impl_info_str() : names}) {
      if (names.find(more) == std::string::npos) names += ", " + more;
    }
    return names;
  }
};

/// Empty if oneDNN has only a slow implementation for one of them.
std::optional<Primitives> primitives(const Request& r, Layout source_layout, Layout target_layout) {
  const memory::desc source = describe(r.x, source_layout);
  const memory::desc target = describe(r.y, target_layout);
  const memory::desc any_weights = any_layout(r.g.dimensions);
  // A network's input has 1 or 3 channels: oneDNN has kernels that take it unblocked and make blocks of it.
  const memory::desc any_source = source_layout == target_layout ? source : any_layout(nchw(r.x));
  const memory::desc bias =
      r.bias ? memory::desc({r.y[3]}, memory::data_type::f32, memory::format_tag::a) : memory::desc();
  const ConvolutionGeometry& g = r.g;
  try {
    using Forward = dnnl::convolution_forward;
    const Forward::primitive_desc forward({prop_kind::forward_training, algorithm::convolution_direct, any_source,
                                           any_weights, bias, target, g.strides, g.dilates, g.before, g.after},
                                          clamping_attributes(r.clamp.least, r.clamp.most), cpu());
    if (is_slow(forward.impl_info_str())) return {};
    using Weights = dnnl::convolution_backward_weights;
    const Weights::primitive_desc weights({algorithm::convolution_direct, forward.src_desc(), any_weights, bias, target,
                                           g.strides, g.dilates, g.before, g.after},
                                          attributes(), cpu(), forward);
    if (is_slow(weights.impl_info_str())) return {};
    Primitives found{source_layout, target_layout, source, target, bias, forward, weights};
    if (r.wants_dx) {
      using Data = dnnl::convolution_backward_data;
      found.data = Data::primitive_desc(
          {algorithm::convolution_direct, source, any_weights, target, g.strides, g.dilates, g.before, g.after},
          attributes(), cpu(), forward);
      if (is_slow(found.data->impl_info_str())) return {};
    }
    return found;
  } catch (const dnnl::error&) {
    return {};  // a geometry that it has no primitive for
  }
}

/// The cases in which oneDNN is faster than our own loops: full channel blocks, and images wider than one pixel. A
/// first layer with few channels takes images as they are.
std::optional<Primitives> primitives(const Request& r, Layout stands) {
  const bool is_column = r.y[2] == 1 && r.y[1] > 1;
  if (r.y[3] % block() != 0 || is_column) return {};
  if (r.x[3] % block() == 0) return primitives(r, Layout::blocked, Layout::blocked);
  const bool is_first = r.x[3] < block() && !r.wants_dx && stands == Layout::plain;
  return is_first ? primitives(r, Layout::plain, Layout::blocked) : std::nullopt;
}

/// y = clamp(convolution(x, w) + b). The master weights have the order of the gradient, so that it goes straight into
/// the optimiser's flat buffer; forward and backward-data get copies if they need another order.
class Convolution final : public Layer {
 public:
  Convolution(PlanBuilder& builder, const Node& node, const memory::desc& canonical, const FollowingClamp& clamp,
              const Primitives& p)
      : clamp_(clamp), implementation_(p.implementation()) {
    const Graph& graph = builder.graph();
    const bool bias = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    train_bias_ = bias && builder.is_parameter(node.inputs[2]);
    train_weights_ = builder.is_parameter(node.inputs[1]);
    const auto& [source_layout, target_layout, source, target, bias_desc, forward, weights, data] = p;
    const memory::desc used_source = forward.src_desc();
    const memory::desc master = weights.diff_weights_desc();
    elements_ = floats(target);

    builder.read(node.inputs[0], source_layout);
    builder.write(clamp_.output, target_layout);
    if (clamp_.absorbed >= 0) builder.absorb(clamp_.absorbed);
    const Codec codec = make_codec(canonical, master);
    if (train_weights_) {
      builder.parameter(node.inputs[1], codec);
    } else {
      frozen_weights_.resize(static_cast<std::size_t>(codec.stored));
      codec.encode(graph[node.inputs[1]].values<float>().data(), frozen_weights_.data());
    }
    if (train_bias_) {
      builder.parameter(node.inputs[2]);
    } else if (bias) {
      const auto values = graph[node.inputs[2]].values<float>();
      frozen_bias_.assign(values.begin(), values.end());
    }

    std::int64_t scratch = forward.scratchpad_desc().get_size();
    forward_ = Call(dnnl::convolution_forward(forward));
    forward_.argument(DNNL_ARG_SRC, used_source);
    forward_.argument(DNNL_ARG_WEIGHTS, forward.weights_desc());
    if (bias) forward_.argument(DNNL_ARG_BIAS, bias_desc);
    forward_.argument(DNNL_ARG_DST, target);
    forward_.argument(DNNL_ARG_SCRATCHPAD, forward.scratchpad_desc());
    if (used_source != source) {
      source_copy_ = copy(builder, source, used_source);
    }
    if (forward.weights_desc() != master) forward_weights_ = copy(builder, master, forward.weights_desc());

    if (train_weights_ || train_bias_) {
      scratch = std::max<std::int64_t>(scratch, weights.scratchpad_desc().get_size());
      weights_ = Call(dnnl::convolution_backward_weights(weights));
      weights_.argument(DNNL_ARG_SRC, used_source);
      weights_.argument(DNNL_ARG_DIFF_DST, target);
      weights_.argument(DNNL_ARG_DIFF_WEIGHTS, master);
      if (bias) weights_.argument(DNNL_ARG_DIFF_BIAS, bias_desc);
      weights_.argument(DNNL_ARG_SCRATCHPAD, weights.scratchpad_desc());
      const std::int64_t outputs = graph[node.outputs[0]].type.shape[3];
      unused_gradient_ = builder.buffer(std::max(floats(master), outputs) * std::int64_t{sizeof(float)});
    }
    if (data) {
      scratch = std::max<std::int64_t>(scratch, data->scratchpad_desc().get_size());
      data_ = Call(dnnl::convolution_backward_data(*data));
      data_.argument(DNNL_ARG_DIFF_DST, target);
      data_.argument(DNNL_ARG_WEIGHTS, data->weights_desc());
      data_.argument(DNNL_ARG_DIFF_SRC, source);
      data_.argument(DNNL_ARG_SCRATCHPAD, data->scratchpad_desc());
      if (data->weights_desc() != master) data_weights_ = copy(builder, master, data->weights_desc());
    }
    builder.scratch(scratch);
  }

  std::string description() const override { return "oneDNN " + implementation_; }

  void bind(const LayerMemory& memory) override {
    std::size_t parameter = 0;
    weights_at_ = train_weights_ ? memory.parameters[parameter].weights : frozen_weights_.data();
    float* gradient = memory.arena->as<float>(unused_gradient_ < 0 ? 0 : unused_gradient_);
    float* bias_gradient = gradient;
    if (train_weights_) gradient = memory.parameters[parameter++].gradient;
    const float* bias = frozen_bias_.data();
    if (train_bias_) {
      bias = memory.parameters[parameter].weights;
      bias_gradient = memory.parameters[parameter].gradient;
    }
    y_ = memory.y[0];
    dy_ = memory.dy[0];
    x_ = memory.x[0];
    const float* source = source_copy_.at(memory, x_);
    forward_.address(DNNL_ARG_SRC, source);
    forward_.address(DNNL_ARG_WEIGHTS, forward_weights_.at(memory, weights_at_));
    forward_.address(DNNL_ARG_BIAS, bias);
    forward_.address(DNNL_ARG_DST, y_);
    forward_.address(DNNL_ARG_SCRATCHPAD, memory.scratch);
    weights_.address(DNNL_ARG_SRC, source);
    weights_.address(DNNL_ARG_DIFF_DST, dy_);
    weights_.address(DNNL_ARG_DIFF_WEIGHTS, gradient);
    weights_.address(DNNL_ARG_DIFF_BIAS, bias_gradient);
    weights_.address(DNNL_ARG_SCRATCHPAD, memory.scratch);
    data_.address(DNNL_ARG_DIFF_DST, dy_);
    data_.address(DNNL_ARG_WEIGHTS, data_weights_.at(memory, weights_at_));
    data_.address(DNNL_ARG_DIFF_SRC, memory.dx[0]);
    data_.address(DNNL_ARG_SCRATCHPAD, memory.scratch);
  }

  void forward(bool) override {
    source_copy_.run(x_);
    forward_weights_.run(weights_at_);
    forward_.run();
  }

  void backward() override {
    if (clamp_.bounded()) simd::clamp_gradient(y_, dy_, dy_, elements_, clamp_.least, clamp_.most);
    if (data_.ready()) {
      data_weights_.run(weights_at_);
      data_.run();
    }
    if (weights_.ready()) weights_.run();
  }

 private:
  /// A copy in another order, if one is needed.
  struct Copy {
    std::optional<Reorder> reorder{};
    Arena::BufferId buffer = -1;
    float* to = nullptr;

    const float* at(const LayerMemory& memory, const float* original) {
      if (!reorder) return original;
      to = memory.arena->as<float>(buffer);
      return to;
    }
    void run(const float* from) const {
      if (reorder) reorder->run(from, to);
    }
  };
  static Copy copy(PlanBuilder& builder, const memory::desc& from, const memory::desc& to) {
    return {Reorder(from, to), builder.buffer(static_cast<std::int64_t>(to.get_size())), nullptr};
  }

  FollowingClamp clamp_;
  bool train_weights_ = false;
  bool train_bias_ = false;
  std::vector<float> frozen_weights_;
  std::vector<float> frozen_bias_;
  std::int64_t elements_ = 0;
  std::string implementation_;
  Call forward_, weights_, data_;
  Copy source_copy_, forward_weights_, data_weights_;
  Arena::BufferId unused_gradient_ = -1;  ///< where the gradient of a frozen constant goes
  const float* weights_at_ = nullptr;
  const float* x_ = nullptr;
  float* y_ = nullptr;
  float* dy_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* conv = n.op.as<Conv2d>();
  const auto* depthwise = n.op.as<DepthwiseConv2d>();
  if (!conv && !depthwise) return nullptr;
  const Shape& x = graph[n.inputs[0]].type.shape;
  if (!graph[n.inputs[1]].is_constant() || graph[n.inputs[1]].type.dtype != DType::float32) return nullptr;
  const Shape& w = graph[n.inputs[1]].type.shape;
  if (conv && w[3] != x[3]) return nullptr;
  // Depthwise layers are slower than our own unless they save a change of layout.
  if (depthwise && (w[3] != x[3] || builder.layout(n.inputs[0]) != Layout::blocked)) return nullptr;
  const auto clamp = following_clamp(builder, node, conv ? conv->activation : depthwise->activation);
  if (!clamp) return nullptr;
  const auto g = conv ? geometry(*conv, x, w) : geometry(*depthwise, x, w);
  if (!g) return nullptr;
  const Shape& y = graph[n.outputs[0]].type.shape;
  const bool bias = n.inputs.size() > 2 && n.inputs[2] != kNoValue;
  const auto found =
      primitives({x, y, *g, *clamp, bias, builder.wants_gradient(n.inputs[0])}, builder.layout(n.inputs[0]));
  return found ? std::make_unique<Convolution>(builder, n, g->weights, *clamp, *found) : nullptr;
}

}  // namespace mirim::onednn
