#include "mirim/base/text.hpp"

#include <gtest/gtest.h>

namespace mirim {
namespace {

TEST(Text, is_utf8_without_control_characters) {
  for (const char* good : {"", "conv2d/bias:0", "ação", "\xf0\x9f\x90\x9d"}) EXPECT_TRUE(is_text(good)) << good;
  // A line's end, DEL, a lone continuation, a character cut short, an overlong slash, a surrogate, past the last one.
  for (const char* bad :
       {"a\nb", "\x7f", "\x80", "a\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(is_text(bad)) << bad;
  }
  EXPECT_FALSE(is_text(std::string_view("a\0b", 3)));
}

TEST(Text, is_shortened_between_characters) {
  EXPECT_EQ(shortened("short"), "short");
  EXPECT_EQ(shortened(std::string(81, 'a')), std::string(80, 'a') + "...");
  // The 80th byte would be the first of the two of a letter.
  EXPECT_EQ(shortened(std::string(79, 'a') + "\u00e9b"), std::string(79, 'a') + "...");
}

TEST(Text, says_once_what_holds_for_several_things) {
  EXPECT_EQ(
      without_repeats({"node 1 'a' (X): odd", "node 2 'b' (X): odd", "no name", "node 3 'c' (Y): odd", "no name"}),
      (std::vector<std::string>{"node 1 'a' (X): odd (and 1 more like it)", "no name (and 1 more like it)",
                                "node 3 'c' (Y): odd"}));
  EXPECT_EQ(without_repeats({}), std::vector<std::string>{});
}

}  // namespace
}  // namespace mirim
