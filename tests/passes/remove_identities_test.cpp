#include "mirim/passes/remove_identities.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

std::string operators_left(const std::string& text) {
  const Graph before = graph_of(text);
  Graph after = before;
  remove_identities(after);
  expect_equivalent(before, after);
  return operators_of(after);
}

std::string between_two(const std::string& middle, const std::string& q = "scale=0.5, zero_point=-128") {
  return R"(graph "" (%x: int8[1x2x2x1]{scale=0.5, zero_point=-10}) -> (%y) {
    %w: int8[1x1x1x1]{scale=0.25, zero_point=0} = [100]
    %p: int32[4x2] = fill(0)
    %a: int8[1x2x2x1]{)" +
         q + R"(} = CONV_2D(%x, %w, _) {stride_w=1, stride_h=1}
    %b: int8[1x2x2x1]{scale=0.5, zero_point=-128} = )" +
         middle + R"(
    %y: int8[1x2x2x1]{scale=0.5, zero_point=3} = ADD(%b, %b)
  })";
}

TEST(RemoveIdentities, what_returns_its_input_goes) {
  EXPECT_EQ(operators_left(between_two("QUANTIZE(%a)")), "CONV_2D ADD");
  EXPECT_EQ(operators_left(between_two("PAD(%a, %p)")), "CONV_2D ADD");
  EXPECT_EQ(operators_left(between_two("CONCATENATION(%a) {axis=3}")), "CONV_2D ADD");
  EXPECT_EQ(operators_left(between_two("RELU(%a)")), "CONV_2D ADD");  // at -128 nothing is negative
}

TEST(RemoveIdentities, what_changes_a_value_stays) {
  EXPECT_EQ(operators_left(between_two("RELU6(%a)")), "CONV_2D RELU6 ADD");
  EXPECT_EQ(operators_left(between_two("QUANTIZE(%a)", "scale=0.5, zero_point=-127")), "CONV_2D QUANTIZE ADD");
}

TEST(RemoveIdentities, a_clamp_that_no_value_reaches_goes) {
  // MINIMUM leaves at most -120: 8 steps of 0.5 above zero are 4.
  EXPECT_EQ(operators_left(R"(graph "" (%x: int8[1x4]{scale=0.5, zero_point=-128}) -> (%y) {
    %most: int8[1x4]{scale=0.5, zero_point=-128} = fill(-120)
    %a: int8[1x4]{scale=0.5, zero_point=-128} = MINIMUM(%x, %most)
    %b: int8[1x4]{scale=0.5, zero_point=-128} = RELU6(%a)
    %y: int8[1x4]{scale=0.5, zero_point=3} = ADD(%b, %b)
  })"),
            "MINIMUM ADD");
}

TEST(RemoveIdentities, a_fully_connected_layer_reads_past_a_reshape_unless_it_keeps_dimensions) {
  const auto text = [](const char* kept, const char* shape) {
    return fmt::format(R"(graph "" (%x: int8[1x2x2x1]{{scale=0.5, zero_point=0}}) -> (%y) {{
    %w: int8[3x4]{{scale=0.25, zero_point=0}} = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    %s: int32[2] = [1, 4]
    %f: int8[1x4]{{scale=0.5, zero_point=0}} = RESHAPE(%x, %s)
    %y: int8[{}]{{scale=0.5, zero_point=0}} = FULLY_CONNECTED(%f, %w, _) {{keep_num_dims={}}}
  }})",
                       shape, kept);
  };
  EXPECT_EQ(operators_left(text("false", "1x3")), "FULLY_CONNECTED");
  EXPECT_EQ(operators_left(text("true", "1x3")), "RESHAPE FULLY_CONNECTED");
}

TEST(RemoveIdentities, reshapes_in_a_row_become_one) {
  EXPECT_EQ(operators_left(R"(graph "" (%x: int8[1x2x2x1]{scale=0.5, zero_point=0}) -> (%y) {
    %two: int32[2] = [2, 2]
    %one: int32[1] = [4]
    %a: int8[2x2]{scale=0.5, zero_point=0} = RESHAPE(%x, %two)
    %y: int8[4]{scale=0.5, zero_point=0} = RESHAPE(%a, %one)
  })"),
            "RESHAPE");
}

TEST(RemoveIdentities, an_output_of_the_graph_keeps_its_operator) {
  EXPECT_EQ(operators_left(R"(graph "" (%x: int8[1x4]{scale=0.5, zero_point=-128}) -> (%y) {
    %y: int8[1x4]{scale=0.5, zero_point=-128} = RELU(%x)
  })"),
            "RELU");
}

}  // namespace
}  // namespace mirim
