#include "mirim/ops/bucketize.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::tensor;
using testing::ElementsAre;

std::vector<std::int32_t> buckets(const Bucketize& op, const Tensor& x) {
  return test::values<std::int32_t>(test::run_op(op, {x}));
}

TEST(Bucketize, counts_the_boundaries_that_are_not_above) {
  const Bucketize op{.boundaries = {0, 1, 3}};
  EXPECT_THAT(buckets(op, tensor({6}, {-1, 0, 0.5F, 1, 5, std::nanf("")})), ElementsAre(0, 1, 1, 2, 3, 3));
  EXPECT_THAT(buckets(op, test::indices({3}, {-1, 0, 3})), ElementsAre(0, 1, 3));
  EXPECT_THAT(buckets(Bucketize{.boundaries = {1, 1, 2}}, tensor({1}, {1})), ElementsAre(2));
  EXPECT_THAT(buckets(Bucketize{}, tensor({1}, {1})), ElementsAre(0));
}

TEST(Bucketize, boundaries_out_of_order_are_refused) {
  EXPECT_THROW(test::infer(Bucketize{.boundaries = {3, 1}}, {tensor({1}, {1})}), Error);
  EXPECT_THROW(test::infer(Bucketize{.boundaries = {1}}, {Tensor({1}, std::vector<std::int8_t>{1})}), Unsupported);
}

}  // namespace
}  // namespace mirim
