// Each number is checked before it is used: the bytes may come from anywhere.

#include <bit>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/compress/encoding.hpp"

namespace mirim {
namespace {

struct Start {
  Encoding encoding;
  int axis = -1;
};

Start read_start(ByteReader& from) {
  const std::uint64_t first = from.number(1), second = from.number(1);
  const Start start{.encoding = {.symbols = static_cast<Symbols>(first & 15),
                                 .zeros = static_cast<Zeros>(first >> 4),
                                 .code = static_cast<Code>(second & 3),
                                 .zeros_code = static_cast<Code>(second >> 2 & 3)},
                    .axis = static_cast<int>(second >> 4) - 1};
  const Encoding& e = start.encoding;
  if (e.symbols > Symbols::grid_codebook || e.zeros > Zeros::pattern || e.code > Code::rans ||
      e.zeros_code > Code::rans) {
    fail("encoded weights have a broken header");
  }
  return start;
}

ZerosLayout read_layout(Zeros zeros, const RowsOf& rows, ByteReader& from) {
  ZerosLayout layout{.zeros = zeros, .rows = rows.rows(), .columns = rows.columns()};
  if (zeros == Zeros::blocks) {
    layout.rule.block_rows = from.size();
    layout.rule.block_columns = from.size();
  }
  if (zeros == Zeros::pattern) {
    layout.rule.keep = from.size();
    layout.rule.of = from.size();
    if (layout.rule.keep >= layout.rule.of || layout.rule.of > 256) fail("encoded weights have a broken header");
  }
  return layout;
}

void decode_segment(const ZerosLayout& layout, Band band, const Numbers& numbers, const SymbolCode& code,
                    const SymbolCode& zeros_code, ByteReader& data, const RowsOf& rows, Bytes& out) {
  std::vector<std::uint8_t> places(static_cast<std::size_t>(count_of_places(layout, band)));
  zeros_code.decode(data, places);
  const std::vector<std::int64_t> stored = stored_in(layout, band, places);
  const std::size_t each = numbers.symbols_each();
  std::vector<std::uint8_t> symbols(stored.size() * each);
  code.decode(data, symbols);
  const std::size_t bytes = numbers.is_float ? 4 : 1;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const std::int64_t row = stored[i] / layout.columns;
    const std::int32_t weight = weight_of(numbers, row, std::span(symbols).subspan(i * each, each));
    const std::int64_t element = rows.element(row, stored[i] % layout.columns);
    std::memcpy(out.data() + static_cast<std::size_t>(element) * bytes, &weight, bytes);  // lowest byte first
  }
}

}  // namespace

Constant decode(BytesView bytes, const TensorType& type) {
  const auto size = static_cast<std::size_t>(type.bytes());
  ByteReader from(bytes);
  const auto [e, axis] = read_start(from);
  if (e.symbols == Symbols::own && e.zeros == Zeros::stored && e.code == Code::packed) {
    if (from.rest().size() != size) fail("encoded weights hold {} bytes, expected {}", from.rest().size(), size);
    return make_constant(Bytes(from.rest().begin(), from.rest().end()));
  }
  const bool is_float = type.dtype == DType::float32;
  if ((!is_float && type.dtype != DType::int8) || size == 0) {
    fail("encoded weights are not for {} {}", to_string(type.shape), name(type.dtype));
  }
  const RowsOf rows(type.shape.dimensions(), axis);
  const ZerosLayout layout = read_layout(e.zeros, rows, from);
  const std::int64_t rows_each = from.size();
  if (rows_each > layout.rows || (rows_each < layout.rows && rows_each % layout.rule.block_rows != 0)) {
    fail("encoded weights have segments of {} of {} rows", rows_each, layout.rows);
  }
  const std::int64_t segments = (layout.rows - 1) / rows_each + 1;
  const std::uint64_t width = segments > 1 ? from.number(1) : 1;
  if (width < 1 || width > 8) fail("encoded weights have a broken header");
  const Numbers numbers = read_numbers(e.symbols, is_float, layout.rows, from);
  const SymbolCode code(e.code, numbers.alphabet, from);
  const SymbolCode zeros_code = e.zeros == Zeros::stored ? SymbolCode(Code::packed, 1, from)
                                                         : SymbolCode(e.zeros_code, alphabet_of_places(layout), from);
  ByteReader starts(from.take(static_cast<std::size_t>(segments - 1) * width));
  const std::size_t whole = from.rest().size();

  Bytes out(size);
  for (std::int64_t r = 0; r < layout.rows; r += rows_each) {
    if (r > 0 && starts.number(width) != whole - from.rest().size()) {
      fail("encoded weights have a restart point where no segment starts");
    }
    decode_segment(layout, {r, std::min(r + rows_each, layout.rows)}, numbers, code, zeros_code, from, rows, out);
  }
  if (!from.rest().empty()) fail("encoded weights have {} bytes too many", from.rest().size());
  return make_constant(std::move(out));
}

}  // namespace mirim
