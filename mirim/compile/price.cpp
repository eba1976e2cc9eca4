#include "mirim/compile/price.hpp"

#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {

namespace {

// To find the parameters and pointers of a call, and of one in a chain, which also finds its rows.
constexpr std::int64_t kCall = 20, kCallInChain = 80;

std::int64_t of_taken(const std::vector<Considered>& considered, std::string_view kernel) {
  const auto taken = std::ranges::find(considered, kernel, &Considered::kernel);
  return taken == considered.end() ? 0 : taken->cycles;
}

// Which scales a layer has makes no difference to its price.
Graph as_int8(const Graph& graph) {
  Graph copy = graph;
  try {
    quantize(copy, std::vector<Range>(graph.values.size(), Range{-4, 4}));
    return copy;
  } catch (const Error&) {
    return graph;  // it stays float
  }
}

}  // namespace

std::vector<std::int64_t> cycles_of_steps(const Plan& plan) {
  std::vector<std::int64_t> cycles;
  for (const Step& step : plan.steps) {
    const std::int64_t calls = step.chain < 0 ? 1 : step.band.height / step.band.rows;
    const std::int64_t each = of_taken(step.considered, step.kernel) + (step.chain < 0 ? kCall : kCallInChain);
    cycles.push_back(step.skipped.empty() ? calls * each : 0);
  }
  return cycles;
}

std::int64_t estimate_cycles(Graph graph, const Target& target) {
  graph = as_int8(graph);
  std::int64_t sum = 0;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    sum += in_context(describe(graph, static_cast<int>(n)), [&] {
      if (!node.op.deployable()) fail("has no device kernel");
      const std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
      const KernelCall plain = node.op.lower(Types(in), Types(out));
      const Choice choice = choose_kernel({node.op, Types(in), Types(out), plain}, target);
      return plain.copies ? 0 : kCall + of_taken(choice.considered, choice.kernel);
    });
  }
  return sum;
}

}  // namespace mirim
