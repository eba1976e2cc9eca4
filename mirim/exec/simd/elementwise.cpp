#include <limits>

#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/ops/elementwise_binary.hpp"

namespace mirim::simd {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Clamp final : public Layer {
 public:
  Clamp(PlanBuilder& builder, const Node& node, float most) : most_(most) {
    const Layout layout = builder.layout(node.inputs[0]);
    count_ = stored_elements(builder.graph()[node.inputs[0]].type.shape, layout);
    builder.read(node.inputs[0], layout);
    builder.write(node.outputs[0], layout);
  }
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override { clamp(memory_->x[0], memory_->y[0], count_, 0, most_); }
  void backward() override {
    if (memory_->dx[0]) clamp_gradient(memory_->y[0], memory_->dy[0], memory_->dx[0], count_, 0, most_);
  }

 private:
  float most_;
  std::int64_t count_ = 0;
  const LayerMemory* memory_ = nullptr;
};

class Sum final : public Layer {
 public:
  Sum(PlanBuilder& builder, const Node& node, const FollowingClamp& clamp) : clamp_(clamp) {
    const bool blocked =
        builder.layout(node.inputs[0]) == Layout::blocked || builder.layout(node.inputs[1]) == Layout::blocked;
    const Layout layout = blocked ? Layout::blocked : Layout::plain;
    count_ = stored_elements(builder.graph()[node.inputs[0]].type.shape, layout);
    builder.read(node.inputs[0], layout);
    builder.read(node.inputs[1], layout);
    builder.write(clamp.output, layout);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
  }
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override {
    add_and_clamp(memory_->x[0], memory_->x[1], memory_->y[0], count_, clamp_.least, clamp_.most);
  }
  void backward() override {
    const float* copied = nullptr;
    for (float* dx : memory_->dx) {
      if (!dx) continue;
      if (copied) {
        copy(copied, dx, count_);
      } else if (clamp_.bounded()) {
        clamp_gradient(memory_->y[0], memory_->dy[0], dx, count_, clamp_.least, clamp_.most);
      } else {
        copy(memory_->dy[0], dx, count_);
      }
      copied = dx;
    }
  }

 private:
  FollowingClamp clamp_;
  std::int64_t count_ = 0;
  const LayerMemory* memory_ = nullptr;
};

/// Does nothing: the output is the input.
class Nothing final : public Layer {
 public:
  std::string description() const override { return "nothing to do"; }
  void bind(const LayerMemory&) override {}
  void forward(bool) override {}
  void backward() override {}
};

bool is_activation(const PlanBuilder& builder, ValueId id) {
  return !builder.graph()[id].is_constant() && builder.graph()[id].type.dtype == DType::float32;
}

}  // namespace

std::unique_ptr<Layer> make_clamp(PlanBuilder& builder, int node) {
  const Node& n = builder.graph().nodes[static_cast<std::size_t>(node)];
  const bool relu6 = n.op.name() == "RELU6";
  if (!relu6 && n.op.name() != "RELU") return nullptr;
  return std::make_unique<Clamp>(builder, n, relu6 ? 6 : kInfinity);
}

std::unique_ptr<Layer> make_sum(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<Add>();
  if (!op || !is_activation(builder, n.inputs[0]) || !is_activation(builder, n.inputs[1])) return nullptr;
  if (graph[n.inputs[0]].type.shape != graph[n.inputs[1]].type.shape) return nullptr;
  const auto clamp = following_clamp(builder, node, op->activation);
  return clamp ? std::make_unique<Sum>(builder, n, *clamp) : nullptr;
}

std::unique_ptr<Layer> make_reshape(PlanBuilder& builder, int node) {
  const Node& n = builder.graph().nodes[static_cast<std::size_t>(node)];
  if (n.op.name() != "RESHAPE") return nullptr;
  builder.alias(n.inputs[0], n.outputs[0]);
  return std::make_unique<Nothing>();
}

}  // namespace mirim::simd
