#include "mirim/ops/bitwise.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

template <class T>
std::vector<T> of(const Op& op, const std::vector<T>& a, const std::vector<T>& b) {
  const auto count = [](const std::vector<T>& x) { return Shape{static_cast<std::int64_t>(x.size())}; };
  return test::values<T>(test::run_op(op, {Tensor(count(a), a), Tensor(count(b), b)}));
}

TEST(BitwiseXor, differs_bit_by_bit) {
  EXPECT_THAT(of<std::int8_t>(BitwiseXor{}, {5, -1}, {3}), ElementsAre(6, -4));
  EXPECT_THAT(of<std::uint32_t>(BitwiseXor{}, {0xF0F0F0F0U}, {0xFFFFFFFFU}), ElementsAre(0x0F0F0F0FU));
  EXPECT_THROW(test::infer(BitwiseXor{}, {test::tensor({1}, {1}), test::tensor({1}, {1})}), Error);
}

// A shift outside of 0 to 7 becomes 0 or 7.
TEST(RightShift, keeps_the_sign_and_the_shift_inside) {
  EXPECT_THAT(of<std::int8_t>(RightShift{}, {127, -128, -128, 100}, {1, 40, 7, -2}), ElementsAre(63, -1, -1, 100));
  EXPECT_THAT(of<std::uint8_t>(RightShift{}, {255, 255}, {1, 200}), ElementsAre(127, 1));
  EXPECT_THAT(of<std::int32_t>(RightShift{}, {INT32_MIN}, {31}), ElementsAre(-1));
}

}  // namespace
}  // namespace mirim
