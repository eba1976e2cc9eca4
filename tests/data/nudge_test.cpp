#include "mirim/data/nudge.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Images of 2 x 3 pixels of two bytes, "abcdef" as a0 b0 ...
Dataset images(const std::vector<std::string>& pixels) {
  Dataset data{.sample = {DType::int16, {2, 3, 1}}, .class_names = {"0", "1"}};
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    for (const char c : pixels[i]) {
      data.samples.push_back(static_cast<std::byte>(c));
      data.samples.push_back(std::byte{'0'});
    }
    data.labels.push_back(static_cast<std::int32_t>(i % 2));
  }
  return data;
}

std::string text(BytesView bytes) {
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    result += bytes[i] == std::byte{} ? '.' : static_cast<char>(bytes[i]);
  return result;
}

Splits one_part(Dataset data) {
  Subset all{.data = std::make_shared<const Dataset>(std::move(data))};
  all.index.resize(static_cast<std::size_t>(all.data->size()));
  std::iota(all.index.begin(), all.index.end(), 0);
  return {.training = all, .validation = {}, .test = {}};
}

TEST(Nudge, an_image_comes_with_its_four_neighbours) {
  const Splits splits = nudged(one_part(images({"abcdef", "ghijkl"})));
  ASSERT_EQ(splits.training.size(), 10);
  std::vector<std::string> seen;
  for (std::int64_t i = 0; i < 10; ++i) seen.push_back(text(splits.training.sample(i)));
  EXPECT_THAT(seen, ElementsAre("abcdef", "bc.ef.", ".ab.de", "def...", "...abc",  //
                                "ghijkl", "hi.kl.", ".gh.jk", "jkl...", "...ghi"));
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(splits.training.label(i), i / 5);
}

TEST(Nudge, copies_stay_in_the_part_of_their_image) {
  Splits splits = one_part(images({"aaaaaa", "bbbbbb", "cccccc"}));
  splits.test = {splits.training.data, {1}};
  splits.training.index = {2, 0};
  splits = nudged(std::move(splits));
  EXPECT_EQ(splits.test.data, splits.training.data);
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_THAT(text(splits.test.sample(i)), HasSubstr("bb"));
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_THAT(text(splits.training.sample(i)), HasSubstr(i < 5 ? "cc" : "aa"));
}

TEST(Nudge, a_table_is_no_image) {
  Dataset data = images({"abcdef"});
  data.sample.shape = {6};
  try {
    nudged(one_part(std::move(data)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "nudge moves images [height, width, channels], samples are 6; a table has them with shape=HEIGHTxWIDTH");
  }
}

}  // namespace
}  // namespace mirim
