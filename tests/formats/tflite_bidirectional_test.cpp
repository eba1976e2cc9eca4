#include "mirim/formats/tflite_bidirectional.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/opaque.hpp"

namespace mirim {
namespace {

// What no file can say, or a layer of one direction cannot compute, stays and says why.
TEST(SplitBidirectionalLstms, a_node_without_its_options_stays) {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  graph.nodes.push_back({.op = Opaque{.title = "BIDIRECTIONAL_SEQUENCE_LSTM"}, .name = "lstm"});
  split_bidirectional_lstms(model);
  ASSERT_EQ(model.main().nodes.size(), 1);
  EXPECT_EQ(model.main().nodes[0].op.as<Opaque>()->reason, "has no options");
  EXPECT_EQ(model.main().nodes[0].name, "lstm");
}

}  // namespace
}  // namespace mirim
