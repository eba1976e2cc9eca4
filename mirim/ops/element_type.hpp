#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/op.hpp"

/// The element types of operators that only move data, and the way from a DType to the C++ type of a kernel's template.
namespace mirim {

/// Calls f.operator()<T>() with the C++ type of the elements: float32, an integer of 8, 16 or 32 bits, int64 or bool.
/// Throws Error, with `op` named, for any other.
template <class F>
auto with_element_type(std::string_view op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32:
      return f.template operator()<float>();
    case DType::int8:
      return f.template operator()<std::int8_t>();
    case DType::uint8:
      return f.template operator()<std::uint8_t>();
    case DType::int16:
      return f.template operator()<std::int16_t>();
    case DType::uint16:
      return f.template operator()<std::uint16_t>();
    case DType::int32:
      return f.template operator()<std::int32_t>();
    case DType::uint32:
      return f.template operator()<std::uint32_t>();
    case DType::int64:
      return f.template operator()<std::int64_t>();
    case DType::boolean:
      return f.template operator()<bool>();
    default:
      fail("{}: works on {}, supported are float32, int8, uint8, int16, uint16, int32, uint32, int64 and bool", op,
           name(dtype));
  }
}

/// Throws Error unless input i is of one of the types of with_element_type.
void require_element_type(std::string_view op, Types in, int i);

/// The version listed for the type, or 1.
int version_by_type(DType dtype, std::initializer_list<std::pair<DType, int>> versions);

}  // namespace mirim
