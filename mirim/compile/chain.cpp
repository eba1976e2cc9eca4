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
      : graph_(graph),
        order_(order),
        plan_(plan),
        made_(plan.bands.size()),
        moved_(plan.chain.windows.size()),
        added_(plan.chain.windows.size()) {
    for (const RowWindow& w : plan.chain.windows) held_.push_back({-w.before, 0});
    find_readers();
    for (std::size_t w = 0; w < held_.size(); ++w) note_size(w, 0);
  }

  void run() {
    const RowBand& last = plan_.bands.back();
    while (made_.back() < last.height) make(static_cast<int>(plan_.bands.size()) - 1);
    for (std::size_t w = 0; w < held_.size(); ++w) {
      count_moves(w);
      const RowWindow& window = plan_.chain.windows[w];
      plan_.window_bytes += std::int64_t{window.capacity} * window.row_bytes;
      plan_.moved_bytes += moved_[w];
    }
  }

  /// From here on `log` gets the rows that each step has made, before each call of the last.
  void keep(std::vector<std::int32_t>& log) { log_ = &log; }
  /// Rows, by step.
  const std::vector<std::int32_t>& made() const { return made_; }
  /// Bytes, by window.
  const std::vector<std::int64_t>& moved() const { return moved_; }

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
    } else {
      if (log_) log_->insert(log_->end(), made_.begin(), made_.end());
      if (plan_.overlaid != kNoValue) lag(std::int64_t{made_[s] + band.rows} * row_bytes(graph_[node(s).outputs[0]]));
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
      moved_[w] += window.row_bytes;
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
        moved_[w] += std::int64_t{held.end - added.least} * window.row_bytes;
        held.first = added.least;
      }
      held.end += added.rows;
    }
  }

  const Graph& graph_;
  std::span<const Link> order_;
  ChainPlan& plan_;
  std::vector<std::int32_t> made_;   // rows, by step
  std::vector<std::int64_t> moved_;  // bytes, by window
  std::vector<std::int32_t>* log_ = nullptr;
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

// Whether what a step makes is read by later ones up to `last` only.
bool stays_inside(const Graph& graph, const std::vector<std::vector<int>>& readers, std::span<const Link> order,
                  int step, int last) {
  const ValueId made = node_of(graph, order, step).outputs[0];
  if (std::ranges::find(graph.outputs, made) != graph.outputs.end()) return false;
  const auto later = order.subspan(static_cast<std::size_t>(step) + 1, static_cast<std::size_t>(last - step));
  return std::ranges::all_of(readers[static_cast<std::size_t>(made)],
                             [&](int reader) { return std::ranges::find(later, reader, &Link::node) != later.end(); });
}

// Whether a step reads all rows of a tensor each time.
bool reads_at_once(const Graph& graph, const Link& link, ValueId id) {
  const Node& node = graph.nodes[static_cast<std::size_t>(link.node)];
  return std::ranges::any_of(*link.reads, [&](const RowReads& r) {
    return r.stride == 0 && node.inputs[static_cast<std::size_t>(r.input)] == id;
  });
}

// The rows that a window, into which rows are copied, has when its one reader has been called.
std::int32_t copied_rows(const BandRead& read, std::int32_t made, std::int32_t rows) {
  return made == 0 ? 0 : std::max(0, (made - rows) * read.stride - read.before + read.rows);
}

// Of a window with one reader into which rows are copied: those that it holds, and those that are copied and moved.
struct CopiedWindow {
  std::int32_t capacity = 0, moved = 0;
};
CopiedWindow copied_window(const BandRead& read, std::int32_t made, std::int32_t rows, std::int32_t height) {
  CopiedWindow window{.capacity = read.before, .moved = std::min(copied_rows(read, made, rows), height)};
  const auto of_rows = [&](const auto& visit) {
    std::int32_t end = 0;
    for (std::int32_t row = 0; row < made; row += rows) {
      for (const std::int32_t first = row * read.stride - read.before; end < first + read.rows; ++end)
        visit(end, std::min(first, end));
    }
  };
  of_rows([&](std::int32_t end, std::int32_t least) { window.capacity = std::max(window.capacity, end + 1 - least); });
  std::int32_t held = -read.before;
  of_rows([&](std::int32_t end, std::int32_t least) {
    if (end + 1 - held <= window.capacity) return;
    window.moved += end - least;
    held = least;
  });
  return window;
}

}  // namespace

