#include "mirim/data/strokes.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> elements(const Dataset& data, std::int64_t i) {
  std::vector<float> values(static_cast<std::size_t>(data.sample.shape.elements()));
  std::memcpy(values.data(), data[i].data(), data[i].size());
  return values;
}

std::string complaint(std::string_view text, const StrokeOptions& options = {}) {
  try {
    parse_strokes(text, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Strokes, are_resampled_in_time_centred_scaled_and_have_their_velocity) {
  // At 5 equal steps of time: x 0, 1, 2, 5, 8; their mean is 3.2, the farthest is 8 - 3.2 = 4.8 away.
  const Dataset data = parse_strokes(R"({"label": "a", "points": [[0, 7], [2, 7], [8, 7]]})", {.points = 5});
  EXPECT_EQ(data.sample, (TensorType{DType::float32, {5, 4}}));
  const std::vector<float> values = elements(data, 0);
  const std::vector<double> x{0, 1, 2, 5, 8};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_FLOAT_EQ(values[4 * i], static_cast<float>((x[i] - 3.2) / 4.8)) << i;
    EXPECT_EQ(values[4 * i + 1], 0) << i;
    EXPECT_FLOAT_EQ(values[4 * i + 2], static_cast<float>(i == 0 ? 0 : 10 * (x[i] - x[i - 1]) / 4.8)) << i;
    EXPECT_EQ(values[4 * i + 3], 0) << i;
  }
}

TEST(Strokes, without_velocity_are_positions) {
  const Dataset data =
      parse_strokes(R"({"points": [{"x": 1, "y": 1}, {"x": 1, "y": 3}]})", {.points = 2, .velocity = 0});
  EXPECT_EQ(data.sample.shape, (Shape{2, 2}));
  EXPECT_THAT(elements(data, 0), ElementsAre(0, -1, 0, 1));
  EXPECT_TRUE(data.labels.empty());
}

TEST(Strokes, classes_are_numbers_in_their_order_or_texts) {
  const Dataset numbers =
      parse_strokes("{\"digit\": 10, \"points\": [[0,0],[1,1]]}\n\n{\"digit\": 9, \"points\": [[0,0],[1,1]]}\r\n", {});
  EXPECT_THAT(numbers.class_names, ElementsAre("9", "10"));
  EXPECT_THAT(numbers.labels, ElementsAre(1, 0));
  const Dataset texts = parse_strokes(
      "{\"label\": \"wing\", \"class\": \"z\", \"points\": [[0,0],[1,1]]}\n"
      "{\"label\": \"ring\", \"class\": \"y\", \"points\": [[0,0],[1,1]]}",
      {});
  EXPECT_THAT(texts.class_names, ElementsAre("ring", "wing"));
}

TEST(Strokes, of_one_group_stay_on_one_side_of_a_split) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += R"({"label": )" + std::to_string(i % 2) + R"(, "who": "p)" + std::to_string(i % 6) +
            R"(", "points": [[0,0],[1,)" + std::to_string(i) + "]]}\n";
  }
  const auto data = std::make_shared<const Dataset>(parse_strokes(text, {.label = "label", .group = "who"}));
  const Splits splits = split(data, {.validation = 0.2, .test = 0.3});
  const auto groups = [&](const Subset& part) {
    std::set<std::int32_t> found;
    for (const std::int64_t i : part.index) found.insert(data->groups[static_cast<std::size_t>(i)]);
    return found;
  };
  EXPECT_EQ(splits.test.size(), 20);        // 2 of 6 groups of 10 are nearest to 18 samples
  EXPECT_EQ(splits.validation.size(), 10);  // 1 of 4 is nearest to 8
  EXPECT_EQ(splits.training.size(), 30);
  EXPECT_EQ(groups(splits.test).size() + groups(splits.validation).size() + groups(splits.training).size(), 6U);
}

TEST(Strokes, refuse_with_line_and_reason_what_is_none) {
  EXPECT_THAT(complaint(""), HasSubstr("has no strokes"));
  EXPECT_THAT(complaint("\n{\"points\": [[1,2],[3,4]]"), HasSubstr("line 2: is no JSON"));
  EXPECT_THAT(complaint("[1]"), HasSubstr("line 1: is no JSON object"));
  EXPECT_THAT(complaint(R"({"label": 1})"), HasSubstr("no key 'points'"));
  EXPECT_THAT(complaint(R"({"points": [[1,2]]})"), HasSubstr("two points or more"));
  EXPECT_THAT(complaint(R"({"points": [[1,2],[1,2,3]]})"), HasSubstr("not [x, y]"));
  EXPECT_THAT(complaint(R"({"points": [[1,2],["1",2]]})"), HasSubstr("no number"));
  EXPECT_THAT(complaint(R"({"points": [[1,2],[1e39,2]]})"), HasSubstr("too large"));
  EXPECT_THAT(complaint(R"({"points": [[1,2],[1,2]]})"), HasSubstr("all points are the same"));
  EXPECT_THAT(complaint(R"({"a": 1, "b": 2, "points": [[1,2],[3,2]]})"), HasSubstr("name it with label="));
  EXPECT_THAT(complaint(R"({"a": 1.5, "points": [[1,2],[3,2]]})"), HasSubstr("'a' is no text or whole number"));
  EXPECT_THAT(complaint(R"({"points": [[1,2],[3,2]]})", {.label = "name"}), HasSubstr("no key 'name'"));
  EXPECT_THROW(load_data("strokes:" + std::string(MIRIM_SOURCE_DIR) + "/README.md?point=4"), Error);
}

TEST(Strokes, digits_drawn_in_the_air_are_read_packed) {
  const std::filesystem::path file =
      std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/datasets/wand_digits_strokes.jsonl.xz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Splits splits = load_data("strokes:" + file.string() + "?label=digit");
  const Dataset& data = *splits.training.data;
  EXPECT_EQ(data.sample.shape, (Shape{48, 4}));
  EXPECT_EQ(data.size(), 1000);
  EXPECT_EQ(splits.test.size(), 200);
  EXPECT_EQ(data.class_names.size(), 10U);
  EXPECT_THAT(data.notes[0], HasSubstr("1,000 strokes of 32 to 145 points"));
  // Of every stroke the farthest point is at 1.
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const std::vector<float> values = elements(data, i);
    float reach = 0;
    for (std::size_t p = 0; p < values.size(); p += 4) reach = std::max(reach, std::hypot(values[p], values[p + 1]));
    EXPECT_NEAR(reach, 1, 1e-6F) << i;
  }
}

}  // namespace
}  // namespace mirim
