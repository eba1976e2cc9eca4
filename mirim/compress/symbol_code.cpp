#include "mirim/compress/symbol_code.hpp"

#include <bit>

namespace mirim {
namespace {

using AnyCode = std::variant<Packed, Huffman, Rans>;

AnyCode fitted(Code code, std::span<const std::int64_t> counts) {
  if (code == Code::huffman) return Huffman(counts);
  if (code == Code::rans) return Rans(counts);
  return Packed(static_cast<int>(counts.size()));
}

AnyCode read(Code code, int alphabet, ByteReader& table) {
  if (code == Code::huffman) return Huffman(alphabet, table);
  if (code == Code::rans) return Rans(alphabet, table);
  return Packed(alphabet);
}

}  // namespace

int Packed::bits() const { return static_cast<int>(std::bit_width(static_cast<unsigned>(alphabet_ - 1))); }

void Packed::write_table(Bytes&) const {}

void Packed::encode(std::span<const std::uint8_t> symbols, Bytes& to) const {
  BitWriter writer(to);
  for (const std::uint8_t s : symbols) writer.put(s, bits());
  writer.finish();
}

void Packed::decode(ByteReader& from, std::span<std::uint8_t> symbols) const {
  BitReader reader(from.take((symbols.size() * static_cast<std::size_t>(bits()) + 7) / 8));
  for (std::uint8_t& s : symbols) {
    s = static_cast<std::uint8_t>(reader.take(bits()));
    if (s >= alphabet_) fail("encoded weights have symbol {} of {}", s, alphabet_);
  }
}

SymbolCode::SymbolCode(Code code, std::span<const std::int64_t> counts) : code_(fitted(code, counts)) {}

SymbolCode::SymbolCode(Code code, int alphabet, ByteReader& table) : code_(read(code, alphabet, table)) {}

void SymbolCode::write_table(Bytes& to) const {
  std::visit([&](const auto& code) { code.write_table(to); }, code_);
}

void SymbolCode::encode(std::span<const std::uint8_t> symbols, Bytes& to) const {
  std::visit([&](const auto& code) { code.encode(symbols, to); }, code_);
}

void SymbolCode::decode(ByteReader& from, std::span<std::uint8_t> symbols) const {
  std::visit([&](const auto& code) { code.decode(from, symbols); }, code_);
}

}  // namespace mirim
