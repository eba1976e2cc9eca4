#include <gmock/gmock.h>

#include "mirim/micro/concatenation.hpp"
#include "mirim/micro/copy.hpp"
#include "mirim/micro/pad.hpp"

namespace mirim::micro {
namespace {

using testing::ElementsAre;

TEST(MicroPad, surrounds_the_input_with_the_value) {
  const PadParams<std::int8_t> p{
      .size = {1, 1, 1, 2, 2}, .before = {0, 0, 0, 1, 0}, .after = {0, 0, 0, 0, 2}, .value = -7};
  const std::int8_t input[] = {1, 2, 3, 4};
  std::int8_t output[12];
  pad(p, input, output);
  EXPECT_THAT(output, ElementsAre(-7, -7, -7, -7, 1, 2, -7, -7, 3, 4, -7, -7));
}

TEST(MicroConcatenation, takes_a_part_of_each_input_in_turn) {
  const std::int32_t part[] = {2, 1};
  const std::int8_t a[] = {1, 2, 3, 4};
  const std::int8_t b[] = {5, 6};
  std::int8_t output[6];
  concatenation({.outer = 2}, part, output, a, b);
  EXPECT_THAT(output, ElementsAre(1, 2, 5, 3, 4, 6));
}

TEST(MicroCopy, copies_every_byte) {
  const std::int8_t input[] = {1, -2, 3};
  std::int8_t output[3];
  copy({.bytes = 3}, input, output);
  EXPECT_THAT(output, ElementsAre(1, -2, 3));
}

}  // namespace
}  // namespace mirim::micro
