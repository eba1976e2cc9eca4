#include "mirim/explore/budget.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::int64_t most(const Budget& budget, std::string_view name) {
  for (const Limit& limit : budget) {
    if (limit.measure.name == name) return limit.most;
  }
  return -1;
}

TEST(Budget, a_k_has_1024_bytes_and_1000_multiply_adds) {
  const Budget budget = budget_of("flash=32K,ram=1.5K,stored=1000,macs=2M", "");
  EXPECT_EQ(most(budget, "flash"), 32768);
  EXPECT_EQ(most(budget, "ram"), 1536);
  EXPECT_EQ(most(budget, "stored"), 1000);
  EXPECT_EQ(most(budget, "macs"), 2'000'000);
  EXPECT_EQ(most(budget, "arena"), -1);
}

TEST(Budget, of_a_board_and_a_number_the_smaller_counts) {
  const Budget board = budget_of("", "nano33ble");
  EXPECT_EQ(most(board, "flash"), 1024 * 1024);
  EXPECT_EQ(most(board, "ram"), 256 * 1024);
  const Budget both = budget_of("flash=32K,ram=64M", "nano33ble");
  EXPECT_EQ(most(both, "flash"), 32768);
  EXPECT_EQ(most(both, "ram"), 256 * 1024);
}

TEST(Budget, says_what_is_over_and_by_how_much) {
  const Budget budget = budget_of("flash=16K,ram=4K,macs=1M", "");
  const Price price{.flash = 21344, .ram = 4096, .macs = 1'500'000};
  EXPECT_EQ(over(price, budget),
            "flash 21,344 bytes, 4,960 more than the budget's 16,384; macs 1,500,000 MACs, 500,000 more than the "
            "budget's 1,000,000");
  // 4960 / 16384 + 0.5
  EXPECT_NEAR(excess(price, budget), 0.3027 + 0.5, 0.0001);
  EXPECT_EQ(over({.flash = 16384, .ram = 4096}, budget), "");
  EXPECT_EQ(excess({.flash = 16384, .ram = 4096}, budget), 0);
}

TEST(Budget, wrong_ones_are_refused_in_a_line) {
  const auto refuses = [](const char* text, const char* line) {
    EXPECT_THAT([&] { budget_of(text, ""); }, ThrowsMessage<Error>(HasSubstr(line))) << text;
  };
  refuses("flash", "is not NAME=SIZE");
  refuses("flahs=32K", "budget 'flahs' is unknown; did you mean 'flash'?");
  for (const char* text : {"flash=", "flash=K", "flash=32Q", "flash=-1", "flash=0", "flash=nan", "flash=1e99"}) {
    refuses(text, "write a number from 1 on");
  }
  EXPECT_THROW(budget_of("", "nano33"), Error);
}

}  // namespace
}  // namespace mirim
