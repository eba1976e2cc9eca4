#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "mirim/base/file.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MIRIM_SOURCE_DIR) / "tests/golden/float";

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) names.push_back(entry.path().stem().string());
  return names;
}

// The graphs of a file, each from "graph" to the next one.
std::vector<std::string> graphs_of(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t at = text.find("graph \""); at != std::string::npos;) {
    const std::size_t next = text.find("\ngraph \"", at);
    result.push_back(text.substr(at, next == std::string::npos ? next : next - at));
    at = next == std::string::npos ? next : next + 1;
  }
  return result;
}

class FloatGolden : public testing::TestWithParam<std::string> {};

// Each graph is one node on constants; %expected is what TensorFlow Lite's reference kernel gave (the file's first line
// names its version).
TEST_P(FloatGolden, is_within_1e_5_of_the_largest_output) {
  const auto texts = graphs_of(read_text(kFolder / (GetParam() + ".txt")));
  ASSERT_GE(texts.size(), 4U);
  for (const std::string& text : texts) {
    const Graph graph = parse_graph(text, all_operators());
    SCOPED_TRACE(graph.name);
    EXPECT_THAT(verify(graph), testing::IsEmpty());
    const Node& node = graph.nodes.at(0);
    std::vector<ConstTensorView> in;
    for (const ValueId id : node.inputs) {
      in.push_back(id == kNoValue ? ConstTensorView{}
                                  : ConstTensorView{&graph[id].type, &graph[id].quantization, *graph[id].constant});
    }
    Tensor y(graph[node.outputs[0]].type);
    const std::vector<TensorView> out{y.view()};
    node.op.forward(Inputs(in), Outputs(out));
    const auto expected = graph[graph.outputs.at(1)].values<float>();
    const auto actual = y.as<float>();
    ASSERT_EQ(expected.size(), actual.size());
    float largest = 0;
    for (const float value : expected) largest = std::max(largest, std::fabs(value));
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-5F * largest) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, FloatGolden, testing::ValuesIn(golden_files()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mirim
