#include "mirim/explore/front.hpp"

#include <gmock/gmock.h>

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Front, keeps_what_no_other_point_beats) {
  EXPECT_THAT(pareto_front({{1, 5}, {2, 2}, {3, 3}, {5, 1}, {2, 6}}), ElementsAre(0, 1, 3));
}

TEST(Front, of_equal_points_the_first_stays) {
  EXPECT_THAT(pareto_front({{1, 1}, {1, 1}, {1, 1}}), ElementsAre(0));
  EXPECT_THAT(pareto_front({}), IsEmpty());
}

TEST(Front, a_point_equal_in_one_and_better_in_the_other_wins) {
  EXPECT_THAT(pareto_front({{1, 2}, {1, 1}}), ElementsAre(1));
}

}  // namespace
}  // namespace mirim
