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

/// y = clamp(convolution(x, w) + b). The master weights stand as the gradient comes, so that it lands in the
/// optimiser's flat buffer; forward and backward-data get copies where they want another order.
class Convolution final : public Layer {
 public:
  Convolution(PlanBuilder& builder, const Node& node, const ConvolutionGeometry& g, const FollowingClamp& clamp)
      : clamp_(clamp) {
    const Graph& graph = builder.graph();
    const Shape& x = graph[node.inputs[0]].type.shape;
    const Shape& y = graph[node.outputs[0]].type.shape;
    const bool bias = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    train_bias_ = bias && builder.is_parameter(node.inputs[2]);
    train_weights_ = builder.is_parameter(node.inputs[1]);
    const bool wants_dx = builder.wants_gradient(node.inputs[0]);
    // A network's input has 1 or 3 channels: oneDNN has kernels for that which take it unblocked.
    const bool first = !wants_dx && builder.layout(node.inputs[0]) == Layout::plain && x[3] < block();
    const memory::desc source = describe(x, first ? Layout::plain : Layout::blocked);
    const memory::desc target = describe(y, Layout::blocked);
    const memory::desc any_weights = any_layout(g.dimensions);
    const memory::desc bias_desc =
        bias ? memory::desc({y[3]}, memory::data_type::f32, memory::format_tag::a) : memory::desc();
    const memory::desc any_source = first ? any_layout(nchw(x)) : source;

    using Forward = dnnl::convolution_forward;
    const Forward::desc forward_desc(prop_kind::forward_training, algorithm::convolution_direct, any_source,
                                     any_weights, bias_desc, target, g.strides, g.dilates, g.before, g.after);
    const Forward::primitive_desc forward(forward_desc, clamping_attributes(clamp_.least, clamp_.most), cpu());
    const memory::desc used_source = forward.src_desc();
    elements_ = floats(target);

    using Weights = dnnl::convolution_backward_weights;
    const Weights::desc weights_desc(algorithm::convolution_direct, used_source, any_weights, bias_desc, target,
                                     g.strides, g.dilates, g.before, g.after);
    const Weights::primitive_desc weights(weights_desc, attributes(), cpu(), forward);
    const memory::desc master = weights.diff_weights_desc();
    implementation_ = forward.impl_info_str();

    builder.read(node.inputs[0], first ? Layout::plain : Layout::blocked);
    builder.write(clamp_.output, Layout::blocked);
    if (clamp_.absorbed >= 0) builder.absorb(clamp_.absorbed);
    const Codec codec = make_codec(g.weights, master);
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
    forward_ = Call(Forward(forward));
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
      weights_ = Call(Weights(weights));
      weights_.argument(DNNL_ARG_SRC, used_source);
      weights_.argument(DNNL_ARG_DIFF_DST, target);
      weights_.argument(DNNL_ARG_DIFF_WEIGHTS, master);
      if (bias) weights_.argument(DNNL_ARG_DIFF_BIAS, bias_desc);
      weights_.argument(DNNL_ARG_SCRATCHPAD, weights.scratchpad_desc());
      unused_gradient_ = builder.buffer(std::max(floats(master), y[3]) * std::int64_t{sizeof(float)});
    }
    if (wants_dx) {
      using Data = dnnl::convolution_backward_data;
      const Data::desc data_desc(algorithm::convolution_direct, source, any_weights, target, g.strides, g.dilates,
                                 g.before, g.after);
      const Data::primitive_desc data(data_desc, attributes(), cpu(), forward);
      scratch = std::max<std::int64_t>(scratch, data.scratchpad_desc().get_size());
      data_ = Call(Data(data));
      data_.argument(DNNL_ARG_DIFF_DST, target);
      data_.argument(DNNL_ARG_WEIGHTS, data.weights_desc());
      data_.argument(DNNL_ARG_DIFF_SRC, source);
      data_.argument(DNNL_ARG_SCRATCHPAD, data.scratchpad_desc());
      if (data.weights_desc() != master) data_weights_ = copy(builder, master, data.weights_desc());
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
  /// A copy in another order, where one is needed.
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
  if (depthwise && w[3] != x[3]) return nullptr;
  const auto clamp = following_clamp(builder, node, conv ? conv->activation : depthwise->activation);
  if (!clamp) return nullptr;
  const auto g = conv ? geometry(*conv, x, w) : geometry(*depthwise, x, w);
  if (!g) return nullptr;
  return std::make_unique<Convolution>(builder, n, *g, *clamp);
}

}  // namespace mirim::onednn
