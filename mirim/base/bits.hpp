#pragma once

#include <cstdint>

#include "mirim/base/bytes.hpp"
#include "mirim/base/error.hpp"

namespace mirim {

/// Appends numbers of a few bits to bytes, lowest bit first: of two 4-bit numbers the first is in the low half.
class BitWriter {
 public:
  explicit BitWriter(Bytes& to) : to_(&to) {}
  /// The lowest `bits` of the value, at most 32; higher ones must be 0.
  void put(std::uint32_t value, int bits) {
    held_ |= std::uint64_t{value} << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8) {
      to_->push_back(static_cast<std::byte>(held_));
      held_ >>= 8;
    }
  }
  /// Fills the last byte with zeros.
  void finish() {
    if (count_ > 0) put(0, 8 - count_);
  }

 private:
  Bytes* to_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

/// Takes numbers off bytes in the order in which BitWriter put them there. Throws Error where the bytes end early.
class BitReader {
 public:
  explicit BitReader(BytesView bytes) : bytes_(bytes) {}
  /// The next `bits`, at most 32, which stay; zeros behind the end.
  std::uint32_t peek(int bits) {
    while (count_ < bits) {
      if (next_ < bytes_.size()) held_ |= std::uint64_t{std::to_integer<std::uint8_t>(bytes_[next_])} << count_;
      ++next_;
      count_ += 8;
    }
    return static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << bits) - 1));
  }
  /// Takes bits that were peeked at.
  void skip(int bits) {
    held_ >>= bits;
    count_ -= bits;
  }
  std::uint32_t take(int bits) {
    const std::uint32_t value = peek(bits);
    skip(bits);
    return value;
  }
  /// How many bytes the taken bits fill, the last one perhaps in part.
  std::size_t bytes_taken() const {
    const std::size_t taken = next_ - static_cast<std::size_t>(count_ / 8);
    if (taken > bytes_.size()) fail("encoded weights end early");
    return taken;
  }

 private:
  BytesView bytes_;
  std::uint64_t held_ = 0;
  int count_ = 0;
  std::size_t next_ = 0;
};

/// Takes whole bytes from the front. Throws Error where they end early.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}
  BytesView rest() const { return rest_; }
  BytesView take(std::size_t count) {
    if (count > rest_.size()) fail("encoded weights end early");
    const BytesView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  /// A number in the lowest `bytes`, at most 8, lowest byte first.
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    const BytesView taken = take(bytes);
    for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{std::to_integer<std::uint8_t>(taken[i])} << (8 * i);
    return value;
  }
  /// What put_size wrote; at least 1.
  std::int64_t size() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 49; shift += 7) {
      const std::uint64_t byte = number(1);
      value |= (byte & 127) << shift;
      if (byte < 128 && value > 0) return static_cast<std::int64_t>(value);
      if (byte < 128) break;
    }
    fail("encoded weights have a broken header");
  }

 private:
  BytesView rest_;
};

/// The lowest `bytes` of a number, lowest first.
inline void put_number(Bytes& to, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// A number from 1 to 2^49, 7 bits a byte, the lowest first; the highest bit says that more follow.
inline void put_size(Bytes& to, std::int64_t size) {
  auto rest = static_cast<std::uint64_t>(size);
  for (; rest >= 128; rest >>= 7) to.push_back(static_cast<std::byte>(rest | 128));
  to.push_back(static_cast<std::byte>(rest));
}

}  // namespace mirim
