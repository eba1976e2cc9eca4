#pragma once

#include <string_view>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim::test {

inline Graph parse(std::string_view text) { return parse_graph(text, all_operators()); }

/// Output 0 of a float graph on one input made of `seed`.
inline std::vector<float> run_random(const Graph& graph, std::uint64_t seed) {
  Interpreter interpreter(graph);
  Random random(seed);
  for (int i = 0; i < static_cast<int>(graph.inputs.size()); ++i) {
    for (float& x : interpreter.input(i).as<float>()) x = random.normal();
  }
  interpreter.run();
  const auto output = interpreter.output(0).as<float>();
  return {output.begin(), output.end()};
}

inline std::vector<std::string> operator_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(node.op.name());
  return names;
}

}  // namespace mirim::test
