#include "mirim/data/convert.hpp"

#include <cassert>
#include <cstdint>
#include <span>
#include <utility>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

template <class From, class To>
void convert(BytesView sample, std::span<To> to) {
  const std::span<const From> from(reinterpret_cast<const From*>(sample.data()), sample.size() / sizeof(From));
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!std::in_range<To>(from[i]))
      fail("a sample has the number {}, the model's input is {}", from[i], name(dtype_of<To>()));
    to[i] = static_cast<To>(from[i]);
  }
}

template <class To>
void convert(const TensorType& type, BytesView sample, std::span<To> to) {
  switch (type.dtype) {
    case DType::boolean:
    case DType::uint8:
      return convert<std::uint8_t>(sample, to);
    case DType::int8:
      return convert<std::int8_t>(sample, to);
    case DType::uint16:
      return convert<std::uint16_t>(sample, to);
    case DType::int16:
      return convert<std::int16_t>(sample, to);
    case DType::uint32:
      return convert<std::uint32_t>(sample, to);
    case DType::int32:
      return convert<std::int32_t>(sample, to);
    case DType::uint64:
      return convert<std::uint64_t>(sample, to);
    case DType::int64:
      return convert<std::int64_t>(sample, to);
    default:
      fail("samples are {}, the model's input is {}", name(type.dtype), name(dtype_of<To>()));
  }
}

}  // namespace

bool is_index_type(DType dtype) { return dtype == DType::int32 || dtype == DType::int64; }

void to_indices(const TensorType& type, BytesView sample, const TensorView& to) {
  assert(is_index_type(to.dtype()));
  if (to.dtype() == DType::int32) return convert(type, sample, to.as<std::int32_t>());
  convert(type, sample, to.as<std::int64_t>());
}

}  // namespace mirim
