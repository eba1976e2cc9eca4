#include "mirim/graph/calls.hpp"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "mirim/base/text.hpp"
#include "mirim/graph/opaque.hpp"

namespace mirim {
namespace {

/// Calls `each` with the number of every graph that an operator runs.
class CallVisitor final : public Options {
 public:
  explicit CallVisitor(std::function<void(std::int32_t&)> each) : each_(std::move(each)) {}

  void field(int, std::string_view, bool&, bool) override {}
  void field(int, std::string_view, float&, float) override {}
  void field(int, std::string_view name, std::int32_t& value, std::int32_t) override {
    if (name.ends_with("subgraph_index")) each_(value);
  }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override {
    if (!name.ends_with("subgraph_indices")) return;
    for (std::int32_t& number : value) each_(number);
  }

 protected:
  void enumeration(int, std::string_view, int&, int, std::span<const std::string_view>) override {}

 private:
  std::function<void(std::int32_t&)> each_;
};

}  // namespace

void swap_graphs(Model& model, std::size_t a, std::size_t b) {
  if (a == b) return;
  const auto swap_number = [&](std::int32_t& number) {
    const auto n = static_cast<std::size_t>(number);
    if (n == a || n == b) number = static_cast<std::int32_t>(n == a ? b : a);
  };
  CallVisitor visitor(swap_number);
  for (Graph& graph : model.graphs) {
    for (Node& node : graph.nodes) node.op.options(visitor);
  }
  for (Signature& signature : model.signatures) swap_number(signature.graph);
  std::swap(model.graphs[a], model.graphs[b]);
}

std::vector<std::int32_t> called_graphs(const Op& op) {
  std::vector<std::int32_t> calls;
  CallVisitor visitor([&](std::int32_t number) { calls.push_back(number); });
  op.options(visitor);
  return calls;
}

std::optional<std::int32_t> composite_graph(const Op& op) {
  const auto* opaque = op.as<Opaque>();
  if (opaque == nullptr || opaque->title != "STABLEHLO_COMPOSITE" || opaque->subgraph_indices.size() != 1)
    return std::nullopt;
  return opaque->subgraph_indices[0];
}

std::vector<std::string> check_calls(const Model& model) {
  std::vector<std::string> problems;
  const std::size_t count = model.graphs.size();
  std::vector<std::vector<std::size_t>> calls(count);
  std::vector<std::size_t> callers(count, 0);
  for (std::size_t g = 0; g < count; ++g) {
    for (std::size_t n = 0; n < model.graphs[g].nodes.size(); ++n) {
      const Op& op = model.graphs[g].nodes[n].op;
      for (const std::int32_t called : called_graphs(op)) {
        if (called < 0 || static_cast<std::size_t>(called) >= count) {
          problems.push_back(fmt::format("graph {}: node {} ({}): runs graph {}, there are {}", g, n,
                                         shortened(op.name()), called, count));
        } else {
          calls[g].push_back(static_cast<std::size_t>(called));
          ++callers[static_cast<std::size_t>(called)];
        }
      }
    }
  }
  // Removes graphs that nobody runs until none is left. What remains is on a cycle, or is run from one.
  std::vector<std::size_t> free;
  for (std::size_t g = 0; g < count; ++g) {
    if (callers[g] == 0) free.push_back(g);
  }
  for (std::size_t done = 0; done < free.size(); ++done) {
    for (const std::size_t called : calls[free[done]]) {
      if (--callers[called] == 0) free.push_back(called);
    }
  }
  for (std::size_t g = 0; g < count; ++g) {
    if (callers[g] > 0) problems.push_back(fmt::format("graph {}: graphs run each other in a circle", g));
  }
  return problems;
}

}  // namespace mirim
