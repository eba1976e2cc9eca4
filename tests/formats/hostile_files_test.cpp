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

TEST(HostileFiles, a_node_without_the_scales_it_needs_is_warned_of) {
  const std::string tensor = "shape: [1, 4, 4, 2], type: INT8, name: ";
  const test::OneNode softmax{.code = "builtin_code: SOFTMAX",
                              .x = tensor + "'x'",
                              .y = tensor + "'y'",
                              .node =
                                  "inputs: [0], outputs: [1], builtin_options_type: 'SoftmaxOptions', "
                                  "builtin_options: {beta: 1}"};
  const Findings found = examine_tflite(softmax.bytes()).findings;
  EXPECT_THAT(found.problems, testing::IsEmpty());
  EXPECT_THAT(found.warnings, testing::ElementsAre(testing::HasSubstr("node 0 'y' (SOFTMAX): cannot be run: ")));
}

}  // namespace
}  // namespace mirim
