#include "mirim/exec/simd/activation_kernels.hpp"
#include "mirim/exec/simd/layers.hpp"

namespace mirim::simd {
namespace {

class CurveLayer final : public Layer {
 public:
  CurveLayer(PlanBuilder& builder, const Node& node, Curve curve) : curve_(curve) {
    // logistic(0) is not 0, but padding must stay 0.
    const Layout layout = curve == Curve::logistic ? Layout::plain : builder.layout(node.inputs[0]);
    count_ = stored_elements(builder.graph()[node.inputs[0]].type.shape, layout);
    builder.read(node.inputs[0], layout);
    builder.write(node.outputs[0], layout);
  }
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override { apply_curve(curve_, memory_->x[0], memory_->y[0], count_); }
  void backward() override {
    if (memory_->dx[0]) curve_gradient(curve_, memory_->y[0], memory_->dy[0], memory_->dx[0], count_);
  }

 private:
  Curve curve_;
  std::int64_t count_ = 0;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_curve(PlanBuilder& builder, int node) {
  const Node& n = builder.graph().nodes[static_cast<std::size_t>(node)];
  const auto name = n.op.name();
  if (name == "TANH") return std::make_unique<CurveLayer>(builder, n, Curve::tanh);
  if (name == "LOGISTIC") return std::make_unique<CurveLayer>(builder, n, Curve::logistic);
  if (name == "ELU") return std::make_unique<CurveLayer>(builder, n, Curve::elu);
  return nullptr;
}

}  // namespace mirim::simd
