#include "mirim/base/spelling.hpp"

#include <gtest/gtest.h>

namespace mirim {
namespace {

TEST(Spelling, one_wrong_letter_finds_the_word) {
  EXPECT_EQ(nearest_word("filtres", {"kernel", "filters", "stride"}), "filters");
  EXPECT_EQ(suggestion("strid", {"kernel", "stride"}), "did you mean 'stride'?");
}

TEST(Spelling, a_far_word_lists_what_is_known) {
  EXPECT_EQ(nearest_word("banana", {"kernel", "stride"}), "");
  EXPECT_EQ(suggestion("banana", {"kernel", "stride"}), "known: kernel, stride");
}

TEST(Spelling, a_word_of_any_length_is_answered_at_once) {
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'x'), {"kernel"}), "");
}

}  // namespace
}  // namespace mirim
