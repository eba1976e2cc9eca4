#include "mirim/compile/choose_chains.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace mirim {

namespace {

// Chains of more steps are not looked at; the search grows with the square.
constexpr int kLongest = 64;

// Limits of the peak that are compared.
constexpr std::size_t kMostLimits = 64;

// What the arena's size is compared with: the stack and the rest of a program's RAM.
constexpr std::int64_t kOtherRam = 2048;

// Estimated cycles of a call in a chain, and of a byte that is moved (a word at a time).
constexpr double kCycles = 80, kCyclesPerMovedByte = 1;

// A step's rows at a time: the most that take no more bytes than one of these, but one row at least.
constexpr std::int64_t kBandBytes[] = {0, 512, 1024, 2048, 4096};

std::int32_t rows_within(const TensorType& image, std::int64_t bytes) {
  const auto height = static_cast<std::int32_t>(image.shape[1]);
  const std::int64_t row = image.bytes() / height;
  std::int32_t rows = 1;
  for (std::int32_t r = 2; r < height; ++r) {
    if (height % r == 0 && r * row <= bytes) rows = r;
  }
  return rows;
}

// The order cut at `from`: steps from there on, up to another cut.
struct Piece {
  int from = 0;
  int to = 0;  // exclusive
  std::int64_t bytes = 0;
  double cycles = 0;
  int chain = -1;  // of Search::chains_; -1: a single step on whole tensors
};

class Search {
 public:
  Search(const Graph& graph, const Sharing& sharing, const std::vector<int>& order, const std::vector<Choice>& choices,
         const Target& target, Optimize kernels, Optimize optimize, ValueId pushed, ChainMemory& memory)
      : graph_(graph),
        sharing_(sharing),
        order_(order),
        choices_(choices),
        target_(target),
        kernels_(kernels),
        optimize_(optimize),
        pushed_(pushed),
        memory_(memory),
        readers_(consumers(graph)) {
    for (const int node : order)
      links_.push_back({node, reads_by_rows(graph, graph.nodes[static_cast<std::size_t>(node)])});
    prices_.resize(links_.size());
    add_single_steps();
    add_chains();
  }

  std::vector<ChosenChain> best(const ArenaOf& arena_of) const {
    std::vector<ChosenChain> best;
    double least = std::numeric_limits<double>::infinity();
    std::set<std::vector<int>> tried;
    for (const std::int64_t limit : limits()) {
      double cycles = 0;
      std::vector<int> cut;
      for (const Piece& piece : cut_within(limit)) {
        cycles += piece.cycles;
        if (piece.chain >= 0) cut.push_back(piece.chain);
      }
      if (!tried.insert(cut).second) continue;
      std::vector<ChosenChain> chosen;
      for (const int chain : cut) chosen.push_back(with_kernels(chains_[static_cast<std::size_t>(chain)]));
      // Fewer cycles decide between equal arenas.
      const auto cost_of = [&](std::int64_t arena) {
        const double bytes = static_cast<double>(arena + kOtherRam);
        return optimize_ == Optimize::ram        ? bytes + cycles * 1e-12
               : optimize_ == Optimize::balanced ? bytes * cycles
                                                 : cycles;
      };
      const double cost = cost_of(arena_of(chosen, [&](std::int64_t at_least) { return cost_of(at_least) >= least; }));
      if (cost >= least) continue;
      least = cost;
      best = std::move(chosen);
    }
    return best;
  }

 private:
  // Where a chain's result lies over its input; see ChainPlan.
  struct Overlay {
    ValueId over = kNoValue;
    std::int64_t distance = 0;
    std::optional<std::int64_t> upwards{};
  };
  struct Candidate {
    const ChainPlan* plan = nullptr;  // of the memory
    Overlay overlay{};
  };

