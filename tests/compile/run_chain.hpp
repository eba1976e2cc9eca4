#pragma once

#include <algorithm>
#include <climits>
#include <cstring>
#include <functional>

#include "mirim/compile/plan.hpp"

namespace mirim {

/// Runs a chain of a plan on the host as its definition says (Chain, RowWindow, RowBand), by another way than the
/// device's code: asked for a row, a step asks for those that it reads.
class ChainRunner {
 public:
  /// `address` gives the place of a pointer that is not into a window.
  ChainRunner(const Plan& plan, const Chain& chain, std::byte* arena, std::function<void*(const Pointer&)> address)
      : plan_(plan), chain_(chain), arena_(arena), address_(std::move(address)) {
    for (const RowWindow& w : chain.windows) {
      held_.push_back({-w.before, 0});
      pad(w, place(w), w.before);
    }
    made_.resize(static_cast<std::size_t>(chain.last - chain.first) + 1);
    if (chain.state >= 0)
      std::memset(arena + plan.buffers[static_cast<std::size_t>(chain.state)].offset, 0, sizeof(std::int32_t));
  }

  void run() {
    const RowBand& last = step(chain_.last).band;
    if (!chain_.upwards) {
      while (made_.back() < last.height) make(chain_.last);
      return;
    }
    for (std::int32_t row = last.height - last.rows; row >= 0; row -= last.rows) {
      made_.back() = row;
      make(chain_.last);
    }
  }

 private:
  struct Held {
    std::int32_t first, end;
  };

  const Step& step(int index) const { return plan_.steps[static_cast<std::size_t>(index)]; }
  std::int32_t& made(int index) { return made_[static_cast<std::size_t>(index - chain_.first)]; }
  std::byte* place(const RowWindow& w) const {
    return arena_ + plan_.buffers[static_cast<std::size_t>(w.buffer)].offset;
  }
  static void pad(const RowWindow& w, std::byte* to, std::int32_t rows) {
    std::memset(to, w.padding, static_cast<std::size_t>(rows) * static_cast<std::size_t>(w.row_bytes));
  }

  std::byte* room(std::size_t window, std::int32_t rows) {
    const RowWindow& w = chain_.windows[window];
    Held& held = held_[window];
    if (held.end - held.first + rows > w.capacity) {
      std::int32_t needed = INT_MAX;
      for (int s = chain_.first; s <= chain_.last; ++s) {
        for (const BandRead& read : step(s).band.reads) {
          if (read.window == static_cast<int>(window)) needed = std::min(needed, made(s) * read.stride - read.before);
        }
      }
      needed = std::min(needed, held.end);
      std::memmove(place(w), place(w) + std::int64_t{needed - held.first} * w.row_bytes,
                   static_cast<std::size_t>(held.end - needed) * static_cast<std::size_t>(w.row_bytes));
      held.first = needed;
      if (held.end - held.first + rows > w.capacity) std::abort();  // the plan's capacity is too small
    }
    return place(w) + std::int64_t{held.end - held.first} * w.row_bytes;
  }

  void ask(std::size_t window, std::int32_t end) {
    const RowWindow& w = chain_.windows[window];
    while (held_[window].end < end) {
      if (held_[window].end >= w.height) {
        pad(w, room(window, 1), 1);
        ++held_[window].end;
      } else if (w.step >= 0) {
        make(w.step);
      } else {
        const int whole = plan_.buffer_of[static_cast<std::size_t>(w.value)];
        const std::byte* from = arena_ + plan_.buffers[static_cast<std::size_t>(whole)].offset;
        std::memcpy(room(window, 1), from + std::int64_t{held_[window].end} * w.row_bytes,
                    static_cast<std::size_t>(w.row_bytes));
        ++held_[window].end;
      }
    }
  }

  void make(int index) {
    const Step& s = step(index);
    const Node& node = plan_.graph.nodes[static_cast<std::size_t>(s.node)];
    for (const BandRead& read : s.band.reads) {
      if (read.window >= 0)
        ask(static_cast<std::size_t>(read.window), made(index) * read.stride - read.before + read.rows);
    }
    std::vector<void*> pointers;
    for (std::size_t a = 0; a < s.pointers.size(); ++a) pointers.push_back(address_(s.pointers[a]));
    for (std::size_t a = 0; a < s.pointers.size(); ++a) {
      const KernelArgument& argument = s.call.arguments[a];
      if (argument.from == KernelArgument::From::output && !s.band.taken) {
        const std::int64_t row = plan_.graph[node.outputs[0]].type.bytes() / s.band.height;
        pointers[a] = s.band.window >= 0 ? room(static_cast<std::size_t>(s.band.window), s.band.rows)
                                         : static_cast<std::byte*>(pointers[a]) + made(index) * row;
      }
      for (const BandRead& read : s.band.reads) {
        if (argument.from != KernelArgument::From::input || argument.index != read.input) continue;
        const std::int32_t start = made(index) * read.stride - read.before;
        const TensorType& type = plan_.graph[node.inputs[static_cast<std::size_t>(read.input)]].type;
        if (read.window >= 0) {
          const RowWindow& w = chain_.windows[static_cast<std::size_t>(read.window)];
          const std::int32_t first = held_[static_cast<std::size_t>(read.window)].first;
          if (start < first) std::abort();  // the plan gave a row up too early
          pointers[a] = place(w) + std::int64_t{start - first} * w.row_bytes;
        } else if (read.stride != 0) {
          pointers[a] = static_cast<std::byte*>(pointers[a]) + start * (type.bytes() / type.shape[1]);
        }
      }
    }
    s.call.run(pointers);
    made(index) += s.band.rows;
    if (s.band.window >= 0) held_[static_cast<std::size_t>(s.band.window)].end += s.band.rows;
  }

  const Plan& plan_;
  const Chain& chain_;
  std::byte* arena_;
  std::function<void*(const Pointer&)> address_;
  std::vector<Held> held_;
  std::vector<std::int32_t> made_;
};

}  // namespace mirim
