#include "mirim/exec/simd/tap_inference.hpp"

#include <algorithm>
#include <memory>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/simd/tap_products.hpp"
#include "mirim/ops/conv2d.hpp"

namespace mirim::simd {
namespace {

/// A convolution's products, with weights and bias laid out for one of them and room for the frames of its input.
struct Prepared {
  TapProducts products;
  TapProducts::Then then;
  AlignedVector<float> weights{}, bias{}, framed{};
};

AlignedVector<float> zeros(std::int64_t count) { return AlignedVector<float>(static_cast<std::size_t>(count)); }

/// body(first image, how many) for all images, as many at a time as the products take.
template <class Body>
void for_each_few(const TapProducts& products, const Body& body) {
  const std::int64_t images = products.geometry().images;
  for (std::int64_t i = 0; i < images; i += products.together()) body(i, std::min(products.together(), images - i));
}

/// Whether the node has float32 x and weights, constant weights and bias, and sums may have any order.
bool takes(const BoundNode& bound, Activation activation, int x, int weights, int bias) {
  return bound.sums == Sums::fastest && is_interval(activation) && bound.x[x].dtype() == DType::float32 &&
         bound.x[weights].dtype() == DType::float32 && bound.is_fixed(weights) && bound.is_fixed(bias) &&
         bound.y[0].shape().elements() > 0;
}

}  // namespace

std::function<void()> prepare_tap_convolution(const BoundNode& bound) {
  const auto* op = bound.node.op.as<Conv2d>();
  if (!op || !takes(bound, op->activation, 0, 1, 2)) return {};
  const Shape &x = bound.x[0].shape(), &w = bound.x[1].shape();
  if (reaches_far(x[1], w[1], op->dilation.height) || reaches_far(x[2], w[2], op->dilation.width)) return {};
  const TapGeometry g{.images = x[0],
                      .height = x[1],
                      .width = x[2],
                      .channels = x[3],
                      .outputs = w[0],
                      .groups = x[3] / w[3],
                      .vertical = slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height),
                      .horizontal = slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width)};
  const ActivationRange range = activation_range(op->name, op->activation);
  const auto p = std::make_shared<Prepared>(TapProducts(g, false), TapProducts::Then{nullptr, range.least, range.most});
  p->weights = zeros(g.weights());
  to_blocks(g, bound.x[1].as<float>().data(), p->weights.data());
  p->framed = zeros(p->products.wide_frame());
  if (bound.x.has(2)) {
    p->bias = zeros(p->products.narrow_bias());
    p->products.narrow_bias(bound.x[2].as<float>().data(), p->bias.data());
    p->then.bias = p->bias.data();
  }
  return [p, g, from = bound.x[0].as<float>().data(), to = bound.y[0].as<float>().data()] {
    for_each_few(p->products, [&](std::int64_t first, std::int64_t count) {
      const float* u = p->products.framed_wide(from + first * g.x_image(), count, p->framed.data());
      p->products.to_narrow(p->weights.data(), p->then, u, count, to + first * g.y_image());
    });
  };
}

std::function<void()> prepare_transposed_convolution(const BoundNode& bound) {
  const auto* op = bound.node.op.as<TransposeConv>();
  if (!op || !takes(bound, op->activation, 2, 1, 3)) return {};
  const auto g = transposed_geometry(*op, bound.x[2].shape(), bound.x[1].shape(), bound.y[0].shape());
  if (!g) return {};
  const ActivationRange range = activation_range(op->name, op->activation);
  const auto p = std::make_shared<Prepared>(TapProducts(*g, true), TapProducts::Then{nullptr, range.least, range.most});
  AlignedVector<float> blocks = zeros(g->weights());
  to_transposed_blocks(*g, bound.x[1].as<float>().data(), blocks.data());
  p->weights = zeros(p->products.transposed_weights());
  p->products.transpose(blocks.data(), p->weights.data());
  p->framed = zeros(p->products.narrow_frame());
  if (bound.x.has(3)) {
    p->bias = zeros(p->products.wide_bias());
    p->products.wide_bias(bound.x[3].as<float>().data(), p->bias.data());
    p->then.bias = p->bias.data();
  }
  return [p, g = *g, from = bound.x[2].as<float>().data(), to = bound.y[0].as<float>().data()] {
    for_each_few(p->products, [&](std::int64_t first, std::int64_t count) {
      const float* v = p->products.framed_narrow(from + first * g.y_image(), count, p->framed.data());
      p->products.to_wide(p->weights.data(), p->then, v, count, to + first * g.x_image());
    });
  };
}

}  // namespace mirim::simd