  int steps() const { return static_cast<int>(links_.size()); }
  const Node& node(int step) const {
    return graph_.nodes[static_cast<std::size_t>(links_[static_cast<std::size_t>(step)].node)];
  }
  bool reads_pushed(int step) const {
    return pushed_ != kNoValue && std::ranges::find(node(step).inputs, pushed_) != node(step).inputs.end();
  }
  // What a step makes row by row, or takes.
  const TensorType& image_of(int step) const {
    const bool taken = takes_rows(*links_[static_cast<std::size_t>(step)].reads);
    return graph_[taken ? node(step).inputs[0] : node(step).outputs[0]].type;
  }
  int tensor_of(ValueId id) const { return sharing_.tensor_of[static_cast<std::size_t>(id)]; }

  // The price of one call of the chosen kernel.
  static double cycles_of(const Choice& choice) {
    return static_cast<double>(std::ranges::find(choice.considered, choice.kernel, &Considered::kernel)->cycles);
  }

  void add_single_steps() {
    std::vector<bool> done(sharing_.tasks.size());
    for (int step = 0; step < steps(); ++step) {
      const int n = links_[static_cast<std::size_t>(step)].node;
      done_.push_back(done);
      live_.push_back(live_bytes(sharing_, done));
      if (!reads_pushed(step))
        pieces_.push_back({.from = step,
                           .to = step + 1,
                           .bytes = bytes_during(sharing_, done, live_.back(), n),
                           .cycles = cycles_of(choices_[static_cast<std::size_t>(n)])});
      if (!pieces_.empty()) whole_ = std::max(whole_, pieces_.back().bytes);
      done[static_cast<std::size_t>(n)] = true;
    }
  }

  // Of one call of a step that makes some rows.
  struct Price {
    std::int64_t scratch = 0;
    double cycles = 0;
  };
  const Price& price_for(int step, std::int32_t rows) {
    auto& known = prices_[static_cast<std::size_t>(step)];
    const auto found = std::ranges::find(known, rows, &std::pair<std::int32_t, Price>::first);
    if (found != known.end()) return found->second;
    const Choice& choice = choice_for(step, rows);
    return known.emplace_back(rows, Price{aligned(choice.call.scratch_bytes), cycles_of(choice)}).second;
  }

  const Choice& choice_for(int step, std::int32_t rows) {
    const auto key = std::make_pair(step, rows);
    auto known = for_rows_.find(key);
    if (known == for_rows_.end()) {
      const int n = links_[static_cast<std::size_t>(step)].node;
      known = for_rows_.emplace(key, choose_kernel_for_rows(graph_, n, rows, target_, kernels_)).first;
    }
    return known->second;
  }

  std::int32_t rows_at_a_time(int step, std::int64_t bytes) {
    const auto [known, is_new] = rows_within_.try_emplace({step, bytes});
    if (is_new) known->second = rows_within(image_of(step), bytes);
    return known->second;
  }

  void add_chains() {
    for (int first = 0; first < steps(); ++first) {
      for (int last = first; last < std::min(steps(), first + kLongest); ++last) {
        if (!links_[static_cast<std::size_t>(last)].reads) break;
        std::set<std::vector<std::int32_t>> tried;
        for (const std::int64_t bytes : kBandBytes) {
          std::vector<std::int32_t> rows;
          for (int step = first; step <= last; ++step) rows.push_back(rows_at_a_time(step, bytes));
          if (!tried.insert(rows).second) continue;
          const auto& plan = memory_.plan(graph_, readers_, links_, order_, first, last, rows, pushed_);
          if (!plan || !takes_pushed(first, last)) break;  // nor with other rows
          add_chain(*plan, rows);
        }
      }
    }
  }

  // Whether the steps are the first ones and all that read the pushed input, or none of them does.
  bool takes_pushed(int first, int last) const {
    int inside = 0, all = 0;
    for (int step = 0; step < steps(); ++step) {
      if (!reads_pushed(step)) continue;
      ++all;
      inside += first <= step && step <= last;
    }
    return inside == 0 || (inside == all && first == 0);
  }

