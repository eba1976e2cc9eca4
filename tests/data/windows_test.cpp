#include "mirim/data/windows.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"

namespace mirim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Dataset windows(std::string_view text, const std::string& options) {
  return parse_windows(text, window_options("file" + options));
}

std::string complaint(std::string_view text, const std::string& options) {
  try {
    windows(text, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<float> elements(const Dataset& data, std::int64_t i) {
  std::vector<float> values(static_cast<std::size_t>(data.sample.shape.elements()));
  std::memcpy(values.data(), data[i].data(), data[i].size());
  return values;
}

// Two recordings of five rows, a third of two.
constexpr std::string_view kTable =
    "file,label,t,ax,ay\n"
    "a,run,0,1,10\na,run,1,2,20\na,run,2,3,30\na,run,3,4,40\na,run,4,5,50\n"
    "b,sit,0,6,60\nb,sit,1,7,70\nb,sit,2,8,80\nb,run,3,9,90\nb,run,4,10,100\n"
    "c,sit,0,11,110\n";

TEST(Windows, stay_within_a_recording_and_a_label) {
  const Dataset data = windows(kTable, "?size=2");
  EXPECT_EQ(data.sample.shape, (Shape{2, 2}));
  ASSERT_EQ(data.size(), 4);  // a: rows 0-1, 2-3; b: 5-6, and 8-9 of the other label
  EXPECT_THAT(elements(data, 0), ElementsAre(1, 10, 2, 20));
  EXPECT_THAT(elements(data, 1), ElementsAre(3, 30, 4, 40));
  EXPECT_THAT(elements(data, 2), ElementsAre(6, 60, 7, 70));
  EXPECT_THAT(elements(data, 3), ElementsAre(9, 90, 10, 100));
  EXPECT_THAT(data.class_names, ElementsAre("run", "sit"));
  EXPECT_THAT(data.labels, ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(data.groups, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(data.notes,
              Contains(HasSubstr("1 pieces are shorter than a window and left out, such as that in line 12")));
}

TEST(Windows, overlap_by_a_part_and_are_as_long_as_asked) {
  const Dataset data = windows(kTable, "?rate=10&length=0.4&overlap=0.75&columns=ay");
  EXPECT_EQ(data.sample.shape, (Shape{4, 1}));
  ASSERT_EQ(data.size(), 2);  // every row: a has two, b has no four of one label
  EXPECT_THAT(elements(data, 1), ElementsAre(20, 30, 40, 50));
}

TEST(Windows, without_a_column_of_recordings_begin_where_time_does_not_rise) {
  const Dataset data = windows("t;x\n0;1\n1;2\n2;3\n0;4\n1;5\n", "?size=2&overlap=0.5&label=none");
  EXPECT_EQ(data.size(), 3);
  EXPECT_THAT(data.groups, ElementsAre(0, 0, 1));
  EXPECT_TRUE(data.labels.empty());
  EXPECT_EQ(windows("t;x\n0;1\n1;2\n2;3\n0;4\n1;5\n", "?size=2&overlap=0.5&label=none&time=none&columns=x").size(), 4);
}

TEST(Windows, refuse_what_makes_none) {
  EXPECT_THAT(complaint(kTable, ""), HasSubstr("size=ROWS or rate=HZ&length=SECONDS"));
  EXPECT_THAT(complaint(kTable, "?length=2"), HasSubstr("needs rate="));
  EXPECT_THAT(complaint(kTable, "?size=6"), HasSubstr("no recording has the 6 rows of a window"));
  EXPECT_THAT(complaint(kTable, "?size=0"), HasSubstr("from 1 to 1000000"));
  EXPECT_THAT(complaint(kTable, "?size=2&overlap=1"), HasSubstr("from 0 to 0.999"));
  EXPECT_THAT(complaint(kTable, "?size=2&recording=who"), HasSubstr("no such column; the columns are file, label"));
  EXPECT_THAT(complaint(kTable, "?size=2&columns=az"), HasSubstr("az"));
  EXPECT_THAT(complaint("t,x\n0,1\nnow,2\n", "?size=1&label=none"), HasSubstr("line 3"));
  EXPECT_THAT(complaint("x,y\n0.5,1\n1.5,oops\n2.5,3\n", "?size=1&label=none"), HasSubstr("line 3"));
}

TEST(Windows, of_an_accelerometer_are_split_by_recording) {
  const std::filesystem::path file =
      std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/datasets/har_stm32_26hz.csv.xz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Splits splits = load_data("windows:" + file.string() + "?rate=26&length=2&overlap=0.5");
  const Dataset& data = *splits.training.data;
  EXPECT_EQ(data.sample.shape, (Shape{52, 3}));
  EXPECT_EQ(data.size(), 92 * 37);  // (1000 - 52) / 26 + 1 windows of each of 92 recordings
  EXPECT_THAT(data.class_names, ElementsAre("running", "stationary", "walking"));
  std::set<std::int32_t> groups[2];
  for (const std::int64_t i : splits.test.index) groups[0].insert(data.groups[static_cast<std::size_t>(i)]);
  for (const std::int64_t i : splits.training.index) groups[1].insert(data.groups[static_cast<std::size_t>(i)]);
  for (const std::int32_t group : groups[0]) EXPECT_FALSE(groups[1].contains(group)) << group;
}

}  // namespace
}  // namespace mirim
