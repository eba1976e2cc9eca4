#include "mirim/graph/dtype.hpp"

#include <gmock/gmock.h>

namespace mirim {
namespace {

TEST(DType, every_name_leads_back) {
  for (int i = 0; i <= static_cast<int>(DType::float8_e5m2); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(dtype_of(name(dtype)), dtype) << i;
    EXPECT_EQ(enum_names(DType{})[static_cast<std::size_t>(i)], name(dtype));
  }
  EXPECT_EQ(dtype_of("float31"), std::nullopt);
  EXPECT_EQ(name(static_cast<DType>(100)), "?");
  EXPECT_EQ(name(static_cast<DType>(-1)), "?");
}

TEST(DType, sizes_are_those_of_the_c_types) {
  EXPECT_EQ(byte_size(DType::float32), 4);
  EXPECT_EQ(byte_size(DType::boolean), 1);
  EXPECT_EQ(byte_size(DType::int64), 8);
  EXPECT_EQ(byte_size(DType::complex128), 16);
  EXPECT_EQ(byte_size(DType::int4), 1);
  EXPECT_EQ(byte_size(DType::string), 0);
}

}  // namespace
}  // namespace mirim
