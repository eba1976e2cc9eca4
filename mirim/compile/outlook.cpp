#include "mirim/compile/outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "mirim/base/error.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/nominal_int8.hpp"

namespace mirim {
namespace {

/// Adds a way; a repetition of a smaller arena is none. Throws Error if the model cannot be compiled so.
void add_way(Planner& planner, const Target& target, Optimize optimize, bool input_rows, std::vector<Way>& ways) {
  const Plan plan = planner.plan(optimize, input_rows);
  const std::int64_t arena = plan.arena_bytes;
  if (std::ranges::any_of(ways, [&](const Way& way) { return way.memory.arena_bytes <= arena; })) return;
  ways.push_back({.optimize = optimize, .input_rows = input_rows, .memory = estimate_memory(plan, target)});
}

}  // namespace

std::string to_string(const Way& way) {
  return fmt::format("--optimize {}{}", kOptimizeNames[static_cast<std::size_t>(way.optimize)],
                     way.input_rows ? " --input rows" : "");
}

const Way* Outlook::smallest() const {
  if (ways.empty()) return nullptr;
  return &*std::ranges::min_element(ways, {}, [](const Way& way) { return way.memory.arena_bytes; });
}

Outlook outlook_of(const Graph& graph, const Target& target) {
  Outlook outlook;
  try {
    throw_first(verify(graph));
    Graph planned = graph;
    outlook.nominal = why_not_int8(graph).empty();
    if (outlook.nominal) outlook.stays_float = make_nominal_int8(planned);
    Planner planner(std::move(planned), target);
    add_way(planner, target, Optimize::speed, false, outlook.ways);
    add_way(planner, target, Optimize::ram, false, outlook.ways);
    try {
      add_way(planner, target, Optimize::ram, true, outlook.ways);
    } catch (const Error&) {  // its input is needed whole
    }
  } catch (const Error& error) {
    outlook.not_planned = error.what();
    outlook.ways.clear();
  }
  return outlook;
}

WayOnDevice way_on(const Outlook& outlook, const Device& device) {
  assert(!outlook.ways.empty());
  for (const Way& way : outlook.ways) {
    DeviceFit result = fit(way.memory, device);
    if (result.fits()) return {&way, result};
  }
  const Way* smallest = outlook.smallest();
  return {smallest, fit(smallest->memory, device)};
}

}  // namespace mirim
