#include "mirim/offers/conv2d_codebook_pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "mirim/base/bits.hpp"
#include "mirim/offers/lanes.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostValues = 16;
using Values = std::set<std::int8_t>;

Values values_of(const Lanes& lanes, std::int32_t filter) {
  Values values;
  for (std::int32_t step = 0; step < lanes.steps(); ++step) {
    for (const std::int32_t place : {0, 1}) {
      if (lanes.is_read(filter, step, place)) values.insert(lanes.weight(filter, step, place));
    }
  }
  return values;
}

int bits_for(std::size_t values) {
  int bits = 1;
  while (std::size_t{1} << bits < values) ++bits;
  return bits;
}

std::uint32_t index_in(const Values& book, std::int8_t value) {
  const auto found = book.find(value);
  return found == book.end() ? 0 : static_cast<std::uint32_t>(std::distance(book.begin(), found));
}

void put_book(std::vector<std::uint32_t>& to, const Values& book) {
  Bytes bytes(kMostValues);
  std::ranges::transform(book, bytes.begin(), [](std::int8_t value) { return static_cast<std::byte>(value); });
  put_words(to, std::move(bytes));
}

/// Of the block that begins with filter `first`.
Bytes indices_of(const Lanes& lanes, const std::vector<Values>& books, std::int32_t first, int bits, CodebookUse use) {
  Bytes indices;
  BitWriter writer(indices);
  const auto put = [&](std::int32_t filter, std::int32_t step, std::int32_t place) {
    writer.put(index_in(books[static_cast<std::size_t>(filter)], lanes.weight(filter, step, place)), bits);
  };
  for (std::int32_t step = 0; step < lanes.steps(); ++step) {
    for (std::int32_t filter = first; filter < first + Lanes::kFilters; filter += 2) {
      if (use == CodebookUse::tiles) {
        for (const std::int32_t place : {0, 1}) put(filter, step, place), put(filter + 1, step, place);
      } else {
        for (const std::int32_t f : {filter, filter + 1}) put(f, step, 0), put(f, step, 1);
      }
    }
  }
  writer.finish();
  return indices;
}

}  // namespace

CodebookPack pack_conv2d_codebook(const PairedLayer& layer, std::int32_t tile_filters, CodebookUse use) {
  const PairedPack paired = pack_conv2d_paired(layer, Lanes::kFilters);
  if (!paired.refusal.empty()) return {.refusal = paired.refusal};
  const Lanes lanes(layer, paired);
  std::vector<Values> books;
  Values all;
  std::size_t most = 0;
  for (std::int32_t filter = 0; filter < lanes.blocks() * Lanes::kFilters; ++filter) {
    books.push_back(values_of(lanes, filter));
    most = std::max(most, books.back().size());
    all.insert(books.back().begin(), books.back().end());
    if (most > kMostValues) {
      return {.refusal = fmt::format("filter {} has {} different weights, more than {}", filter, most, kMostValues)};
    }
  }
  CodebookPack pack{.chunk = paired.chunk};
  // Bits that indices into a codebook of each filter take, and its bytes, against one for all.
  const std::int64_t weights = std::int64_t{lanes.blocks()} * Lanes::kFilters * 2 * lanes.steps();
  const std::int64_t book_bits = 8 * static_cast<std::int64_t>(kMostValues);
  pack.of_each = all.size() > kMostValues ||
                 weights * bits_for(most) + book_bits * std::ssize(books) < weights * bits_for(all.size()) + book_bits;
  if (use == CodebookUse::lookup) {
    if (all.size() > kMostValues) {
      return {.refusal = fmt::format("its one pixel repays one codebook, and its filters have {} different weights",
                                     all.size())};
    }
    pack.of_each = false;
  }
  pack.bits = bits_for(pack.of_each ? most : all.size());
  if (use == CodebookUse::tiles) pack.words = {static_cast<std::uint32_t>(tile_filters), pack.of_each ? 0U : 1U};
  if (!pack.of_each) {
    put_book(pack.words, all);
    std::ranges::fill(books, all);
  }
  for (std::int32_t block = 0; block < lanes.blocks(); ++block) {
    const std::int32_t first = block * Lanes::kFilters;
    if (pack.of_each) {
      const auto own = std::span(books).subspan(static_cast<std::size_t>(first), std::size_t{Lanes::kFilters});
      for (const Values& book : own) put_book(pack.words, book);
    }
    put_words(pack.words, indices_of(lanes, books, first, pack.bits, use));
    const auto finish = lanes.finish(block);
    pack.words.insert(pack.words.end(), finish.begin(), finish.end());
  }
  pack.words.push_back(0);
  return pack;
}

}  // namespace mirim
