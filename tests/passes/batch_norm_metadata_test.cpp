#include "mirim/passes/batch_norm_metadata.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

Model normalized() {
  Model model;
  model.graphs.push_back(graph_of(R"(graph "g" (%x: float32[1x4x4x3]) -> (%y) {
    %w: float32[5x3x3x3] = random(1)
    %gamma: float32[5] = random(2)
    %beta: float32[5] = random(3)
    %mean: float32[5] = random(4)
    %variance: float32[5] = [0.5, 1, 2, 3, 0.1]
    %a: float32[1x4x4x5] = CONV_2D(%x, %w, _) {stride_h=1, stride_w=1}
    %n: float32[1x4x4x5] = BATCH_NORM(%a, %gamma, %beta, %mean, %variance) {epsilon=0.002, momentum=0.9}
    %y: float32[1x4x4x5] = RELU(%n)
  })"));
  return model;
}

std::vector<float> statistic(const Graph& graph, std::size_t input) {
  for (const Node& node : graph.nodes) {
    if (node.op.name() != "BATCH_NORM") continue;
    const auto values = graph[node.inputs[input]].values<float>();
    return {values.begin(), values.end()};
  }
  return {};
}

TEST(SaveBatchNorm, a_file_has_mul_and_add) {
  Model model = normalized();
  const Model before = model;
  save_batch_norm(model);
  EXPECT_EQ(operators_of(model.main()), "CONV_2D MUL ADD RELU");
  expect_equivalent(before.main(), model.main());
}

TEST(RestoreBatchNorm, brings_back_every_bit) {
  Model model = normalized();
  const Model before = model;
  save_batch_norm(model);
  restore_batch_norm(model);
  EXPECT_EQ(operators_of(model.main()), "CONV_2D BATCH_NORM RELU");
  EXPECT_EQ(model.main().nodes[1].op, before.main().nodes[1].op);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(statistic(model.main(), i), statistic(before.main(), i));
  EXPECT_TRUE(model.metadata.empty());
  EXPECT_EQ(verify(model.main()), std::vector<std::string>{});
}

TEST(RestoreBatchNorm, leaves_a_pair_that_somebody_changed) {
  Model model = normalized();
  save_batch_norm(model);
  for (Value& value : model.main().values) {
    if (value.name != "n/scale") continue;
    std::vector<float> values(value.values<float>().begin(), value.values<float>().end());
    values[2] += 1;
    value.constant = make_constant(values);
  }
  restore_batch_norm(model);
  EXPECT_EQ(operators_of(model.main()), "CONV_2D MUL ADD RELU");
}

TEST(RestoreBatchNorm, damaged_metadata_is_refused_or_ignored_and_never_trusted) {
  Model sound = normalized();
  save_batch_norm(sound);
  const Bytes good = sound.metadata.at(std::string(kBatchNormMetadata));
  for (std::size_t length = 0; length < good.size(); ++length) {
    Model model = sound;
    model.metadata[std::string(kBatchNormMetadata)] = Bytes(good.begin(), good.begin() + static_cast<long>(length));
    if (length == 0) {
      restore_batch_norm(model);
      EXPECT_EQ(operators_of(model.main()), "CONV_2D MUL ADD RELU");
    } else {
      EXPECT_THROW(restore_batch_norm(model), Error) << length;
    }
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    Model model = sound;
    model.metadata[std::string(kBatchNormMetadata)][at] ^= std::byte{0x80};
    try {
      restore_batch_norm(model);
    } catch (const Error&) {
    }
    EXPECT_EQ(verify(model.main()), std::vector<std::string>{}) << at;
  }
}

}  // namespace
}  // namespace mirim
