#include "mirim/ops/signal_filter_bank.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::run_all, test::values, test::with_states;
using testing::ElementsAre, testing::HasSubstr;

Tensor energies(const std::vector<std::uint32_t>& values) {
  return {Shape{static_cast<std::int64_t>(values.size())}, values};
}
Tensor numbers(const std::vector<std::int16_t>& values) {
  return {Shape{static_cast<std::int64_t>(values.size())}, values};
}

// 3^2 + 4^2; the first bin is left out. -32768^2 twice is 2^31.
TEST(SignalEnergy, squares_and_adds_within_its_range) {
  std::vector<Tensor> inputs{numbers({1, 1, 3, 4, -32768, -32768})};
  EXPECT_THAT(values<std::uint32_t>(run_all(SignalEnergy{.end_index = 3, .start_index = 1}, inputs)[0]),
              ElementsAre(0, 25, 2147483648U));
}

// Bands [0], [1, 2], [3]. Channel 0: unweights of band 0 (1 * 10) and weights of band 1 (3 * 20 + 4 * 30); channel 1:
// unweights of band 1 (5 * 20 + 6 * 30) and weights of band 2 (7 * 40).
TEST(SignalFilterBank, neighbouring_filters_share_a_band) {
  std::vector<Tensor> inputs{energies({10, 20, 30, 40}), numbers({2, 3, 4, 7}), numbers({1, 5, 6, 8}),
                             numbers({0, 1, 3}),         numbers({0, 1, 3}),    numbers({1, 2, 1})};
  EXPECT_THAT(values<std::uint64_t>(run_all(SignalFilterBank{.num_channels = 2}, inputs)[0]), ElementsAre(190, 560));
}

TEST(SignalFilterBank, refuses_bands_that_reach_outside) {
  const auto why = [](std::int16_t frequency, std::int16_t weight, std::int16_t width) -> std::string {
    try {
      test::infer(SignalFilterBank{.num_channels = 1},
                  {energies({1, 2, 3}), numbers({1, 2}), numbers({1, 2}), numbers({0, frequency}), numbers({0, weight}),
                   numbers({1, width})});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(why(1, 0, 2), "");
  EXPECT_THAT(why(2, 0, 2), HasSubstr("band 1 reaches outside"));
  EXPECT_THAT(why(0, 1, 2), HasSubstr("band 1 reaches outside"));
  EXPECT_THAT(why(-1, 0, 1), HasSubstr("band 1 reaches outside"));
  EXPECT_THROW(test::infer(SignalFilterBank{.num_channels = 2}, {energies({1}), numbers({1}), numbers({1}),
                                                                 numbers({0, 0}), numbers({0, 0}), numbers({1, 1})}),
               Error);
}

// sqrt 0, 1, 2 (1.41), 3 (1.73), 12 (3.46), 13 (3.61), 2^32 - 1 (65535.99..., at most 65535), 2^32, 2^64 - 1.
TEST(SignalFilterBankSquareRoot, rounds_to_the_nearest) {
  const std::vector<std::uint64_t> x{0, 1, 2, 3, 12, 13, 0xFFFFFFFFU, 0x100000000U, ~std::uint64_t{0}};
  std::vector<Tensor> inputs{Tensor(Shape{9}, x), Tensor(Shape{}, std::vector<std::int32_t>{0})};
  EXPECT_THAT(values<std::uint32_t>(run_all(SignalFilterBankSquareRoot{}, inputs)[0]),
              ElementsAre(0, 1, 1, 2, 3, 4, 65535, 65536, 0xFFFFFFFFU));
  inputs[1] = Tensor(Shape{}, std::vector<std::int32_t>{2});
  EXPECT_EQ(values<std::uint32_t>(run_all(SignalFilterBankSquareRoot{}, inputs)[0])[7], 16384U);
}

// Half of the signal (8 of 16 parts) enters the noise: 100 -> 50, then 60 -> 30 + 25 = 55. At least a quarter of the
// signal stays: 60 - 55 = 5 becomes 15. The odd channel takes all as noise.
TEST(SignalFilterBankSpectralSubtraction, subtracts_the_running_mean) {
  const Op op = SignalFilterBankSpectralSubtraction{.alternate_one_minus_smoothing = 0,
                                                    .alternate_smoothing = 16,
                                                    .min_signal_remaining = 4,
                                                    .num_channels = 2,
                                                    .one_minus_smoothing = 8,
                                                    .smoothing = 8,
                                                    .spectral_subtraction_bits = 4};
  auto inputs = with_states(op, {energies({100, 40})});
  auto y = run_all(op, inputs);
  EXPECT_THAT(values<std::uint32_t>(y[0]), ElementsAre(50, 10));
  EXPECT_THAT(values<std::uint32_t>(y[1]), ElementsAre(50, 40));
  inputs[0] = energies({60, 40});
  y = run_all(op, inputs);
  EXPECT_THAT(values<std::uint32_t>(y[0]), ElementsAre(15, 10));
  EXPECT_THAT(values<std::uint32_t>(y[1]), ElementsAre(55, 40));
}

// A signal of 10 below the noise of (10 + 100) / 2 = 55: clamped, the noise falls to it at once.
TEST(SignalFilterBankSpectralSubtraction, clamping_forces_the_noise_down) {
  SignalFilterBankSpectralSubtraction op{
      .clamping = true, .num_channels = 1, .one_minus_smoothing = 8, .smoothing = 8, .spectral_subtraction_bits = 4};
  for (const bool clamping : {true, false}) {
    op.clamping = clamping;
    std::vector<Tensor> inputs{energies({10}), energies({100})};
    EXPECT_THAT(values<std::uint32_t>(run_all(op, inputs)[1]), ElementsAre(clamping ? 10U : 55U));
  }
}

// Gain 4096 for noise 0: snr = x, with 12 bits of fraction. 4096 is 1: 1/4 of 64; 3 * 4096: (3 - 1) * 64.
TEST(SignalPcan, shrinks_the_gained_signal) {
  std::vector<std::int16_t> gains(125);
  gains[0] = 4096;
  std::vector<Tensor> inputs{energies({4096, 12288}), energies({0, 0}), numbers(gains)};
  EXPECT_THAT(values<std::uint32_t>(run_all(SignalPcan{.snr_shift = 12}, inputs)[0]), ElementsAre(16, 128));
}

TEST(SignalPcan, wants_a_gain_for_every_noise) {
  EXPECT_THROW(test::infer(SignalPcan{}, {energies({1}), energies({1}), numbers(std::vector<std::int16_t>(124))}),
               Error);
  EXPECT_THROW(test::infer(SignalPcan{}, {energies({1}), energies({1, 2}), numbers(std::vector<std::int16_t>(125))}),
               Error);
}

// ln 2 * 1600 = 1109.04, ln 2^31 * 1600 = 34380 is clamped; shifted by a bit 1 becomes 2.
TEST(SignalFilterBankLog, is_the_scaled_natural_logarithm) {
  std::vector<Tensor> inputs{energies({0, 1, 2, 0x80000000U, 1000})};
  EXPECT_THAT(values<std::int16_t>(run_all(SignalFilterBankLog{.output_scale = 1600}, inputs)[0]),
              ElementsAre(0, 0, 1109, 32767, 11052));  // ln 1000 * 1600 = 11052.4
  EXPECT_THAT(values<std::int16_t>(
                  run_all(SignalFilterBankLog{.input_correction_bits = 1, .output_scale = 1600}, inputs)[0])[1],
              1109);
}

}  // namespace
}  // namespace mirim
