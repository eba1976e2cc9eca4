#include "mirim/ops/cast.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

TEST(Cast, cuts_floats_and_holds_them_within_the_integers) {
  const Tensor x = test::tensor({5}, {-1.9F, 1.9F, 300, -1e9F, 1e30F});
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(Cast{.to = DType::int8}, {x})),
              ElementsAre(-1, 1, 127, -128, 127));
  EXPECT_THAT(test::values<std::uint8_t>(test::run_op(Cast{.to = DType::uint8}, {x})), ElementsAre(0, 1, 255, 0, 255));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Cast{.to = DType::int32}, {x})),
              ElementsAre(-1, 1, 300, -1000000000, INT32_MAX));
}

TEST(Cast, integers_that_do_not_fit_lose_their_upper_bits) {
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(Cast{.to = DType::int8}, {test::indices({2}, {257, -3})})),
              ElementsAre(1, -3));
}

TEST(Cast, a_bool_is_zero_or_one) {
  const Tensor bools = test::run_op(Cast{.to = DType::boolean}, {test::tensor({3}, {0, 0.5F, -2})});
  EXPECT_THAT(test::values<bool>(bools), ElementsAre(false, true, true));
  EXPECT_THAT(test::floats(Cast{.to = DType::float32}, {bools}), ElementsAre(0, 1, 1));
}

TEST(Cast, refuses_types_without_numbers) {
  EXPECT_THROW(test::infer(Cast{.to = DType::string}, {test::tensor({1}, {1})}), Error);
}

}  // namespace
}  // namespace mirim
