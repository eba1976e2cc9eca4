#include "mirim/ops/element_type.hpp"

#include "mirim/ops/operands.hpp"

namespace mirim {

void require_element_type(std::string_view op, Types in, int i) {
  require_dtype(op, in, i,
                {DType::float32, DType::int8, DType::uint8, DType::int16, DType::uint16, DType::int32, DType::uint32,
                 DType::int64, DType::boolean});
}

int version_by_type(DType dtype, std::initializer_list<std::pair<DType, int>> versions) {
  for (const auto& [type, version] : versions) {
    if (type == dtype) return version;
  }
  return 1;
}

}  // namespace mirim
