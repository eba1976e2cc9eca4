#include "mirim/compress/form_metadata.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const WeightForm& form) {
  Json json = {{"axis", form.axis}};
  if (const auto& s = form.sparsity) {
    json["sparsity"] =
        s->keep > 0 ? Json{{"keep", s->keep}, {"of", s->of}} : Json{{"block", {s->block_rows, s->block_columns}}};
  }
  if (const auto& c = form.codebook) json["codebook"] = {{"centroids", c->centroids}, {"per_row", c->per_row}};
  if (const auto& g = form.grid) {
    json["grid"] = {{"least", g->least}, {"most", g->most}, {"zero", g->has_zero}, {"scale", g->scale}};
  }
  return json;
}

/// A number of a file: not trusted.
std::int64_t count_in(const Json& json, std::int64_t least, std::int64_t most) {
  const auto value = json.get<std::int64_t>();
  if (value < least || value > most) fail("{} is not between {} and {}", value, least, most);
  return value;
}

WeightForm form_of(const Json& json) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  WeightForm form;
  form.axis = static_cast<int>(count_in(json.at("axis"), -1, 7));
  if (json.contains("sparsity")) {
    const Json& s = json["sparsity"];
    WeightForm::Sparsity sparsity;
    if (s.contains("keep")) {
      sparsity.of = count_in(s.at("of"), 2, kMost);
      sparsity.keep = count_in(s.at("keep"), 1, sparsity.of);
    } else {
      sparsity.block_rows = count_in(s.at("block").at(0), 1, kMost);
      sparsity.block_columns = count_in(s.at("block").at(1), 1, kMost);
    }
    form.sparsity = sparsity;
  }
  if (json.contains("codebook")) {
    const Json& c = json["codebook"];
    form.codebook = {.centroids = count_in(c.at("centroids"), 1, kMost), .per_row = c.at("per_row").get<bool>()};
  }
  if (json.contains("grid")) {
    const Json& g = json["grid"];
    WeightForm::Grid grid{.least = static_cast<std::int32_t>(count_in(g.at("least"), -32768, 0)),
                          .most = static_cast<std::int32_t>(count_in(g.at("most"), 1, 32767)),
                          .has_zero = g.at("zero").get<bool>()};
    for (const Json& scale : g.at("scale")) {
      grid.scale.push_back(scale.get<float>());
      if (!(grid.scale.back() > 0)) fail("a scale is {}", grid.scale.back());
    }
    form.grid = std::move(grid);
  }
  return form;
}

/// The constant of this name; of several the one that no entry took yet.
Value* find(Graph& graph, const std::string& name) {
  for (Value& value : graph.values) {
    if (value.name == name && value.is_constant() && !value.form) return &value;
  }
  return nullptr;
}

}  // namespace

void save_forms(Model& model) {
  Json all = Json::array();
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    for (Value& value : model.graphs[g].values) {
      drop_broken_parts(value);
      if (!value.form) continue;
      Json entry = {{"graph", g}, {"constant", value.name}};
      entry.update(to_json(*value.form));
      all.push_back(std::move(entry));
    }
  }
  model.metadata.erase(std::string(kFormMetadata));
  if (all.empty()) return;
  const std::string text = all.dump(-1, ' ', false, Json::error_handler_t::replace);
  const BytesView bytes = std::as_bytes(std::span(text));
  model.metadata[std::string(kFormMetadata)] = Bytes(bytes.begin(), bytes.end());
}

std::vector<std::string> restore_forms(Model& model) {
  std::vector<std::string> lines;
  const auto entry = model.metadata.find(std::string(kFormMetadata));
  if (entry == model.metadata.end()) return lines;
  const Bytes bytes = std::move(entry->second);
  model.metadata.erase(entry);
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  try {
    const Json all = Json::parse(first, first + bytes.size());
    for (const Json& one : all) {
      const auto graph = static_cast<std::size_t>(count_in(one.at("graph"), 0, std::int64_t{1} << 31));
      const auto name = one.at("constant").get<std::string>();
      WeightForm form = form_of(one);
      Value* value = graph < model.graphs.size() ? find(model.graphs[graph], name) : nullptr;
      if (!value) {
        lines.push_back(fmt::format("'{}': is not there any more; its form is dropped", shortened(name)));
        continue;
      }
      value->form = std::move(form);
    }
  } catch (const std::exception& error) {
    fail("metadata '{}' is damaged ({}); delete the entry to go on without it", kFormMetadata, error.what());
  }
  for (Graph& graph : model.graphs) {
    for (Value& value : graph.values) {
      for (std::string& line : drop_broken_parts(value)) lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace mirim
