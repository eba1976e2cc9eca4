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
         const Target& target, Optimize kernels, Optimize optimize, ValueId pushed)
      : graph_(graph),
        sharing_(sharing),
        choices_(choices),
        target_(target),
        kernels_(kernels),
        optimize_(optimize),
        pushed_(pushed),
        readers_(consumers(graph)) {
    for (const int node : order)
      links_.push_back({node, reads_by_rows(graph, graph.nodes[static_cast<std::size_t>(node)])});
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
      const double bytes = static_cast<double>(arena_of(chosen) + kOtherRam);
      const double cost = optimize_ == Optimize::ram        ? bytes + cycles * 1e-12
                          : optimize_ == Optimize::balanced ? bytes * cycles
                                                            : cycles;
      if (cost >= least) continue;
      least = cost;
      best = std::move(chosen);
    }
    return best;
  }

 private:
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
      done[static_cast<std::size_t>(n)] = true;
    }
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

  void add_chains() {
    for (int first = 0; first < steps(); ++first) {
      for (int last = first; last < std::min(steps(), first + kLongest); ++last) {
        if (!links_[static_cast<std::size_t>(last)].reads) break;
        std::set<std::vector<std::int32_t>> tried;
        for (const std::int64_t bytes : kBandBytes) {
          std::vector<std::int32_t> rows;
          for (int step = first; step <= last; ++step) rows.push_back(rows_within(image_of(step), bytes));
          if (!tried.insert(rows).second) continue;
          std::optional<ChainPlan> plan = plan_chain(graph_, readers_, links_, first, last, rows, pushed_);
          if (!plan || !takes_pushed(first, last)) break;  // nor with other rows
          add_chain(std::move(*plan));
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

  void add_chain(ChainPlan plan) {
    const int first = plan.chain.first, last = plan.chain.last;
    settle_overlay(plan);
    Piece piece{.from = first, .to = last + 1, .chain = static_cast<int>(chains_.size())};
    std::int64_t scratch = 0;
    for (int step = first; step <= last; ++step) {
      const RowBand& band = plan.bands[static_cast<std::size_t>(step - first)];
      const Choice& choice = choice_for(step, band.rows);
      const double calls = static_cast<double>(band.height) / band.rows;
      const std::int64_t taken = aligned(choice.call.scratch_bytes);
      if (band.taken) {
        piece.bytes += taken;
      } else {
        scratch = std::max(scratch, taken);
      }
      piece.cycles += calls * (kCycles + cycles_of(choice));
    }
    piece.cycles += kCyclesPerMovedByte * static_cast<double>(plan.moved_bytes);
    const ValueId result = node(last).outputs[0];
    const std::int64_t made = aligned(graph_[result].type.bytes());
    piece.bytes += live_[static_cast<std::size_t>(first)] + plan.window_bytes + scratch;
    if (plan.overlaid == kNoValue) {
      piece.bytes += sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given ? 0 : made;
    } else {
      const std::int64_t under = aligned(graph_[plan.overlaid].type.bytes());
      piece.bytes += std::max(plan.distance + under, made) - under;
    }
    pieces_.push_back(piece);
    chains_.push_back(std::move(plan));
  }

  // The result may lie over the input only where nobody needs that afterwards, and if it saves anything.
  void settle_overlay(ChainPlan& plan) const {
    plan.distance = aligned(plan.distance);
    if (plan.overlaid == kNoValue) return;
    const ValueId result = node(plan.chain.last).outputs[0];
    const std::int64_t bytes = graph_[result].type.bytes();
    // The ends are those of the buffers: the result's has up to three bytes more.
    if (plan.distance_upwards) plan.distance_upwards = aligned(*plan.distance_upwards + aligned(bytes) - bytes);
    const Sharing::Tensor& under = sharing_.tensors[static_cast<std::size_t>(tensor_of(plan.overlaid))];
    std::vector<bool> done = done_[static_cast<std::size_t>(plan.chain.first)];
    for (int step = plan.chain.first; step <= plan.chain.last; ++step)
      done[static_cast<std::size_t>(links_[static_cast<std::size_t>(step)].node)] = true;
    const bool needed = under.kept || !std::ranges::all_of(under.readers, [&](int reader) {
                          return done[static_cast<std::size_t>(reader)];
                        });
    const bool given = sharing_.tensors[static_cast<std::size_t>(tensor_of(result))].given;
    const std::int64_t made = aligned(bytes);
    if (needed || given || plan.distance >= made) plan.overlaid = kNoValue;
  }

  // Peaks worth a try, the least first: no plan has another one.
  std::vector<std::int64_t> limits() const {
    std::set<std::int64_t> all;
    std::int64_t whole = 0;
    for (const Piece& piece : pieces_) {
      all.insert(piece.bytes);
      if (piece.chain < 0) whole = std::max(whole, piece.bytes);
    }
    if (pushed_ != kNoValue && !all.empty()) whole = *all.rbegin();
    std::vector<std::int64_t> list(all.begin(), all.upper_bound(whole));
    list.erase(std::remove_if(list.begin(), list.end(), [&](std::int64_t l) { return cut_within(l).empty(); }),
               list.end());
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

  ChosenChain with_kernels(const ChainPlan& plan) const {
    ChosenChain chosen{.plan = plan};
    for (std::size_t s = 0; s < plan.bands.size(); ++s)
      chosen.choices.push_back(for_rows_.at({plan.chain.first + static_cast<int>(s), plan.bands[s].rows}));
    return chosen;
  }

  const Graph& graph_;
  const Sharing& sharing_;
  const std::vector<Choice>& choices_;
  const Target& target_;
  Optimize kernels_, optimize_;
  ValueId pushed_;
  std::vector<std::vector<int>> readers_;
  std::vector<Link> links_;
  std::vector<std::vector<bool>> done_;  // nodes, before each step
  std::vector<std::int64_t> live_;       // bytes, before each step
  std::vector<Piece> pieces_;
  std::vector<ChainPlan> chains_;
  std::map<std::pair<int, std::int32_t>, Choice> for_rows_;
  mutable std::vector<const Piece*> in_order_;
};

}  // namespace

std::vector<ChosenChain> choose_chains(const Graph& graph, const Sharing& sharing, const std::vector<int>& order,
                                       const std::vector<Choice>& choices, const Target& target, Optimize kernels,
                                       Optimize optimize, ValueId pushed, const ArenaOf& arena_of) {
  const bool whole = optimize == Optimize::speed || optimize == Optimize::size;
  if (order.empty() || (whole && pushed == kNoValue)) return {};
  return Search(graph, sharing, order, choices, target, kernels, optimize, pushed).best(arena_of);
}

}  // namespace mirim
