#include "mirim/chart/words.hpp"

#include <gmock/gmock.h>

namespace mirim::chart {
namespace {

const Words en(Language::en), pt(Language::pt);

TEST(Words, numbers_have_the_marks_of_their_language) {
  EXPECT_EQ(en.fixed(1234.5, 2), "1,234.50");
  EXPECT_EQ(pt.fixed(1234.5, 2), "1.234,50");
  EXPECT_EQ(pt.count(61100840), "61.100.840");
  EXPECT_EQ(en.count(999), "999");
  EXPECT_EQ(en.fixed(-0.5, 1), "−0.5");
}

TEST(Words, digits_that_matter) {
  EXPECT_EQ(en.digits(0.012345, 3), "0.0123");
  EXPECT_EQ(pt.digits(3.5, 3), "3,5");
  EXPECT_EQ(en.digits(1234, 2), "1,234");
  EXPECT_EQ(en.digits(0, 3), "0");
}

TEST(Words, powers_of_ten) {
  EXPECT_EQ(en.power(4.7e17), "4.7\u00a0×\u00a010¹⁷");
  EXPECT_EQ(pt.power(4.7e17), "4,7\u00a0×\u00a010¹⁷");
  EXPECT_EQ(en.power(9.999e6), "1\u00a0×\u00a010⁷");
  EXPECT_EQ(en.power(40), "40");
  EXPECT_EQ(power_of_ten(-12), "10⁻¹²");
}

TEST(Words, a_kilobyte_is_1024_bytes) {
  EXPECT_EQ(en.bytes(262144), "256\u00a0KB");
  EXPECT_EQ(pt.bytes(1.5 * 1048576), "1,5\u00a0MB");
  EXPECT_EQ(en.bytes(61706), "60.3\u00a0KB");
  EXPECT_EQ(en.bytes(12), "12\u00a0B");
}

}  // namespace
}  // namespace mirim::chart
