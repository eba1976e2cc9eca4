#include "mirim/compile/chain.hpp"

#include <algorithm>
#include <limits>

namespace mirim {

namespace {

constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

std::int32_t height_of(const Value& value) { return static_cast<std::int32_t>(value.type.shape[1]); }
std::int32_t row_bytes(const Value& value) {
  return static_cast<std::int32_t>(value.type.bytes() / value.type.shape[1]);
}

const Node& node_of(const Graph& graph, std::span<const Link> order, int step) {
  return graph.nodes[static_cast<std::size_t>(order[static_cast<std::size_t>(step)].node)];
}

// The chain's windows and bands, without capacities.
class Builder {
 public:
  Builder(const Graph& graph, std::span<const Link> order, int first, int last, std::span<const std::int32_t> rows,
          ValueId pushed)
      : graph_(graph), order_(order), first_(first), last_(last), rows_(rows), pushed_(pushed) {}

  std::optional<ChainPlan> build() {
    plan_.chain = {.first = first_, .last = last_};
    for (int step = first_; step <= last_; ++step) {
      if (!add_step(step)) return std::nullopt;
    }
    const bool over = plan_.whole.size() == 1 && !reads_at_once_ && !plan_.bands.back().taken;
    if (over) plan_.overlaid = plan_.whole[0];
    return plan_;
  }

 private:
  const Node& node(int step) const { return node_of(graph_, order_, step); }

  bool add_step(int step) {
    const auto& reads = order_[static_cast<std::size_t>(step)].reads;
    if (!reads) return false;
    const Value& made = graph_[node(step).outputs[0]];
    RowBand band{.rows = rows_[static_cast<std::size_t>(step - first_)], .taken = takes_rows(*reads)};
    // By itself it would only be another kernel for the whole tensor.
    if (band.taken && (step != last_ || (step == first_ && node(step).inputs[0] != pushed_))) return false;
    band.height = height_of(band.taken ? graph_[node(step).inputs[0]] : made);
    for (const RowReads& r : *reads) {
      const std::optional<int> window = window_for(r, node(step).inputs[static_cast<std::size_t>(r.input)]);
      if (!window) return false;
      const std::int32_t seen = r.stride == 0 ? 0 : (band.rows - 1) * r.stride + r.span;
      band.reads.push_back({.input = r.input, .window = *window, .stride = r.stride, .before = r.before, .rows = seen});
    }
    if (step != last_) {
      band.window = add_window(node(step).outputs[0], step);
    }
    plan_.bands.push_back(std::move(band));
    return true;
  }

  // -1: the whole tensor. None if the chain cannot keep what is read.
  std::optional<int> window_for(const RowReads& r, ValueId id) {
    int window = -1;
    for (std::size_t w = 0; w < plan_.chain.windows.size(); ++w) {
      if (plan_.chain.windows[w].value == id) window = static_cast<int>(w);
    }
    const bool padded = r.before > 0 || r.after > 0;
    const bool inside = window >= 0 && plan_.chain.windows[static_cast<std::size_t>(window)].step >= 0;
    const bool passes = inside || id == pushed_;
    if (r.stride == 0 && passes) return std::nullopt;
    reads_at_once_ |= r.stride == 0;
    if (!passes && std::ranges::find(plan_.whole, id) == plan_.whole.end()) plan_.whole.push_back(id);
    if (!padded && !passes) return -1;
    if (window < 0) window = add_window(id, -1);
    if (!padded) return window;
    RowWindow& w = plan_.chain.windows[static_cast<std::size_t>(window)];
    const bool other = padded_[static_cast<std::size_t>(window)] && w.padding != r.padding;
    if (other) return std::nullopt;
    padded_[static_cast<std::size_t>(window)] = true;
    w.padding = r.padding;
    w.before = std::max(w.before, r.before);
    w.after = std::max(w.after, r.after);
    return window;
  }

  int add_window(ValueId id, int step) {
    plan_.chain.windows.push_back(
        {.value = id, .step = step, .height = height_of(graph_[id]), .row_bytes = row_bytes(graph_[id])});
    padded_.push_back(false);
    return static_cast<int>(plan_.chain.windows.size()) - 1;
  }

