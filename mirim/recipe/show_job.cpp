#include "mirim/recipe/show_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/graph/meaning.hpp"
#include "mirim/graph/text.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Graph& graph, ValueId id) {
  if (id == kNoValue) return nullptr;
  const Value& value = graph[id];
  Json json = {{"name", value.name}, {"type", name(value.type.dtype)}, {"shape", value.type.shape.dimensions()}};
  if (value.is_constant()) json["constant"] = true;
  if (value.variable) json["variable"] = true;
  if (!value.quantization.empty()) {
    json["scale"] = value.quantization.scale;
    json["zero_point"] = value.quantization.zero_point;
    if (value.quantization.per_channel()) json["axis"] = value.quantization.dimension;
  }
  if (const auto labels = labels_of(value); !labels.empty()) json["labels"] = labels;
  if (const auto labels = value_labels_of(value); !labels.empty()) json["value_labels"] = labels;
  if (const Scaling scaling = scaling_of(value); !scaling.empty()) {
    json["mean"] = scaling.mean;
    json["deviation"] = scaling.deviation;
  }
  return json;
}

/// Names and scaling, at most a few of each.
std::string meaning_text(const char* side, std::size_t index, const Value& value) {
  constexpr std::size_t kMost = 12;
  const auto listed = [](const auto& all) {
    const auto first = std::vector(all.begin(), all.begin() + std::min<std::ptrdiff_t>(std::ssize(all), kMost));
    return fmt::format("{}{}", fmt::join(first, ", "), all.size() > kMost ? fmt::format(", ... {}", all.size()) : "");
  };
  std::string text;
  if (const auto labels = labels_of(value); !labels.empty()) {
    text += fmt::format("# {} {}: {}\n", side, index, listed(labels));
  }
  if (const auto labels = value_labels_of(value); !labels.empty()) {
    text += fmt::format("# {} {}, numbers of: {}\n", side, index, listed(labels));
  }
  if (const Scaling scaling = scaling_of(value); !scaling.empty()) {
    text += fmt::format("# {} {}: (raw - mean) / deviation, mean {}; deviation {}\n", side, index, listed(scaling.mean),
                        listed(scaling.deviation));
  }
  return text;
}

Json json_of(const Graph& graph, const std::vector<ValueId>& ids) {
  Json json = Json::array();
  for (const ValueId id : ids) json.push_back(json_of(graph, id));
  return json;
}

/// The options by name, including those at their defaults.
class JsonOptions final : public Options {
 public:
  Json json = Json::object();

  void field(int, std::string_view name, bool& value, bool) override { json[std::string(name)] = value; }
  void field(int, std::string_view name, std::int32_t& value, std::int32_t) override {
    json[std::string(name)] = value;
  }
  void field(int, std::string_view name, float& value, float) override { json[std::string(name)] = value; }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override { json[std::string(name)] = value; }
  void field(int, std::string_view name, std::vector<std::int64_t>& value) override { json[std::string(name)] = value; }
  void field(int, std::string_view name, std::vector<float>& value) override { json[std::string(name)] = value; }

 protected:
  void enumeration(int, std::string_view name, int& value, int, std::span<const std::string_view> names) override {
    const auto index = static_cast<std::size_t>(value);
    if (index < names.size()) json[std::string(name)] = names[index];
  }
};

Json json_of(const Graph& graph, const Node& node) {
  JsonOptions options;
  node.op.options(options);
  return {{"op", node.op.name()},
          {"name", node.name},
          {"inputs", json_of(graph, node.inputs)},
          {"outputs", json_of(graph, node.outputs)},
          {"options", options.json}};
}

Json json_of(const Signature& signature, const Graph& graph) {
  const auto named = [&](const std::vector<std::pair<std::string, ValueId>>& ports) {
    Json json = Json::object();
    for (const auto& [key, id] : ports) json[key] = graph[id].name;
    return json;
  };
  return {{"key", signature.key},
          {"graph", graph.name},
          {"inputs", named(signature.inputs)},
          {"outputs", named(signature.outputs)}};
}

std::string one_line(std::string text) {
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text;
}

std::string ports(const Graph& graph, const std::vector<std::pair<std::string, ValueId>>& named) {
  std::string text;
  for (const auto& [key, id] : named) text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, graph[id].name);
  return text;
}

}  // namespace

std::string show_text(const Model& model, bool constants) {
  std::string text;
  if (!model.description.empty()) text += fmt::format("# {}\n", one_line(model.description));
  for (const Signature& s : model.signatures) {
    const Graph& graph = model.graphs[static_cast<std::size_t>(s.graph)];
    text +=
        "# " +
        one_line(fmt::format("signature {}: ({}) -> ({})", s.key, ports(graph, s.inputs), ports(graph, s.outputs))) +
        "\n";
  }
  const Graph main = model.graphs.empty() ? Graph{} : model.main();
  for (std::size_t i = 0; i < main.inputs.size(); ++i) text += meaning_text("input", i, main[main.inputs[i]]);
  for (std::size_t i = 0; i < main.outputs.size(); ++i) text += meaning_text("output", i, main[main.outputs[i]]);
  for (const auto& [key, bytes] : model.metadata) {
    text += fmt::format("# metadata {}: {} bytes\n", one_line(key), bytes.size());
  }
  for (const Graph& graph : model.graphs) text += to_text(graph, {.constants = constants});
  return text;
}

std::string show_json(const Model& model, bool constants, const std::vector<std::string>& warnings) {
  Json json = {{"description", model.description}, {"graphs", Json::array()}};
  for (const Graph& graph : model.graphs) {
    Json nodes = Json::array();
    for (const Node& node : graph.nodes) nodes.push_back(json_of(graph, node));
    json["graphs"].push_back({{"name", graph.name},
                              {"inputs", json_of(graph, graph.inputs)},
                              {"outputs", json_of(graph, graph.outputs)},
                              {"nodes", nodes},
                              {"text", to_text(graph, {.constants = constants})}});
  }
  json["signatures"] = Json::array();
  for (const Signature& signature : model.signatures) {
    json["signatures"].push_back(json_of(signature, model.graphs[static_cast<std::size_t>(signature.graph)]));
  }
  json["metadata"] = Json::object();
  for (const auto& [key, bytes] : model.metadata) json["metadata"][key] = bytes.size();
  json["warnings"] = warnings;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
