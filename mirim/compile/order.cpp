#include <algorithm>
#include <queue>
#include <unordered_map>

#include "mirim/compile/sharing.hpp"

namespace mirim {

namespace {

constexpr std::size_t kMaximalStates = 20'000;

using Done = std::vector<bool>;  // by node

bool ready(const Sharing& sharing, const Done& done, int node) {
  const auto& needs = sharing.tasks[static_cast<std::size_t>(node)].needs;
  return std::all_of(needs.begin(), needs.end(), [&](int n) { return done[static_cast<std::size_t>(n)]; });
}

std::int64_t peak_of(const Sharing& sharing, const std::vector<int>& order) {
  Done done(sharing.tasks.size());
  std::int64_t peak = live_bytes(sharing, done);
  for (const int node : order) {
    peak = std::max(peak, bytes_during(sharing, done, live_bytes(sharing, done), node));
    done[static_cast<std::size_t>(node)] = true;
  }
  return peak;
}

// Dijkstra's search over sets of finished nodes, where the length of a path is its largest step. Empty if it would take
// too long.
std::vector<int> exact_order(const Sharing& sharing) {
  struct State {
    Done done;
    std::size_t count = 0;
    std::int64_t peak = 0;
    int parent = -1;
    int node = -1;
  };
  struct Entry {
    std::int64_t peak;
    std::size_t count;
    int state;
  };
  const auto worse = [](const Entry& a, const Entry& b) {
    if (a.peak != b.peak) return a.peak > b.peak;
    if (a.count != b.count) return a.count < b.count;
    return a.state > b.state;
  };
  std::vector<State> states;
  std::unordered_map<Done, std::int64_t> best;
  std::priority_queue<Entry, std::vector<Entry>, decltype(worse)> open(worse);
  const Done none(sharing.tasks.size());
  states.push_back({.done = none, .peak = live_bytes(sharing, none)});
  open.push({states[0].peak, 0, 0});
  while (!open.empty()) {
    const int at = open.top().state;
    open.pop();
    const State state = states[static_cast<std::size_t>(at)];
    if (state.count == sharing.tasks.size()) {
      std::vector<int> order;
      for (int s = at; s > 0; s = states[static_cast<std::size_t>(s)].parent)
        order.push_back(states[static_cast<std::size_t>(s)].node);
      std::reverse(order.begin(), order.end());
      return order;
    }
    const std::int64_t live = live_bytes(sharing, state.done);
    for (int node = 0; node < static_cast<int>(sharing.tasks.size()); ++node) {
      if (state.done[static_cast<std::size_t>(node)] || !ready(sharing, state.done, node)) continue;
      State next{.done = state.done, .count = state.count + 1, .peak = 0, .parent = at, .node = node};
      next.peak = std::max(state.peak, bytes_during(sharing, state.done, live, node));
      next.done[static_cast<std::size_t>(node)] = true;
      const auto [known, is_new] = best.try_emplace(next.done, next.peak);
      if (!is_new && known->second <= next.peak) continue;
      known->second = next.peak;
      open.push({next.peak, next.count, static_cast<int>(states.size())});
      states.push_back(std::move(next));
      if (states.size() > kMaximalStates) return {};
    }
  }
  return {};
}

// Always takes the ready node after which the fewest bytes are alive.
std::vector<int> greedy_order(const Sharing& sharing) {
  std::vector<int> order;
  Done done(sharing.tasks.size());
  while (order.size() < sharing.tasks.size()) {
    int best = -1;
    std::int64_t least = 0;
    for (int node = 0; node < static_cast<int>(sharing.tasks.size()); ++node) {
      const auto n = static_cast<std::size_t>(node);
      if (done[n] || !ready(sharing, done, node)) continue;
      done[n] = true;
      const std::int64_t live = live_bytes(sharing, done);
      done[n] = false;
      if (best < 0 || live < least) {
        best = node;
        least = live;
      }
    }
    done[static_cast<std::size_t>(best)] = true;
    order.push_back(best);
  }
  return order;
}

}  // namespace

std::int64_t live_bytes(const Sharing& sharing, const std::vector<bool>& done) {
  std::vector<bool> made(sharing.tensors.size());
  for (std::size_t n = 0; n < done.size(); ++n) {
    if (!done[n]) continue;
    for (const int t : sharing.tasks[n].makes) made[static_cast<std::size_t>(t)] = true;
  }
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < sharing.tensors.size(); ++t) {
    const Sharing::Tensor& tensor = sharing.tensors[t];
    if (!made[t] && !tensor.given) continue;
    const bool needed = tensor.kept || std::any_of(tensor.readers.begin(), tensor.readers.end(),
                                                   [&](int reader) { return !done[static_cast<std::size_t>(reader)]; });
    if (needed) sum += tensor.bytes;
  }
  return sum;
}

std::int64_t bytes_during(const Sharing& sharing, const std::vector<bool>& done, std::int64_t live, int node) {
  const Sharing::Task& task = sharing.tasks[static_cast<std::size_t>(node)];
  std::int64_t bytes = live + task.scratch;
  if (taken_over(sharing, done, node) >= 0) return bytes;
  for (const int t : task.makes) {
    if (!sharing.tensors[static_cast<std::size_t>(t)].given)
      bytes += sharing.tensors[static_cast<std::size_t>(t)].bytes;
  }
  return bytes;
}

std::vector<int> order_of_least_peak(const Sharing& sharing) {
  std::vector<int> own(sharing.tasks.size());
  for (std::size_t n = 0; n < own.size(); ++n) own[n] = static_cast<int>(n);
  const std::vector<int> exact = exact_order(sharing);
  const std::vector<int> other = exact.size() == own.size() ? exact : greedy_order(sharing);
  // If they are equal, the graph's own order, which its reader knows.
  return peak_of(sharing, other) < peak_of(sharing, own) ? other : own;
}

}  // namespace mirim
