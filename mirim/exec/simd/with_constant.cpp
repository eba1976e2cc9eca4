#include <numeric>

#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/ops/elementwise_binary.hpp"

namespace mirim::simd {
namespace {

/// y = x * c or x + c for a constant c of one number or one per channel. The constants repeat every `period_` elements,
/// whole vectors.
class WithConstant final : public Layer {
 public:
  WithConstant(PlanBuilder& builder, const Node& node, bool product, std::span<const float> constant)
      : product_(product), period_(static_cast<std::int64_t>(std::lcm(constant.size(), std::size_t{16}))) {
    count_ = builder.graph()[node.inputs[0]].type.shape.elements();
    for (std::int64_t i = 0; i < period_; ++i) {
      constants_.push_back(constant[static_cast<std::size_t>(i) % constant.size()]);
    }
    builder.read(node.inputs[0], Layout::plain);
    builder.write(node.outputs[0], Layout::plain);
  }
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override { run(memory_->x[0], memory_->y[0]); }
  void backward() override {
    float* dx = memory_->dx[0];
    if (!dx) return;
    if (product_) return run(memory_->dy[0], dx);
    copy(memory_->dy[0], dx, count_);
  }

 private:
  void run(const float* x, float* y) const {
    if (product_) return multiply_periodic(x, constants_.data(), period_, y, count_);
    add_periodic(x, constants_.data(), period_, y, count_);
  }

  bool product_;
  std::int64_t period_;
  std::vector<float> constants_;
  std::int64_t count_ = 0;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_with_constant(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* product = n.op.as<Mul>();
  const auto* sum = n.op.as<Add>();
  if (!product && !sum) return nullptr;
  if ((product ? product->activation : sum->activation) != Activation::none) return nullptr;
  const Value& x = graph[n.inputs[0]];
  const Value& constant = graph[n.inputs[1]];
  if (x.is_constant() || !constant.is_constant() || constant.type.dtype != DType::float32) return nullptr;
  if (builder.is_parameter(n.inputs[1]) || graph[n.outputs[0]].type.shape != x.type.shape) return nullptr;
  const std::int64_t numbers = constant.type.shape.elements();
  const bool per_channel = constant.type.shape.rank() > 0 && constant.type.shape.back() == numbers;
  if (numbers != 1 && !(per_channel && numbers == x.type.shape.back())) return nullptr;
  return std::make_unique<WithConstant>(builder, n, product != nullptr, constant.values<float>());
}

}  // namespace mirim::simd
