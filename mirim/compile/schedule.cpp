#include "mirim/compile/schedule.hpp"

#include <algorithm>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

namespace {

// Each node as its kernel, found once for each `kernels`.
const ScheduleMemory::Lowered& lower(const Graph& graph, const Target& target, Optimize kernels,
                                     ScheduleMemory& memory) {
  const auto [found, is_new] = memory.lowered.try_emplace(kernels);
  ScheduleMemory::Lowered& lowered = found->second;
  if (!is_new) return lowered;
  std::vector<KernelCall> calls;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    in_context(describe(graph, static_cast<int>(n)), [&] {
      if (!node.op.deployable()) fail("has no device kernel");
      const std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
      if (memory.plain.size() == n) memory.plain.push_back(node.op.lower(Types(in), Types(out)));
      lowered.choices.push_back(choose_kernel({node.op, Types(in), Types(out), memory.plain[n]}, target, kernels));
    });
    calls.push_back(lowered.choices.back().call);
  }
  lowered.sharing = share(graph, calls);
  return lowered;
}

// The buffers with their lifetimes, and the chains that use them.
struct Arrangement {
  std::vector<Buffer> buffers{};
  std::vector<int> buffer_of{};  // by ValueId
  std::vector<Chain> chains{};
};

// One buffer per tensor, one for tensors that replace each other in place, and those of scratch.
class Buffers {
 public:
  Buffers(Arrangement& made, const Sharing& sharing)
      : made_(made), sharing_(sharing), buffer_of_(sharing.tensors.size(), -1) {
    for (std::size_t t = 0; t < sharing.tensors.size(); ++t) {
      if (sharing.tensors[t].given) make(static_cast<int>(t), -1);
    }
  }

  void run(int time, int node) {
    const Sharing::Task& task = sharing_.tasks[static_cast<std::size_t>(node)];
    for (const int t : task.reads) buffer(t).last = time;
    const int over = taken_over(sharing_, done_, node);
    for (const int t : task.makes) {
      if (over >= 0) {
        buffer_of_[static_cast<std::size_t>(t)] = buffer_of_[static_cast<std::size_t>(over)];
        Buffer& shared = buffer(t);
        const auto& values = sharing_.tensors[static_cast<std::size_t>(t)].values;
        shared.values.insert(shared.values.end(), values.begin(), values.end());
        shared.last = time;
      } else if (buffer_of_[static_cast<std::size_t>(t)] < 0) {
        make(t, time);
      }
    }
    if (task.scratch > 0) made_.buffers.push_back({.bytes = task.scratch, .first = time, .last = time});
    done_[static_cast<std::size_t>(node)] = true;
  }

  // The nodes of a chain, whose steps are those from `time` on: only what they read from outside and their result are
  // whole. Returns the chain with its buffers.
  Chain run_chain(int time, const std::vector<int>& nodes, const ChainPlan& chain, std::int64_t scratch,
                  std::int64_t state) {
    const int end = time + static_cast<int>(nodes.size()) - 1;
    for (const ValueId id : chain.whole) buffer(tensor_of(id)).last = end;
    const int result = sharing_.tasks[static_cast<std::size_t>(nodes.back())].makes[0];
    if (buffer_of_[static_cast<std::size_t>(result)] < 0) make(result, time);
    buffer(result).last = end;
    Chain placed = chain.chain;
    if (chain.overlaid != kNoValue) placed.upwards = lay_over(result, chain);
    for (RowWindow& window : placed.windows) {
      window.buffer = static_cast<int>(made_.buffers.size());
      made_.buffers.push_back({.bytes = aligned(std::int64_t{window.capacity} * window.row_bytes),
                               .first = time,
                               .last = end,
                               .values = {window.value}});
      if (window.step >= 0) buffer_of_[static_cast<std::size_t>(tensor_of(window.value))] = window.buffer;
    }
    if (scratch > 0) made_.buffers.push_back({.bytes = scratch, .first = time, .last = end});
    if (state > 0) {
      placed.state = static_cast<int>(made_.buffers.size());
      made_.buffers.push_back({.bytes = state, .first = time, .last = end});
    }
    for (const int node : nodes) done_[static_cast<std::size_t>(node)] = true;
    return placed;
  }

