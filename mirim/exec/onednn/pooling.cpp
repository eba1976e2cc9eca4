#include "mirim/exec/onednn/layers.hpp"
#include "mirim/exec/onednn/memory.hpp"
#include "mirim/ops/pool2d.hpp"

namespace mirim::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

memory::dim padding_after(const Window& window, std::int64_t input) {
  return (window.output - 1) * window.stride + window.filter - input - window.before;
}

struct Geometry {
  algorithm kind;
  memory::dims strides, kernel, before, after;
};

template <class Pool>
Geometry geometry(const Pool& op, const Shape& x, algorithm kind) {
  const Window rows = slide(op.name, op.padding, x[1], op.filter.height, op.stride.height, 1);
  const Window columns = slide(op.name, op.padding, x[2], op.filter.width, op.stride.width, 1);
  return {kind,
          {op.stride.height, op.stride.width},
          {op.filter.height, op.filter.width},
          {rows.before, columns.before},
          {padding_after(rows, x[1]), padding_after(columns, x[2])}};
}

class Pooling final : public Layer {
 public:
  Pooling(PlanBuilder& builder, const Node& node, const Geometry& g) {
    const Graph& graph = builder.graph();
    const memory::desc source = describe(graph[node.inputs[0]].type.shape, Layout::blocked);
    const memory::desc target = describe(graph[node.outputs[0]].type.shape, Layout::blocked);
    using Forward = dnnl::pooling_forward;
    const Forward::primitive_desc forward(
        {prop_kind::forward_training, g.kind, source, target, g.strides, g.kernel, g.before, g.after}, attributes(),
        cpu());
    using Backward = dnnl::pooling_backward;
    const Backward::primitive_desc backward({g.kind, source, target, g.strides, g.kernel, g.before, g.after},
                                            attributes(), cpu(), forward);
    implementation_ = forward.impl_info_str();
    forward_ = Call(Forward(forward));
    forward_.argument(DNNL_ARG_SRC, source);
    forward_.argument(DNNL_ARG_DST, target);
    forward_.argument(DNNL_ARG_SCRATCHPAD, forward.scratchpad_desc());
    backward_ = Call(Backward(backward));
    backward_.argument(DNNL_ARG_DIFF_DST, target);
    backward_.argument(DNNL_ARG_DIFF_SRC, source);
    backward_.argument(DNNL_ARG_SCRATCHPAD, backward.scratchpad_desc());
    if (g.kind == algorithm::pooling_max) {
      forward_.argument(DNNL_ARG_WORKSPACE, forward.workspace_desc());
      backward_.argument(DNNL_ARG_WORKSPACE, forward.workspace_desc());
      workspace_ = builder.buffer(static_cast<std::int64_t>(forward.workspace_desc().get_size()));
    }
    builder.scratch(static_cast<std::int64_t>(forward.scratchpad_desc().get_size()));
    builder.scratch(static_cast<std::int64_t>(backward.scratchpad_desc().get_size()));
    builder.read(node.inputs[0], Layout::blocked);
    builder.write(node.outputs[0], Layout::blocked);
  }

  std::string description() const override { return "oneDNN " + implementation_; }

  void bind(const LayerMemory& memory) override {
    forward_.address(DNNL_ARG_SRC, memory.x[0]);
    forward_.address(DNNL_ARG_DST, memory.y[0]);
    backward_.address(DNNL_ARG_DIFF_DST, memory.dy[0]);
    backward_.address(DNNL_ARG_DIFF_SRC, memory.dx[0]);
    for (Call* call : {&forward_, &backward_}) {
      call->address(DNNL_ARG_SCRATCHPAD, memory.scratch);
      if (workspace_ >= 0) call->address(DNNL_ARG_WORKSPACE, memory.arena->at(workspace_));
    }
    wanted_ = memory.dx[0] != nullptr;
  }

  void forward(bool) override { forward_.run(); }
  void backward() override {
    if (wanted_) backward_.run();
  }

 private:
  std::string implementation_;
  Call forward_, backward_;
  Arena::BufferId workspace_ = -1;
  bool wanted_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_pooling(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* max = n.op.as<MaxPool2d>();
  const auto* average = n.op.as<AveragePool2d>();
  if (!max && !average) return nullptr;
  if ((max ? max->activation : average->activation) != Activation::none) return nullptr;
  const Shape& x = graph[n.inputs[0]].type.shape;
  const Geometry g =
      max ? geometry(*max, x, algorithm::pooling_max) : geometry(*average, x, algorithm::pooling_avg_exclude_padding);
  return std::make_unique<Pooling>(builder, n, g);
}

}  // namespace mirim::onednn
