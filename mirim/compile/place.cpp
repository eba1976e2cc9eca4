#include "mirim/compile/place.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <numeric>

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

// Places in this order, each at the lowest offset where it overlaps none placed before.
std::int64_t place_in_order(std::span<Buffer> buffers, const Order& order) {
  std::int64_t total = 0;
  Order placed;
  std::vector<Forbidden> taken;
  for (const int index : order) {
    Buffer& buffer = buffers[static_cast<std::size_t>(index)];
    taken.clear();
    for (const int other : placed) {
      if (live_together(buffer, buffers[static_cast<std::size_t>(other)]))
        taken.push_back(forbidden(buffers, index, other));
    }
    std::ranges::sort(taken, {}, &Forbidden::from);
    std::int64_t offset = 0;
    for (const Forbidden& f : taken) {
      if (f.from < offset && offset < f.to) offset = f.to;
    }
    buffer.offset = offset;
    total = std::max(total, offset + buffer.bytes);
    placed.push_back(index);
  }
  return total;
}

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

// The buffers that end on top, and those directly below them, down to offset 0: one of them must move to reduce the
// total.
Order buffers_in_the_way(std::span<const Buffer> buffers, std::int64_t total) {
  Order way;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].offset + buffers[i].bytes == total) way.push_back(static_cast<int>(i));
  }
  for (std::size_t k = 0; k < way.size(); ++k) {
    const Buffer& above = buffers[static_cast<std::size_t>(way[k])];
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const bool below = buffers[i].offset + buffers[i].bytes == above.offset && live_together(buffers[i], above);
      if (below && std::find(way.begin(), way.end(), static_cast<int>(i)) == way.end())
        way.push_back(static_cast<int>(i));
    }
  }
  return way;
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
  Order best;
  std::int64_t least = 0;
  for (const Order& order : greedy_orders(buffers)) {
    const std::int64_t total = place_in_order(buffers, order);
    if (best.empty() || total < least) {
      best = order;
      least = total;
    }
    if (least == bound) return least;  // the offsets are this order's
  }
  constexpr int kRounds = 2000;
  Random random(1);
  Order current = best;
  std::int64_t current_total = place_in_order(buffers, current);
  for (int round = 0; round < kRounds && least > bound; ++round) {
    const Order way = buffers_in_the_way(buffers, current_total);
    Order next = current;
    // Swaps one of these with an earlier one, or with any.
    const int mover = way[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(way.size())))];
    const auto from = std::find(next.begin(), next.end(), mover);
    std::swap(*from, next[static_cast<std::size_t>(random.below(std::max<std::int64_t>(1, from - next.begin())))]);
    const std::int64_t total = place_in_order(buffers, next);
    if (total < least) {
      least = total;
      best = next;
    }
    // Not only downhill: accepts one worse order in sixteen, and returns to the best from time to time.
    if (total <= current_total || random.below(16) == 0) {
      current = next;
      current_total = total;
    } else {
      if (random.below(64) == 0) current = best;
      current_total = place_in_order(buffers, current);
    }
  }
  return place_in_order(buffers, best);
}

void place_in_arena(Plan& plan) {
  plan.peak_bytes = peak_of_live_bytes(plan.buffers);
  plan.arena_bytes = place(plan.buffers);
  if (plan.arena_bytes > std::numeric_limits<std::int32_t>::max()) {
    fail("the model needs {} bytes of RAM, more than the device's 32 bits count", plan.arena_bytes);
  }
}

}  // namespace mirim
