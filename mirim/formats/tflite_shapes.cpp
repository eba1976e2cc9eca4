#include "mirim/formats/tflite_shapes.hpp"

#include <tflite_generated.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/ops/slice.hpp"

namespace mirim {
namespace {

// Whether the file leaves the length of the axis open; a tensor without a shape leaves all open.
bool leaves_open(const tflite::Tensor& tensor, int axis) {
  const auto* signature = tensor.shape_signature();
  const auto at = static_cast<flatbuffers::uoffset_t>(axis);
  return signature != nullptr && at < signature->size() && signature->Get(at) == -1;
}

bool has_no_shape(const tflite::Tensor& tensor) {
  return (tensor.shape() == nullptr || tensor.shape()->size() == 0) && !tensor.has_rank();
}

bool is_placeholder(const tflite::Tensor& tensor, const Shape& declared) {
  if (has_no_shape(tensor)) return true;
  for (int d = 0; d < declared.rank(); ++d) {
    if (leaves_open(tensor, d)) return true;
  }
  return false;
}

bool may_become(const tflite::Tensor& tensor, const Shape& declared, const Shape& inferred) {
  if (has_no_shape(tensor)) return true;
  if (declared.rank() != inferred.rank()) return false;
  for (int d = 0; d < declared.rank(); ++d) {
    if (declared[d] != inferred[d] && !leaves_open(tensor, d)) return false;
  }
  return true;
}

class Settling {
 public:
  Settling(const tflite::SubGraph& stored, Graph& graph, std::vector<std::string>& odd)
      : stored_(stored), graph_(graph), known_(graph), odd_(odd), made_(graph.values.size()) {}

  void run() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) settle(static_cast<int>(n));
  }

 private:
  void settle(int n) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      for (const ValueId id : *ids) {
        if (id != kNoValue && (id < 0 || static_cast<std::size_t>(id) >= graph_.values.size())) return;
      }
    }
    // verify refuses a value made by two nodes; settled twice, it would contradict what was learned about it.
    for (const ValueId id : node.outputs) {
      if (id != kNoValue && std::exchange(made_[static_cast<std::size_t>(id)], 1) != 0) return;
    }
    const auto inferred = is_guess(node) ? std::nullopt : infer(node);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      Value& value = graph_[node.outputs[i]];
      const tflite::Tensor& tensor = *stored_.tensors()->Get(static_cast<flatbuffers::uoffset_t>(node.outputs[i]));
      if (value.constant || value.variable) continue;
      if (!inferred) {
        if (is_placeholder(tensor, value.type.shape)) value.extras[std::string(kUnknownShape)] = {};
        continue;
      }
      if (value.type != (*inferred)[i]) take(n, i, value, tensor, (*inferred)[i]);
    }
    if (inferred) learn(node);
  }

  // Nothing if it is unknown.
  std::optional<std::vector<TensorType>> infer(const Node& node) {
    try {
      for (const ValueId id : node.inputs) {
        if (id != kNoValue && !(shape_is_known(graph_[id]) && is_whole(graph_[id]))) return std::nullopt;
      }
      auto types = node.op.infer(known_.operands(node.inputs));
      if (types.size() == node.outputs.size()) return types;
    } catch (const Error&) {  // reported by verify
    }
    return std::nullopt;
  }

  // SLICE takes the whole axis for the rest of one that begins at run time. So it is if the file's shape says so; where
  // that leaves the axis open, its length is only known when it runs.
  bool is_guess(const Node& node) const {
    if (!node.op.is<Slice>() || node.inputs.size() != 3 || node.outputs.size() != 1) return false;
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      if (std::ranges::find(*ids, kNoValue) != ids->end()) return false;
    }
    const auto in = known_.operands(node.inputs);
    const bool readable = in[2].is_constant() && is_whole(graph_[node.inputs[2]]);
    if (in[1].is_constant() || !readable) return false;
    const auto at = static_cast<flatbuffers::uoffset_t>(node.outputs[0]);
    return takes_rest(in[2]) && is_placeholder(*stored_.tensors()->Get(at), graph_[node.outputs[0]].type.shape);
  }

  static bool takes_rest(const Operand& size) {
    const auto is_rest = [](std::int64_t count) { return count == -1; };
    if (size.dtype() == DType::int64) return std::ranges::any_of(size.values<std::int64_t>(), is_rest);
    return size.dtype() == DType::int32 && std::ranges::any_of(size.values<std::int32_t>(), is_rest);
  }

  // Operators trust that a constant has the size of its type; verify reports others.
  static bool is_whole(const Value& value) {
    const bool has_size = value.constant && bits(value.type.dtype) != 0;
    return !has_size || static_cast<std::int64_t>(value.constant->size()) == value.type.bytes();
  }

  // Gives the value the inferred type, if the declared one allows it.
  void take(int n, std::size_t output, Value& value, const tflite::Tensor& tensor, const TensorType& inferred) {
    if (value.type.dtype != inferred.dtype) return;
    const Shape& declared = value.type.shape;
    if (!may_become(tensor, declared, inferred.shape)) {
      if (!same_elements(declared, inferred.shape)) return;
      odd_.push_back(fmt::format("{}: output {} is declared [{}], its operator makes it [{}]", describe(graph_, n),
                                 output, to_string(declared), to_string(inferred.shape)));
    }
    value.type.shape = inferred.shape;
    const std::vector<std::int64_t> dimensions(inferred.shape.begin(), inferred.shape.end());
    const BytesView bytes = bytes_of(dimensions);
    value.extras[tflite_extra::shape] = Bytes(bytes.begin(), bytes.end());
  }

  static bool same_elements(const Shape& a, const Shape& b) {
    try {
      return a.elements() == b.elements();
    } catch (const Error&) {
      return false;
    }
  }

  // A node whose declared results differ from what it makes would write outside of them.
  void learn(const Node& node) {
    const auto inferred = infer(node);
    if (!inferred) return;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue || graph_[node.outputs[i]].type != (*inferred)[i]) return;
    }
    try {
      known_.learn(node);
    } catch (const Error&) {  // reported by verify
    }
  }

  const tflite::SubGraph& stored_;
  Graph& graph_;
  KnownValues known_;
  std::vector<std::string>& odd_;
  std::vector<char> made_;  // by ValueId: whether an earlier node makes it
};

}  // namespace

void settle_shapes(const tflite::SubGraph& stored, Graph& graph, std::vector<std::string>& odd) {
  Settling(stored, graph, odd).run();
}

}  // namespace mirim
