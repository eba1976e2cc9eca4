#include "mirim/recipe/network_sketch.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::Pair;

// A network with a shortcut over two layers, normalised at its input.
constexpr const char* kShortcut = R"(graph "shortcut" (%x: float32[1x4]) -> (%y) {
  %mean: float32[4] = [1, 2, 3, 4]
  %centred: float32[1x4] = SUB(%x, %mean)
  %w1: float32[8x4] = random(1)
  %a: float32[1x8] = FULLY_CONNECTED(%centred, %w1, _)
  %w2: float32[6x8] = random(2)
  %b: float32[1x6] = FULLY_CONNECTED(%a, %w2, _)
  %w3: float32[8x6] = random(3)
  %c: float32[1x8] = FULLY_CONNECTED(%b, %w3, _)
  %sum: float32[1x8] = ADD(%a, %c)
  %w4: float32[3x8] = random(4)
  %left: float32[1x3] = FULLY_CONNECTED(%sum, %w4, _)
  %w5: float32[2x8] = random(5)
  %right: float32[1x2] = FULLY_CONNECTED(%sum, %w5, _)
  %y: float32[1x5] = CONCATENATION(%left, %right) {axis=1}
})";

TEST(NetworkSketch, has_a_column_for_each_layer_and_an_arc_for_each_shortcut) {
  const NetworkSketch found = sketch(parse_graph(kShortcut, all_operators()));
  std::vector<std::int64_t> units;
  for (const NetworkSketch::Column& column : found.columns) units.push_back(column.units);
  EXPECT_THAT(units, ElementsAre(4, 8, 6, 8, 5));  // the last two layers stand side by side
  EXPECT_EQ(found.columns[0].op, "");
  EXPECT_EQ(found.columns[1].op, "FULLY_CONNECTED");
  EXPECT_THAT(found.skips, ElementsAre(Pair(1, 3)));
}

}  // namespace
}  // namespace mirim
