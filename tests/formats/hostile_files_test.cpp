#include <gmock/gmock.h>

#include "mirim/formats/tflite.hpp"
#include "tests/formats/hostile_files.hpp"

namespace mirim {
namespace {

// What they are made from is sound, so that each is refused for the one thing that is wrong with it.
TEST(HostileFiles, are_made_from_sound_ones) {
  const test::OneNode sound[] = {{},
                                 test::conv("stride_w: 1, stride_h: 1"),
                                 test::depthwise("stride_w: 1, stride_h: 1, depth_multiplier: 1"),
                                 test::pool("stride_w: 1, stride_h: 1, filter_width: 1, filter_height: 1"),
                                 test::indexed("RESHAPE", "4", {1, 4, 4, 2}),
                                 test::indexed("PAD", "4, 2", {0, 0, 0, 0, 0, 0, 0, 0})};
  for (const test::OneNode& model : sound) EXPECT_THAT(verify(read_tflite(model.bytes())), testing::IsEmpty());
}

TEST(HostileFiles, are_refused_in_lines_of_moderate_length) {
  const auto files = test::hostile_files();
  EXPECT_GE(files.size(), 80U);
  for (const test::HostileFile& file : files) {
    SCOPED_TRACE(file.what);
    const Findings found = examine_tflite(file.bytes).findings;
    EXPECT_FALSE(found.problems.empty()) << testing::PrintToString(found.unsupported);
    for (const std::string& line : found.problems) {
      EXPECT_LT(line.size(), 500U);
      EXPECT_EQ(line.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace mirim