std::optional<ChainPlan> plan_chain(const Graph& graph, std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed) {
  return plan_chain(graph, consumers(graph), order, first, last, rows, pushed);
}

std::optional<ChainPlan> plan_chain(const Graph& graph, const std::vector<std::vector<int>>& readers,
                                    std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed) {
  for (int step = first; step < last; ++step) {
    if (!stays_inside(graph, readers, order, step, last)) return std::nullopt;
  }
  std::optional<ChainPlan> plan = Builder(graph, order, first, last, rows, pushed).build();
  if (!plan) return std::nullopt;
  Walk(graph, order, *plan).run();
  if (first == last && plan->chain.windows.empty() && plan->overlaid != kNoValue)
    plan->distance_upwards = distance_upwards(graph, *plan, node_of(graph, order, first));
  return plan;
}

ChainsTo::ChainsTo(const Graph& graph, const std::vector<std::vector<int>>& readers, std::span<const Link> order,
                   int last, int longest, std::vector<std::int32_t> rows)
    : graph_(graph), readers_(readers), order_(order), first_(last + 1), last_(last), rows_(std::move(rows)) {
  const auto may_begin = [&](int step) {
    const auto& reads = order_[static_cast<std::size_t>(step)].reads;
    if (!reads || step == last_) return reads.has_value();
    if (takes_rows(*reads) || !stays_inside(graph_, readers_, order_, step, last_)) return false;
    const ValueId made = node_of(graph_, order_, step).outputs[0];
    const auto later = order_.subspan(static_cast<std::size_t>(step) + 1, static_cast<std::size_t>(last_ - step));
    return std::ranges::none_of(later, [&](const Link& link) { return reads_at_once(graph_, link, made); });
  };
  while (first_ > std::max(0, last_ + 1 - longest) && may_begin(first_ - 1)) --first_;
  if (first_ >= last_) return;  // a single step is planned
  const auto rows_inside = std::span(rows_).subspan(static_cast<std::size_t>(first_));
  longest_ = Builder(graph_, order_, first_, last_, rows_inside, kNoValue).build();
  if (!longest_) return;
  longest_->overlaid = kNoValue;  // each chain has its own
  Walk walk(graph_, order_, *longest_);
  walk.keep(made_before_);
  walk.run();
  made_ = walk.made();
  window_bytes_.resize(longest_->bands.size());
  moved_bytes_.resize(longest_->bands.size());
  for (std::size_t s = longest_->bands.size() - 1; s-- > 0;) {
    const auto w = static_cast<std::size_t>(longest_->bands[s].window);
    const RowWindow& window = longest_->chain.windows[w];
    window_bytes_[s] = window_bytes_[s + 1] + std::int64_t{window.capacity} * window.row_bytes;
    moved_bytes_[s] = moved_bytes_[s + 1] + walk.moved()[w];
  }
}

std::optional<ChainCost> ChainsTo::planned(int first, ValueId pushed) const {
  const auto rows = std::span(rows_).subspan(static_cast<std::size_t>(first));
  const std::optional<ChainPlan> plan = plan_chain(graph_, readers_, order_, first, last_, rows, pushed);
  if (!plan) return std::nullopt;
  return ChainCost{plan->window_bytes, plan->moved_bytes, plan->overlaid, plan->distance, plan->distance_upwards};
}

