#pragma once

#include <vector>

#include "mirim/exec/interpreter.hpp"

namespace mirim {

/// What the graph's output 0 is for these numbers in input 0, from its first state.
inline std::vector<float> run(const Graph& graph, const std::vector<float>& x) {
  Interpreter interpreter(graph);
  interpreter.set_input(0, bytes_of(x));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

}  // namespace mirim