  void add_chain(const ChainPlan& plan, const std::vector<std::int32_t>& rows) {
    const int first = plan.chain.first, last = plan.chain.last;
    const Overlay overlay = settled_overlay(plan);
    Piece piece{.from = first, .to = last + 1, .chain = static_cast<int>(chains_.size())};
    std::int64_t scratch = 0;
    for (int step = first; step <= last; ++step) {
      const RowBand& band = plan.bands[static_cast<std::size_t>(step - first)];
      const Price& price = price_for(step, rows[static_cast<std::size_t>(step - first)]);
      const double calls = static_cast<double>(band.height) / band.rows;
      if (band.taken) {
        piece.bytes += price.scratch;
      } else {
        scratch = std::max(scratch, price.scratch);
      }
      piece.cycles += calls * (kCycles + price.cycles);
    }
    piece.cycles += kCyclesPerMovedByte * static_cast<double>(plan.moved_bytes);
    const ValueId result = node(last).outputs[0];
    const std::int64_t made = aligned(graph_[result].type.bytes());
    piece.bytes += live_[static_cast<std::size_t>(first)] + plan.window_bytes + scratch;
    if (overlay.over == kNoValue) {
      piece.bytes += sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given ? 0 : made;
    } else {
      const std::int64_t under = aligned(graph_[overlay.over].type.bytes());
      piece.bytes += std::max(overlay.distance + under, made) - under;
    }
    if (pushed_ == kNoValue && piece.bytes > whole_) return;  // worse than no chain at all
    pieces_.push_back(piece);
    chains_.push_back({&plan, overlay});
  }

  // The result may lie over the input only where nobody needs that afterwards, and if it saves anything.
  Overlay settled_overlay(const ChainPlan& plan) const {
    Overlay overlay{.over = plan.overlaid, .distance = aligned(plan.distance), .upwards = plan.distance_upwards};
    if (plan.overlaid == kNoValue) return overlay;
    const ValueId result = node(plan.chain.last).outputs[0];
    const std::int64_t bytes = graph_[result].type.bytes();
    // The ends are those of the buffers: the result's has up to three bytes more.
    if (overlay.upwards) overlay.upwards = aligned(*overlay.upwards + aligned(bytes) - bytes);
    const Sharing::Tensor& under = sharing_.tensors[static_cast<std::size_t>(tensor_of(plan.overlaid))];
    std::vector<bool> done = done_[static_cast<std::size_t>(plan.chain.first)];
    for (int step = plan.chain.first; step <= plan.chain.last; ++step)
      done[static_cast<std::size_t>(links_[static_cast<std::size_t>(step)].node)] = true;
    const bool needed = under.kept || !std::ranges::all_of(under.readers, [&](int reader) {
                          return done[static_cast<std::size_t>(reader)];
                        });
    const bool given = sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given;
    const std::int64_t made = aligned(bytes);
    if (needed || given || overlay.distance >= made) overlay.over = kNoValue;
    return overlay;
  }

  // Peaks worth a try, the least first: no plan has another one.
  std::vector<std::int64_t> limits() const {
    std::set<std::int64_t> all;
    std::int64_t whole = whole_;
    for (const Piece& piece : pieces_) all.insert(piece.bytes);
    if (pushed_ != kNoValue && !all.empty()) whole = *all.rbegin();
    std::vector<std::int64_t> list(all.begin(), all.upper_bound(whole));
    // What can be cut within a limit can be cut within a larger one.
    list.erase(list.begin(),
               std::ranges::partition_point(list, [&](std::int64_t limit) { return cut_within(limit).empty(); }));
    if (list.size() <= kMostLimits) return list;
    std::vector<std::int64_t> some;
    for (std::size_t i = 0; i < kMostLimits; ++i) some.push_back(list[i * (list.size() - 1) / (kMostLimits - 1)]);
    return some;
  }

