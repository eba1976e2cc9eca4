#include "mirim/compile/place.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {

namespace {

using Order = std::vector<int>;

bool live_together(const Buffer& a, const Buffer& b) { return a.first <= b.last && b.first <= a.last; }

// Where a buffer may not begin: between the two, both exclusive.
struct Forbidden {
  std::int64_t from, to;
};

// Of a result and what it may lie over: where the result may not begin, counted from the other's beginning.
Forbidden forbidden_over(const Buffer& result, const Buffer& under) {
  if (result.upwards) return {.from = -result.bytes, .to = under.bytes + result.lead - result.bytes};
  return {.from = -result.lead, .to = under.bytes};
}

// Where buffer `a` may not begin while `b` lies where it lies.
Forbidden forbidden(std::span<const Buffer> buffers, int a, int b) {
  const Buffer& x = buffers[static_cast<std::size_t>(a)];
  const Buffer& y = buffers[static_cast<std::size_t>(b)];
  if (x.over == b) {
    const Forbidden f = forbidden_over(x, y);
    return {.from = y.offset + f.from, .to = y.offset + f.to};
  }
  if (y.over == a) {
    const Forbidden f = forbidden_over(y, x);
    return {.from = y.offset - f.to, .to = y.offset - f.from};
  }
  return {.from = y.offset - x.bytes, .to = y.offset + y.bytes};
}

// For each buffer, those that live at the same time.
std::vector<Order> neighbours(std::span<const Buffer> buffers) {
  std::vector<Order> result(buffers.size());
  for (std::size_t a = 0; a < buffers.size(); ++a) {
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      if (a != b && live_together(buffers[a], buffers[b])) result[a].push_back(static_cast<int>(b));
    }
  }
  return result;
}

// Places buffers in an order, each at the lowest offset where it overlaps none placed before.
class Placer {
 public:
  explicit Placer(std::span<Buffer> buffers)
      : buffers_(buffers), neighbours_(neighbours(buffers)), placed_(buffers.size()) {}

  // The first `kept` of them lie where this order puts them already.
  std::int64_t in_order(const Order& order, std::size_t kept = 0) {
    std::int64_t total = 0;
    std::ranges::fill(placed_, char{0});
    for (std::size_t k = 0; k < kept; ++k) {
      const auto i = static_cast<std::size_t>(order[k]);
      total = std::max(total, buffers_[i].offset + buffers_[i].bytes);
      placed_[i] = 1;
    }
    for (std::size_t k = kept; k < order.size(); ++k) {
      const int index = order[k];
      const auto i = static_cast<std::size_t>(index);
      taken_.clear();
      for (const int other : neighbours_[i]) {
        if (placed_[static_cast<std::size_t>(other)]) taken_.push_back(forbidden(buffers_, index, other));
      }
      std::ranges::sort(taken_, {}, &Forbidden::from);
      std::int64_t offset = 0;
      for (const Forbidden& f : taken_) {
        if (f.from < offset && offset < f.to) offset = f.to;
      }
      buffers_[i].offset = offset;
      total = std::max(total, offset + buffers_[i].bytes);
      placed_[i] = 1;
    }
    return total;
  }

  std::vector<std::int64_t> offsets() const {
    std::vector<std::int64_t> result;
    for (const Buffer& b : buffers_) result.push_back(b.offset);
    return result;
  }
  void move_to(const std::vector<std::int64_t>& offsets) {
    for (std::size_t i = 0; i < offsets.size(); ++i) buffers_[i].offset = offsets[i];
  }

  // The buffers that end on top, and those directly below them, down to offset 0: one of them must move to reduce the
  // total.
  Order in_the_way(std::int64_t total) const {
    Order way;
    std::vector<char> found(buffers_.size());
    const auto add = [&](int index) {
      if (std::exchange(found[static_cast<std::size_t>(index)], char{1}) == 0) way.push_back(index);
    };
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      if (buffers_[i].offset + buffers_[i].bytes == total) add(static_cast<int>(i));
    }
    for (std::size_t k = 0; k < way.size(); ++k) {
      const auto above = static_cast<std::size_t>(way[k]);
      for (const int i : neighbours_[above]) {
        const Buffer& below = buffers_[static_cast<std::size_t>(i)];
        if (below.offset + below.bytes == buffers_[above].offset) add(i);
      }
    }
    return way;
  }

 private:
  std::span<Buffer> buffers_;
  std::vector<Order> neighbours_;
  std::vector<char> placed_;
  std::vector<Forbidden> taken_{};
};

