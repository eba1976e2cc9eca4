#include <algorithm>

#include "mirim/exec/onednn/gemm.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/sparse_product.hpp"
#include "mirim/ops/fully_connected.hpp"

namespace mirim::simd {
namespace {

/// After a ReLU about half of the gradient is 0. Skipping zeros wins if each remaining element meets a long row: 1.2
/// times at 256 columns, 1.4 times at 784.
constexpr std::int64_t kLongRow = 256;

/// Up to this many rows our own loops, limited by reading the weights, beat a matrix product.
constexpr std::int64_t kFewRows = 2;

class Dense final : public Layer {
 public:
  Dense(PlanBuilder& builder, const Node& node, const FollowingClamp& clamp) : clamp_(clamp) {
    const Graph& graph = builder.graph();
    const Shape& weights = graph[node.inputs[1]].type.shape;
    outputs_ = weights[0];
    inputs_ = weights[1];
    rows_ = graph[node.inputs[0]].type.shape.elements() / inputs_;
    bias_ = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    few_ = rows_ <= kFewRows;
    // The kernel works on whole vectors of a row.
    outer_ = few_ && inputs_ % 16 == 0 && builder.may_update(node.inputs[1]) &&
             (!bias_ || builder.may_update(node.inputs[2]));
    builder.read(node.inputs[0], Layout::plain);
    builder.write(clamp.output, Layout::plain);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    builder.parameter(node.inputs[1]);
    if (bias_) builder.parameter(node.inputs[2]);
    if (outer_) builder.updates_itself();
    threads_ = std::max(1, builder.options().threads);
    long_rows_ = !few_ && clamp.bounded() && inputs_ >= kLongRow;
    if (long_rows_) builder.scratch(sparse_product_bytes(std::max(rows_, outputs_), threads_));
  }

  std::string description() const override { return few_ ? "vectorised loops" : "oneDNN sgemm"; }

  void bind(const LayerMemory& memory) override { memory_ = &memory; }

  void forward(bool) override {
    const float* w = memory_->parameters[0].weights;
    float* y = memory_->y[0];
    if (few_) {
      dense_forward(w, memory_->x[0], y, rows_, outputs_, inputs_);
    } else {
      onednn::multiply(false, true, rows_, outputs_, inputs_, memory_->x[0], w, y);
    }
    add_bias_and_clamp(y, bias_ ? memory_->parameters[1].weights : nullptr, rows_, outputs_, clamp_.least, clamp_.most);
  }

  void backward() override {
    const ParameterMemory& weights = memory_->parameters[0];
    float* dy = memory_->dy[0];
    const float* x = memory_->x[0];
    if (clamp_.bounded()) clamp_gradient(memory_->y[0], dy, dy, rows_ * outputs_, clamp_.least, clamp_.most);
    if (bias_) sum_rows(dy, memory_->parameters[1].gradient, rows_, outputs_);
    const bool sparse = long_rows_ && worth_passing_zeros(dy, rows_ * outputs_);
    // dx first: the weights may change below.
    if (float* dx = memory_->dx[0]) {
      if (sparse) {
        multiply_sparse({.a = dy, .b = weights.weights, .c = dx, .rows = rows_, .columns = inputs_, .terms = outputs_},
                        threads_, memory_->scratch);
      } else if (few_) {
        dense_backward(weights.weights, dy, dx, rows_, outputs_, inputs_);
      } else {
        onednn::multiply(false, false, rows_, inputs_, outputs_, dy, weights.weights, dx);
      }
    }
    if (outer_) {
      bool finite = update_outer(*memory_->update, weights, dy, x, rows_, outputs_, inputs_);
      if (bias_) finite = update(*memory_->update, memory_->parameters[1]) && finite;
      if (!finite) *memory_->finite = false;
    } else if (sparse) {
      multiply_sparse({.a = dy,
                       .a_transposed = true,
                       .b = x,
                       .c = weights.gradient,
                       .rows = outputs_,
                       .columns = inputs_,
                       .terms = rows_},
                      threads_, memory_->scratch);
    } else {
      onednn::multiply(true, false, outputs_, inputs_, rows_, dy, x, weights.gradient);
    }
  }

 private:
  FollowingClamp clamp_;
  std::int64_t rows_ = 0;
  std::int64_t outputs_ = 0;
  std::int64_t inputs_ = 0;
  bool bias_ = false;
  bool few_ = false;
  bool outer_ = false;
  bool long_rows_ = false;
  int threads_ = 1;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_dense(PlanBuilder& builder, int node) {
  const Node& n = builder.graph().nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<FullyConnected>();
  if (!op) return nullptr;
  for (std::size_t i = 1; i < n.inputs.size(); ++i) {
    if (n.inputs[i] != kNoValue && !builder.is_parameter(n.inputs[i])) return nullptr;
  }
  const auto clamp = following_clamp(builder, node, op->activation);
  return clamp ? std::make_unique<Dense>(builder, n, *clamp) : nullptr;
}

}  // namespace mirim::simd
