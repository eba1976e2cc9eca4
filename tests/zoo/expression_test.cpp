#include "mirim/zoo/expression.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& expression) {
  try {
    evaluate(expression, {{"width", 16}, {"height", 49}});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Expression, products_bind_stronger_than_sums) {
  EXPECT_EQ(evaluate("2+3*4", {}), 14);
  EXPECT_EQ(evaluate("(2+3)*4", {}), 20);
  EXPECT_EQ(evaluate("10-4-3", {}), 3);
  EXPECT_EQ(evaluate("-(2-5)", {}), 3);
}

TEST(Expression, parameters_stand_for_their_values) {
  EXPECT_EQ(evaluate("2*width", {{"width", 16}}), 32);
  EXPECT_EQ(evaluate(" ( height + 1 ) / 2 ", {{"height", 49}}), 25);
}

TEST(Expression, an_unknown_parameter_is_named_with_the_nearest) {
  EXPECT_EQ(error_of("2*widht"), "'2*widht': there is no parameter 'widht'; did you mean 'width'?");
}

TEST(Expression, what_is_not_a_size_is_refused) {
  EXPECT_THAT(error_of(""), HasSubstr("number or parameter expected at character 1"));
  EXPECT_THAT(error_of("3 4"), HasSubstr("operator expected at character 3"));
  EXPECT_THAT(error_of("(3"), HasSubstr("')' expected"));
  EXPECT_THAT(error_of("3/0"), HasSubstr("division by zero"));
  EXPECT_THAT(error_of("3/(1-1)"), HasSubstr("division by zero"));
  EXPECT_THAT(error_of("99999999999999999999"), HasSubstr("number too large"));
  EXPECT_THAT(error_of("999999999999*999999999999"), HasSubstr("number too large"));
}

TEST(Expression, nesting_has_a_limit) {
  EXPECT_THAT(error_of(std::string(100'000, '(')), HasSubstr("nested too deep"));
  EXPECT_THAT(error_of(std::string(100'000, '-')), HasSubstr("nested too deep"));
}

}  // namespace
}  // namespace mirim
