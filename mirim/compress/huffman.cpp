#include "mirim/compress/huffman.hpp"

#include <algorithm>
#include <iterator>

namespace mirim {
namespace {

/// Symbols that get one bit longer together.
struct Package {
  std::int64_t count = 0;
  std::vector<std::uint8_t> symbols;
};

bool rarer(const Package& a, const Package& b) { return a.count < b.count; }

std::vector<Package> in_pairs(const std::vector<Package>& packages) {
  std::vector<Package> pairs;
  for (std::size_t i = 0; i + 1 < packages.size(); i += 2) {
    Package pair = packages[i];
    pair.count += packages[i + 1].count;
    pair.symbols.insert(pair.symbols.end(), packages[i + 1].symbols.begin(), packages[i + 1].symbols.end());
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

std::uint16_t reversed(std::uint32_t code, int bits) {
  std::uint32_t result = 0;
  for (int i = 0; i < bits; ++i) result |= (code >> i & 1U) << (bits - 1 - i);
  return static_cast<std::uint16_t>(result);
}

}  // namespace

Huffman::Huffman(std::span<const std::int64_t> counts) : lengths_(counts.size()) {
  std::vector<Package> single;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (counts[s] > 0) single.push_back({counts[s], {static_cast<std::uint8_t>(s)}});
  }
  std::ranges::stable_sort(single, rarer);
  std::vector<Package> packages = single;
  for (int bits = 1; bits < kMostBits; ++bits) {
    const std::vector<Package> pairs = in_pairs(packages);
    packages.clear();
    std::ranges::merge(single, pairs, std::back_inserter(packages), rarer);
  }
  // The cheapest 2n - 2 packages make a full tree; a symbol alone has one bit.
  packages.resize(single.size() == 1 ? 1 : single.empty() ? 0 : 2 * single.size() - 2);
  for (const Package& package : packages) {
    for (const std::uint8_t s : package.symbols) ++lengths_[s];
  }
  assign_codes();
}

Huffman::Huffman(int alphabet, ByteReader& table) {
  BitReader bits(table.take(static_cast<std::size_t>((alphabet + 1) / 2)));
  std::uint32_t used = 0;
  for (int s = 0; s < alphabet; ++s) {
    lengths_.push_back(static_cast<std::uint8_t>(bits.take(4)));
    if (lengths_.back() > kMostBits) fail("encoded weights have a broken Huffman table");
    if (lengths_.back() > 0) used += 1U << (kMostBits - lengths_.back());
  }
  if (used > 1U << kMostBits) fail("encoded weights have a broken Huffman table");
  assign_codes();
}

void Huffman::assign_codes() {
  codes_.resize(lengths_.size());
  std::uint32_t code = 0;
  for (int length = 1; length <= kMostBits; ++length, code <<= 1) {
    for (std::size_t s = 0; s < lengths_.size(); ++s) {
      if (lengths_[s] == length) codes_[s] = reversed(code++, length);
    }
  }
  symbol_.resize(std::size_t{1} << kMostBits);
  for (std::size_t s = 0; s < lengths_.size(); ++s) {
    if (lengths_[s] == 0) continue;
    for (std::size_t i = codes_[s]; i < symbol_.size(); i += std::size_t{1} << lengths_[s]) {
      symbol_[i] = static_cast<std::uint8_t>(s);
    }
  }
}

void Huffman::write_table(Bytes& to) const {
  BitWriter bits(to);
  for (const std::uint8_t length : lengths_) bits.put(length, 4);
  bits.finish();
}

void Huffman::encode(std::span<const std::uint8_t> symbols, Bytes& to) const {
  BitWriter bits(to);
  for (const std::uint8_t s : symbols) bits.put(codes_[s], lengths_[s]);
  bits.finish();
}

void Huffman::decode(ByteReader& from, std::span<std::uint8_t> symbols) const {
  BitReader bits(from.rest());
  for (std::uint8_t& s : symbols) {
    const std::uint32_t next = bits.peek(kMostBits);
    s = symbol_[next];
    // Where no code leads stands symbol 0, which has another code or none.
    if (lengths_[s] == 0 || (next & ((1U << lengths_[s]) - 1)) != codes_[s]) {
      fail("encoded weights have bits that are no Huffman code");
    }
    bits.skip(lengths_[s]);
  }
  from.take(bits.bytes_taken());
}

}  // namespace mirim
