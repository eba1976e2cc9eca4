#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mirim/base/bytes.hpp"
#include "mirim/graph/op.hpp"
#include "mirim/graph/tensor.hpp"
#include "mirim/graph/weight_form.hpp"

namespace mirim {

/// Index into Graph::values; kNoValue is an omitted optional operand.
using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;

/// Immutable bytes shared by copies of a graph, so that copying a graph copies no constants.
using Constant = std::shared_ptr<const Bytes>;

inline Constant make_constant(Bytes bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }
template <class T>
Constant make_constant(const std::vector<T>& values) {
  const BytesView view = bytes_of(values);
  return make_constant(Bytes(view.begin(), view.end()));
}

/// Parts of a file that Graph does not model, by name, kept for the writer (TFLite: shape_signature, intermediates...).
using Extras = std::map<std::string, Bytes>;

/// One tensor of a graph: an input, the result of a node, a constant (dense, in memory order), or a variable, which
/// keeps its content between runs.
struct Value {
  std::string name{};
  TensorType type{};
  Quantization quantization{};
  Constant constant{};               ///< null unless known; of a variable the content that it has at first
  bool variable = false;             ///< TFLite's is_variable
  std::optional<WeightForm> form{};  ///< of a constant, where something is known of its numbers
  Extras extras{};

  bool is_constant() const { return constant != nullptr && !variable; }
  /// The constant's elements; it must be a constant of type T (assert).
  template <class T>
  std::span<const T> values() const {
    return operand().values<T>();
  }
  Operand operand() const { return {&type, &quantization, is_constant() ? BytesView(*constant) : BytesView()}; }
};

/// Extra of a value whose shape is known only at run time: `type.shape` is then a placeholder.
inline constexpr std::string_view kUnknownShape = "unknown_shape";
bool shape_is_known(const Value& value);

/// What a variable holds before the first run and after a reset: its constant if it has one. Otherwise, as in TFLite
/// Micro, the zero point for int8 and 0 for other types.
Bytes initial_content(const Value& variable);

/// One use of an operator. Operands in TFLite's order; the name, when there is one, is the layer's.
struct Node {
  Op op;
  std::vector<ValueId> inputs{};
  std::vector<ValueId> outputs{};
  std::string name{};
  Extras extras{};
  std::vector<ValueId> intermediates{};  ///< values that only hold a quantization for its inner sums (int8 LSTM)
};

/// A network with TFLite's semantics: NHWC, its operators, its integer arithmetic. Indices, not pointers; copies by
/// value. No scratch fields: gradients, activations and offsets live in a pass's own arrays indexed by ValueId. Nodes
/// are in an order in which they can run.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  Extras extras;

  Value& operator[](ValueId id) { return values[static_cast<std::size_t>(id)]; }
  const Value& operator[](ValueId id) const { return values[static_cast<std::size_t>(id)]; }

  /// Appends a value.
  ValueId add(Value value);
  /// Appends a node and, for each output that its operator infers, a value named `name` (name_1, ... for further ones).
  /// Returns the node's first output. If the operator refuses its inputs, throws Error that begins with the name.
  ValueId add(Op op, std::vector<ValueId> inputs, std::string name);
};

/// The operands of a node as its operator sees them; an omitted optional one is absent. Borrows from the graph.
std::vector<Operand> operands(const Graph& graph, const std::vector<ValueId>& ids);

/// For each value, the index of the node that makes it, or -1.
std::vector<int> producers(const Graph& graph);

/// For each value, the indices of the nodes that read it, in order; a node that reads it twice is listed twice.
std::vector<std::vector<int>> consumers(const Graph& graph);

/// The variables that the node writes besides its outputs: its state. Throws Error when its operator names an input
/// that is no variable.
std::vector<ValueId> written_variables(const Graph& graph, const Node& node);

/// Whether a run depends on the runs before it.
bool keeps_state(const Graph& graph);

/// The name a message should give a node: "node 7 'conv2d_3' (CONV_2D)".
std::string describe(const Graph& graph, int node);

/// Removes unused values and renumbers the rest; inputs and outputs of the graph stay.
void remove_unused_values(Graph& graph);

/// A signature of a model (TFLite's SignatureDef): names for inputs and outputs of one graph.
struct Signature {
  std::string key;
  int graph = 0;
  std::vector<std::pair<std::string, ValueId>> inputs;
  std::vector<std::pair<std::string, ValueId>> outputs;

  bool operator==(const Signature&) const = default;
};

/// What a file holds: its graphs (most have one), signatures and metadata.
struct Model {
  std::vector<Graph> graphs{};
  std::vector<Signature> signatures{};
  std::map<std::string, Bytes> metadata{};
  std::string description{};
  Extras extras{};

  Graph& main() { return graphs.front(); }
  const Graph& main() const { return graphs.front(); }
};

}  // namespace mirim
