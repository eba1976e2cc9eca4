#include "mirim/compile/price.hpp"

#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/passes/loop_rounds.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {

namespace {

// To find the parameters and pointers of a call, and of one in a chain, which also finds its rows.
constexpr std::int64_t kCall = 20, kCallInChain = 80;
// A loop's or branch's test and jump.
constexpr std::int64_t kMarker = 4;

const Considered* taken(const std::vector<Considered>& considered, std::string_view kernel) {
  const auto found = std::ranges::find(considered, kernel, &Considered::kernel);
  return found == considered.end() ? nullptr : &*found;
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

std::vector<CycleCount> cycles_of_steps(const Plan& plan) {
  std::vector<CycleCount> cycles;
  const std::vector<std::optional<std::int64_t>> runs = runs_of_nodes(plan.graph);
  for (const Step& step : plan.steps) {
    CycleCount& count = cycles.emplace_back();
    const Considered* kernel = taken(step.considered, step.kernel);
    if (!step.skipped.empty() || !kernel) continue;
    const std::int64_t times = runs[static_cast<std::size_t>(step.node)].value_or(1);
    if (step.call.function.empty()) {
      count.core = times * kMarker;
      continue;
    }
    const std::int64_t calls = times * (step.chain < 0 ? 1 : step.band.height / step.band.rows);
    count.core = calls * (kernel->cycles + (step.chain < 0 ? kCall : kCallInChain));
    for (std::size_t kind = 0; kind < kFlashKinds.size(); ++kind)
      count.flash_reads[kind] = calls * kernel->flash_read / kFlashKinds[kind].read_bytes;
  }
  return cycles;
}

std::int64_t estimate_cycles(Graph graph, const Target& target) {
  graph = as_int8(graph);
  std::int64_t sum = 0;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    sum += in_context(describe(graph, static_cast<int>(n)), [&]() -> std::int64_t {
      if (!node.op.deployable()) fail("has no device kernel");
      const std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
      const KernelCall plain = node.op.lower(Types(in), Types(out));
      const Choice choice = choose_kernel({node.op, Types(in), Types(out), plain}, target);
      return plain.copies ? 0 : kCall + taken(choice.considered, choice.kernel)->cycles;
    });
  }
  return sum;
}

}  // namespace mirim
