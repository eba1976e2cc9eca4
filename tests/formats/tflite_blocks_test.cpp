// Weights quantized in blocks (mirim/graph/blocks.hpp), whose scales a file has in another tensor.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "mirim/formats/tflite.hpp"
#include "mirim/graph/blocks.hpp"
#include "tests/formats/tflite_file.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// int4 [2,4] with two blocks a row, or what else the numbers say.
Bytes file_with(int block_size, int scales, const std::string& halves = "0, 60, 0, 64, 0, 56, 0, 0") {
  return test::file_of(fmt::format(R"({{
    version: 3,
    subgraphs: [{{tensors: [
      {{shape: [2, 4], type: INT4, name: 'weights', buffer: 1, quantization: {{details_type: 'BlockwiseQuantization',
        details: {{scales: {}, zero_points: -1, block_size: {}}}}}}},
      {{shape: [2, 2], type: FLOAT16, name: 'scales', buffer: 2}},
      {{shape: [4], type: FLOAT16, name: 'computed'}}
    ], inputs: [2], outputs: []}}],
    buffers: [{{}}, {{data: [120, 15, 0, 1]}}, {{data: [{}]}}]
  }})",
                                   scales, block_size, halves));
}

TEST(TfliteBlocks, have_the_scales_of_the_other_tensor) {
  const Graph graph = read_tflite(file_with(2, 1)).main();
  ASSERT_TRUE(is_in_blocks(graph[0].quantization));
  EXPECT_THAT(graph[0].quantization.scale, ElementsAre(1, 2, 0.5F, 0));  // 3c00 4000 3800 0000
  EXPECT_EQ(block_size(graph[0].quantization, graph[0].type.shape), 2);
}

TEST(TfliteBlocks, that_do_not_fit_are_kept_and_not_computed_with) {
  const auto warnings = [](const Bytes& file) {
    const TfliteFile read = examine_tflite(file);
    EXPECT_THAT(read.findings.problems, IsEmpty());
    EXPECT_TRUE(read.model.main()[0].quantization.empty());
    EXPECT_EQ(test::json_of(write_tflite(read.model)), test::json_of(file));
    return testing::PrintToString(read.findings.warnings);
  };
  EXPECT_THAT(warnings(file_with(3, 1)), HasSubstr("3 elements each do not divide the rows of [2x4]"));
  EXPECT_THAT(warnings(file_with(0, 1)), HasSubstr("0 elements each do not divide"));
  EXPECT_THAT(warnings(file_with(-2, 1)), HasSubstr("-2 elements each do not divide"));
  EXPECT_THAT(warnings(file_with(4, 1)), HasSubstr("there are 4 scales for 2 of them"));
  EXPECT_THAT(warnings(file_with(2, 7)), HasSubstr("their scales are tensor 7, there are 3"));
  EXPECT_THAT(warnings(file_with(2, -1)), HasSubstr("their scales are tensor -1, there are 3"));
  EXPECT_THAT(warnings(file_with(2, 0)), HasSubstr("their scales are int4, expected a constant of float16"));
  EXPECT_THAT(warnings(file_with(2, 2)), HasSubstr("their scales are computed at run time"));
  EXPECT_THAT(warnings(file_with(2, 1, "0, 60, 0, 64, 0, 184, 0, 0")), HasSubstr("-0.5 is negative or not finite"));
  EXPECT_THAT(warnings(file_with(2, 1, "0, 60, 0, 124, 0, 60, 0, 0")), HasSubstr("inf is negative or not finite"));
}

TEST(TfliteBlocks, are_written_with_their_scales_after_those_were_removed) {
  const auto path = std::string(MIRIM_SOURCE_DIR) + "/tests/golden/fully_connected_blocks.tflite";
  Model model = read_tflite_file(path);
  const Graph before = model.main();
  remove_unused_values(model.main());
  ASSERT_LT(model.main().values.size(), before.values.size());
  const Graph after = read_tflite(write_tflite(model)).main();
  int blocks = 0;
  for (std::size_t n = 0; n < before.nodes.size(); ++n) {
    const Value &was = before[before.nodes[n].inputs[1]], &is = after[after.nodes[n].inputs[1]];
    blocks += is_in_blocks(was.quantization) ? 1 : 0;
    EXPECT_EQ(is.quantization, was.quantization);
    EXPECT_EQ(*is.constant, *was.constant);
  }
  EXPECT_EQ(blocks, 12);
}

}  // namespace
}  // namespace mirim
