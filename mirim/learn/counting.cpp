#include "mirim/learn/counting.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "mirim/base/error.hpp"
#include "mirim/learn/rows.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

/// A context as a number: its symbols in base `symbols`, the newest in the lowest place.
struct Context {
  std::uint64_t key = 0;
  int length = 0;
  std::int64_t count = 0;
  std::vector<std::pair<std::int32_t, std::int64_t>> followers{};
};

class Counting final : public Rule {
 public:
  std::string_view name() const override { return "counting"; }
  std::string_view help() const override {
    return "A markov layer in one pass: how often each symbol follows each context.";
  }
  void settings(Settings&) override {}

  void learn(Graph& graph, const Lesson& lesson) const override {
    const ValueId next = constant_of_layer(graph, "/next", name(), "markov");
    const ValueId chances = constant_of_layer(graph, "/chances", name(), "markov");
    const Shape& table = graph[chances].type.shape;
    const Subset& samples = lesson.data.training;
    const Dataset& data = *samples.data;
    if (data.labels.empty() || data.sample.dtype != DType::int32) {
      fail("counting: learns which symbol follows others; the data has no such samples: see text:FILE");
    }
    const std::int64_t order = data.sample.shape.elements();
    std::vector<std::int32_t> histories, followers;
    for (std::int64_t i = 0; i < samples.size(); ++i) {
      const BytesView bytes = samples.sample(i);
      const auto* symbols = reinterpret_cast<const std::int32_t*>(bytes.data());
      for (std::int64_t k = 0; k < order; ++k) {
        if (symbols[k] < 0 || symbols[k] >= table[1]) {
          fail("counting: sample {} has the symbol {}, the layer has {}", i, symbols[k], table[1]);
        }
      }
      histories.insert(histories.end(), symbols, symbols + order);
      followers.push_back(samples.label(i));
    }
    lesson.check_stop();
    const Chain chain = count_chain(histories, followers, order, table[1], table[0]);
    std::vector<std::int16_t> to = chain.next;
    std::vector<float> logs = chain.log_chances;
    to.resize(static_cast<std::size_t>(table.elements()), 0);
    logs.resize(to.size(), logs[0]);
    graph[next].constant = make_constant(to);
    set_constant(graph, chances, logs);
    std::vector<std::string> bits;
    for (const double f : chain.entropies) bits.push_back(fmt::format("F{} {:.2f}", bits.size() + 1, f));
    lesson.tell(fmt::format("counting: {} contexts kept; {} bits a symbol", chain.states, fmt::join(bits, ", ")));
  }
};

}  // namespace

Chain count_chain(std::span<const std::int32_t> histories, std::span<const std::int32_t> followers, std::int64_t order,
                  std::int64_t symbols, std::int64_t most_states) {
  const auto base = static_cast<std::uint64_t>(symbols);
  Chain chain{.symbols = symbols};
  std::vector<Context> all;
  for (int length = 0; length <= order; ++length) {
    // Each sample as (context, follower) in one number; equal ones then stand together.
    std::vector<std::uint64_t> seen;
    seen.reserve(followers.size());
    for (std::size_t i = 0; i < followers.size(); ++i) {
      std::uint64_t key = 0;
      for (std::int64_t k = order - length; k < order; ++k) {
        key = key * base +
              static_cast<std::uint64_t>(histories[i * static_cast<std::size_t>(order) + static_cast<std::size_t>(k)]);
      }
      seen.push_back(key * base + static_cast<std::uint64_t>(followers[i]));
    }
    std::ranges::sort(seen);
    double entropy = 0;
    for (std::size_t i = 0; i < seen.size();) {
      Context context{.key = seen[i] / base, .length = length};
      while (i < seen.size() && seen[i] / base == context.key) {
        const std::uint64_t pair = seen[i];
        std::int64_t count = 0;
        for (; i < seen.size() && seen[i] == pair; ++i) ++count;
        context.followers.emplace_back(static_cast<std::int32_t>(pair % base), count);
        context.count += count;
      }
      for (const auto& [symbol, count] : context.followers) {
        const auto n = static_cast<double>(count);
        entropy -= n * std::log2(n / static_cast<double>(context.count));
      }
      all.push_back(std::move(context));
    }
    if (length < 3) chain.entropies.push_back(entropy / static_cast<double>(seen.size()));
  }
  // A context comes after the shorter ones that it is made of: they are at least as frequent.
  std::ranges::stable_sort(all, [](const Context& a, const Context& b) {
    return a.count != b.count ? a.count > b.count : a.length < b.length;
  });
  if (static_cast<std::int64_t>(all.size()) > most_states) all.resize(static_cast<std::size_t>(most_states));
  chain.states = static_cast<std::int64_t>(all.size());
  std::vector<std::unordered_map<std::uint64_t, std::int16_t>> state_of(static_cast<std::size_t>(order + 1));
  std::vector<std::uint64_t> power(static_cast<std::size_t>(order + 1), 1);
  for (std::size_t k = 1; k < power.size(); ++k) power[k] = power[k - 1] * base;
  for (std::size_t s = 0; s < all.size(); ++s) {
    state_of[static_cast<std::size_t>(all[s].length)][all[s].key] = static_cast<std::int16_t>(s);
  }
  /// The longest kept context of at most `length` symbols at the end of these.
  const auto longest = [&](std::uint64_t key, int length) {
    for (;; --length) {
      const auto& states = state_of[static_cast<std::size_t>(length)];
      const auto found = states.find(key % power[static_cast<std::size_t>(length)]);
      if (found != states.end()) return found->second;
    }
  };
  std::vector<double> chances;
  for (const Context& context : all) {
    std::vector<double> row(static_cast<std::size_t>(symbols), 1.0 / static_cast<double>(symbols));
    if (context.length > 0) {
      const auto shorter = static_cast<std::ptrdiff_t>(longest(context.key, context.length - 1)) * symbols;
      std::copy_n(chances.begin() + shorter, symbols, row.begin());
    }
    const auto kinds = static_cast<double>(context.followers.size()), n = static_cast<double>(context.count);
    for (double& p : row) p *= kinds / (n + kinds);
    for (const auto& [symbol, count] : context.followers) {
      row[static_cast<std::size_t>(symbol)] += static_cast<double>(count) / (n + kinds);
    }
    chances.insert(chances.end(), row.begin(), row.end());
    for (const double p : row) chain.log_chances.push_back(static_cast<float>(std::log(p)));
    const int length = std::min(context.length + 1, static_cast<int>(order));
    for (std::uint64_t symbol = 0; symbol < base; ++symbol)
      chain.next.push_back(longest(context.key * base + symbol, length));
  }
  return chain;
}

std::shared_ptr<Rule> make_counting() { return std::make_shared<Counting>(); }

}  // namespace mirim
