#include "mirim/graph/hollow.hpp"

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::string_view kMark = "hollow";

}  // namespace

Constant hollow_constant() {
  // Memory without elements has an address, by which an operator knows a constant.
  static const Constant constant = [] {
    Bytes bytes;
    bytes.reserve(1);
    return make_constant(std::move(bytes));
  }();
  return constant;
}

bool is_hollow(const Value& value) {
  return value.constant != nullptr && value.constant->empty() && value.type.bytes() > 0;
}

bool is_hollow(const Operand& operand) {
  return operand.is_constant() && operand.constant.empty() && operand.type->bytes() > 0;
}

void mark_hollow(Graph& graph) { graph.extras[std::string(kMark)] = {}; }

bool is_hollow(const Graph& graph) { return graph.extras.contains(std::string(kMark)); }

const Graph& require_weights(const Graph& graph, std::string_view what) {
  if (is_hollow(graph)) fail("'{}' has no weights, only their sizes: it can be counted, not {}", graph.name, what);
  return graph;
}

}  // namespace mirim
