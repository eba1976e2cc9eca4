#include "mirim/ops/l2_normalization.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

// 3, 4: the norm is 5. A row of zeros stays one.
TEST(L2Normalization, rows_have_the_norm_1) {
  EXPECT_THAT(test::floats(L2Normalization{}, {test::tensor({2, 2}, {3, 4, 0, 0})}), ElementsAre(0.6F, 0.8F, 0, 0));
}

TEST(L2Normalization, integers_have_their_own_output_scale) {
  Tensor x({DType::int8, {1, 2}}, {{0.1F}, {-10}});
  x.bytes = {std::byte{20}, std::byte{30}};  // 30 and 40 steps
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(L2Normalization{}, {x}, {{1.0F / 128}, {0}})),
              ElementsAre(77, 102));  // 0.6 and 0.8 of 128
  EXPECT_THROW(test::run_op(L2Normalization{}, {x}, {{0.1F}, {0}}), Error);
}

}  // namespace
}  // namespace mirim
