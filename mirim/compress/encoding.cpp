#include "mirim/compress/encoding.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

namespace mirim {
namespace {

constexpr Symbols kAllSymbols[] = {Symbols::own,  Symbols::int8,     Symbols::int4,         Symbols::int2,
                                   Symbols::bits, Symbols::codebook, Symbols::grid_codebook};
constexpr Code kAllCodes[] = {Code::packed, Code::huffman, Code::rans};
constexpr std::int64_t kMostGroup = 256;

bool is_plain(const Encoding& e) {
  return e.symbols == Symbols::own && e.zeros == Zeros::stored && e.code == Code::packed;
}

/// Whether each weight's bits stand where its row and column say.
bool needs_no_restart(const Encoding& e) {
  return e.code == Code::packed &&
         (e.zeros == Zeros::stored || (e.zeros == Zeros::pattern && e.zeros_code == Code::packed));
}

bool can_be_encoded(const TensorType& type) {
  return (type.dtype == DType::float32 || type.dtype == DType::int8) && type.shape.elements() > 0;
}

int axis_of_rows(const Value& value) {
  const Quantization& q = value.quantization;
  const int axis = value.form ? value.form->axis : q.per_channel() ? q.dimension : 0;
  return axis < std::min(value.type.shape.rank(), 15) ? std::max(axis, -1) : -1;
}

std::vector<Band> bands_of(std::int64_t rows, std::int64_t rows_each) {
  std::vector<Band> bands;
  for (std::int64_t r = 0; r < rows; r += rows_each) bands.push_back({r, std::min(r + rows_each, rows)});
  return bands;
}

std::vector<std::int64_t> counts_of(std::span<const std::uint8_t> symbols, int alphabet) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(alphabet));
  for (const std::uint8_t s : symbols) ++counts[s];
  return counts;
}

/// A constant's weights with its zeros taken apart in one way.
struct Split {
  ZerosLayout layout;
  std::int64_t rows_each = 1;  // of a segment
  std::vector<std::uint8_t> places{};
  std::vector<std::int64_t> stored{};
  std::vector<std::size_t> ends_of_stored{};  // for each segment
};

std::optional<ZerosLayout> layout_of(Zeros zeros, const Value& value, const Weights& weights) {
  ZerosLayout layout{.zeros = zeros, .rows = weights.rows, .columns = weights.columns};
  if (zeros == Zeros::stored || zeros == Zeros::elements) return layout;
  if (!value.form || !value.form->sparsity) return std::nullopt;
  const WeightForm::Sparsity& rule = *value.form->sparsity;
  const bool fits = zeros == Zeros::blocks ? rule.block_rows > 0 && rule.block_columns > 0
                                           : rule.keep > 0 && rule.keep < rule.of && rule.of <= kMostGroup;
  if (!fits) return std::nullopt;
  if (zeros == Zeros::blocks) {
    layout.rule.block_rows = std::min(rule.block_rows, weights.rows);
    layout.rule.block_columns = std::min(rule.block_columns, weights.columns);
  } else {
    layout.rule.keep = rule.keep;
    layout.rule.of = rule.of;
  }
  return layout;
}

std::optional<Split> split(Zeros zeros, std::int64_t segment, const Value& value, const Weights& weights) {
  const std::optional<ZerosLayout> layout = layout_of(zeros, value, weights);
  if (!layout) return std::nullopt;
  Split s{.layout = *layout};
  const std::int64_t block_rows = layout->rule.block_rows;
  const std::int64_t rows = std::max(segment / weights.columns / block_rows, std::int64_t{1}) * block_rows;
  s.rows_each = segment <= 0 ? weights.rows : std::min(rows, weights.rows);
  std::vector<bool> is_zero;
  is_zero.reserve(weights.bits.size());
  for (const std::int32_t bits : weights.bits) is_zero.push_back(bits == 0);
  for (const Band band : bands_of(weights.rows, s.rows_each)) {
    const auto places = places_in(*layout, band, is_zero);
    if (!places) return std::nullopt;
    const std::vector<std::int64_t> stored = stored_in(*layout, band, *places);
    s.places.insert(s.places.end(), places->begin(), places->end());
    s.stored.insert(s.stored.end(), stored.begin(), stored.end());
    s.ends_of_stored.push_back(s.stored.size());
  }
  return s;
}

