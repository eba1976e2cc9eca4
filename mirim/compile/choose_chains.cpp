#include "mirim/compile/choose_chains.hpp"

#include <algorithm>
#include <array>
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
constexpr std::size_t kBands = std::size(kBandBytes);

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
        all_(memory),
        memory_(memory.of(order)) {
    if (memory_.links.empty()) remember();
    prices_.resize(order.size());
    find_readers();
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
    int first = 0, last = 0;
    std::size_t band = 0;  // of kBandBytes
    Overlay overlay{};
  };

  int steps() const { return static_cast<int>(order_.size()); }
  const Node& node(int step) const {
    return graph_.nodes[static_cast<std::size_t>(order_[static_cast<std::size_t>(step)])];
  }
  const std::optional<std::vector<RowReads>>& reads(int step) const {
    return memory_.links[static_cast<std::size_t>(step)].reads;
  }
  std::int32_t rows_of(int step, std::size_t band) const { return memory_.rows[band][static_cast<std::size_t>(step)]; }
  bool reads_pushed(int step) const {
    return pushed_ != kNoValue && std::ranges::find(node(step).inputs, pushed_) != node(step).inputs.end();
  }
  // What a step makes row by row, or takes.
  const TensorType& image_of(int step) const {
    const bool taken = takes_rows(*reads(step));
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
      const int n = order_[static_cast<std::size_t>(step)];
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

  const Choice& choice_for(int step, std::int32_t rows) const {
    return all_.choice(graph_, order_[static_cast<std::size_t>(step)], rows, target_, kernels_);
  }

  // All chains of the order, whatever the kernels are.
  void remember() {
    memory_.readers = consumers(graph_);
    for (int step = 0; step < steps(); ++step)
      memory_.links.push_back({order_[static_cast<std::size_t>(step)], reads_by_rows(graph_, node(step))});
    for (const std::int64_t bytes : kBandBytes) {
      std::vector<std::int32_t>& rows = memory_.rows.emplace_back();
      for (int step = 0; step < steps(); ++step) rows.push_back(reads(step) ? rows_within(image_of(step), bytes) : 0);
    }
    for (int last = 0; last < steps(); ++last) {
      auto& families = memory_.families.emplace_back();
      for (const auto& rows : memory_.rows) families.push_back(family(last, rows));
    }
  }

  ChainMemory::Family family(int last, const std::vector<std::int32_t>& rows) const {
    const ChainsTo chains(graph_, memory_.readers, memory_.links, last, kLongest, rows);
    ChainMemory::Family family{.first = chains.first()};
    for (int first = chains.first(); first <= last; ++first) family.costs.push_back(chains.cost(first));
    if (chains.first() == 0 && graph_.inputs.size() == 1) family.of_input = chains.cost(0, graph_.inputs[0]);
    return family;
  }

  // The last step that reads each tensor, and how many steps up to each one read the pushed input.
  void find_readers() {
    std::vector<int> step_of(sharing_.tasks.size());
    pushed_readers_.push_back(0);
    for (int step = 0; step < steps(); ++step) {
      step_of[static_cast<std::size_t>(order_[static_cast<std::size_t>(step)])] = step;
      pushed_readers_.push_back(pushed_readers_.back() + (reads_pushed(step) ? 1 : 0));
    }
    for (const Sharing::Tensor& tensor : sharing_.tensors) {
      int last = -1;
      for (const int reader : tensor.readers) last = std::max(last, step_of[static_cast<std::size_t>(reader)]);
      last_reader_.push_back(last);
    }
  }

  // Whether the chain has a step that reads the pushed input.
  bool takes_pushed(int first, int last) const {
    return pushed_readers_[static_cast<std::size_t>(last) + 1] > pushed_readers_[static_cast<std::size_t>(first)];
  }
  // If so, all must be in it, and nothing before it.
  bool may_take_pushed(int first, int last) const {
    return first == 0 && pushed_readers_[static_cast<std::size_t>(last) + 1] == pushed_readers_.back();
  }

  // Of a chain's steps, from the last one back.
  struct Sums {
    std::uint32_t like = 0;  // a bit for each smaller band whose steps make as many rows
    std::int64_t scratch = 0, state = 0;
    double cycles = 0;
  };

  void add_chains() {
    for (int last = 0; last < steps(); ++last) {
      const auto& families = memory_.families[static_cast<std::size_t>(last)];
      std::array<Sums, kBands> sums;
      for (std::size_t band = 0; band < kBands; ++band) sums[band].like = (1U << band) - 1;
      for (int first = last; first >= families[0].first; --first) {
        const bool pushed = takes_pushed(first, last), passes = !pushed || may_take_pushed(first, last);
        for (std::size_t band = 0; band < kBands; ++band) {
          add_step(first, band, sums[band]);
          if (sums[band].like != 0 || !passes) continue;
          const ChainMemory::Family& family = families[band];
          const auto& cost = pushed ? family.of_input : family.costs[static_cast<std::size_t>(first - family.first)];
          if (cost) add_chain({.first = first, .last = last, .band = band}, *cost, sums[band]);
        }
      }
    }
  }

  void add_step(int step, std::size_t band, Sums& sums) {
    const std::int32_t rows = rows_of(step, band);
    for (std::size_t smaller = 0; smaller < band; ++smaller) {
      if (rows_of(step, smaller) != rows) sums.like &= ~(1U << smaller);
    }
    const Price& price = price_for(step, rows);
    std::int64_t& scratch = takes_rows(*reads(step)) ? sums.state : sums.scratch;
    scratch = std::max(scratch, price.scratch);
    const double calls = static_cast<double>(image_of(step).shape[1] / rows);
    sums.cycles += calls * (kCycles + price.cycles);
  }

  void add_chain(Candidate chain, const ChainCost& cost, const Sums& sums) {
    const ValueId result = node(chain.last).outputs[0];
    const std::int64_t made = aligned(graph_[result].type.bytes());
    chain.overlay = settled_overlay(chain.last, cost);
    Piece piece{.from = chain.first, .to = chain.last + 1, .chain = static_cast<int>(chains_.size())};
    piece.cycles = sums.cycles + kCyclesPerMovedByte * static_cast<double>(cost.moved_bytes);
    piece.bytes = live_[static_cast<std::size_t>(chain.first)] + cost.window_bytes + sums.scratch + sums.state;
    if (chain.overlay.over == kNoValue) {
      piece.bytes += sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given ? 0 : made;
    } else {
      const std::int64_t under = aligned(graph_[chain.overlay.over].type.bytes());
      piece.bytes += std::max(chain.overlay.distance + under, made) - under;
    }
    if (pushed_ == kNoValue && piece.bytes > whole_) return;  // worse than no chain at all
    pieces_.push_back(piece);
    chains_.push_back(chain);
  }

  // The result may lie over the input only where nobody needs that afterwards, and if it saves anything.
  Overlay settled_overlay(int last, const ChainCost& cost) const {
    Overlay overlay{.over = cost.overlaid, .distance = aligned(cost.distance), .upwards = cost.distance_upwards};
    if (cost.overlaid == kNoValue) return overlay;
    const ValueId result = node(last).outputs[0];
    const std::int64_t bytes = graph_[result].type.bytes();
    // The ends are those of the buffers: the result's has up to three bytes more.
    if (overlay.upwards) overlay.upwards = aligned(*overlay.upwards + aligned(bytes) - bytes);
    const auto under = static_cast<std::size_t>(tensor_of(cost.overlaid));
    const bool needed = sharing_.tensors[under].kept || last_reader_[under] > last;
    const bool given = sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given;
    if (needed || given || overlay.distance >= aligned(bytes)) overlay.over = kNoValue;
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

  const ChainPlan& plan_of(const Candidate& chain) const {
    const ValueId pushed = takes_pushed(chain.first, chain.last) ? pushed_ : kNoValue;
    const auto key = std::make_tuple(chain.first, chain.last, chain.band, pushed);
    const auto known = memory_.plans.find(key);
    if (known != memory_.plans.end()) return known->second;
    const auto rows = std::span(memory_.rows[chain.band]).subspan(static_cast<std::size_t>(chain.first));
    return memory_.plans
        .emplace(key, *plan_chain(graph_, memory_.readers, memory_.links, chain.first, chain.last, rows, pushed))
        .first->second;
  }

  ChosenChain with_kernels(const Candidate& candidate) const {
    ChosenChain chosen{.plan = plan_of(candidate)};
    chosen.plan.overlaid = candidate.overlay.over;
    chosen.plan.distance = candidate.overlay.distance;
    chosen.plan.distance_upwards = candidate.overlay.upwards;
    for (std::size_t s = 0; s < chosen.plan.bands.size(); ++s)
      chosen.choices.push_back(choice_for(candidate.first + static_cast<int>(s), chosen.plan.bands[s].rows));
    return chosen;
  }

  const Graph& graph_;
  const Sharing& sharing_;
  const std::vector<int>& order_;
  const std::vector<Choice>& choices_;
  const Target& target_;
  Optimize kernels_, optimize_;
  ValueId pushed_;
  ChainMemory& all_;
  ChainMemory::Order& memory_;
  std::vector<int> last_reader_;     // step, by tensor; -1 if none reads it
  std::vector<int> pushed_readers_;  // steps before each one
  std::vector<std::int64_t> live_;   // bytes, before each step
  std::int64_t whole_ = 0;           // the largest single step's bytes
  std::vector<Piece> pieces_;
  std::vector<Candidate> chains_;
  std::vector<std::vector<std::pair<std::int32_t, Price>>> prices_;  // by step
  mutable std::vector<const Piece*> in_order_;
};

}  // namespace

const Choice& ChainMemory::choice(const Graph& graph, int node, std::int32_t rows, const Target& target,
                                  Optimize kernels) {
  const auto key = std::make_tuple(kernels, node, rows);
  auto known = choices_.find(key);
  if (known == choices_.end())
    known = choices_.emplace(key, choose_kernel_for_rows(graph, node, rows, target, kernels)).first;
  return known->second;
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
