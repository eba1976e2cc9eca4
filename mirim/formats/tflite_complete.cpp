#include "mirim/formats/tflite_complete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "mirim/ops/reshape.hpp"

namespace mirim {
namespace {

constexpr auto kDefaultSignature = "serving_default";

bool is_shape(const std::vector<std::int32_t>& new_shape, const Shape& shape) {
  const auto fits = [](std::int32_t stated, std::int64_t size) { return stated == -1 || stated == size; };
  return std::equal(new_shape.begin(), new_shape.end(), shape.begin(), shape.end(), fits);
}

void fill_new_shapes(Graph& graph) {
  for (Node& node : graph.nodes) {
    auto* reshape = node.op.as<Reshape>();
    if (!reshape || node.outputs.size() != 1 || !shape_is_known(graph[node.outputs[0]])) continue;
    const Shape& shape = graph[node.outputs[0]].type.shape;
    if (!is_shape(reshape->new_shape, shape)) reshape->new_shape.assign(shape.begin(), shape.end());
  }
}

Signature default_signature(const Graph& graph) {
  Signature signature{.key = kDefaultSignature, .graph = 0, .inputs = {}, .outputs = {}};
  const auto name = [&](std::vector<std::pair<std::string, ValueId>>& names, const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) {
      const auto is_same = [&](const auto& entry) { return entry.second == id; };
      if (std::ranges::none_of(names, is_same)) names.emplace_back(graph[id].name, id);
    }
  };
  name(signature.inputs, graph.inputs);
  name(signature.outputs, graph.outputs);
  return signature;
}

}  // namespace

void give_unique_names(Graph& graph) {
  std::set<std::string> taken;
  std::map<std::string, int> last;
  std::vector<char> named(graph.values.size(), 0);
  for (const Value& value : graph.values) taken.insert(value.name);
  std::set<std::string> used;
  const auto give = [&](ValueId id) {
    if (id == kNoValue || named[static_cast<std::size_t>(id)]) return;
    named[static_cast<std::size_t>(id)] = 1;
    std::string& name = graph[id].name;
    if (name.empty()) name = "tensor";
    if (used.insert(name).second) return;
    const std::string stem = name;
    do {
      name = fmt::format("{}_{}", stem, ++last[stem]);
    } while (taken.contains(name) || used.contains(name));
    used.insert(name);
  };
  for (const ValueId id : graph.inputs) give(id);
  for (const ValueId id : graph.outputs) give(id);
  for (std::size_t i = 0; i < graph.values.size(); ++i) give(static_cast<ValueId>(i));
}

void complete_tflite(Model& model) {
  for (Graph& graph : model.graphs) {
    give_unique_names(graph);
    fill_new_shapes(graph);
  }
  const auto is_main = [](const Signature& signature) { return signature.graph == 0; };
  if (std::ranges::none_of(model.signatures, is_main)) {
    model.signatures.insert(model.signatures.begin(), default_signature(model.main()));
  }
}

}  // namespace mirim