/// The data, cut in segments, and where each starts.
struct Data {
  Bytes bytes;
  std::vector<std::size_t> starts;
};

Data data_of(const Split& s, const Numbers& numbers, std::span<const std::uint8_t> symbols, const SymbolCode& code,
             const SymbolCode& zeros_code, bool in_one) {
  Data data;
  std::span<const std::uint8_t> places = s.places;
  std::size_t from = 0;
  const auto add = [&](std::size_t count_of_places, std::size_t end) {
    data.starts.push_back(data.bytes.size());
    zeros_code.encode(places.first(count_of_places), data.bytes);
    places = places.subspan(count_of_places);
    code.encode(symbols.subspan(from * numbers.symbols_each(), (end - from) * numbers.symbols_each()), data.bytes);
    from = end;
  };
  if (in_one) {
    add(places.size(), s.stored.size());
    return data;
  }
  const std::vector<Band> bands = bands_of(s.layout.rows, s.rows_each);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    add(static_cast<std::size_t>(count_of_places(s.layout, bands[i])), s.ends_of_stored[i]);
  }
  return data;
}

void put_start(Bytes& to, const Encoding& e, int axis) {
  put_number(to, static_cast<unsigned>(e.symbols) | static_cast<unsigned>(e.zeros) << 4, 1);
  put_number(
      to,
      static_cast<unsigned>(e.code) | static_cast<unsigned>(e.zeros_code) << 2 | static_cast<unsigned>(axis + 1) << 4,
      1);
}

Bytes encoded_as_it_is(const Value& value) {
  Bytes bytes;
  put_start(bytes, {}, -1);
  bytes.insert(bytes.end(), value.constant->begin(), value.constant->end());
  return bytes;
}

Bytes encoded(const Split& s, const Numbers& numbers, std::span<const std::uint8_t> symbols, const Encoding& e,
              int axis) {
  const SymbolCode code(e.code, counts_of(symbols, numbers.alphabet));
  const SymbolCode zeros_code(e.zeros_code, counts_of(s.places, alphabet_of_places(s.layout)));
  const Data data = data_of(s, numbers, symbols, code, zeros_code, needs_no_restart(e));

  Bytes bytes;
  put_start(bytes, e, axis);
  const WeightForm::Sparsity& rule = s.layout.rule;
  if (e.zeros == Zeros::blocks) {
    put_size(bytes, rule.block_rows);
    put_size(bytes, rule.block_columns);
  } else if (e.zeros == Zeros::pattern) {
    put_size(bytes, rule.keep);
    put_size(bytes, rule.of);
  }
  put_size(bytes, data.starts.size() == 1 ? s.layout.rows : s.rows_each);
  std::size_t width = 1;
  while (data.starts.back() >> (8 * width) != 0) ++width;
  if (data.starts.size() > 1) put_number(bytes, width, 1);
  write_numbers(numbers, bytes);
  code.write_table(bytes);
  if (e.zeros != Zeros::stored) zeros_code.write_table(bytes);
  for (std::size_t i = 1; i < data.starts.size(); ++i) put_number(bytes, data.starts[i], width);
  bytes.insert(bytes.end(), data.bytes.begin(), data.bytes.end());
  return bytes;
}

std::vector<Code> codes_for(int alphabet) {
  if (alphabet == 1) return {Code::packed};
  if (alphabet == 2) return {Code::packed, Code::rans};  // Huffman has no half bits
  return {kAllCodes, kAllCodes + 3};
}

/// Whether fewer bits would tell the same integers.
bool is_wide(Symbols symbols, const Weights& weights, std::span<const std::int64_t> stored) {
  const auto fit = [&](Symbols fewer) { return numbers_for(fewer, weights, stored).has_value(); };
  return (symbols == Symbols::int8 && fit(Symbols::int4)) || (symbols == Symbols::int4 && fit(Symbols::int2)) ||
         (symbols == Symbols::int2 && fit(Symbols::bits));
}

