#include "mirim/ops/signal_fft.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/rfft2d.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::infer, test::random_tensor, test::run_op, test::tensor, test::values;
using testing::FloatNear, testing::HasSubstr, testing::Pointwise;

// 1 2 3, padded to four: 6; 1 - 2i - 3 = -2 - 2i; 1 - 2 + 3 = 2.
TEST(SignalRfft, of_floats_by_hand) {
  EXPECT_THAT(values(run_op(SignalRfft{.type = 0, .fft_length = 4}, {tensor({3}, {1, 2, 3})})),
              Pointwise(FloatNear(1e-6F), std::vector<float>{6, 0, -2, -2, 2, 0}));
}

TEST(SignalRfft, and_back_gives_the_samples) {
  for (const int length : {4, 8, 64, 512}) {
    const Tensor x = random_tensor({3, length}, 1);
    const Tensor spectrum = run_op(SignalRfft{.type = 0, .fft_length = length}, {x});
    EXPECT_THAT(values(run_op(SignalIrfft{.type = 0, .fft_length = length}, {spectrum})),
                Pointwise(FloatNear(2e-6F), values(x)));
  }
}

// Integers are divided by the length, and each stage rounds by a step.
TEST(SignalRfft, of_integers_is_that_of_floats_but_for_roundings) {
  for (const int length : {4, 8, 16, 32, 256}) {
    const Tensor x = random_tensor({2, length}, 1);
    std::vector<std::int16_t> narrow;
    std::vector<std::int32_t> wide;
    for (const float value : values(x)) {
      narrow.push_back(static_cast<std::int16_t>(value * 6000));
      wide.push_back(static_cast<std::int32_t>(value * 4e8F));
    }
    const auto right = values(run_op(SignalRfft{.type = 0, .fft_length = length}, {x}));
    const auto a =
        values<std::int16_t>(run_op(SignalRfft{.type = 7, .fft_length = length}, {Tensor(Shape{2, length}, narrow)}));
    const auto b =
        values<std::int32_t>(run_op(SignalRfft{.type = 2, .fft_length = length}, {Tensor(Shape{2, length}, wide)}));
    for (std::size_t i = 0; i < right.size(); ++i) {
      const float scaled = right[i] / static_cast<float>(length);
      EXPECT_NEAR(a[i], scaled * 6000, 5) << length << " at " << i;
      EXPECT_NEAR(static_cast<float>(b[i]) / 4e8F, scaled, 1e-6F) << length << " at " << i;
    }
  }
}

TEST(SignalFft, refuses_what_does_not_fit) {
  const auto why = [](const Op& op, const Tensor& x) -> std::string {
    try {
      infer(op, {x});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = random_tensor({6}, 1);
  EXPECT_EQ(why(SignalRfft{.type = 0, .fft_length = 8}, x), "");
  EXPECT_EQ(why(SignalIrfft{.type = 0, .fft_length = 4}, x), "");
  EXPECT_THAT(why(SignalRfft{.type = 0, .fft_length = 4}, x), HasSubstr("rows of at most 4"));
  EXPECT_THAT(why(SignalRfft{.type = 0, .fft_length = 12}, x), HasSubstr("power of two"));
  EXPECT_THAT(why(SignalRfft{.type = 0, .fft_length = 2}, x), HasSubstr("power of two"));
  EXPECT_THAT(why(SignalRfft{.type = 7, .fft_length = 8}, x), HasSubstr("option T is 7"));
  EXPECT_THAT(why(SignalIrfft{.type = 0, .fft_length = 8}, x), HasSubstr("rows of 10"));
}

}  // namespace
}  // namespace mirim
