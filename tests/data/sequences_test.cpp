// Sequences of random vectors as data.
#include <gmock/gmock.h>

#include <array>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/data/steps.hpp"

namespace mirim {
namespace {

TEST(Sequences, copies_follow_the_second_flag) {
  const Splits data = load_data("sequences:copy?bits=2&length=1-3&samples=50&test=4&test_length=5", {.validation = 0});
  const Dataset& training = *data.training.data;
  EXPECT_EQ(training.sample.shape, (Shape{8, 4}));
  EXPECT_EQ(data.training.size(), 50);
  EXPECT_EQ(data.test.size(), 4);
  EXPECT_EQ(data.test.data->sample.shape, (Shape{12, 4}));
  std::array<int, 4> lengths{};
  for (std::int64_t n = 0; n < 50; ++n) {
    std::vector<float> x(8 * 4);
    to_floats(training.sample, training[n], x);
    const float* y = training.targets.data() + n * 8 * 2;
    EXPECT_EQ(x[2], 1);
    std::size_t end = 1;
    while (x[end * 4 + 3] == 0) ++end;
    ++lengths.at(end - 1);
    for (std::size_t t = 0; t < 8; ++t) {
      for (std::size_t bit = 0; bit < 2; ++bit) {
        const bool asked = t > end && t < 2 * end;
        const float target = y[t * 2 + bit];
        EXPECT_EQ(std::isnan(target), !asked) << n << " " << t;
        if (asked) {
          EXPECT_EQ(target, x[(t - end) * 4 + bit]) << n << " " << t;
        }
      }
    }
  }
  EXPECT_EQ(lengths[0], 0);
  for (std::size_t length = 1; length < 4; ++length) EXPECT_GT(lengths.at(length), 5);
  for (const std::string wrong : {"sequences:copy?length=0", "sequences:copy?length=3-2", "sequences:copy?length=a",
                                  "sequences:paste", "sequences:copy?bits=100", "sequences:copy?items=2"}) {
    EXPECT_THROW(load_data(wrong, {}), Error) << wrong;
  }
}

// Read as who is asked would: an item ends with its second flag, and then as many vectors are asked for as it has.
TEST(Sequences, recall_has_several_items) {
  const Splits data =
      load_data("sequences:recall?bits=3&length=1-2&items=1-3&samples=40&test=3&test_items=10", {.validation = 0});
  const Dataset& training = *data.training.data;
  EXPECT_EQ(training.sample.shape, (Shape{18, 5}));
  EXPECT_EQ(data.test.data->sample.shape, (Shape{60, 5}));
  std::array<int, 4> counts{};
  for (std::int64_t n = 0; n < 40; ++n) {
    std::vector<float> x(18 * 5);
    to_floats(training.sample, training[n], x);
    const float* y = training.targets.data() + n * 18 * 3;
    std::vector<std::array<float, 3>> held;
    std::size_t asked = 0, items = 0;
    for (std::size_t t = 0; t < 18; ++t) {
      const float* step = x.data() + t * 5;
      EXPECT_EQ(std::isnan(y[t * 3]), asked == 0) << n << " " << t;
      if (asked > 0) {
        for (std::size_t bit = 0; bit < 3; ++bit) EXPECT_EQ(y[t * 3 + bit], held[held.size() - asked][bit]);
        --asked;
      } else if (step[3] == 1) {
        held.clear();
        ++items;
      } else if (step[4] == 1) {
        asked = held.size();
      } else if (items > 0) {
        held.push_back({step[0], step[1], step[2]});
      }
    }
    ++counts.at(items);
  }
  for (std::size_t items = 1; items < 4; ++items) EXPECT_GT(counts.at(items), 3);
}

TEST(Sequences, become_their_steps_and_whole_again) {
  const Splits data = load_data("sequences:copy?bits=2&length=2&samples=10&test=4", {.validation = 0.2});
  const Subset& whole = data.training;
  const Subset steps = in_steps(whole);
  EXPECT_EQ(steps.size(), 8 * 6);
  EXPECT_EQ(steps.data->sample.shape, (Shape{4}));
  EXPECT_EQ(steps.data->target_size, 2);
  std::vector<float> sequence(24), step(4);
  to_floats(whole.data->sample, whole.sample(3), sequence);
  for (std::int64_t t = 0; t < 6; ++t) {
    EXPECT_EQ(begins_sequence(steps, 3 * 6 + t), t == 0);
    to_floats(steps.data->sample, steps.sample(3 * 6 + t), step);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(step[i], sequence[static_cast<std::size_t>(t) * 4 + i]);
  }
  const Subset again = in_sequences(steps);
  EXPECT_EQ(again.index, whole.index);
  EXPECT_EQ(again.data->sample, whole.data->sample);
  EXPECT_EQ(again.data->target_size, whole.data->target_size);
  EXPECT_FALSE(begins_sequence(whole, 0));
}

}  // namespace
}  // namespace mirim
