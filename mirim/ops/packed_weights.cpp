#include "mirim/ops/packed_weights.hpp"

#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {

bool is_packed(const Operand& weights) { return weights.dtype() == DType::int4 || weights.dtype() == DType::int2; }

std::span<const std::int8_t> byte_weights(const Operand& weights) {
  return {reinterpret_cast<const std::int8_t*>(weights.constant.data()), weights.constant.size()};
}

KernelConstant pack_rows(std::string_view op, const Operand& weights, const PackedLayout& layout) {
  if (!weights.is_constant()) {
    fail_unsupported("{}: weights of {} are computed at run time, expected a constant", op, name(weights.dtype()));
  }
  const std::span<const std::int8_t> from = byte_weights(weights);
  const int width = bits(weights.dtype()), zero = 1 << (width - 1);
  const std::int64_t rows = weights.shape()[0], in_group = rows / layout.groups;
  const std::int64_t columns = rows == 0 ? 0 : weights.shape().elements() / rows, block = columns / layout.blocks;
  // The number of a row at a place of a block, or 0 for those that fill it up.
  const auto stored = [&](std::int64_t group, std::int64_t row, std::int64_t first, std::int64_t place) {
    const bool inside = row < in_group && place < block;
    const std::int64_t at = (group * in_group + row) * columns + first + place;
    const int number = zero + (inside ? from[static_cast<std::size_t>(at)] : 0);
    return static_cast<std::uint32_t>(number & ((1 << width) - 1));
  };
  const int second = layout.int16_inputs ? 1 : 2;          // the input beside input 0
  const int pairs[2][2] = {{0, second}, {3 - second, 3}};  // of four inputs
  std::vector<std::uint32_t> words;
  const auto add_four = [&](std::int64_t group, std::int64_t row, std::int64_t first, std::int64_t place) {
    std::uint32_t four[2] = {0, 0};
    for (int pair = 0; pair < 2; ++pair) {
      for (int half = 0; half < 2; ++half) {
        for (int f = 0; f < 4; ++f) {
          const int bit = 16 * half + width * f + (width == 2 ? 8 * pair : 0);
          four[width == 2 ? 0 : pair] |= stored(group, row + f, first, place + pairs[pair][half]) << bit;
        }
      }
    }
    words.insert(words.end(), four, four + width / 2);
  };
  for (std::int64_t group = 0; group < layout.groups; ++group) {
    for (std::int64_t row = 0; row < in_group; row += 4) {
      for (std::int64_t first = 0; first < columns; first += block) {
        for (std::int64_t place = 0; place < block; place += 4) add_four(group, row, first, place);
      }
    }
  }
  return make_kernel_constant("packed", words);
}

}  // namespace mirim
