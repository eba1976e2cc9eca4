#include "mirim/formats/c_array.hpp"

#include <gmock/gmock.h>

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::Optional;

std::byte b(int value) { return static_cast<std::byte>(value); }

TEST(CArray, is_read_as_xxd_writes_it) {
  const auto bytes = tflite_in_c_array(R"(
#include "model.h"  // {1, 2}
alignas(8) const unsigned char g_model[] = {
  0x1c, 0x00, 0x00, 0x00, 0x54, 0x46, 0x4c, 0x33, /* TFL3 */ 255,
};
const int g_model_len = 9;)");
  EXPECT_THAT(bytes, Optional(ElementsAre(b(0x1c), b(0), b(0), b(0), b('T'), b('F'), b('L'), b('3'), b(255))));
}

TEST(CArray, may_be_signed_octal_or_without_a_comma_at_the_end) {
  const auto bytes = tflite_in_c_array("int t[2] = {1, 2}; signed char m[]={010,-1,0u,0, 84,70, 76,51}");
  EXPECT_THAT(bytes, Optional(ElementsAre(b(8), b(255), b(0), b(0), b('T'), b('F'), b('L'), b('3'))));
}

TEST(CArray, anything_else_is_none) {
  for (const char* source :
       {"", "{", "{1, 2, 3, 4, 84, 70, 76, 52}", "{1,2,3,4,84,70,76,51", "{1, 2, 3, 4, 84, 70, 76, 51, x}",
        "{1,2,3,4,84,70,76,51,256}", "{1,2,3,4,84,70,76,51,99999999999}", "/* {1,2,3,4,84,70,76,51}", "{-", "{0x}"}) {
    EXPECT_FALSE(tflite_in_c_array(source)) << source;
  }
}

}  // namespace
}  // namespace mirim
