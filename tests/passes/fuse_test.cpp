#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/passes/eliminate_common_nodes.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

TEST(FuseActivation, integers_fuse_only_at_one_scale) {
  const auto text = [](const std::string& scale) {
    return R"(graph "g" (%x: int8[1x64]{scale=0.1, zero_point=3}) -> (%y) {
      %a: int8[1x64]{scale=0.15, zero_point=-10} = ADD(%x, %x)
      %y: int8[1x64]{scale=)" +
           scale + R"(, zero_point=-10} = RELU(%a)
    })";
  };
  Graph same = graph_of(text("0.15"));
  const Graph before = same;
  fuse_activation(same);
  EXPECT_EQ(operators_of(same), "ADD");
  expect_equivalent(before, same);
  Graph other = graph_of(text("0.1"));
  fuse_activation(other);
  EXPECT_EQ(operators_of(other), "ADD RELU");
}

std::string padded(const std::string& paddings, const std::string& size, const std::string& stride,
                   const std::string& output) {
  return R"(graph "g" (%x: int8[1x6x6x2]{scale=0.5, zero_point=7}) -> (%y) {
    %p: int32[4x2] = [0, 0, )" +
         paddings + R"(, 0, 0]
    %w: int8[3x3x3x2]{scale=0.01, zero_point=0} = random(1)
    %b: int32[3]{scale=0.005, zero_point=0} = random(2)
    %a: int8[)" +
         size + R"(]{scale=0.5, zero_point=7} = PAD(%x, %p)
    %y: int8[)" +
         output + R"(]{scale=1, zero_point=0} = CONV_2D(%a, %w, %b) {padding=VALID, stride_h=)" + stride +
         ", stride_w=" + stride + "}\n}";
}

TEST(FusePad, becomes_same_padding_where_it_is_that) {
  Graph graph = graph_of(padded("1, 1, 1, 1", "1x8x8x2", "1", "1x6x6x3"));
  const Graph before = graph;
  fuse_pad(graph);
  EXPECT_EQ(operators_of(graph), "CONV_2D");
  expect_equivalent(before, graph);
}

TEST(FusePad, stays_where_same_would_pad_elsewhere) {
  // Stride 2 over 6: SAME needs one zero, at the end; here it is in front.
  Graph graph = graph_of(padded("1, 0, 1, 0", "1x7x7x2", "2", "1x3x3x3"));
  fuse_pad(graph);
  EXPECT_EQ(operators_of(graph), "PAD CONV_2D");
  Graph end = graph_of(padded("0, 1, 0, 1", "1x7x7x2", "2", "1x3x3x3"));
  const Graph before = end;
  fuse_pad(end);
  EXPECT_EQ(operators_of(end), "CONV_2D");
  expect_equivalent(before, end);
}

TEST(EliminateCommonNodes, the_same_is_computed_once) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x4]) -> (%y) {
    %a: float32[1x4] = NEG(%x)
    %b: float32[1x4] = NEG(%x)
    %c: float32[1x4] = RELU(%a)
    %d: float32[1x4] = RELU(%b)
    %y: float32[1x4] = ADD(%c, %d)
  })");
  const Graph before = graph;
  eliminate_common_nodes(graph);
  EXPECT_EQ(operators_of(graph), "NEG RELU ADD");
  expect_equivalent(before, graph, 0);
}

}  // namespace
}  // namespace mirim