/// Calls f(encoding, split, numbers, symbols) for each offer but that of the constant as it is.
template <class F>
void for_each_offer(const Value& value, std::int64_t segment, F f) {
  if (!can_be_encoded(value.type)) return;
  const Weights weights = weights_of(value, axis_of_rows(value));
  const bool has_zeros = std::ranges::find(weights.bits, 0) != weights.bits.end();
  for (const Zeros zeros : {Zeros::stored, Zeros::elements, Zeros::blocks, Zeros::pattern}) {
    if (zeros != Zeros::stored && !has_zeros) continue;
    const std::optional<Split> s = split(zeros, segment, value, weights);
    if (!s) continue;
    if (zeros == Zeros::blocks && s->layout.rule.block_rows == 1 && s->layout.rule.block_columns == 1) continue;
    for (const Symbols kind : kAllSymbols) {
      if (kind == Symbols::own && !weights.is_float) continue;  // int8 tells the same
      const std::optional<Numbers> numbers = numbers_for(kind, weights, s->stored);
      if (!numbers) continue;
      const std::vector<std::uint8_t> symbols = symbols_of(*numbers, weights, s->stored);
      for (const Code code : codes_for(is_wide(kind, weights, s->stored) ? 1 : numbers->alphabet)) {
        for (const Code zeros_code : codes_for(alphabet_of_places(s->layout))) {
          const Encoding e{kind, zeros, code, zeros_code, segment};
          if (!is_plain(e)) f(e, *s, *numbers, symbols);
        }
      }
    }
  }
}

void check(const Value& value) {
  assert(value.is_constant());
  if (static_cast<std::int64_t>(value.constant->size()) != value.type.bytes()) {
    fail("'{}': its {} bytes are not those of {} {}", shortened(value.name), value.constant->size(),
         to_string(value.type.shape), name(value.type.dtype));
  }
}

}  // namespace

std::string to_string(const Encoding& e) {
  constexpr const char* kSymbols[] = {"as it is", "int8", "int4", "int2", "bits", "codebook", "codebook of integers"};
  constexpr const char* kZeros[] = {"", "mask", "mask of blocks", "places in groups"};
  constexpr const char* kCodes[] = {"", " in Huffman", " in rANS"};
  std::string text = fmt::format("{}{}", kSymbols[static_cast<int>(e.symbols)], kCodes[static_cast<int>(e.code)]);
  if (e.zeros == Zeros::stored) return text;
  return text +
         fmt::format(", zeros by a {}{}", kZeros[static_cast<int>(e.zeros)], kCodes[static_cast<int>(e.zeros_code)]);
}

Bytes encode(const Value& value, const Encoding& e) {
  check(value);
  if (is_plain(e)) return encoded_as_it_is(value);
  const auto refuse = [&] { fail("'{}': its weights cannot be stored as {}", shortened(value.name), to_string(e)); };
  if (!can_be_encoded(value.type)) refuse();
  const int axis = axis_of_rows(value);
  const Weights weights = weights_of(value, axis);
  const std::optional<Split> s = split(e.zeros, e.segment, value, weights);
  if (!s) refuse();
  const std::optional<Numbers> numbers = numbers_for(e.symbols, weights, s->stored);
  if (!numbers) refuse();
  return encoded(*s, *numbers, symbols_of(*numbers, weights, s->stored), e, axis);
}

std::vector<Encoding> offers(const Value& value) {
  check(value);
  std::vector<Encoding> list{{}};
  for_each_offer(value, Encoding{}.segment, [&](const Encoding& e, const auto&...) { list.push_back(e); });
  return list;
}

Stored smallest(const Value& value, std::int64_t segment) {
  check(value);
  Stored best{{.segment = segment}, std::ssize(encoded_as_it_is(value))};
  const int axis = axis_of_rows(value);
  for_each_offer(value, segment, [&](const Encoding& e, const Split& s, const Numbers& n, const auto& symbols) {
    const std::int64_t bytes = std::ssize(encoded(s, n, symbols, e, axis));
    if (bytes < best.bytes) best = {e, bytes};
  });
  return best;
}

}  // namespace mirim
