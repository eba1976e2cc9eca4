#include "mirim/graph/op.hpp"

#include <gmock/gmock.h>

#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

TEST(Op, a_copy_is_independent) {
  Op a = test::Sum{.count = 3};
  Op b = a;
  EXPECT_EQ(a, b);
  b.as<test::Sum>()->count = 4;
  EXPECT_NE(a, b);
  EXPECT_EQ(a.as<test::Sum>()->count, 3);
  a = b;
  EXPECT_EQ(a, b);
}

TEST(Op, the_operator_inside_is_found_by_its_type_only) {
  struct Other : test::Sum {
    bool operator==(const Other&) const = default;
  };
  const Op op = test::Sum{};
  EXPECT_TRUE(op.is<test::Sum>());
  EXPECT_FALSE(op.is<Other>());
  EXPECT_NE(op, Op(Other{}));
}

TEST(Op, abilities_it_lacks_are_told_and_refused) {
  const Op op = test::Sum{};
  EXPECT_FALSE(op.differentiable());
  EXPECT_FALSE(op.deployable());
  EXPECT_EQ(op.quantization({}), std::nullopt);
  EXPECT_EQ(op.saved_bytes({}), 0);
  EXPECT_EQ(op.tflite_version({}, {}), 1);
  try {
    op.backward({}, {}, {}, {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("SUM_OF has no gradient"));
  }
  EXPECT_THROW(op.lower({}, {}), Error);
}

TEST(Op, training_runs_forward_where_there_is_no_other_way) {
  const Tensor x({2}, std::vector<float>{1, 2});
  Tensor y(x.type);
  const std::vector<ConstTensorView> in{x.view()};
  const std::vector<TensorView> out{y.view()};
  Op(test::Sum{}).forward_training(Inputs(in), Outputs(out), {});
  EXPECT_THAT(y.as<float>(), testing::ElementsAre(1, 2));
}

}  // namespace
}  // namespace mirim