  // The cut of the fewest cycles whose pieces take no more than `limit` bytes; empty if there is none.
  std::vector<Piece> cut_within(std::int64_t limit) const {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    const auto count = static_cast<std::size_t>(steps());
    std::vector<double> least(count + 1, kNone);
    std::vector<const Piece*> by(count + 1);
    least[0] = 0;
    for (const Piece* piece : in_order()) {
      if (piece->bytes > limit) continue;
      const double cycles = least[static_cast<std::size_t>(piece->from)] + piece->cycles;
      double& known = least[static_cast<std::size_t>(piece->to)];
      if (cycles >= known) continue;
      known = cycles;
      by[static_cast<std::size_t>(piece->to)] = piece;
    }
    std::vector<Piece> cut;
    if (least[count] == kNone) return cut;
    for (std::size_t at = count; at > 0; at = static_cast<std::size_t>(by[at]->from)) cut.push_back(*by[at]);
    std::ranges::reverse(cut);
    return cut;
  }

  // By where they begin: a piece is looked at when all that lead there were.
  const std::vector<const Piece*>& in_order() const {
    if (in_order_.empty()) {
      for (const Piece& piece : pieces_) in_order_.push_back(&piece);
      std::ranges::stable_sort(in_order_, {}, [](const Piece* piece) { return piece->from; });
    }
    return in_order_;
  }

  ChosenChain with_kernels(const Candidate& candidate) const {
    const ChainPlan& plan = *candidate.plan;
    ChosenChain chosen{.plan = plan};
    chosen.plan.overlaid = candidate.overlay.over;
    chosen.plan.distance = candidate.overlay.distance;
    chosen.plan.distance_upwards = candidate.overlay.upwards;
    for (std::size_t s = 0; s < plan.bands.size(); ++s)
      chosen.choices.push_back(for_rows_.at({plan.chain.first + static_cast<int>(s), plan.bands[s].rows}));
    return chosen;
  }

  const Graph& graph_;
  const Sharing& sharing_;
  const std::vector<int>& order_;
  const std::vector<Choice>& choices_;
  const Target& target_;
  Optimize kernels_, optimize_;
  ValueId pushed_;
  ChainMemory& memory_;
  std::vector<std::vector<int>> readers_;
  std::vector<Link> links_;
  std::vector<std::vector<bool>> done_;  // nodes, before each step
  std::vector<std::int64_t> live_;       // bytes, before each step
  std::int64_t whole_ = 0;               // the largest single step's bytes
  std::vector<Piece> pieces_;
  std::vector<Candidate> chains_;
  std::map<std::pair<int, std::int32_t>, Choice> for_rows_;
  std::vector<std::vector<std::pair<std::int32_t, Price>>> prices_;  // by step
  std::map<std::pair<int, std::int64_t>, std::int32_t> rows_within_;
  mutable std::vector<const Piece*> in_order_;
};

}  // namespace

const std::optional<ChainPlan>& ChainMemory::plan(const Graph& graph, const std::vector<std::vector<int>>& readers,
                                                  std::span<const Link> links, const std::vector<int>& order, int first,
                                                  int last, const std::vector<std::int32_t>& rows, ValueId pushed) {
  // Of a chain that does not read it, the pushed input changes nothing.
  const bool reads =
      pushed != kNoValue &&
      std::ranges::any_of(links.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1)),
                          [&](const Link& link) {
                            const Node& node = graph.nodes[static_cast<std::size_t>(link.node)];
                            return std::ranges::find(node.inputs, pushed) != node.inputs.end();
                          });
  const ValueId matters = reads ? pushed : kNoValue;
  auto& known = of_order_[order];
  const auto [at, is_new] = known.try_emplace(Key{.first = first, .last = last, .pushed = matters, .rows = rows});
  if (is_new) at->second = plan_chain(graph, readers, links, first, last, rows, matters);
  return at->second;
}

std::vector<ChosenChain> choose_chains(const Graph& graph, const Sharing& sharing, const std::vector<int>& order,
                                       const std::vector<Choice>& choices, const Target& target, Optimize kernels,
                                       Optimize optimize, ValueId pushed, const ArenaOf& arena_of,
                                       ChainMemory& memory) {
  const bool whole = optimize == Optimize::speed || optimize == Optimize::size;
  if (order.empty() || (whole && pushed == kNoValue)) return {};
  return Search(graph, sharing, order, choices, target, kernels, optimize, pushed, memory).best(arena_of);
}

}  // namespace mirim