  void finish(int end) {
    for (std::size_t t = 0; t < sharing_.tensors.size(); ++t) {
      if (sharing_.tensors[t].kept) buffer(static_cast<int>(t)).last = end;
    }
    made_.buffer_of.assign(sharing_.tensor_of.size(), -1);
    for (std::size_t v = 0; v < made_.buffer_of.size(); ++v) {
      if (const int t = sharing_.tensor_of[v]; t >= 0) made_.buffer_of[v] = buffer_of_[static_cast<std::size_t>(t)];
    }
  }

 private:
  // Lays a chain's result over its input. One that had to begin before what it lies over is followed by one that goes
  // upwards, where that is possible, so that they do not walk through the arena. Returns whether this one does.
  bool lay_over(int result, const ChainPlan& chain) {
    Buffer& made = buffer(result);
    made.over = buffer_of_[static_cast<std::size_t>(tensor_of(chain.overlaid))];
    const auto walked = walked_.find(made.over);
    const std::int64_t from = walked == walked_.end() ? 0 : walked->second;
    made.upwards = chain.distance_upwards && from < 0;
    made.lead = made.upwards ? *chain.distance_upwards : chain.distance;
    const std::int64_t under = made_.buffers[static_cast<std::size_t>(made.over)].bytes;
    walked_[buffer_of_[static_cast<std::size_t>(result)]] =
        from + (made.upwards ? under + made.lead - made.bytes : -made.lead);
    return made.upwards;
  }

  int tensor_of(ValueId id) const { return sharing_.tensor_of[static_cast<std::size_t>(id)]; }
  void make(int tensor, int time) {
    const Sharing::Tensor& t = sharing_.tensors[static_cast<std::size_t>(tensor)];
    buffer_of_[static_cast<std::size_t>(tensor)] = static_cast<int>(made_.buffers.size());
    made_.buffers.push_back({.bytes = t.bytes, .first = time, .last = time, .values = t.values});
  }
  Buffer& buffer(int tensor) {
    return made_.buffers[static_cast<std::size_t>(buffer_of_[static_cast<std::size_t>(tensor)])];
  }

  Arrangement& made_;
  const Sharing& sharing_;
  std::vector<int> buffer_of_;            // by tensor
  std::map<int, std::int64_t> walked_{};  // buffers over others: bytes from where the first of them may begin
  std::vector<bool> done_ = std::vector<bool>(sharing_.tasks.size());
};

// The scratch buffer of step `time`; a chain has one for all its steps, and one for the rows that the last takes.
int scratch_buffer(const Plan& plan, int time) {
  const Step& step = plan.steps[static_cast<std::size_t>(time)];
  const int state = step.chain < 0 ? -1 : plan.chains[static_cast<std::size_t>(step.chain)].state;
  if (step.band.taken) return state;
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (static_cast<int>(b) != state && buffer.values.empty() && buffer.first <= time && time <= buffer.last)
      return static_cast<int>(b);
  }
  return -1;
}

// A program starts with an arena of zeros; if the initial states differ, it needs a flag.
void add_states(Plan& plan) {
  bool zeros = true;
  const std::vector<char> temporary = set_before_read(plan.graph);
  for (std::size_t v = 0; v < plan.buffer_of.size(); ++v) {
    const auto id = static_cast<ValueId>(v);
    if (!plan.graph[id].variable || temporary[v] || plan.buffer_of[v] < 0) continue;
    plan.states.push_back({.value = id, .buffer = plan.buffer_of[v]});
    zeros =
        zeros && std::ranges::all_of(initial_content(plan.graph[id]), [](std::byte b) { return b == std::byte{0}; });
  }
  if (zeros) return;
  plan.ready = static_cast<int>(plan.buffers.size());
  const auto end = static_cast<int>(plan.steps.size());
  plan.buffers.push_back({.bytes = kBufferAlignment, .first = -1, .last = end});
}

