#include "mirim/formats/idx.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor parse(std::string_view bytes) { return parse_idx(bytes_of(bytes)); }

std::string error_of(std::string_view bytes) {
  try {
    parse(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Idx, reads_bytes) {
  const Tensor t = parse(std::string_view("\0\0\x08\2\0\0\0\2\0\0\0\1\x07\xff", 14));
  EXPECT_EQ(t.type, (TensorType{DType::uint8, {2, 1}}));
  EXPECT_THAT(t.as<std::uint8_t>(), ElementsAre(7, 255));
}

TEST(Idx, reads_big_endian_numbers) {
  EXPECT_THAT(parse(std::string_view("\0\0\x0b\1\0\0\0\2\0\1\xff\xff", 12)).as<std::int16_t>(), ElementsAre(1, -1));
  EXPECT_THAT(parse(std::string_view("\0\0\x0d\1\0\0\0\1\x3f\x80\0\0", 12)).as<float>(), ElementsAre(1.0F));
}

TEST(Idx, refuses_what_is_broken) {
  EXPECT_THAT(error_of("\1\2\3\4"), HasSubstr("is no IDX file"));
  EXPECT_THAT(error_of(std::string_view("\0\0\x0a\1\0\0\0\1x", 9)), HasSubstr("element type is 0xa"));
  EXPECT_THAT(error_of(std::string_view("\0\0\x08\3\0\0\0\2", 8)), HasSubstr("header ends too early"));
  EXPECT_THAT(error_of(std::string_view("\0\0\x08\1\0\0\0\2x", 9)), HasSubstr("1 bytes of data, its shape [2]"));
  EXPECT_THAT(error_of(std::string_view("\0\0\x08\1\0\0\0\1xy", 10)), HasSubstr("2 bytes of data"));
  EXPECT_THAT(
      error_of(std::string_view("\0\0\x0e\4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20)),
      HasSubstr("too many elements"));
}

}  // namespace
}  // namespace mirim
