#include "mirim/explore/space.hpp"

#include <gmock/gmock.h>

#include <set>

namespace mirim {
namespace {

using testing::Contains;
using testing::Not;

// Of both layers 90 % zeros are borne; `small` bears neither 75 % nor 4 bits.
Space space() {
  return {{0, 0.2, 0.4},
          {{.layer = "large", .weights = 1000, .sparsity = {0, 0.1, 0.5, 3}, .clusters = 0, .bits = {0, 0.2, 30}},
           {.layer = "small", .weights = 36, .sparsity = {0, 0.2, 8, 5}, .clusters = 0.5, .bits = {0, 6, 40}}}};
}

TEST(Space, a_layer_that_suffers_gets_the_level_below) {
  const Candidate candidate = space().at({.channels = 1, .sparsity = 2, .bits = 1});
  EXPECT_EQ(to_string(candidate), "channels=0.2 sparsity=0.75 clusters=0 bits=4; 'small' sparsity=0.5 bits=8");
}

TEST(Space, where_all_layers_suffer_alike_none_is_an_exception) {
  // 5 points are less than twice 3, 40 less than twice 30.
  EXPECT_EQ(to_string(space().at({.sparsity = 3, .bits = 2})), "channels=0 sparsity=0.9 clusters=0 bits=2");
}

TEST(Space, the_grid_has_no_candidate_twice_and_begins_with_plain_int8) {
  const std::vector<Levels> grid = space().grid(100);
  EXPECT_EQ(grid.size(), 72U);  // 3 shares, 4 sparsities, 4 clusters or 2 more widths
  EXPECT_EQ(std::set<Levels>(grid.begin(), grid.end()).size(), grid.size());
  EXPECT_EQ(grid[0], Levels{});
  EXPECT_EQ(space().grid(5), std::vector<Levels>(grid.begin(), grid.begin() + 5));
}

TEST(Space, neighbours_are_one_level_away_and_in_the_space) {
  const std::vector<Levels> all = space().neighbours({.channels = 2, .sparsity = 0, .bits = 1});
  EXPECT_THAT(all, Contains(Levels{.channels = 1, .bits = 1}));
  EXPECT_THAT(all, Contains(Levels{.channels = 2, .sparsity = 1, .bits = 1}));
  EXPECT_THAT(all, Contains(Levels{.channels = 2, .bits = 2}));
  EXPECT_THAT(all, Contains(Levels{.channels = 2}));
  EXPECT_EQ(all.size(), 4U);  // no more channels, no clusters with 4 bits
}

}  // namespace
}  // namespace mirim
