#include "mirim/ops/batch_norm.hpp"

#include <cmath>

#include "mirim/exec/onednn/layers.hpp"
#include "mirim/exec/onednn/memory.hpp"

namespace mirim::onednn {
namespace {

using dnnl::memory;
using dnnl::prop_kind;
using Flags = dnnl::normalization_flags;

/// Batch norm of a matrix with its ReLU in one pass; forward keeps a bit mask for backward.
class BatchNormLayer final : public Layer {
 public:
  BatchNormLayer(PlanBuilder& builder, const Node& node, const BatchNorm& op, const FollowingClamp& clamp)
      : momentum_(op.momentum) {
    const Shape& shape = builder.graph()[node.inputs[0]].type.shape;
    channels_ = shape.back();
    const memory::desc data = describe(shape, Layout::plain);
    const memory::desc per_channel({channels_}, memory::data_type::f32, memory::format_tag::a);
    const Flags relu = clamp.bounded() ? Flags::fuse_norm_relu : Flags::none;
    const Flags flags = Flags::use_scale | Flags::use_shift | relu;

    using Forward = dnnl::batch_normalization_forward;
    const Forward::primitive_desc training({prop_kind::forward_training, data, op.epsilon, flags}, attributes(), cpu());
    const Forward::primitive_desc inference(
        {prop_kind::forward_inference, data, op.epsilon, flags | Flags::use_global_stats}, attributes(), cpu());
    using Backward = dnnl::batch_normalization_backward;
    const Backward::primitive_desc backward({prop_kind::backward, data, data, op.epsilon, flags}, attributes(), cpu(),
                                            training);
    implementation_ = training.impl_info_str();

    training_ = Call(Forward(training));
    inference_ = Call(Forward(inference));
    backward_ = Call(Backward(backward));
    for (Call* call : {&training_, &inference_, &backward_}) {
      call->argument(DNNL_ARG_SRC, data);
      call->argument(DNNL_ARG_MEAN, per_channel);
      call->argument(DNNL_ARG_VARIANCE, per_channel);
      call->argument(DNNL_ARG_SCALE, per_channel);
      call->argument(DNNL_ARG_SHIFT, per_channel);
    }
    for (Call* call : {&training_, &inference_}) {
      call->argument(DNNL_ARG_DST, data);
    }
    backward_.argument(DNNL_ARG_DIFF_DST, data);
    backward_.argument(DNNL_ARG_DIFF_SRC, data);
    backward_.argument(DNNL_ARG_DIFF_SCALE, per_channel);
    backward_.argument(DNNL_ARG_DIFF_SHIFT, per_channel);
    if (clamp.bounded()) {
      training_.argument(DNNL_ARG_WORKSPACE, training.workspace_desc());
      backward_.argument(DNNL_ARG_WORKSPACE, training.workspace_desc());
      workspace_ = builder.buffer(static_cast<std::int64_t>(training.workspace_desc().get_size()));
    }
    training_.argument(DNNL_ARG_SCRATCHPAD, training.scratchpad_desc());
    inference_.argument(DNNL_ARG_SCRATCHPAD, inference.scratchpad_desc());
    backward_.argument(DNNL_ARG_SCRATCHPAD, backward.scratchpad_desc());
    for (const auto size : {training.scratchpad_desc().get_size(), inference.scratchpad_desc().get_size(),
                            backward.scratchpad_desc().get_size()}) {
      builder.scratch(static_cast<std::int64_t>(size));
    }
    // oneDNN reads whole blocks of channels.
    const std::int64_t padded = (channels_ + 15) / 16 * 16 * std::int64_t{sizeof(float)};
    mean_ = builder.buffer(padded);
    variance_ = builder.buffer(padded);
    unwanted_dx_ = builder.wants_gradient(node.inputs[0]) ? -1 : builder.buffer(data.get_size());

    builder.read(node.inputs[0], Layout::plain);
    builder.write(clamp.output, Layout::plain);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    builder.parameter(node.inputs[1]);
    builder.parameter(node.inputs[2]);
    builder.statistic(node.inputs[3]);
    builder.statistic(node.inputs[4]);
  }

  std::string description() const override { return "oneDNN " + implementation_; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    batch_mean_ = memory.arena->as<float>(mean_);
    batch_variance_ = memory.arena->as<float>(variance_);
    const ParameterMemory& gamma = memory.parameters[0];
    const ParameterMemory& beta = memory.parameters[1];
    for (Call* call : {&training_, &inference_, &backward_}) {
      call->address(DNNL_ARG_SRC, memory.x[0]);
      call->address(DNNL_ARG_SCALE, gamma.weights);
      call->address(DNNL_ARG_SHIFT, beta.weights);
      call->address(DNNL_ARG_MEAN, batch_mean_);
      call->address(DNNL_ARG_VARIANCE, batch_variance_);
      call->address(DNNL_ARG_DST, memory.y[0]);
      call->address(DNNL_ARG_SCRATCHPAD, memory.scratch);
      if (workspace_ >= 0) call->address(DNNL_ARG_WORKSPACE, memory.arena->at(workspace_));
    }
    inference_.address(DNNL_ARG_MEAN, memory.statistics[0]);
    inference_.address(DNNL_ARG_VARIANCE, memory.statistics[1]);
    backward_.address(DNNL_ARG_DIFF_DST, memory.dy[0]);
    backward_.address(DNNL_ARG_DIFF_SRC, memory.dx[0] ? memory.dx[0] : memory.arena->as<float>(unwanted_dx_));
    backward_.address(DNNL_ARG_DIFF_SCALE, gamma.gradient);
    backward_.address(DNNL_ARG_DIFF_SHIFT, beta.gradient);
  }

  void forward(bool training) override {
    if (!training) return inference_.run();
    training_.run();
    for (std::int64_t c = 0; c < channels_; ++c) {
      memory_->statistics[0][c] = momentum_ * memory_->statistics[0][c] + (1 - momentum_) * batch_mean_[c];
      memory_->statistics[1][c] = momentum_ * memory_->statistics[1][c] + (1 - momentum_) * batch_variance_[c];
    }
  }

  void backward() override { backward_.run(); }

 private:
  float momentum_;
  std::int64_t channels_ = 0;
  std::string implementation_;
  Call training_, inference_, backward_;
  Arena::BufferId workspace_ = -1;
  Arena::BufferId mean_ = -1;
  Arena::BufferId variance_ = -1;
  Arena::BufferId unwanted_dx_ = -1;
  const LayerMemory* memory_ = nullptr;
  float* batch_mean_ = nullptr;
  float* batch_variance_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<BatchNorm>();
  if (!op) return nullptr;
  if (graph[n.inputs[0]].type.shape.rank() != 2) return nullptr;
  if (!builder.is_parameter(n.inputs[1]) || !builder.is_parameter(n.inputs[2])) return nullptr;
  auto clamp = following_clamp(builder, node, Activation::none);
  // The fused rectifier is RELU alone.
  if (!std::isinf(clamp->most)) clamp = FollowingClamp{-INFINITY, INFINITY, n.outputs[0]};
  return std::make_unique<BatchNormLayer>(builder, n, *op, *clamp);
}

}  // namespace mirim::onednn
