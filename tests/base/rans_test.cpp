#include "mirim/base/rans.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

std::vector<int> numbers(const Bytes& bytes) {
  std::vector<int> result;
  for (const std::byte b : bytes) result.push_back(std::to_integer<int>(b));
  return result;
}

TEST(Rans, the_state_follows_the_formula) {
  const Rans code(std::vector<std::int64_t>{5, 5});  // 2048 of 4096 each
  Bytes table, bytes;
  code.write_table(table);
  // 2048 has 12 bits, of which the highest is not told: 12 and eleven zeros, twice.
  EXPECT_THAT(numbers(table), ElementsAre(0x0C, 0x00, 0x06, 0x00));
  // x = 65536 / 2048 * 4096 + 65536 % 2048 + 2048 = 0x20800
  code.encode(std::vector<std::uint8_t>{1}, bytes);
  EXPECT_THAT(numbers(bytes), ElementsAre(0x00, 0x08, 0x02, 0x00));
}

TEST(Rans, no_symbols_are_no_bytes) {
  Bytes bytes;
  Rans(std::vector<std::int64_t>{0, 0}).encode({}, bytes);
  EXPECT_TRUE(bytes.empty());
}

TEST(Rans, a_symbol_alone_costs_only_the_state) {
  Bytes bytes;
  const Rans code(std::vector<std::int64_t>{0, 1000, 0});
  code.encode(std::vector<std::uint8_t>(1000, 1), bytes);
  EXPECT_EQ(bytes.size(), 4);
}

TEST(Rans, a_bit_that_is_rarely_1_costs_its_entropy) {
  Random random(1);
  std::vector<std::uint8_t> symbols;
  std::vector<std::int64_t> counts(2);
  for (int i = 0; i < 100'000; ++i) ++counts[symbols.emplace_back(random.below(20) == 0 ? 1 : 0)];
  const double p = static_cast<double>(counts[1]) / 100'000;
  const double bits = -(p * std::log2(p) + (1 - p) * std::log2(1 - p)) * 100'000;  // about 28,600
  Bytes bytes;
  const Rans code(counts);
  code.encode(symbols, bytes);
  EXPECT_LT(static_cast<double>(bytes.size()) * 8, bits * 1.002 + 32);
  std::vector<std::uint8_t> decoded(symbols.size());
  ByteReader reader(bytes);
  code.decode(reader, decoded);
  EXPECT_EQ(decoded, symbols);
  EXPECT_TRUE(reader.rest().empty());
}

TEST(Rans, a_rare_symbol_keeps_a_place_among_256) {
  std::vector<std::int64_t> counts(256, 1);
  counts[7] = 1'000'000;
  const Rans code(counts);
  Bytes bytes;
  code.write_table(bytes);
  std::vector<std::uint8_t> symbols{7, 255, 7, 0};
  code.encode(symbols, bytes);
  ByteReader reader(bytes);
  const Rans again(256, reader);
  std::vector<std::uint8_t> decoded(4);
  again.decode(reader, decoded);
  EXPECT_EQ(decoded, symbols);
}

TEST(Rans, frequencies_with_another_sum_are_refused) {
  const Bytes table{std::byte{0x11}};  // 1 and 1 of 4096
  ByteReader reader(table);
  EXPECT_THROW(Rans(2, reader), Error);
}

TEST(Rans, an_end_in_another_state_is_refused) {
  const Rans code(std::vector<std::int64_t>{1, 1});
  Bytes bytes;
  code.encode(std::vector<std::uint8_t>{1, 0, 1}, bytes);
  bytes[0] ^= std::byte{1};
  ByteReader reader(bytes);
  std::vector<std::uint8_t> symbols(3);
  EXPECT_THROW(code.decode(reader, symbols), Error);
}

}  // namespace
}  // namespace mirim
