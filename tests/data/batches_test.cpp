#include "mirim/data/batches.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

/// Sample i is a 2x3 image of the pixels 10 i + 0 ... 5, its class i.
Subset numbered(int count) {
  auto data = std::make_shared<Dataset>(Dataset{.sample = {DType::uint8, {2, 3, 1}}});
  for (int i = 0; i < count; ++i) {
    for (int p = 0; p < 6; ++p) data->samples.push_back(static_cast<std::byte>(10 * i + p));
    data->labels.push_back(i);
  }
  Subset subset{data, std::vector<std::int64_t>(static_cast<std::size_t>(count))};
  std::iota(subset.index.begin(), subset.index.end(), 0);
  return subset;
}

struct Batch {
  explicit Batch(std::int64_t count)
      : x(static_cast<std::size_t>(6 * count)), labels(static_cast<std::size_t>(count)) {}
  std::vector<float> x;
  std::vector<std::int32_t> labels;

  bool operator==(const Batch&) const = default;
};

Batch batch(Batches& batches, int epoch, std::int64_t first, std::int64_t count) {
  Batch b(count);
  batches.fill(epoch, first, count, b.x, b.labels, {});
  return b;
}

TEST(Batches, give_samples_in_order_without_a_seed) {
  Batches batches(numbered(4), {});
  const Batch b = batch(batches, 0, 1, 2);
  EXPECT_THAT(b.labels, ElementsAre(1, 2));
  EXPECT_THAT(b.x, ElementsAre(10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25));
}

TEST(Batches, an_epoch_holds_every_sample_once_in_an_order_of_its_own) {
  Batches batches(numbered(20), {.shuffle_seed = 5});
  std::vector<std::vector<std::int32_t>> epochs;
  for (int epoch = 0; epoch < 2; ++epoch) {
    epochs.emplace_back();
    for (std::int64_t first = 0; first < 20; first += 5) {
      const Batch b = batch(batches, epoch, first, 5);
      epochs.back().insert(epochs.back().end(), b.labels.begin(), b.labels.end());
    }
  }
  EXPECT_NE(epochs[0], epochs[1]);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(epoch[static_cast<std::size_t>(i)], i);
  }
}

TEST(Batches, are_the_same_read_ahead_or_asked_for_out_of_order) {
  const BatchOptions options{.shuffle_seed = 7, .augmentation = {.shift = 1, .flip = true, .cutout = 1}};
  BatchOptions alone = options;
  alone.read_ahead = false;
  Batches ahead(numbered(12), options), plain(numbered(12), alone), resumed(numbered(12), options);
  std::vector<Batch> expected;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (std::int64_t first = 0; first + 5 <= 12; first += 5) {
      expected.push_back(batch(plain, epoch, first, 5));
      EXPECT_EQ(batch(ahead, epoch, first, 5), expected.back());
    }
  }
  // As after a resume: straight to epoch 2.
  EXPECT_EQ(batch(resumed, 2, 5, 5), expected.back());
  EXPECT_EQ(batch(resumed, 0, 0, 5), expected.front());
}

TEST(Batches, targets_without_numbers_are_the_samples_themselves) {
  Batches batches(numbered(2), {});
  std::vector<float> x(12), targets(12);
  batches.fill(0, 0, 2, x, {}, targets);
  EXPECT_EQ(x, targets);
}

TEST(Batches, refuse_what_they_cannot_give) {
  EXPECT_THROW(Batches(Subset{numbered(1).data, {}}, {}), Error);
  auto data = std::make_shared<Dataset>(Dataset{.sample = {DType::float32, {3}}, .samples = Bytes(12)});
  EXPECT_THROW(Batches(Subset{data, {0}}, {.augmentation = {.flip = true}}), Error);
  auto doubles = std::make_shared<Dataset>(Dataset{.sample = {DType::float64, {1}}, .samples = Bytes(8)});
  EXPECT_THROW(Batches(Subset{doubles, {0}}, {}), Error);
}

TEST(Batches, noise_stays_in_the_range_of_bytes_and_out_of_an_autoencoders_target) {
  Batches batches(numbered(2), {.shuffle_seed = 1, .augmentation = {.noise = 0.5}});
  std::vector<float> x(12), targets(12), again(12), later(12);
  batches.fill(0, 0, 2, x, {}, targets);
  std::vector<float> pixels = targets;
  std::ranges::sort(pixels);
  EXPECT_THAT(pixels, ElementsAre(0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15));
  EXPECT_NE(x, targets);
  EXPECT_EQ(std::ranges::count_if(x, [](float e) { return e < 0 || e > 255; }), 0);
  EXPECT_GT(std::ranges::count(x, 0.0F), 1);  // half of them would be below 0
  batches.fill(0, 0, 2, again, {}, {});
  batches.fill(1, 0, 2, later, {}, {});
  EXPECT_EQ(x, again);
  EXPECT_NE(x, later);
}

