#include "mirim/base/error.hpp"

#include <gmock/gmock.h>

namespace mirim {
namespace {

TEST(Error, in_context_says_where) {
  try {
    in_context("model.tflite", [] { fail("node {} is broken", 7); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "model.tflite: node 7 is broken");
  }
}

TEST(Error, in_context_gives_back_what_the_function_gives) {
  int value = 3;
  EXPECT_EQ(&in_context("here", [&]() -> int& { return value; }), &value);
}

TEST(Error, stays_one_line_whatever_names_it_quotes) {
  EXPECT_STREQ(Error("tensor 'a\nb\x1b[2J': é").what(), "tensor 'a?b?[2J': é");
}

TEST(Error, in_context_leaves_our_own_mistakes_alone) {
  EXPECT_THROW(in_context("here", [] { throw std::logic_error("bug"); }), std::logic_error);
}

}  // namespace
}  // namespace mirim
