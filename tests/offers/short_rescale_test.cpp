#include "mirim/offers/short_rescale.hpp"

#include <gmock/gmock.h>

#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/requantize.hpp"
#include "tests/offers/cases.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

std::int32_t short_result(const ShortChannel& channel, std::int64_t sum) {
  const auto rescale = micro::ShortRescale::of(channel.multiplier, channel.right, 0);
  return rescale.result(static_cast<std::int32_t>(2 * (channel.bias + (channel.constant ? 0 : sum))));
}

TEST(ShortChannel, has_the_results_of_the_plain_rescaling) {
  test::CaseRandom random(1);
  int constant = 0, replaced = 0, refused = 0;
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    const bool small = random.one_in(2);  // a scale whose results are few
    const int bits = small ? random.between(20, 28) : random.between(8, 30);
    SumRange range;
    range.least = -random.between(0, (1 << bits) / 2 - 1), range.most = random.between(0, (1 << bits) / 2 - 1);
    const std::int64_t bias = random.between(-(1 << bits) / 2, (1 << bits) / 2);
    const std::int32_t multiplier = random.between(1 << 30, std::numeric_limits<std::int32_t>::max());
    const std::int32_t shift = small ? random.between(-31, -23) : random.between(-22, -1);
    const ShortChannel channel = short_channel(bias, range, multiplier, shift);
    if (!channel.refusal.empty()) {
      ++refused;
      continue;
    }
    constant += channel.constant ? 1 : 0;
    replaced += !channel.constant && shift < -22 ? 1 : 0;
    for (int n = 0; n < 200; ++n) {
      const std::int64_t sum =
          n == 0   ? range.least
          : n == 1 ? range.most
                   : random.between(static_cast<std::int32_t>(range.least), static_cast<std::int32_t>(range.most));
      const std::int32_t expected =
          micro::multiply_by_quantized_multiplier(static_cast<std::int32_t>(bias + sum), multiplier, shift);
      ASSERT_EQ(short_result(channel, sum), micro::clamp(expected, -128, 127)) << sum;
    }
  }
  EXPECT_GT(constant, 500);
  EXPECT_GT(replaced, 5);
  EXPECT_LT(refused, 300);
}

TEST(ShortChannel, refuses_sums_and_shifts_that_do_not_fit) {
  EXPECT_THAT(short_channel(1 << 29, {.least = 0, .most = 1 << 29}, 1 << 30, -20).refusal, HasSubstr("31 bits"));
  EXPECT_THAT(short_channel(0, {.least = -100, .most = 100}, 1 << 30, 0).refusal, HasSubstr("a shift of 0"));
  EXPECT_EQ(short_channel(0, {.least = -100, .most = 100}, 1 << 30, -1).refusal, "");
}

}  // namespace
}  // namespace mirim