void add_progress(Plan& plan, ValueId pushed) {
  const bool taken = !plan.chains.empty() &&
                     std::ranges::any_of(plan.chains[0].windows, [&](const RowWindow& w) { return w.value == pushed; });
  if (!taken) {
    fail(
        "--input rows: '{}' cannot come row by row: not all that read it are convolutions, pools without padding or "
        "operators on elements of one image",
        plan.graph[pushed].name);
  }
  plan.pushed = pushed;
  plan.progress = static_cast<int>(plan.buffers.size());
  // Two numbers for each window, rows made, rows pushed.
  const auto bytes = static_cast<std::int64_t>(8 * plan.chains[0].windows.size() + 8);
  plan.buffers.push_back({.bytes = bytes, .first = -1, .last = static_cast<int>(plan.steps.size())});
}

Pointer bind(const Plan& plan, int time, const KernelArgument& argument) {
  const Step& step = plan.steps[static_cast<std::size_t>(time)];
  const Node& node = plan.graph.nodes[static_cast<std::size_t>(step.node)];
  const auto buffer_of = [&](const std::vector<ValueId>& ids) -> Pointer {
    if (argument.index >= static_cast<int>(ids.size())) return {};
    const ValueId id = ids[static_cast<std::size_t>(argument.index)];
    if (id == kNoValue || plan.graph[id].is_constant()) return {};
    return {Pointer::To::buffer, plan.buffer_of[static_cast<std::size_t>(id)]};
  };
  switch (argument.from) {
    case KernelArgument::From::input:
    case KernelArgument::From::variable:
      return buffer_of(node.inputs);
    case KernelArgument::From::output:
      return buffer_of(node.outputs);
    case KernelArgument::From::scratch: {
      const int scratch = scratch_buffer(plan, time);
      return scratch < 0 ? Pointer{} : Pointer{Pointer::To::buffer, scratch};
    }
    case KernelArgument::From::constant:
      break;  // `pack_constants` binds these
  }
  return {};
}

// Why a step needs no call, or empty.
std::string_view why_skipped(const Plan& plan, const Step& step) {
  const Node& node = plan.graph.nodes[static_cast<std::size_t>(step.node)];
  const bool empty = !node.outputs.empty() && std::ranges::all_of(node.outputs, [&](ValueId id) {
    return id == kNoValue || plan.graph[id].type.bytes() == 0;
  });
  if (empty && written_variables(plan.graph, node).empty()) return "no elements";
  const std::optional<Copied> copy = copied(plan.graph, node, step.call);
  if (!copy || plan.graph[copy->from].is_constant()) return "";
  const auto buffer = [&](ValueId id) { return plan.buffer_of[static_cast<std::size_t>(id)]; };
  return buffer(copy->from) == buffer(copy->to) ? "the same bytes by another name" : "";
}

// The most bytes of scratch of a chain's steps, and of those that keep it from call to call.
struct ChainScratch {
  std::int64_t scratch = 0, state = 0;
};
ChainScratch scratch_of(const ChosenChain& chain) {
  ChainScratch result;
  for (std::size_t s = 0; s < chain.choices.size(); ++s) {
    std::int64_t& bytes = chain.plan.bands[s].taken ? result.state : result.scratch;
    bytes = std::max(bytes, aligned(chain.choices[s].call.scratch_bytes));
  }
  return result;
}

Arrangement arrange(const Sharing& sharing, const std::vector<int>& order, const std::vector<ChosenChain>& chains) {
  Arrangement arrangement;
  Buffers buffers(arrangement, sharing);
  auto chain = chains.begin();
  for (std::size_t at = 0; at < order.size();) {
    const auto time = static_cast<int>(at);
    if (chain == chains.end() || chain->plan.chain.first != time) {
      buffers.run(time, order[at]);
      ++at;
      continue;
    }
    const std::vector<int> nodes(order.begin() + time, order.begin() + chain->plan.chain.last + 1);
    const ChainScratch bytes = scratch_of(*chain);
    arrangement.chains.push_back(buffers.run_chain(time, nodes, chain->plan, bytes.scratch, bytes.state));
    at += nodes.size();
    ++chain;
  }
  buffers.finish(static_cast<int>(order.size()));
  return arrangement;
}

