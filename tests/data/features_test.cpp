#include "mirim/data/features.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

Subset table(const std::vector<float>& values, std::vector<std::string> columns) {
  Dataset data{.sample = {DType::float32, {std::ssize(columns)}}};
  const BytesView bytes = bytes_of(values);
  data.samples.assign(bytes.begin(), bytes.end());
  data.feature_names = std::move(columns);
  std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
  std::iota(all.begin(), all.end(), 0);
  return {std::make_shared<const Dataset>(std::move(data)), std::move(all)};
}

std::vector<float> row(const Subset& samples, std::int64_t i) {
  const BytesView bytes = samples.sample(i);
  const auto* values = reinterpret_cast<const float*>(bytes.data());
  return {values, values + bytes.size() / sizeof(float)};
}

TEST(ChannelStatistics, are_those_of_the_samples_asked_for) {
  Subset samples = table({1, 1000, 3, 3000, 99, 99}, {"a", "b"});
  samples.index = {0, 1};
  const Scaling scaling = channel_statistics(samples, 2);
  EXPECT_THAT(scaling.mean, ElementsAre(2, 2000));
  EXPECT_THAT(scaling.deviation, ElementsAre(1, 1000));  // sqrt(((1-2)^2 + (3-2)^2) / 2)
}

TEST(ChannelStatistics, a_channel_that_never_changes_has_deviation_1) {
  const Scaling scaling = channel_statistics(table({0.1F, 7, 0.1F, 7, 0.1F, 7}, {"a", "b"}), 2);
  EXPECT_THAT(scaling.mean, ElementsAre(FloatEq(0.1F), 7));
  EXPECT_THAT(scaling.deviation, ElementsAre(1, 1));
}

TEST(ChannelStatistics, of_an_image_are_by_the_last_axis) {
  // Two pixels of two channels.
  EXPECT_THAT(channel_statistics(table({0, 10, 4, 20}, {"a", "b", "c", "d"}), 2).mean, ElementsAre(2, 15));
}

TEST(MatchFeatures, columns_are_found_by_name_and_others_are_left_out) {
  const Subset samples = match_features(table({1, 2, 3, 4, 5, 6}, {"a", "b", "c"}), {"c", "a"});
  EXPECT_THAT(row(samples, 0), ElementsAre(3, 1));
  EXPECT_THAT(row(samples, 1), ElementsAre(6, 4));
  EXPECT_THAT(samples.data->notes, ElementsAre(HasSubstr("2 of 3 columns")));
}

TEST(MatchFeatures, a_feature_that_is_no_column_is_named) {
  try {
    match_features(table({1, 2}, {"a", "b"}), {"a", "z"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'z'"));
    EXPECT_THAT(error.what(), HasSubstr("a, b"));
  }
}

TEST(MatchFeatures, without_names_nothing_is_moved) {
  const Subset samples = table({1, 2}, {"a", "b"});
  EXPECT_EQ(match_features(samples, {}).data, samples.data);
  EXPECT_EQ(match_features(samples, {"a", "b"}).data, samples.data);
}

}  // namespace
}  // namespace mirim