TEST(Batches, without_a_seed_have_the_same_noise_in_each_epoch) {
  Batches batches(numbered(3), {.augmentation = {.noise = 0.01}});
  const Batch first = batch(batches, 0, 0, 3);
  EXPECT_EQ(batch(batches, 1, 0, 3), first);
  const auto noise_of = [&](std::size_t sample) {
    std::vector<float> noise;
    for (std::size_t p = 0; p < 6; ++p) noise.push_back(first.x[6 * sample + p] - static_cast<float>(10 * sample + p));
    return noise;
  };
  EXPECT_NE(noise_of(1), noise_of(2));
}

TEST(Augment, noise_of_floats_has_the_deviation_that_was_asked_for) {
  std::vector<float> elements(20000, 3);
  add_noise(0.25, DType::float32, elements, 7);
  double sum = 0, squares = 0;
  for (const float e : elements) sum += static_cast<double>(e) - 3, squares += std::pow(static_cast<double>(e) - 3, 2);
  EXPECT_NEAR(sum / 20000, 0, 0.006);  // within 3.4 of 0.25 / sqrt(20000)
  EXPECT_NEAR(std::sqrt(squares / 20000), 0.25, 0.005);
}

TEST(Augment, noise_of_bytes_is_rounded_to_bytes) {
  const Bytes sample{std::byte{0}, std::byte{128}, std::byte{255}};
  const Bytes noisy = with_noise(0.1, {DType::uint8, {3}}, sample, 1);
  ASSERT_EQ(noisy.size(), 3U);
  EXPECT_NEAR(static_cast<double>(noisy[1]), 128, 4 * 25.5);
  EXPECT_NE(noisy, sample);
  EXPECT_THROW(with_noise(0.1, {DType::int32, {1}}, Bytes(4), 1), Error);
}

TEST(Augment, rotation_turns_all_pairs_by_one_angle) {
  const std::vector<float> from{1, 0, 0, 2, 3, 4, -1, 1};  // two rows of two pairs
  std::vector<float> to(8);
  double most = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    augment({.rotate = 30}, {2, 4}, from, to, seed);
    const double angle = std::atan2(static_cast<double>(to[1]), static_cast<double>(to[0]));
    most = std::max(most, std::abs(angle));
    for (std::size_t i = 0; i < 8; i += 2) {
      EXPECT_NEAR(to[i], from[i] * std::cos(angle) - from[i + 1] * std::sin(angle), 1e-5);
      EXPECT_NEAR(to[i + 1], from[i] * std::sin(angle) + from[i + 1] * std::cos(angle), 1e-5);
    }
  }
  EXPECT_LE(most, 30.001 * 3.14159265 / 180);
  EXPECT_GE(most, 25 * 3.14159265 / 180);
  EXPECT_THROW(augment({.rotate = 5}, {2, 2, 1}, std::vector<float>(4), to, 1), Error);
  EXPECT_THROW(augment({.shift = 1, .rotate = 5}, {2, 2, 1}, std::vector<float>(4), to, 1), Error);
}

const std::vector<float> kImage{1, 2, 3, 4, 5, 6};  // 2 rows, 3 columns

TEST(Augment, shifts_and_flips_are_all_reached_and_keep_pixels_whole) {
  std::vector<std::vector<float>> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<float> to(6);
    augment({.shift = 1, .flip = true}, {2, 3, 1}, kImage, to, seed);
    if (std::find(seen.begin(), seen.end(), to) == seen.end()) seen.push_back(to);
  }
  // 3 x 3 places, each mirrored or not; all differ.
  EXPECT_EQ(seen.size(), 18U);
  EXPECT_THAT(seen, testing::Contains(ElementsAre(1, 2, 3, 4, 5, 6)));
  EXPECT_THAT(seen, testing::Contains(ElementsAre(3, 2, 1, 6, 5, 4)));
  EXPECT_THAT(seen, testing::Contains(ElementsAre(0, 0, 0, 0, 1, 2)));  // down and right by one
}

TEST(Augment, cutout_blanks_one_square) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<float> to(6);
    augment({.cutout = 1}, {2, 3, 1}, kImage, to, seed);
    EXPECT_EQ(std::count(to.begin(), to.end(), 0.0F), 1);
  }
}

}  // namespace
}  // namespace mirim
