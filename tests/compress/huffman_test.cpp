#include "mirim/compress/huffman.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

std::vector<int> numbers(const Bytes& bytes) {
  std::vector<int> result;
  for (const std::byte b : bytes) result.push_back(std::to_integer<int>(b));
  return result;
}

TEST(Huffman, counts_4_2_1_1_get_1_2_3_and_3_bits) {
  const std::vector<std::int64_t> counts{4, 2, 1, 1};
  const Huffman code(counts);
  Bytes table, bits;
  code.write_table(table);
  EXPECT_THAT(numbers(table), ElementsAre(0x21, 0x33));
  // 0, 0, 0, 0, 10, 10, 110, 111: the first bit is the lowest of the first byte, 0000'1010 1101'11.
  code.encode(std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 2, 3}, bits);
  EXPECT_THAT(numbers(bits), ElementsAre(0b0101'0000, 0b0011'1011));
}

TEST(Huffman, a_symbol_alone_has_one_bit) {
  const std::vector<std::int64_t> counts{0, 9};
  const Huffman code(counts);
  Bytes bits;
  code.encode(std::vector<std::uint8_t>(9, 1), bits);
  EXPECT_EQ(bits.size(), 2);
}

TEST(Huffman, no_code_is_longer_than_12_bits) {
  // Fibonacci's numbers, whose code would otherwise have 29 bits for the rarest two.
  std::vector<std::int64_t> counts{1, 1};
  while (counts.size() < 30) counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  const Huffman code(counts);
  Bytes bytes;
  code.write_table(bytes);
  std::vector<std::uint8_t> symbols;
  for (std::uint8_t s = 0; s < 30; ++s) symbols.push_back(s);
  code.encode(symbols, bytes);
  ByteReader reader(bytes);
  const Huffman again(30, reader);  // refuses longer ones
  std::vector<std::uint8_t> decoded(30);
  again.decode(reader, decoded);
  EXPECT_EQ(decoded, symbols);
}

TEST(Huffman, a_table_with_too_many_short_codes_is_refused) {
  const Bytes table{std::byte{0x11}, std::byte{0x01}};  // three codes of one bit
  ByteReader reader(table);
  EXPECT_THROW(Huffman(3, reader), Error);
}

TEST(Huffman, bits_that_are_no_code_are_refused) {
  const Bytes bytes{std::byte{0x20}, std::byte{0b11}};  // symbol 1 is 00, no other
  ByteReader reader(bytes);
  const Huffman code(2, reader);
  std::vector<std::uint8_t> symbols(1);
  EXPECT_THROW(code.decode(reader, symbols), Error);
}

}  // namespace
}  // namespace mirim