  const Graph& graph_;
  std::span<const Link> order_;
  int first_, last_;
  std::span<const std::int32_t> rows_;
  ValueId pushed_;
  ChainPlan plan_;
  bool reads_at_once_ = false;  // all of a tensor, for every row
  std::vector<bool> padded_;    // by window
};

// Goes through all rows as the device does, and finds how many rows each window holds at most, and what is moved then.
class Walk {
 public:
  Walk(const Graph& graph, std::span<const Link> order, ChainPlan& plan)
      : graph_(graph), order_(order), plan_(plan), made_(plan.bands.size()), added_(plan.chain.windows.size()) {
    for (const RowWindow& w : plan.chain.windows) held_.push_back({-w.before, 0});
    find_readers();
    for (std::size_t w = 0; w < held_.size(); ++w) note_size(w, 0);
  }

  void run() {
    const RowBand& last = plan_.bands.back();
    while (made_.back() < last.height) make(static_cast<int>(plan_.bands.size()) - 1);
    for (std::size_t w = 0; w < held_.size(); ++w) count_moves(w);
  }

 private:
  struct Held {
    std::int32_t first, end;
  };

  std::int32_t start(std::size_t step, const BandRead& read) const { return made_[step] * read.stride - read.before; }

  struct Reader {
    std::size_t step = 0;
    std::int32_t stride = 1, before = 0;
  };

  // Long chains ask for each row who still reads it.
  void find_readers() {
    of_window_.resize(held_.size());
    for (std::size_t s = 0; s < plan_.bands.size(); ++s) {
      for (const BandRead& read : plan_.bands[s].reads) {
        const Reader reader{.step = s, .stride = read.stride, .before = read.before};
        if (read.window < 0) {
          if (input(s, read) == plan_.overlaid) of_overlaid_.push_back(reader);
        } else if (input(s, read) == plan_.chain.windows[static_cast<std::size_t>(read.window)].value) {
          of_window_[static_cast<std::size_t>(read.window)].push_back(reader);
        }
      }
    }
  }

  // The first row of a window, or of the whole tensor that the result lies over, that somebody still reads.
  std::int32_t least_needed(std::span<const Reader> readers) const {
    std::int32_t least = kNever;
    for (const Reader& r : readers) least = std::min(least, r.stride == 0 ? 0 : made_[r.step] * r.stride - r.before);
    return least;
  }

  const Node& node(std::size_t step) const {
    return node_of(graph_, order_, plan_.chain.first + static_cast<int>(step));
  }
  ValueId input(std::size_t step, const BandRead& read) const {
    return node(step).inputs[static_cast<std::size_t>(read.input)];
  }

  void make(int step) {
    const auto s = static_cast<std::size_t>(step);
    const RowBand& band = plan_.bands[s];
    for (const BandRead& read : band.reads) {
      if (read.window < 0) continue;
      const auto w = static_cast<std::size_t>(read.window);
      while (held_[w].end < start(s, read) + read.rows) fill(w);
    }
    if (band.window >= 0) {
      append(static_cast<std::size_t>(band.window), band.rows);
    } else if (plan_.overlaid != kNoValue) {
      lag(std::int64_t{made_[s] + band.rows} * row_bytes(graph_[node(s).outputs[0]]));
    }
    made_[s] += band.rows;
  }

  // So many bytes of the result are there: the input's unread rows must lie behind them.
  void lag(std::int64_t written) {
    const Value& input = graph_[plan_.overlaid];
    std::int64_t unread = std::min<std::int64_t>(least_needed(of_overlaid_), height_of(input));
    for (std::size_t w = 0; w < held_.size(); ++w) {
      if (plan_.chain.windows[w].value == plan_.overlaid) unread = std::min<std::int64_t>(unread, held_[w].end);
    }
    if (unread == height_of(input)) return;
    plan_.distance = std::max(plan_.distance, written - unread * row_bytes(input));
  }

