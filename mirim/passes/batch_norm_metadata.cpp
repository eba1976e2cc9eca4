#include "mirim/passes/batch_norm_metadata.hpp"

#include <array>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// One BATCH_NORM, by the name of its result. In the metadata, little-endian: graph and length of the name (int32), the
/// name, epsilon and momentum (float32), channels (int32), then gamma, beta, mean and variance.
struct Record {
  std::int32_t graph = 0;
  std::string name;
  float epsilon = 0;
  float momentum = 0;
  std::array<std::vector<float>, 4> statistics{};  ///< gamma, beta, mean, variance
};

template <class T>
void append(Bytes& to, const T* values, std::size_t count) {
  const BytesView view = std::as_bytes(std::span(values, count));
  to.insert(to.end(), view.begin(), view.end());
}

void append(Bytes& to, const Record& record) {
  const auto length = static_cast<std::int32_t>(record.name.size());
  const auto channels = static_cast<std::int32_t>(record.statistics[0].size());
  append(to, &record.graph, 1);
  append(to, &length, 1);
  append(to, record.name.data(), record.name.size());
  append(to, &record.epsilon, 1);
  append(to, &record.momentum, 1);
  append(to, &channels, 1);
  for (const auto& values : record.statistics) append(to, values.data(), values.size());
}

/// Parses the entry; its bytes come from a file and are not trusted.
class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }

  Record record() {
    Record result;
    result.graph = value<std::int32_t>();
    const auto name = array<char>(value<std::int32_t>());
    result.name.assign(name.begin(), name.end());
    result.epsilon = value<float>();
    result.momentum = value<float>();
    const auto channels = value<std::int32_t>();
    for (auto& values : result.statistics) values = array<float>(channels);
    return result;
  }

 private:
  template <class T>
  std::vector<T> array(std::int32_t count) {
    const bool fits = count >= 0 && static_cast<std::size_t>(count) <= bytes_.size() / sizeof(T);
    if (!fits) fail("metadata '{}' is damaged; delete the entry to go on without it", kBatchNormMetadata);
    std::vector<T> values(static_cast<std::size_t>(count));
    // An empty vector has no memory to copy to.
    if (count > 0) std::memcpy(values.data(), bytes_.data(), values.size() * sizeof(T));
    bytes_ = bytes_.subspan(values.size() * sizeof(T));
    return values;
  }
  template <class T>
  T value() {
    return array<T>(1)[0];
  }

  BytesView bytes_;
};

Record describe(const Graph& graph, std::int32_t index, const Node& node) {
  const auto& op = *node.op.as<BatchNorm>();
  Record record{.graph = index, .name = graph[node.outputs[0]].name, .epsilon = op.epsilon, .momentum = op.momentum};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto values = graph[node.inputs[i + 1]].values<float>();
    record.statistics[i].assign(values.begin(), values.end());
  }
  return record;
}

/// Adds constants and a node BATCH_NORM that reads `x`.
Node batch_norm_node(Graph& graph, const Record& record, ValueId x) {
  Node node{.op = BatchNorm{.epsilon = record.epsilon, .momentum = record.momentum}, .inputs = {x}};
  constexpr const char* kNames[] = {"/gamma", "/beta", "/mean", "/variance"};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& values = record.statistics[i];
    node.inputs.push_back(
        add_constant(graph, record.name + kNames[i], {static_cast<std::int64_t>(values.size())}, values));
  }
  return node;
}

/// The constants of the MUL and the ADD that follow from the statistics.
std::pair<std::vector<float>, std::vector<float>> mul_and_add(const Record& record) {
  Graph alone;
  const auto channels = static_cast<std::int64_t>(record.statistics[0].size());
  const ValueId x = alone.add(Value{.name = "x", .type = {DType::float32, {1, channels}}});
  const ValueId y = alone.add(Value{.name = "y", .type = {DType::float32, {1, channels}}});
  Node node = batch_norm_node(alone, record, x);
  node.outputs = {y};
  alone.nodes.push_back(std::move(node));
  alone.inputs = {x};
  alone.outputs = {y};
  expand_batch_norm(alone);
  return {channel_step<Mul>(alone, alone.nodes[0])->values, channel_step<Add>(alone, alone.nodes[1])->values};
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// Puts BATCH_NORM at node n, an ADD with its MUL before it, if they still match the record.
bool restore(Graph& graph, const Record& record, std::size_t n, std::vector<char>& dead) {
  const auto term = channel_step<Add>(graph, graph.nodes[n]);
  if (!term || graph[graph.nodes[n].outputs[0]].name != record.name) return false;
  const int before = Links(graph).mergeable_producer<Mul>(term->x);
  if (before < 0) return false;
  const auto factor = channel_step<Mul>(graph, graph.nodes[static_cast<std::size_t>(before)]);
  if (!factor || factor->values.size() != record.statistics[0].size()) return false;
  const auto [scale, offset] = mul_and_add(record);
  if (!same_bits(factor->values, scale) || !same_bits(term->values, offset)) return false;
  Node node = batch_norm_node(graph, record, factor->x);
  node.outputs = graph.nodes[n].outputs;
  node.name = graph.nodes[n].name;
  graph.nodes[n] = std::move(node);
  dead[static_cast<std::size_t>(before)] = 1;
  return true;
}

}  // namespace

void save_batch_norm(Model& model) {
  Bytes bytes;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    Graph& graph = model.graphs[g];
    for (const Node& node : graph.nodes) {
      if (node.op.is<BatchNorm>()) append(bytes, describe(graph, static_cast<std::int32_t>(g), node));
    }
    expand_batch_norm(graph);
  }
  model.metadata.erase(std::string(kBatchNormMetadata));
  if (!bytes.empty()) model.metadata[std::string(kBatchNormMetadata)] = std::move(bytes);
}

void restore_batch_norm(Model& model) {
  const auto entry = model.metadata.find(std::string(kBatchNormMetadata));
  if (entry == model.metadata.end()) return;
  for (Reader reader(entry->second); !reader.empty();) {
    const Record record = reader.record();
    if (record.graph < 0 || static_cast<std::size_t>(record.graph) >= model.graphs.size()) continue;
    const bool sound = record.epsilon > 0 && record.momentum >= 0 && record.momentum < 1;
    if (!sound) fail("metadata '{}' is damaged; delete the entry to go on without it", kBatchNormMetadata);
    Graph& graph = model.graphs[static_cast<std::size_t>(record.graph)];
    std::vector<char> dead(graph.nodes.size(), 0);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      if (!restore(graph, record, n, dead)) continue;
      remove_nodes(graph, dead);
      remove_unused_values(graph);
      break;
    }
  }
  model.metadata.erase(entry);
}

}  // namespace mirim
