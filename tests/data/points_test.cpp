#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/data/dataset.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

Dataset points(const std::string& spec) { return *load_data(spec, {.validation = 0, .test = 0.2}).training.data; }

struct Point {
  float x, y;
};

Point at(const Dataset& data, std::int64_t i) {
  Point point{};
  std::memcpy(&point, data[i].data(), sizeof point);
  return point;
}

TEST(Points, one_line_tells_two_clouds_apart) {
  const Dataset data = points("points:clouds?noise=0.1");
  ASSERT_EQ(data.size(), 1000);
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const auto [x, y] = at(data, i);
    EXPECT_EQ(x + y > 0, data.labels[static_cast<std::size_t>(i)] == 1) << i;
  }
}

TEST(Points, of_xor_the_sign_of_the_product_is_the_class_and_that_of_the_sum_is_not) {
  const Dataset data = points("points:xor?noise=0.1");
  std::int64_t right_by_a_line = 0;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const auto [x, y] = at(data, i);
    const bool one = data.labels[static_cast<std::size_t>(i)] == 1;
    EXPECT_EQ(x * y < 0, one) << i;
    right_by_a_line += (x + y > 0) == one;
  }
  EXPECT_LT(right_by_a_line, 600);
}

TEST(Points, of_a_spiral_the_angle_grows_with_the_radius) {
  const Dataset data = points("points:spirals?noise=0&turns=2&samples=400");
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const auto [x, y] = at(data, i);
    const double radius = std::hypot(x, y);
    EXPECT_LE(radius, 1.0001);
    // Turned back by its angle each point lies on the x axis, the first arm to the right.
    const double back = -4 * M_PI * radius;
    const double along = x * std::cos(back) - y * std::sin(back);
    EXPECT_NEAR(along, data.labels[static_cast<std::size_t>(i)] == 0 ? radius : -radius, 1e-5) << i;
  }
}

TEST(Points, the_seed_decides) {
  EXPECT_EQ(points("points:xor?seed=3").samples, points("points:xor?seed=3").samples);
  EXPECT_NE(points("points:xor?seed=3").samples, points("points:xor?seed=4").samples);
}

std::string complaint(const std::string& spec) {
  try {
    load_data(spec, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Points, what_is_wrong_is_named) {
  EXPECT_THAT(complaint("points:rings"), HasSubstr("no shape 'rings'"));
  EXPECT_THAT(complaint("points"), HasSubstr("no shape ''"));
  EXPECT_THAT(complaint("points:xor?noize=1"), HasSubstr("did you mean 'noise'"));
  EXPECT_THAT(complaint("points:xor?noise=2"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(complaint("points:xor?noise=nan"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(complaint("points:xor?samples=10.5"), HasSubstr("whole number"));
  EXPECT_THAT(complaint("points:xor?samples"), HasSubstr("samples= has no value"));
  EXPECT_THAT(complaint("points:xor?noise=0.1&noise=0.2"), HasSubstr("given twice"));
  EXPECT_THAT(complaint("points:xor?"), HasSubstr("no option ''"));
}

}  // namespace
}  // namespace mirim
