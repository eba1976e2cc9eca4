#include "mirim/base/rans.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace mirim {
namespace {

constexpr std::uint32_t kScale = 1U << Rans::kScaleBits;
constexpr std::uint32_t kLeast = 1U << 16;  // of the state between symbols

/// The symbol where one more raises the sum of count * log(f) most.
std::size_t best_to_raise(std::span<const std::int64_t> counts, const std::vector<std::uint32_t>& f) {
  std::size_t best = 0;
  double most = 0;
  for (std::size_t s = 0; s < f.size(); ++s) {
    const double gain = static_cast<double>(counts[s]) / (f[s] + 0.5);
    if (gain <= most) continue;
    most = gain;
    best = s;
  }
  return best;
}

/// The symbol where one less lowers it least; it keeps 1.
std::size_t best_to_lower(std::span<const std::int64_t> counts, const std::vector<std::uint32_t>& f) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t s = 0; s < f.size(); ++s) {
    const double loss = static_cast<double>(counts[s]) / (f[s] - 0.5);
    if (f[s] <= 1 || loss >= least) continue;
    least = loss;
    best = s;
  }
  return best;
}

}  // namespace

Rans::Rans(std::span<const std::int64_t> counts) : frequencies_(counts.size()) {
  const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (all > 0) {
    std::int64_t missing = kScale;
    for (std::size_t s = 0; s < counts.size(); ++s) {
      if (counts[s] == 0) continue;
      frequencies_[s] = static_cast<std::uint32_t>(std::max<std::int64_t>(1, counts[s] * kScale / all));
      missing -= frequencies_[s];
    }
    for (; missing > 0; --missing) ++frequencies_[best_to_raise(counts, frequencies_)];
    for (; missing < 0; ++missing) --frequencies_[best_to_lower(counts, frequencies_)];
  }
  add_up();
}

Rans::Rans(int alphabet, ByteReader& table) {
  BitReader bits(table.rest());
  for (int s = 0; s < alphabet; ++s) {
    const auto width = static_cast<int>(bits.take(4));
    frequencies_.push_back(width == 0 ? 0 : bits.take(width - 1) | 1U << (width - 1));
  }
  table.take(bits.bytes_taken());
  const std::uint32_t sum = std::accumulate(frequencies_.begin(), frequencies_.end(), 0U);
  if (sum != 0 && sum != kScale) fail("encoded weights have a broken rANS table");
  add_up();
}

void Rans::add_up() {
  starts_.assign(1, 0);
  for (std::size_t s = 0; s < frequencies_.size(); ++s) {
    symbol_.insert(symbol_.end(), frequencies_[s], static_cast<std::uint8_t>(s));
    starts_.push_back(starts_.back() + frequencies_[s]);
  }
}

void Rans::write_table(Bytes& to) const {
  BitWriter bits(to);
  for (const std::uint32_t f : frequencies_) {
    const auto width = static_cast<int>(std::bit_width(f));
    bits.put(static_cast<std::uint32_t>(width), 4);
    if (width > 1) bits.put(f - (1U << (width - 1)), width - 1);
  }
  bits.finish();
}

void Rans::encode(std::span<const std::uint8_t> symbols, Bytes& to) const {
  if (symbols.empty()) return;
  // Backwards: what is put on the state last is taken off first.
  std::uint32_t x = kLeast;
  std::vector<std::uint16_t> words;
  for (std::size_t i = symbols.size(); i-- > 0;) {
    const std::uint32_t f = frequencies_[symbols[i]];
    if (x >= std::uint64_t{f} << (32 - kScaleBits)) {
      words.push_back(static_cast<std::uint16_t>(x));
      x >>= 16;
    }
    x = (x / f << kScaleBits) + x % f + starts_[symbols[i]];
  }
  put_number(to, x, 4);
  for (std::size_t i = words.size(); i-- > 0;) put_number(to, words[i], 2);
}

void Rans::decode(ByteReader& from, std::span<std::uint8_t> symbols) const {
  if (symbols.empty()) return;
  if (symbol_.empty()) fail("encoded weights have symbols and an empty rANS table");
  auto x = static_cast<std::uint32_t>(from.number(4));
  for (std::uint8_t& s : symbols) {
    const std::uint32_t slot = x % kScale;
    s = symbol_[slot];
    x = frequencies_[s] * (x >> kScaleBits) + slot - starts_[s];
    if (x < kLeast) x = x << 16 | static_cast<std::uint32_t>(from.number(2));
  }
  if (x != kLeast) fail("encoded weights are broken: a segment does not end as it should");
}

}  // namespace mirim