std::optional<ChainCost> ChainsTo::cost(int first, ValueId pushed) const {
  if (first == last_ || !longest_) return planned(first, pushed);
  const auto from = static_cast<std::size_t>(first - first_);
  ChainCost cost{.window_bytes = window_bytes_[from], .moved_bytes = moved_bytes_[from]};
  std::vector<ValueId> whole, copied;
  bool at_once = false;
  for (std::size_t s = from; s < longest_->bands.size(); ++s) {
    const Link& link = order_[static_cast<std::size_t>(first_) + s];
    const RowBand& band = longest_->bands[s];
    for (std::size_t i = 0; i < band.reads.size(); ++i) {
      const BandRead& read = band.reads[i];
      if (is_inside(read, first)) continue;
      const RowReads& r = (*link.reads)[i];
      const ValueId id = graph_.nodes[static_cast<std::size_t>(link.node)].inputs[static_cast<std::size_t>(r.input)];
      if (r.stride == 0 && id == pushed) return std::nullopt;
      at_once |= r.stride == 0;
      if (id != pushed && std::ranges::find(whole, id) == whole.end()) whole.push_back(id);
      if (id != pushed && r.before <= 0 && r.after <= 0) continue;
      if (std::ranges::find(copied, id) != copied.end()) return planned(first, pushed);
      copied.push_back(id);
      const CopiedWindow window = copied_window(read, made_[s], band.rows, height_of(graph_[id]));
      cost.window_bytes += std::int64_t{window.capacity} * row_bytes(graph_[id]);
      cost.moved_bytes += std::int64_t{window.moved} * row_bytes(graph_[id]);
    }
  }
  if (whole.size() == 1 && !at_once && !longest_->bands.back().taken) {
    cost.overlaid = whole[0];
    cost.distance = distance(first, whole[0]);
  }
  return cost;
}

bool ChainsTo::is_inside(const BandRead& read, int first) const {
  return read.window >= 0 && longest_->chain.windows[static_cast<std::size_t>(read.window)].step >= first;
}

// As Walk::lag finds it.
std::int64_t ChainsTo::distance(int first, ValueId overlaid) const {
  struct Reader {
    std::size_t step;
    const BandRead* read;
    bool copied;
  };
  std::vector<Reader> readers;
  const std::size_t steps = longest_->bands.size();
  for (auto s = static_cast<std::size_t>(first - first_); s < steps; ++s) {
    const Link& link = order_[static_cast<std::size_t>(first_) + s];
    for (std::size_t i = 0; i < longest_->bands[s].reads.size(); ++i) {
      const BandRead& read = longest_->bands[s].reads[i];
      const Node& node = graph_.nodes[static_cast<std::size_t>(link.node)];
      if (is_inside(read, first) || node.inputs[static_cast<std::size_t>(read.input)] != overlaid) continue;
      readers.push_back({s, &read, (*link.reads)[i].before > 0 || (*link.reads)[i].after > 0});
    }
  }
  const Value& input = graph_[overlaid];
  const std::int64_t made = row_bytes(graph_[node_of(graph_, order_, last_).outputs[0]]);
  std::int64_t distance = 0;
  for (std::size_t call = 0; call < made_before_.size(); call += steps) {
    std::int32_t unread = height_of(input);
    for (const auto& [s, read, copied] : readers) {
      const std::int32_t rows = longest_->bands[s].rows, before = made_before_[call + s];
      // The last step reads what it was called for already, but has not made it yet.
      unread = std::min(unread, copied ? copied_rows(*read, before + (s + 1 == steps ? rows : 0), rows)
                                       : before * read->stride - read->before);
    }
    if (unread == height_of(input)) continue;
    const std::int64_t written = std::int64_t{made_before_[call + steps - 1] + longest_->bands.back().rows} * made;
    distance = std::max(distance, written - unread * std::int64_t{row_bytes(input)});
  }
  return distance;
}

}  // namespace mirim