std::vector<Order> greedy_orders(std::span<const Buffer> buffers) {
  const auto sorted = [&](auto key) {
    Order order(buffers.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return key(buffers[static_cast<std::size_t>(a)]) > key(buffers[static_cast<std::size_t>(b)]);
    });
    return order;
  };
  const auto steps = [](const Buffer& b) { return std::int64_t{b.last} - b.first + 1; };
  return {sorted([](const Buffer& b) { return b.bytes; }), sorted([&](const Buffer& b) { return b.bytes * steps(b); }),
          sorted(steps), sorted([](const Buffer& b) { return -std::int64_t{b.first}; }),
          sorted([](const Buffer& b) { return std::int64_t{b.last}; })};
}

}  // namespace

std::int64_t live_bytes(std::span<const Buffer> buffers, int step) {
  const auto lives = [&](const Buffer& b) { return b.first <= step && step <= b.last; };
  std::int64_t sum = 0;
  for (const Buffer& b : buffers) {
    if (!lives(b)) continue;
    sum += b.bytes;
    if (b.over < 0 || !lives(buffers[static_cast<std::size_t>(b.over)])) continue;
    const std::int64_t under = buffers[static_cast<std::size_t>(b.over)].bytes;
    sum += std::max(b.lead + under, b.bytes) - under - b.bytes;
  }
  return sum;
}

std::int64_t peak_of_live_bytes(std::span<const Buffer> buffers) {
  std::int64_t peak = 0;  // reached where a buffer starts, or where one that was under another has ended
  for (const Buffer& b : buffers)
    peak = std::max({peak, live_bytes(buffers, b.first), live_bytes(buffers, b.last + 1)});
  return peak;
}

std::int64_t place(std::span<Buffer> buffers) {
  assert(std::all_of(buffers.begin(), buffers.end(), [](const Buffer& b) { return b.bytes == aligned(b.bytes); }));
  if (buffers.empty()) return 0;
  const std::int64_t bound = peak_of_live_bytes(buffers);
  Placer placer(buffers);
  Order best;
  std::int64_t least = 0;
  for (const Order& order : greedy_orders(buffers)) {
    const std::int64_t total = placer.in_order(order);
    if (best.empty() || total < least) {
      best = order;
      least = total;
    }
    if (least == bound) return least;  // the offsets are this order's
  }
  constexpr int kRounds = 2000;
  Random random(1);
  Order current = best;
  std::int64_t current_total = placer.in_order(current);
  std::vector<std::int64_t> current_offsets = placer.offsets();
  for (int round = 0; round < kRounds && least > bound; ++round) {
    const Order way = placer.in_the_way(current_total);
    Order next = current;
    // Swaps one of these with an earlier one, or with any.
    const int mover = way[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(way.size())))];
    const auto from = std::find(next.begin(), next.end(), mover);
    const auto to = static_cast<std::size_t>(random.below(std::max<std::int64_t>(1, from - next.begin())));
    std::swap(*from, next[to]);
    const std::int64_t total = placer.in_order(next, to);
    if (total < least) {
      least = total;
      best = next;
    }
    // Not only downhill: accepts one worse order in sixteen, and returns to the best from time to time.
    if (total <= current_total || random.below(16) == 0) {
      current = next;
      current_total = total;
      current_offsets = placer.offsets();
    } else if (random.below(64) == 0) {
      current = best;
      current_total = placer.in_order(current);
      current_offsets = placer.offsets();
    } else {
      placer.move_to(current_offsets);
    }
  }
  return placer.in_order(best);
}

std::int64_t PlaceMemory::place(std::span<Buffer> buffers) {
  std::vector<std::int64_t> key;
  key.reserve(6 * buffers.size());
  for (const Buffer& b : buffers) key.insert(key.end(), {b.bytes, b.first, b.last, b.over, b.lead, b.upwards ? 1 : 0});
  const auto [found, is_new] = known_.try_emplace(std::move(key));
  Placement& placement = found->second;
  if (is_new) {
    placement.total = mirim::place(buffers);
    for (const Buffer& b : buffers) placement.offsets.push_back(b.offset);
  } else {
    for (std::size_t b = 0; b < buffers.size(); ++b) buffers[b].offset = placement.offsets[b];
  }
  return placement.total;
}

void place_in_arena(Plan& plan, PlaceMemory& memory) {
  plan.peak_bytes = peak_of_live_bytes(plan.buffers);
  plan.arena_bytes = memory.place(plan.buffers);
  if (plan.arena_bytes > std::numeric_limits<std::int32_t>::max()) {
    fail("the model needs {} bytes of RAM, more than the device's 32 bits count", plan.arena_bytes);
  }
}

}  // namespace mirim
