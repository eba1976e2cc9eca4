#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "mirim/compile/plan.hpp"

namespace mirim {

/// The sum of sizes alive at a step; what lies over another is counted once.
std::int64_t live_bytes(std::span<const Buffer> buffers, int step);

/// The largest sum of sizes alive at one step: no placement can need fewer bytes.
std::int64_t peak_of_live_bytes(std::span<const Buffer> buffers);

/// Gives each buffer an offset, and returns the total bytes. No two that live at the same time share a byte, unless one
/// may lie over the other (Buffer::over). Greedy in several orders (largest first, longest-lived first, ...), each
/// buffer at the lowest free offset. If none reaches the lower bound, a local search moves the buffers on top, and
/// those below them, to the front. Its seed is fixed: the same buffers get the same offsets. Sizes must be multiples of
/// kBufferAlignment (assert).
std::int64_t place(std::span<Buffer> buffers);

/// Placements that were found: the same buffers, for another plan or once they were chosen, are not placed twice.
class PlaceMemory {
 public:
  /// As `mirim::place`.
  std::int64_t place(std::span<Buffer> buffers);

 private:
  struct Placement {
    std::int64_t total = 0;
    std::vector<std::int64_t> offsets{};
  };
  std::map<std::vector<std::int64_t>, Placement> known_{};  // by what `place` looks at
};

/// Places the plan's buffers. From here on addresses are fixed.
void place_in_arena(Plan& plan, PlaceMemory& memory);

}  // namespace mirim