// The arrangement with the steps in their order.
Plan plan_of(const Graph& graph, Arrangement arrangement, const std::vector<int>& order,
             const std::vector<Choice>& choices, const std::vector<ChosenChain>& chains) {
  Plan plan{.graph = graph,
            .chains = std::move(arrangement.chains),
            .buffers = std::move(arrangement.buffers),
            .buffer_of = std::move(arrangement.buffer_of)};
  for (const int node : order) {
    const Choice& choice = choices[static_cast<std::size_t>(node)];
    plan.steps.push_back({.node = node, .call = choice.call, .kernel = choice.kernel, .considered = choice.considered});
  }
  for (std::size_t c = 0; c < chains.size(); ++c) {
    for (std::size_t s = 0; s < chains[c].choices.size(); ++s) {
      Step& step = plan.steps[static_cast<std::size_t>(chains[c].plan.chain.first) + s];
      const Choice& choice = chains[c].choices[s];
      step.call = choice.call, step.kernel = choice.kernel, step.considered = choice.considered;
      step.chain = static_cast<int>(c);
      step.band = chains[c].plan.bands[s];
    }
  }
  return plan;
}

// The best arrangement with the kernels that are best for `kernels`.
Plan arranged(const Graph& graph, const Target& target, Optimize kernels, Optimize optimize, ValueId pushed,
              ScheduleMemory& memory) {
  const ScheduleMemory::Lowered& lowered = lower(graph, target, kernels, memory);
  Sharing sharing = lowered.sharing;
  if (pushed != kNoValue)
    sharing.tensors[static_cast<std::size_t>(sharing.tensor_of[static_cast<std::size_t>(pushed)])].bytes = 0;
  const std::vector<int> order = order_of_least_peak(sharing);
  const ArenaOf arena_of = [&](const std::vector<ChosenChain>& chains, const auto& hopeless) {
    Arrangement arrangement = arrange(sharing, order, chains);
    const std::int64_t least = peak_of_live_bytes(arrangement.buffers);
    if (hopeless(least)) return least;
    return memory.places.place(arrangement.buffers);
  };
  const std::vector<ChosenChain> chains =
      choose_chains(graph, sharing, order, lowered.choices, target, kernels, optimize, pushed, arena_of, memory.chains);
  return plan_of(graph, arrange(sharing, order, chains), order, lowered.choices, chains);
}

}  // namespace

Plan schedule(const Graph& graph, const Target& target, Optimize optimize, bool input_rows, ScheduleMemory& memory) {
  if (input_rows && graph.inputs.size() != 1)
    fail("--input rows: the model has {} inputs; rows can come for one only", graph.inputs.size());
  const ValueId pushed = input_rows ? graph.inputs[0] : kNoValue;
  if (input_rows && std::ranges::find(graph.outputs, pushed) != graph.outputs.end())
    fail("--input rows: '{}' cannot come row by row: it is an output too", graph[pushed].name);
  Plan plan = arranged(graph, target, optimize, optimize, pushed, memory);
  if (optimize == Optimize::ram) {
    // A kernel that needs no scratch may not be able to write over its input: more of one can be less of both.
    Plan other = arranged(graph, target, Optimize::balanced, optimize, pushed, memory);
    if (memory.places.place(other.buffers) < memory.places.place(plan.buffers)) plan = std::move(other);
  }
  if (input_rows) add_progress(plan, pushed);
  add_states(plan);
  for (std::size_t time = 0; time < plan.steps.size(); ++time) {
    Step& step = plan.steps[time];
    for (const KernelArgument& argument : step.call.arguments)
      step.pointers.push_back(bind(plan, static_cast<int>(time), argument));
    step.skipped = why_skipped(plan, step);
  }
  return plan;
}

}  // namespace mirim
