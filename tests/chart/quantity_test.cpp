#include "mirim/chart/quantity.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim::chart {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view unit, Measure measure) {
  try {
    in_base_unit(1, unit, measure);
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Quantity, compute_is_converted_to_flop) {
  EXPECT_DOUBLE_EQ(in_base_unit(3.14e23, "FLOP", Measure::compute), 3.14e23);
  EXPECT_DOUBLE_EQ(in_base_unit(2, "GFLOPs", Measure::compute), 2e9);
  EXPECT_DOUBLE_EQ(in_base_unit(2, "exaFLOP", Measure::compute), 2e18);
  // GPT-3: 3,640 petaFLOP/s-days (Brown et al. 2020, table D.1) are 3.14e23 FLOP: 3,640 * 1e15 * 86,400
  EXPECT_NEAR(in_base_unit(3640, "petaFLOP/s-day", Measure::compute), 3.14e23, 0.01e23);
  EXPECT_DOUBLE_EQ(in_base_unit(1, "PFLOP/s-days", Measure::compute), 8.64e19);
}

TEST(Quantity, a_mac_is_two_flop) {
  EXPECT_DOUBLE_EQ(in_base_unit(4.089, "GMAC", Measure::operations), 4.089e9);
  EXPECT_DOUBLE_EQ(in_base_unit(8, "GFLOP", Measure::operations), 4e9);
  EXPECT_DOUBLE_EQ(in_base_unit(6.4, "megaMACs", Measure::operations), 6.4e6);
}

TEST(Quantity, kilobytes_and_kibibytes_are_two_things) {
  EXPECT_DOUBLE_EQ(in_base_unit(256, "kB", Measure::bytes), 256000);
  EXPECT_DOUBLE_EQ(in_base_unit(256, "KiB", Measure::bytes), 262144);
  // VGG-16's file: 527.796 MiB (torchvision) are 553.4 MB
  EXPECT_NEAR(in_base_unit(527.796, "MiB", Measure::bytes) / in_base_unit(1, "MB", Measure::bytes), 553.4, 0.1);
}

TEST(Quantity, shares) {
  EXPECT_DOUBLE_EQ(in_base_unit(56.5, "%", Measure::share), 0.565);
  EXPECT_DOUBLE_EQ(in_base_unit(0.565, "fraction", Measure::share), 0.565);
}

TEST(Quantity, a_rate_is_no_amount) {
  EXPECT_THAT(error_of("GFLOPS", Measure::compute), HasSubstr("unit 'GFLOPS' is a rate; there are FLOP"));
  EXPECT_THAT(error_of("petaFLOP/s", Measure::compute), HasSubstr("is a rate"));
}

TEST(Quantity, an_unknown_unit_is_refused_with_those_there_are) {
  EXPECT_THAT(error_of("mB", Measure::bytes), HasSubstr("unit 'mB' is unknown; there are B, kB"));
  EXPECT_THAT(error_of("FLOP/s-week", Measure::compute), HasSubstr("unknown"));
  EXPECT_THAT(error_of("FLOP", Measure::bytes), HasSubstr("unknown"));
  EXPECT_THAT(error_of("qMAC", Measure::operations), HasSubstr("MAC and FLOP"));
}

}  // namespace
}  // namespace mirim::chart
