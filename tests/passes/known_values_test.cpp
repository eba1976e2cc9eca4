// The chain that Keras writes in front of a RESHAPE whose shape depends on its input's: SHAPE, STRIDED_SLICE, PACK.
#include "mirim/graph/known_values.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/simplify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre, testing::IsEmpty;

// y = 2 relu(x), each sample in a row.
Graph flattened() {
  return test::parse(R"(graph "" (%x: float32[1x2x2]) -> (%y) {
    %first: int32[1] = [0]
    %second: int32[1] = [1]
    %four: int32[scalar] = [4]
    %r: float32[1x2x2] = RELU(%x)
    %shape: int32[3] = SHAPE(%r) {out_type=int32}
    %batch: int32[scalar] = STRIDED_SLICE(%shape, %first, %second, %second) {shrink_axis_mask=1}
    %new: int32[2] = PACK(%batch, %four) {values_count=2}
    %rows: float32[1x4] = RESHAPE(%r, %new)
    %y: float32[1x4] = ADD(%rows, %rows)
  })");
}

std::vector<float> answers(const Graph& graph, const std::vector<float>& x) {
  Interpreter interpreter(graph);
  interpreter.set_input(0, bytes_of(x));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

TEST(KnownValues, a_shape_computed_from_shapes_is_known_before_anything_runs) {
  EXPECT_THAT(verify(flattened()), IsEmpty());
  EXPECT_THAT(answers(flattened(), {1, -2, 3, 4}), ElementsAre(2, 0, 6, 8));
}

TEST(KnownValues, follow_the_batch) {
  const Graph two = rebatch(flattened(), 2);
  EXPECT_EQ(two[two.outputs[0]].type.shape, (Shape{2, 4}));
  EXPECT_THAT(answers(two, {1, -2, 3, 4, 5, 6, 7, 8}), ElementsAre(2, 0, 6, 8, 10, 12, 14, 16));
}

TEST(KnownValues, are_folded_for_the_device) {
  Graph graph = flattened();
  fold_constants(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("RELU", "RESHAPE", "ADD"));
  EXPECT_THAT(verify(graph), IsEmpty());
}

// Rank 3 is not 4, so the positions of what is true are those of one element.
TEST(KnownValues, ranks_and_comparisons_of_shapes_are_known_too) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2x3]) -> (%y) {
    %four: int32[1] = [4]
    %zero: int32[scalar] = [0]
    %one: int32[scalar] = [1]
    %three: int32[scalar] = RANK(%x)
    %other: bool[1] = NOT_EQUAL(%three, %four)
    %where: int64[1x1] = WHERE(%other)
    %steps: int32[3] = RANGE(%zero, %three, %one)
    %taken: float32[1x2x3] = GATHER(%x, %steps) {axis=2}
    %y: float32[1x1x2x3] = GATHER(%taken, %where)
  })");
  EXPECT_THAT(verify(graph), IsEmpty());
  EXPECT_THAT(answers(graph, {1, 2, 3, 4, 5, 6}), ElementsAre(1, 2, 3, 4, 5, 6));
  fold_constants(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("GATHER", "GATHER"));
}

TEST(KnownValues, what_depends_on_data_is_not_known) {
  Graph graph = test::parse(R"(graph "" (%x: int32[2], %z: float32[4]) -> (%y) {
    %new: int32[2] = ADD(%x, %x)
    %y: float32[2x2] = RESHAPE(%z, %new)
  })");
  EXPECT_THAT(verify(graph), ElementsAre(testing::HasSubstr("computed at run time, expected a constant")));
}

TEST(Rebatch, refuses_what_would_mix_samples) {
  const Graph graph = test::parse(R"(graph "" (%x: float32[1x4]) -> (%y) {
    %perm: int32[2] = [1, 0]
    %y: float32[4x1] = TRANSPOSE(%x, %perm)
  })");
  EXPECT_THROW(rebatch(graph, 3), Error);
}

}  // namespace
}  // namespace mirim
