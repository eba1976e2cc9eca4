#pragma once

#include <algorithm>
#include <cstdint>

namespace mirim {

/// body(part, data) for each part in 0 .. parts - 1, over the threads that `use_threads` set: part p always runs on
/// thread p % threads. `body` does not throw.
void for_each_part(int parts, void (*body)(int part, const void* data), const void* data);

/// The same for a lambda.
template <class Body>
void for_each_part(int parts, const Body& body) {
  for_each_part(
      parts, [](int part, const void* data) { (*static_cast<const Body*>(data))(part); }, &body);
}

/// The threads that `use_threads` set.
int available_threads();

/// Elements of a simple loop that take about as long as a thread does to wake up.
constexpr std::int64_t kWorthAThread = 16384;

/// body(begin, count) for ranges of `count` elements, on several threads if each gets at least `least`. A range begins
/// at a multiple of 16, so a vectorised loop treats each element alike with any number of threads.
template <class Body>
void for_each_range(std::int64_t count, std::int64_t least, const Body& body) {
  const auto parts = static_cast<int>(std::clamp<std::int64_t>(count / least, 1, available_threads()));
  for_each_part(parts, [&](int part) {
    const auto edge = [&](int p) { return p == parts ? count : count * p / parts / 16 * 16; };
    if (edge(part) < edge(part + 1)) body(edge(part), edge(part + 1) - edge(part));
  });
}

}  // namespace mirim
