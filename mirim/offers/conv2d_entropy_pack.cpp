#include "mirim/offers/conv2d_entropy_pack.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/rans.hpp"
#include "mirim/micro/conv2d_entropy.hpp"
#include "mirim/offers/lanes.hpp"

namespace mirim {
namespace {

using Weights = std::array<std::int8_t, 4>;

/// Four weights of a filter, those at k = 0, 2, 1 and 3; where nothing is read, `filler`.
Weights four_of(const Lanes& lanes, std::int32_t filter, std::int32_t four, std::int8_t filler) {
  Weights weights{};
  for (std::int32_t i = 0; i < 4; ++i) {
    const std::int32_t step = 2 * four + i / 2, place = i % 2;
    const bool read = lanes.is_read(filter, step, place);
    weights[static_cast<std::size_t>(i)] = read ? lanes.weight(filter, step, place) : filler;
  }
  return weights;
}

bool is_zero(const Weights& weights) {
  return std::ranges::all_of(weights, [](std::int8_t w) { return w == 0; });
}

/// The most frequent weight.
std::int8_t filler_of(const Lanes& lanes) {
  std::array<std::int64_t, 256> counts{};
  for (std::int32_t filter = 0; filter < lanes.filters(); ++filter) {
    for (std::int32_t step = 0; step < lanes.steps(); ++step) {
      for (const std::int32_t place : {0, 1}) {
        if (lanes.is_read(filter, step, place)) ++counts[static_cast<std::uint8_t>(lanes.weight(filter, step, place))];
      }
    }
  }
  return static_cast<std::int8_t>(std::ranges::max_element(counts) - counts.begin());
}

/// The weights to be coded, and where they are not.
struct Present {
  std::vector<std::int8_t> weights{};
  std::vector<std::uint32_t> masks{};
};

Present present_weights(const Lanes& lanes, bool zeros_apart) {
  const std::int8_t filler = zeros_apart ? std::int8_t{0} : filler_of(lanes);
  Present present;
  for (std::int32_t block = 0; block < lanes.blocks(); ++block) {
    for (std::int32_t four = 0; four < lanes.steps() / 2; ++four) {
      if (four % 8 == 0) present.masks.push_back(0);
      for (std::int32_t f = 0; f < Lanes::kFilters; ++f) {
        const Weights those = four_of(lanes, block * Lanes::kFilters + f, four, filler);
        if (zeros_apart && is_zero(those)) continue;
        present.masks.back() |= 1U << (4 * (four % 8) + f);
        present.weights.insert(present.weights.end(), those.begin(), those.end());
      }
    }
  }
  if (present.weights.empty()) present.weights.push_back(0);  // a code has a symbol
  return present;
}

enum class Values { listed, in_a_row, not_coded };

struct Coded {
  std::uint32_t flags = 0;
  Bytes head{}, data{};
};

Coded code(const std::vector<std::int8_t>& weights, Values values) {
  Coded coded;
  if (values == Values::not_coded) {
    coded.flags = micro::kNotCoded;
    for (const std::int8_t w : weights) coded.data.push_back(static_cast<std::byte>(w));
    return coded;
  }
  std::array<std::int64_t, 256> all{};
  for (const std::int8_t w : weights) ++all[static_cast<std::size_t>(w + 128)];
  const auto occurs = [&](std::int64_t count) { return count > 0; };
  const auto first = std::ranges::find_if(all, occurs) - all.begin();
  const auto end = std::find_if(all.rbegin(), all.rend(), occurs).base() - all.begin();
  std::vector<std::int64_t> counts;
  std::array<std::uint8_t, 256> symbol_of{};
  for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i) {
    if (all[i] == 0 && values == Values::listed) continue;
    symbol_of[i] = static_cast<std::uint8_t>(counts.size());
    if (values == Values::listed) coded.head.push_back(static_cast<std::byte>(i - 128));
    counts.push_back(all[i]);
  }
  if (values == Values::in_a_row) {
    coded.flags = micro::kValuesInARow;
    coded.head = {static_cast<std::byte>(first - 128), static_cast<std::byte>(counts.size() - 1)};
  }
  coded.flags |= static_cast<std::uint32_t>(std::ranges::count_if(all, occurs));
  const Rans rans(counts);
  rans.write_table(coded.head);
  std::vector<std::uint8_t> symbols;
  symbols.reserve(weights.size());
  for (const std::int8_t w : weights) symbols.push_back(symbol_of[static_cast<std::size_t>(w + 128)]);
  rans.encode(symbols, coded.data);
  return coded;
}

}  // namespace

EntropyPack pack_conv2d_entropy(const PairedLayer& layer, std::int32_t tile_filters) {
  const PairedPack paired = pack_conv2d_paired(layer, Lanes::kFilters);
  if (!paired.refusal.empty()) return {.refusal = paired.refusal};
  const Lanes lanes(layer, paired);
  EntropyPack best;
  for (const bool zeros_apart : {false, true}) {
    const Present present = present_weights(lanes, zeros_apart);
    for (const Values values : {Values::listed, Values::in_a_row, Values::not_coded}) {
      if (values == Values::not_coded && !zeros_apart) continue;  // these are int8 weights as they are
      Coded coded = code(present.weights, values);
      EntropyPack pack{.symbols = static_cast<std::int32_t>(coded.flags & 0xffff),
                       .chunk = paired.chunk,
                       .weights = std::ssize(present.weights)};
      pack.words = {static_cast<std::uint32_t>(tile_filters), coded.flags | (zeros_apart ? micro::kZerosApart : 0),
                    static_cast<std::uint32_t>((coded.head.size() + 3) / 4)};
      put_words(pack.words, std::move(coded.head));
      for (std::int32_t block = 0; block < lanes.blocks(); ++block) {
        const auto finish = lanes.finish(block);
        pack.words.insert(pack.words.end(), finish.begin(), finish.end());
      }
      if (zeros_apart) pack.words.insert(pack.words.end(), present.masks.begin(), present.masks.end());
      put_words(pack.words, std::move(coded.data));
      if (best.words.empty() || pack.words.size() < best.words.size()) best = std::move(pack);
    }
  }
  return best;
}

}  // namespace mirim
