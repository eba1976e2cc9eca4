#include "mirim/ops/all.hpp"

#include <gmock/gmock.h>

#include <set>

namespace mirim {
namespace {

TEST(AllOperators, names_and_codes_are_used_once) {
  std::set<std::string_view> names;
  std::set<int> codes;
  for (const Op& op : all_operators().all()) {
    EXPECT_TRUE(names.insert(op.name()).second) << op.name();
    const bool shares = op.tflite_code() < 0 || op.tflite_code() == kCustomOperator;
    const bool once = shares || codes.insert(op.tflite_code()).second;
    EXPECT_TRUE(once) << op.name();
    EXPECT_EQ(all_operators().find(op.name()), &op);
  }
}

TEST(AllOperators, an_unknown_operator_is_not_found) {
  EXPECT_EQ(all_operators().find("NO_SUCH_OPERATOR"), nullptr);
  EXPECT_EQ(all_operators().find(-1), nullptr);
  EXPECT_EQ(all_operators().find(kCustomOperator), nullptr) << "custom operators have names";
}

// An operator with its default options equals itself and is no other.
TEST(AllOperators, each_is_its_own) {
  for (const Op& a : all_operators().all()) {
    for (const Op& b : all_operators().all()) EXPECT_EQ(a == b, &a == &b) << a.name() << " " << b.name();
  }
}

}  // namespace
}  // namespace mirim
