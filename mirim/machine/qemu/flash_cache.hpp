#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mirim/machine/flash.hpp"

namespace mirim {

/// A cache in front of flash, any line at any place, the least recently used given up. Without lines it keeps nothing.
class FlashCache {
 public:
  FlashCache(int lines, int line_bytes, int read_bytes)
      : line_bytes_(static_cast<std::uint64_t>(line_bytes)),
        read_bytes_(static_cast<std::uint64_t>(read_bytes)),
        lines_(static_cast<std::size_t>(lines)) {}

  /// Reads of the flash that `bytes` from this address on take.
  std::uint64_t reads(std::uint64_t address, std::uint64_t bytes) {
    std::uint64_t missing = 0;
    const std::uint64_t last = (address + bytes - 1) / read_bytes_;
    for (std::uint64_t read = address / read_bytes_; read <= last; ++read) missing += is_missing(read) ? 1 : 0;
    return missing;
  }

 private:
  struct Line {
    std::uint64_t number = ~std::uint64_t{0};
    std::uint64_t filled = 0;  ///< bit n: its read n is there
    std::uint64_t used = 0;    ///< when it was last
  };

  bool is_missing(std::uint64_t read) {
    if (lines_.empty()) return true;
    const std::uint64_t per_line = line_bytes_ / read_bytes_, number = read / per_line;
    const std::uint64_t part = std::uint64_t{1} << (read % per_line);
    if (lines_[latest_].number != number) latest_ = line_of(number);
    Line& line = lines_[latest_];
    line.used = ++time_;
    const bool missing = (line.filled & part) == 0;
    line.filled |= part;
    return missing;
  }

  // The line's place; it takes that of the least recently used if it is not there.
  std::size_t line_of(std::uint64_t number) {
    std::size_t oldest = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].number == number) return i;
      if (lines_[i].used < lines_[oldest].used) oldest = i;
    }
    lines_[oldest] = {.number = number};
    return oldest;
  }

  std::uint64_t line_bytes_, read_bytes_;
  std::vector<Line> lines_;
  std::size_t latest_ = 0;
  std::uint64_t time_ = 0;
};

/// The caches of one kind of flash.
struct FlashCaches {
  FlashCache instructions, data;
  explicit FlashCaches(const FlashReads& kind)
      : instructions(kind.instruction_lines, kind.line_bytes, kind.read_bytes),
        data(kind.data_lines, kind.line_bytes, kind.read_bytes) {}
};

}  // namespace mirim
