#include "mirim/exec/flow.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {

Flow::Flow(const Graph& graph, const std::vector<std::vector<ConstTensorView>>& inputs)
    : jump_of_(graph.nodes.size(), -1) {
  const auto add = [&](int node, Jump jump) {
    jump_of_[static_cast<std::size_t>(node)] = static_cast<int>(jumps_.size());
    jumps_.push_back(std::move(jump));
  };
  const auto condition = [&](int node) { return inputs[static_cast<std::size_t>(node)][0].bytes.data(); };
  for (const Scope& scope : find_scopes(graph).list) {
    if (scope.begin < 0) continue;
    const auto begin = static_cast<std::size_t>(scope.begin), after = static_cast<std::size_t>(scope.end) + 1;
    const Op& op = graph.nodes[begin].op;
    if (const auto* loop = op.as<Loop>()) {
      const std::size_t index = rounds_.size();
      rounds_.push_back(0);
      add(scope.begin, {.kind = Kind::enter, .to = begin + 1, .loop = index});
      add(scope.leave, {.kind = Kind::leave_unless,
                        .to = after,
                        .condition = condition(scope.leave),
                        .loop = index,
                        .most_rounds = loop->most_rounds,
                        .name = describe(graph, scope.begin)});
      add(scope.end, {.kind = Kind::repeat, .to = begin + 1, .loop = index});
    } else if (op.is<Branch>()) {
      add(scope.begin, {.kind = Kind::skip_unless, .to = after, .condition = condition(scope.begin)});
    } else {
      add(scope.begin, {.kind = Kind::skip, .to = after});
    }
  }
}

void Flow::run(const std::vector<std::function<void()>>& nodes, std::size_t count,
               const std::function<void(int node)>& after) {
  if (jumps_.empty() && !after) {
    for (std::size_t n = 0; n < count; ++n) nodes[n]();
    return;
  }
  for (std::size_t n = 0; n < count;) {
    const int index = jumps_.empty() ? -1 : jump_of_[n];
    if (index < 0) {
      nodes[n]();
      if (after) after(static_cast<int>(n));
      ++n;
      continue;
    }
    const Jump& jump = jumps_[static_cast<std::size_t>(index)];
    const bool goes_on = jump.condition != nullptr && *jump.condition != std::byte{0};
    if (jump.kind == Kind::enter) rounds_[jump.loop] = 0;
    if (jump.kind == Kind::repeat) ++rounds_[jump.loop];
    if (jump.kind == Kind::leave_unless && goes_on && rounds_[jump.loop] >= jump.most_rounds) {
      fail("{}: {} rounds and no end; if it needs more, raise the limit with --max-rounds", jump.name,
           with_commas(jump.most_rounds));
    }
    n = goes_on ? n + 1 : jump.to;
  }
}

}  // namespace mirim