  // One more row, or band, or row of padding.
  void fill(std::size_t w) {
    const RowWindow& window = plan_.chain.windows[w];
    if (held_[w].end >= window.height) {
      append(w, 1);
    } else if (window.step >= 0) {
      make(window.step - plan_.chain.first);
    } else {
      append(w, 1);
      plan_.moved_bytes += window.row_bytes;
    }
  }

  void append(std::size_t w, std::int32_t rows) {
    added_[w].push_back({.rows = rows, .least = note_size(w, rows)});
    held_[w].end += rows;
  }

  // Returns the first row that must be kept.
  std::int32_t note_size(std::size_t w, std::int32_t rows) {
    RowWindow& window = plan_.chain.windows[w];
    const std::int32_t least = std::min(least_needed(of_window_[w]), held_[w].end);
    window.capacity = std::max(window.capacity, held_[w].end + rows - std::max(least, held_[w].first));
    return least;
  }

  // Once the capacity is known: rows that are still needed move whenever the window is full.
  void count_moves(std::size_t w) {
    const RowWindow& window = plan_.chain.windows[w];
    Held held{-window.before, 0};
    for (const Added& added : added_[w]) {
      if (held.end + added.rows - held.first > window.capacity) {
        plan_.moved_bytes += std::int64_t{held.end - added.least} * window.row_bytes;
        held.first = added.least;
      }
      held.end += added.rows;
    }
  }

  const Graph& graph_;
  std::span<const Link> order_;
  ChainPlan& plan_;
  std::vector<std::int32_t> made_;  // rows, by step
  struct Added {
    std::int32_t rows, least;
  };
  std::vector<Held> held_;                 // by window
  std::vector<std::vector<Added>> added_;  // by window
  std::vector<std::vector<Reader>> of_window_;
  std::vector<Reader> of_overlaid_;
};

// How far behind its input the result of a single step ends that begins with its last rows.
std::int64_t distance_upwards(const Graph& graph, const ChainPlan& plan, const Node& node) {
  const RowBand& band = plan.bands[0];
  const Value& input = graph[plan.overlaid];
  const std::int64_t row = row_bytes(graph[node.outputs[0]]);
  std::int64_t distance = 0;
  for (std::int32_t left = band.height - band.rows; left >= 0; left -= band.rows) {
    std::int32_t unread = 0;  // the input's rows up to here, those of this call among them
    for (const BandRead& read : band.reads) {
      if (node.inputs[static_cast<std::size_t>(read.input)] != plan.overlaid) continue;
      unread = std::max(unread, left * read.stride - read.before + read.rows);
    }
    const std::int64_t free = std::int64_t{height_of(input) - unread} * row_bytes(input);
    distance = std::max(distance, (band.height - left) * row - free);
  }
  return distance;
}

bool stays_inside(const Graph& graph, const std::vector<std::vector<int>>& readers, std::span<const Link> order,
                  int first, int last) {
  for (int step = first; step < last; ++step) {
    const ValueId made = node_of(graph, order, step).outputs[0];
    if (std::ranges::find(graph.outputs, made) != graph.outputs.end()) return false;
    const auto later = order.subspan(static_cast<std::size_t>(step) + 1, static_cast<std::size_t>(last - step));
    for (const int reader : readers[static_cast<std::size_t>(made)]) {
      if (std::ranges::find(later, reader, &Link::node) == later.end()) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<ChainPlan> plan_chain(const Graph& graph, std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed) {
  return plan_chain(graph, consumers(graph), order, first, last, rows, pushed);
}

std::optional<ChainPlan> plan_chain(const Graph& graph, const std::vector<std::vector<int>>& readers,
                                    std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed) {
  if (!stays_inside(graph, readers, order, first, last)) return std::nullopt;
  std::optional<ChainPlan> plan = Builder(graph, order, first, last, rows, pushed).build();
  if (!plan) return std::nullopt;
  Walk(graph, order, *plan).run();
  for (const RowWindow& w : plan->chain.windows) plan->window_bytes += std::int64_t{w.capacity} * w.row_bytes;
  if (first == last && plan->chain.windows.empty() && plan->overlaid != kNoValue)
    plan->distance_upwards = distance_upwards(graph, *plan, node_of(graph, order, first));
  return plan;
}

}  // namespace mirim
