#include "mirim/formats/tflite_bidirectional.hpp"

#include <tflite_generated.h>

#include <array>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite_table.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/reverse_v2.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"

namespace mirim {
namespace {

// Operands by number: x; those of the forward and of the backward layer, in the order of a layer of one direction; the
// last output and the cell of each; the auxiliary input and its weights.
constexpr int kOfLayer = lstm::kState - lstm::kWeights, kStates = 1 + 2 * kOfLayer, kAuxiliary = kStates + 4,
              kOperands = kAuxiliary + 9;

const Opaque* bidirectional(const Node& node) {
  const auto* opaque = node.op.as<Opaque>();
  using enum tflite::BuiltinOperator;
  return opaque && opaque->title == tflite::EnumNameBuiltinOperator(BIDIRECTIONAL_SEQUENCE_LSTM) ? opaque : nullptr;
}

const tflite::BidirectionalSequenceLSTMOptions& options_of(const Opaque& opaque) {
  const auto* model = kept_table<tflite::Model>(opaque.content);
  const auto* node = model == nullptr ? nullptr : model->subgraphs()->Get(0)->operators()->Get(0);
  const auto* options = node == nullptr ? nullptr : node->builtin_options_as_BidirectionalSequenceLSTMOptions();
  if (options == nullptr) fail("has no options");
  return *options;
}

/// The nodes in place of one.
class Split {
 public:
  /// Throws Error if a layer of one direction cannot compute what the node does.
  Split(Graph& graph, const Node& node, const tflite::BidirectionalSequenceLSTMOptions& options)
      : graph_(graph), node_(node), merged_(options.merge_outputs()) {
    if (node.inputs.size() != kOperands) fail("has {} inputs, expected {}", node.inputs.size(), kOperands);
    if (node.outputs.size() != (merged_ ? 1 : 2)) fail("has {} outputs", node.outputs.size());
    for (std::size_t i = kAuxiliary; i < kOperands; ++i) {
      if (node.inputs[i] != kNoValue) fail("has an auxiliary input, which is not supported");
    }
    lstm_.activation = static_cast<Activation>(options.fused_activation_function());
    lstm_.cell_clip = options.cell_clip();
    lstm_.proj_clip = options.proj_clip();
    lstm_.time_major = options.time_major();
    lstm_.asymmetric_quantize_inputs = options.asymmetric_quantize_inputs();
    for (const bool backward : {false, true}) {
      TensorType& type = types_[backward ? 1 : 0];
      type = lstm_.infer(operands(graph, operands_of(backward, node.inputs[0]))).at(0);
      if (type.dtype != DType::float32) fail("is of {}, expected float32", name(type.dtype));
    }
  }

  void run() {
    const ValueId x = node_.inputs[0];
    const ValueId time = graph_.add(Value{.name = node_.name + "/time",
                                          .type = {DType::int32, {1}},
                                          .constant = make_constant(std::vector{lstm_.time_major ? 0 : 1})});
    const ValueId forward = merged_ ? made("/forward", types_[0]) : node_.outputs[0];
    add(lstm_, operands_of(false, x), forward, "/forward");
    const ValueId turned = made("/turned", graph_[x].type);
    add(ReverseV2{}, {x, time}, turned, "/turned");
    const ValueId last_first = made("/last_first", types_[1]);
    add(lstm_, operands_of(true, turned), last_first, "/last_first");
    const ValueId backward = merged_ ? made("/backward", types_[1]) : node_.outputs[1];
    add(ReverseV2{}, {last_first, time}, backward, "/backward");
    if (merged_) add(Concatenation{.axis = 2}, {forward, backward}, node_.outputs[0], "");
  }

 private:
  std::vector<ValueId> operands_of(bool backward, ValueId x) const {
    const auto of_node = node_.inputs.begin();
    const int first = backward ? 1 + kOfLayer : 1;
    std::vector<ValueId> result{x};
    result.insert(result.end(), of_node + first, of_node + first + kOfLayer);
    const int state = backward ? kStates + 2 : kStates;
    result.insert(result.end(), of_node + state, of_node + state + 2);
    result.resize(lstm::kOperands, kNoValue);
    return result;
  }
  ValueId made(const char* suffix, const TensorType& type) {
    return graph_.add(Value{.name = node_.name + suffix, .type = type});
  }
  void add(Op op, std::vector<ValueId> inputs, ValueId output, const char* suffix) {
    graph_.nodes.push_back({std::move(op), std::move(inputs), {output}, node_.name + suffix});
  }

  Graph& graph_;
  const Node& node_;
  bool merged_;
  UnidirectionalSequenceLstm lstm_;
  std::array<TensorType, 2> types_;
};

}  // namespace

void split_bidirectional_lstms(Model& model) {
  for (Graph& graph : model.graphs) {
    for (Node& node : std::exchange(graph.nodes, {})) {
      if (const Opaque* opaque = bidirectional(node)) {
        try {
          Split(graph, node, options_of(*opaque)).run();
          continue;
        } catch (const Error& error) {
          node.op.as<Opaque>()->reason = error.what();
        }
      }
      graph.nodes.push_back(std::move(node));
    }
  }
}

}  // namespace mirim
