#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/dataset.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Dataset sprites(const std::string& spec) { return *load_data(spec, {.validation = 0}).training.data; }

/// Where the light of an image is, how much there is, and how it is turned.
struct Moments {
  double light = 0, x = 0, y = 0, angle = 0;
};

Moments moments_of(const Dataset& data, std::int64_t i) {
  const auto side = static_cast<std::size_t>(data.sample.shape[0]);
  std::vector<float> pixels(side * side);
  to_floats(data.sample, data[i], pixels);
  Moments m;
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    const double light = static_cast<double>(pixels[p]) / 255;
    m.light += light;
    m.x += light * (static_cast<double>(p % side) + 0.5);
    m.y += light * (static_cast<double>(p / side) + 0.5);
  }
  m.x /= m.light;
  m.y /= m.light;
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    const double light = static_cast<double>(pixels[p]) / 255;
    const double dx = static_cast<double>(p % side) + 0.5 - m.x, dy = static_cast<double>(p / side) + 0.5 - m.y;
    xx += light * dx * dx;
    xy += light * dx * dy;
    yy += light * dy * dy;
  }
  m.angle = std::atan2(2 * xy, xx - yy) / 2;
  return m;
}

// The numbers that the pixels give are those that were written down.
TEST(Sprites, show_what_they_were_made_of) {
  for (const char* spec : {"sprites:box?samples=200", "sprites:ellipse?samples=200&side=48&seed=5"}) {
    const Dataset data = sprites(spec);
    ASSERT_EQ(data.target_size, 4);
    EXPECT_THAT(data.target_names, testing::ElementsAre("x", "y", "size", "angle"));
    const auto side = static_cast<double>(data.sample.shape[0]);
    const double fill = data.notes[0].find("ellipse") != std::string::npos ? M_PI / 4 : 1;
    for (std::int64_t i = 0; i < data.size(); ++i) {
      const float* f = data.targets.data() + i * 4;
      const Moments m = moments_of(data, i);
      EXPECT_NEAR(m.x, side / 2 + side / 4 * static_cast<double>(f[0]), 0.1) << spec << " " << i;
      EXPECT_NEAR(m.y, side / 2 + side / 4 * static_cast<double>(f[1]), 0.1) << spec << " " << i;
      const double length = side * (0.15 + 0.05 * static_cast<double>(f[2]));
      EXPECT_NEAR(m.light / (2 * length * length * fill), 1, 0.06) << spec << " " << i;
      EXPECT_NEAR(m.angle, M_PI / 4 * static_cast<double>(f[3]), 0.06) << spec << " " << i;
    }
  }
}

TEST(Sprites, of_a_group_differ_in_one_factor_and_groups_take_turns) {
  const Dataset data = sprites("sprites:box?samples=64&together=8");
  ASSERT_EQ(data.groups.size(), 64U);
  for (std::size_t group = 0; group < 8; ++group) {
    for (std::size_t k = 0; k < 4; ++k) {
      std::set<float> values;
      for (std::size_t i = 0; i < 8; ++i) values.insert(data.targets[(group * 8 + i) * 4 + k]);
      EXPECT_EQ(values.size(), group % 4 == k ? 8U : 1U) << group << " " << k;
    }
  }
}

TEST(Sprites, stay_together_in_batches_of_whole_groups) {
  auto data = std::make_shared<const Dataset>(sprites("sprites:box?samples=64&together=8&side=16"));
  std::vector<std::int64_t> all(64);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  Batches batches({data, all}, {.shuffle_seed = 3, .whole_groups = true});
  std::vector<float> x(8 * 256), factors(8 * 4);
  std::set<std::vector<float>> seen;
  std::vector<float> firsts;
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (std::int64_t first = 0; first < 64; first += 8) {
      batches.fill(epoch, first, 8, x, {}, factors);
      int differ = 0;
      for (std::size_t k = 0; k < 4; ++k) differ += factors[k] != factors[4 + k] ? 1 : 0;
      EXPECT_EQ(differ, 1);
      seen.insert(factors);
      firsts.push_back(factors[0]);
    }
  }
  EXPECT_EQ(seen.size(), 8U);  // all groups, in their order within
  EXPECT_FALSE(std::equal(firsts.begin(), firsts.begin() + 8, firsts.begin() + 8));
}

TEST(Sprites, of_an_autoencoder_are_their_own_targets) {
  auto data = std::make_shared<const Dataset>(sprites("sprites:box?samples=8&side=16"));
  Batches batches({data, {0, 1, 2}}, {.itself = true});
  std::vector<float> x(3 * 256), targets(3 * 256);
  batches.fill(0, 0, 3, x, {}, targets);
  EXPECT_EQ(x, targets);
}

TEST(Sprites, that_cannot_be_are_refused) {
  const auto refused = [](const std::string& spec, const std::string& why) {
    EXPECT_THAT([&] { sprites(spec); }, ThrowsMessage<Error>(HasSubstr(why))) << spec;
  };
  refused("sprites:star", "box and ellipse");
  refused("sprites:box?samples=10&together=4", "no multiple");
  refused("sprites:box?size=3", "size");
  refused("sprites:box?side=8", "16");
}

}  // namespace
}  // namespace mirim
