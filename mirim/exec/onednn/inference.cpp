#include "mirim/exec/onednn/inference.hpp"

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/onednn/convolution_geometry.hpp"
#include "mirim/exec/onednn/gemm.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/packed_dense.hpp"
#include "mirim/ops/fully_connected.hpp"

namespace mirim::onednn {
namespace {

bool is_float(const BoundNode& bound) {
  for (const ConstTensorView& tensor : bound.x) {
    if (tensor.present() && tensor.dtype() != DType::float32) return false;
  }
  return bound.y[0].dtype() == DType::float32;
}

using Forward = dnnl::convolution_forward;

/// Empty if oneDNN has only a slow implementation.
std::optional<Forward::primitive_desc> primitive(const BoundNode& bound, const ConvolutionGeometry& g,
                                                 const ActivationRange& range) {
  using dnnl::memory;
  const memory::desc source = describe(bound.x[0].shape(), Layout::plain);
  const memory::desc target = describe(bound.y[0].shape(), Layout::plain);
  const memory::desc bias = bound.x.has(2)
                                ? memory::desc({bound.y[0].shape()[3]}, memory::data_type::f32, memory::format_tag::a)
                                : memory::desc();
  try {
    const Forward::primitive_desc forward(
        Forward::desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, source,
                      any_layout(g.dimensions), bias, target, g.strides, g.dilates, g.before, g.after),
        clamping_attributes(range.least, range.most), cpu());
    if (!is_slow(forward.impl_info_str())) return forward;
  } catch (const dnnl::error&) {
    // a geometry that it has no primitive for
  }
  return {};
}

/// Plain activations on both sides; weights converted once to the primitive's order.
class Convolution {
 public:
  Convolution(const BoundNode& bound, const ConvolutionGeometry& g, const Forward::primitive_desc& forward) {
    const bool bias = bound.x.has(2);
    const Codec codec = make_codec(g.weights, forward.weights_desc());
    weights_.resize(static_cast<std::size_t>(codec.stored));
    codec.encode(bound.x[1].as<float>().data(), weights_.data());
    scratch_.resize(forward.scratchpad_desc().get_size());
    call_ = Call(Forward(forward));
    call_.argument(DNNL_ARG_SRC, forward.src_desc());
    call_.argument(DNNL_ARG_WEIGHTS, forward.weights_desc());
    if (bias) call_.argument(DNNL_ARG_BIAS, forward.bias_desc());
    call_.argument(DNNL_ARG_DST, forward.dst_desc());
    call_.argument(DNNL_ARG_SCRATCHPAD, forward.scratchpad_desc());
    call_.address(DNNL_ARG_SRC, bound.x[0].bytes.data());
    call_.address(DNNL_ARG_WEIGHTS, weights_.data());
    if (bias) call_.address(DNNL_ARG_BIAS, bound.x[2].bytes.data());
    call_.address(DNNL_ARG_DST, bound.y[0].bytes.data());
    call_.address(DNNL_ARG_SCRATCHPAD, scratch_.data());
  }
  void run() const { call_.run(); }

 private:
  AlignedVector<float> weights_;
  AlignedVector<std::byte> scratch_;
  Call call_;
};

}  // namespace

std::function<void()> prepare_convolution(const BoundNode& bound) {
  const auto* conv = bound.node.op.as<Conv2d>();
  const auto* depthwise = bound.node.op.as<DepthwiseConv2d>();
  if ((!conv && !depthwise) || !is_float(bound) || bound.sums != Sums::fastest || !bound.is_fixed(1)) return {};
  const Shape& x = bound.x[0].shape();
  const Shape& w = bound.x[1].shape();
  const Activation activation = conv ? conv->activation : depthwise->activation;
  if (w[3] != x[3] || !is_interval(activation)) return {};
  const auto g = conv ? geometry(*conv, x, w) : geometry(*depthwise, x, w);
  if (!g) return {};
  const auto forward = primitive(bound, *g, activation_range(bound.node.op.name(), activation));
  if (!forward) return {};
  const auto layer = std::make_shared<Convolution>(bound, *g, *forward);
  return [layer] { layer->run(); };
}

std::function<void()> prepare_dense(const BoundNode& bound) {
  const auto* op = bound.node.op.as<FullyConnected>();
  if (!op || !is_float(bound) || !is_interval(op->activation)) return {};
  const std::int64_t outputs = bound.x[1].shape()[0];
  const std::int64_t inputs = bound.x[1].shape()[1];
  if (outputs * inputs == 0) return {};
  const std::int64_t rows = bound.x[0].shape().elements() / inputs;
  const ActivationRange range = activation_range(op->name, op->activation);
  const float* x = bound.x[0].as<float>().data();
  const float* w = bound.x[1].as<float>().data();
  const std::span<const float> bias = bound.x.has(2) ? bound.x[2].as<float>() : std::span<const float>();
  float* y = bound.y[0].as<float>().data();
  const bool in_order = bound.sums != Sums::fastest;
  // A matrix product must be large enough to repay its preparation.
  if (bound.is_fixed(1) && bound.is_fixed(2) && (in_order || rows < 8 || outputs * inputs < 4096)) {
    const auto dense =
        std::make_shared<simd::PackedDense>(bound.x[1].as<float>(), bias, outputs, range.least, range.most, bound.sums);
    return [=] { dense->run(x, y, rows); };
  }
  if (in_order) return {};
  return [=] {
    multiply(false, true, rows, outputs, inputs, x, w, y);
    simd::add_bias_and_clamp(y, bias.empty() ? nullptr : bias.data(), rows, outputs, range.least, range.most);
  };
}

}  // namespace mirim::onednn
