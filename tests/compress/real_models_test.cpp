// Float models of others lose a quarter of the channels of every group: they still verify, run and can be written.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "mirim/base/file.hpp"
#include "mirim/compress/channel_scores.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/remove_channels.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "mirim/passes/simplify.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/pruning.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kData = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data";

/// The graph as `prune` wants it.
Graph ready(Graph graph) {
  fold_constants(graph);
  separate_constants(graph);
  return graph;
}

/// A quarter of each group's channels, those of the smallest L1.
std::vector<Removal> a_quarter(const Graph& graph, const std::vector<Group>& groups) {
  std::vector<Removal> removals;
  for (const Group& group : groups) {
    if (!group.reason.empty()) continue;
    const std::vector<double> l1 = score_channels(graph, group).l1;
    std::vector<std::int64_t> order(l1.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::int64_t c) { return l1[static_cast<std::size_t>(c)]; });
    order.resize(order.size() / 4);
    removals.push_back({&group, order});
  }
  return removals;
}

struct RealModel {
  const char* path;
  const char* groups;  ///< a part of what to_text says
};
void PrintTo(const RealModel& model, std::ostream* out) { *out << model.path; }

class PrunedModels : public testing::TestWithParam<RealModel> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(file())) GTEST_SKIP() << "no " << file();
  }
  static std::filesystem::path file() { return (kData / GetParam().path).replace_extension(".tflite"); }
};

TEST_P(PrunedModels, verify_run_and_are_smaller) {
  Model model = read_tflite_file(file());
  const Graph whole = ready(model.main());
  const auto groups = find_groups(whole);
  EXPECT_THAT(to_text(whole, groups), HasSubstr(GetParam().groups));
  const auto removals = a_quarter(whole, groups);
  ASSERT_FALSE(removals.empty()) << to_text(whole, groups);

  Graph graph = whole;
  remove_channels(graph, removals);
  EXPECT_THAT(verify(graph), IsEmpty());
  for (const float y : test::run_random(graph, 1)) ASSERT_TRUE(std::isfinite(y));

  model.main() = graph;
  const Bytes pruned = write_tflite(model);
  EXPECT_LT(pruned.size(), std::filesystem::file_size(file()) * 9 / 10);
  EXPECT_THAT(verify(read_tflite(pruned).main()), IsEmpty());
}

// Removed channels that were 0 before are not missed, whatever lies between the layers: no activation of these networks
// makes something of 0.
TEST_P(PrunedModels, answer_as_before_where_the_channels_were_zero) {
  const Graph whole = ready(read_tflite_file(file()).main());
  const auto groups = find_groups(whole);
  const auto removals = a_quarter(whole, groups);
  Graph graph = whole;
  for (const Removal& removal : removals) test::zero_channels(graph, *removal.group, removal.channels);
  const auto expected = test::run_random(graph, 2);
  remove_channels(graph, removals);
  float largest = 1;
  for (const float y : expected) largest = std::max(largest, std::fabs(y));
  EXPECT_THAT(test::run_random(graph, 2), testing::Pointwise(testing::FloatNear(1e-5F * largest), expected));
}

INSTANTIATE_TEST_SUITE_P(Float, PrunedModels,
                         testing::Values(RealModel{"models/mlperf_tiny/ic_resnet8_float32", "16 channels of"},
                                         RealModel{"models/mlperf_tiny/ad_autoencoder_float32", "128 channels of"},
                                         RealModel{"models/mlperf_tiny/vww_mobilenetv1_025_96_float32", "channels of"},
                                         RealModel{"models/tflm/mnist_lstm_float32", "channels of"},
                                         RealModel{"models/tflm/hello_world_float32", "16 channels of"}));

TEST(PrunedCases, every_float_model_at_hand_can_be_asked_and_pruned) {
  if (!std::filesystem::exists(kData / "cases")) GTEST_SKIP() << "no ../shared/data";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kData / "cases")) {
    if (entry.path().extension() != ".tflite") continue;
    SCOPED_TRACE(entry.path().filename());
    const TfliteFile file = examine_tflite(read_file(entry.path()));
    if (!file.findings.problems.empty()) continue;
    if (!verify(file.model).empty()) continue;
    Graph graph = ready(resolve_variables(file.model));
    const auto groups = find_groups(graph);
    std::vector<Removal> removals;
    for (const Group& group : groups) {
      if (!group.reason.empty()) continue;
      removals.push_back({&group, {0}});
    }
    remove_channels(graph, removals);
    EXPECT_THAT(verify(graph), IsEmpty());
    Interpreter interpreter(graph);
    interpreter.run();
  }
}

}  // namespace
}  // namespace mirim
