#include "mirim/passes/mark_metadata.hpp"

#include <string>

#include "mirim/base/error.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/graph/random_input.hpp"

namespace mirim {
namespace {

void mark(Graph& graph, std::string_view line) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) fail("metadata '{}' is damaged: a line has no name", kRandomInputs);
  const Distribution distribution = in_context(fmt::format("metadata '{}' is damaged", kRandomInputs),
                                               [&] { return distribution_named(line.substr(0, tab)); });
  for (const ValueId id : graph.inputs) {
    if (graph[id].name == line.substr(tab + 1)) set_distribution(graph[id], distribution);
  }
}

}  // namespace

void save_marks(Model& model) {
  if (model.graphs.empty()) return;
  const Graph& graph = model.main();
  model.metadata.erase(std::string(kOwnLosses));
  model.metadata.erase(std::string(kRandomInputs));
  const auto losses = graph.extras.find(std::string(kOwnLosses));
  if (losses != graph.extras.end()) model.metadata[std::string(kOwnLosses)] = losses->second;
  std::string lines;
  for (const ValueId id : graph.inputs) {
    const auto distribution = distribution_of(graph[id]);
    if (!distribution || graph[id].name.find('\n') != std::string::npos) continue;
    lines += fmt::format("{}{}\t{}", lines.empty() ? "" : "\n", name(*distribution), graph[id].name);
  }
  if (lines.empty()) return;
  const BytesView bytes = bytes_of(std::string_view(lines));
  model.metadata[std::string(kRandomInputs)] = Bytes(bytes.begin(), bytes.end());
}

void restore_marks(Model& model) {
  if (model.graphs.empty()) return;
  Graph& graph = model.main();
  if (auto losses = model.metadata.extract(std::string(kOwnLosses)); !losses.empty()) {
    graph.extras[std::string(kOwnLosses)] = std::move(losses.mapped());
    static_cast<void>(own_losses(graph));
  }
  const auto entry = model.metadata.extract(std::string(kRandomInputs));
  if (entry.empty()) return;
  std::string_view text(reinterpret_cast<const char*>(entry.mapped().data()), entry.mapped().size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    mark(graph, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace mirim
