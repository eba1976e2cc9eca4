// A constant made of the bytes, with a form that its numbers may or may not obey: an encoding that is offered decodes
// to the same bits; with some of its bytes changed, to an Error or a constant as large as its type.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/compress/encoding.hpp"

namespace {

using namespace mirim;

Value constant(std::span<const std::uint8_t> choices, std::span<const std::uint8_t> numbers) {
  const bool is_float = choices[0] % 2 == 0;
  const std::int64_t elements = std::ssize(numbers) / (choices[0] & 2 ? 4 : 1);
  const std::int64_t columns = 1 + choices[1] % 16;
  Value value{.name = "w", .type = {is_float ? DType::float32 : DType::int8, {elements / columns, columns, 1}}};
  const std::int64_t rows = choices[2] % 4 == 0 ? elements / columns : choices[2] % 4 == 1 ? columns : 1;
  value.form = WeightForm{
      .sparsity = WeightForm::Sparsity{.block_rows = 1 + choices[3] % 4,
                                       .block_columns = 1 + choices[3] / 4 % 8,
                                       .keep = choices[4] % 8,
                                       .of = choices[4] / 8},
      .codebook = WeightForm::Codebook{.per_row = (choices[5] & 1) != 0},
      .grid = WeightForm::Grid{.scale = std::vector<float>(choices[5] & 2 ? static_cast<std::size_t>(rows) : 1, 0.3F)},
      .axis = choices[2] % 4 - 1};
  Bytes bytes(static_cast<std::size_t>(value.type.bytes()));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(numbers[i % numbers.size()]);
  if (is_float && (choices[5] & 4) != 0) {  // on the grid
    std::vector<float> floats;
    for (std::size_t i = 0; i < bytes.size() / 4; ++i) floats.push_back(0.3F * static_cast<std::int8_t>(numbers[i]));
    value.constant = make_constant(floats);
  } else {
    value.constant = make_constant(bytes);
  }
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoices = 8, kChanges = 8;
  if (size < kChoices + kChanges + 1) return 0;
  const std::span bytes(data, size);
  const auto choices = bytes.first(kChoices), changes = bytes.subspan(kChoices, kChanges);
  const Value value = constant(choices, bytes.subspan(kChoices + kChanges));
  const std::vector<Encoding> list = offers(value);
  Encoding encoding = list[choices[7] % list.size()];
  encoding.segment = choices[6];
  Bytes changed = encode(value, encoding);
  if (*decode(changed, value.type) != *value.constant) std::abort();
  for (std::size_t i = 0; i < kChanges; i += 2) {
    changed[changes[i] % changed.size()] ^= static_cast<std::byte>(changes[i + 1]);
  }
  try {
    if (std::ssize(*decode(changed, value.type)) != value.type.bytes()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
