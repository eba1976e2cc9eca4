#include "mirim/learn/counting.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

namespace mirim {
namespace {

Chain chain_of(const std::string& text, std::int64_t order, std::int64_t most_states) {
  std::vector<std::int32_t> histories, followers;
  for (std::size_t i = static_cast<std::size_t>(order); i < text.size(); ++i) {
    for (std::size_t k = i - static_cast<std::size_t>(order); k < i; ++k) histories.push_back(text[k] - 'a');
    followers.push_back(text[i] - 'a');
  }
  return count_chain(histories, followers, order, 2, most_states);
}

// By hand: after the first letter of "aabab" come a, b, a, b. The empty context: (2 + 2 * 1/2) / (4 + 2) = 1/2 each.
// After a come a, b, b: (1 + 2 * 1/2) / (3 + 2) = 2/5 and 3/5. After b comes a: (1 + 1/2) / (1 + 1) = 3/4 and 1/4.
TEST(Counting, chances_are_those_of_witten_and_bell) {
  const Chain chain = chain_of("aabab", 1, 10);
  ASSERT_EQ(chain.states, 3);
  std::vector<double> chances;
  for (const float log : chain.log_chances) chances.push_back(std::exp(static_cast<double>(log)));
  EXPECT_THAT(chances, testing::Pointwise(testing::DoubleNear(1e-6), {0.5, 0.5, 0.4, 0.6, 0.75, 0.25}));
  EXPECT_EQ(chain.next, (std::vector<std::int16_t>{1, 2, 1, 2, 1, 2}));
  EXPECT_NEAR(chain.entropies[0], 1, 1e-9);
  // 3 of 4 letters come after an a: H(1/3); after b nothing is open
  EXPECT_NEAR(chain.entropies[1], 0.75 * (std::log2(3) - 2.0 / 3), 1e-9);
}

// The frequent contexts stay: a symbol leads to the longest kept one.
TEST(Counting, a_state_is_the_longest_context_that_is_kept) {
  const Chain chain = chain_of("ababababbaaabababab", 3, 6);
  EXPECT_EQ(chain.states, 6);
  for (const std::int16_t state : chain.next) {
    EXPECT_GE(state, 0);
    EXPECT_LT(state, 6);
  }
  for (std::int64_t s = 0; s < chain.states; ++s) {
    double sum = 0;
    for (std::int64_t c = 0; c < 2; ++c)
      sum += std::exp(static_cast<double>(chain.log_chances[static_cast<std::size_t>(s * 2 + c)]));
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

}  // namespace
}  // namespace mirim
