#include "mirim/passes/hebb_learner.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/rank_one_update.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/passes/learn_on_device.hpp"
#include "mirim/passes/learning_graph.hpp"

namespace mirim {
namespace {

class PatternLearner : LearningGraph {
 public:
  explicit PatternLearner(Graph& graph) : LearningGraph(graph) {}

  void make() {
    find_blocks();
    add_learning_inputs(add_value(std::string(kPartOfRate), {DType::float32, {1}}));
    for (Block& block : blocks_) keep_in_variable(block);
    only_when_learning([&] { add_learning(); });
  }

 private:
  /// Units that hear all others at once: their couplings, and where they stand among all.
  struct Block {
    std::size_t node;
    std::int64_t begin, size;
    ValueId learnt = kNoValue;
  };

  [[noreturn]] static void refuse(const std::string& why) {
    fail_unsupported("--learn hebbian is of a Hopfield network in floats whose couplings are whole numbers; {}", why);
  }

  /// Each block's sums are written over its units in the state: FULLY_CONNECTED, then DYNAMIC_UPDATE_SLICE.
  void find_blocks() {
    if (graph_.inputs.size() != 1) refuse("this model has several inputs");
    const auto readers = consumers(graph_);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const auto* dense = node.op.as<FullyConnected>();
      if (!dense || dense->activation != Activation::relu_n1_to_1 || !graph_[node.inputs[1]].is_constant()) continue;
      const auto& reads = readers[static_cast<std::size_t>(node.outputs[0])];
      if (reads.size() != 1) continue;
      const Node& update = graph_.nodes[static_cast<std::size_t>(reads[0])];
      if (!update.op.is<DynamicUpdateSlice>() || !graph_[update.inputs[2]].is_constant()) continue;
      const Value& couplings = graph_[node.inputs[1]];
      if (couplings.type.dtype != DType::float32) refuse("this one's are integers of a scale");
      blocks_.push_back({n, graph_[update.inputs[2]].values<std::int32_t>()[1], couplings.type.shape[0]});
      units_ = couplings.type.shape[1];
      check(blocks_.back(), couplings);
    }
    if (blocks_.empty()) refuse("this model is none");
    pattern_ = begin_of_state();
    if (pattern_ == kNoValue || graph_[pattern_].type.dtype != DType::float32) refuse("this model is none");
  }

  void check(const Block& block, const Value& couplings) const {
    for (const float v : couplings.values<float>()) {
      if (v != std::nearbyint(v)) refuse(fmt::format("'{}' has {}", couplings.name, v));
    }
    if ((units_ - block.size) % 2 != 0) {
      refuse(fmt::format("units of '{}' hear {} others; choose blocks that leave an even number", couplings.name,
                         units_ - block.size));
    }
  }

  /// The input in the order of the units inside: what the state is set to before the first sweep.
  ValueId begin_of_state() const {
    for (const Node& node : graph_.nodes) {
      if (!node.op.is<AssignVariable>()) continue;
      const ValueId value = node.inputs[1];
      if (graph_[value].type.shape.elements() == units_) return value;
    }
    return kNoValue;
  }

  void keep_in_variable(Block& block) {
    Node& node = graph_.nodes[block.node];
    const Value couplings = graph_[node.inputs[1]];
    block.learnt = variable(couplings.name + "/learnt", couplings.type.shape, reals(couplings));
    graph_.nodes[block.node].inputs[1] = block.learnt;
  }

  void add_learning() {
    for (const Block& block : blocks_) {
      const std::string of = graph_[block.learnt].name;
      std::vector<std::int32_t> places;
      for (std::int64_t u = 0; u < block.size; ++u) places.push_back(static_cast<std::int32_t>(block.begin + u));
      const ValueId own =
          graph_.add(Gather{.axis = 1}, {pattern_, indices(of + "/units", {block.size}, places)}, of + "/own");
      const ValueId step = graph_.add(Mul{}, {own, graph_.inputs[kLearnTarget]}, of + "/step");
      const auto begin = static_cast<std::int32_t>(block.begin), end = begin + static_cast<std::int32_t>(block.size);
      graph_.nodes.push_back(
          {RankOneUpdate{.kept_begin = begin, .kept_end = end}, {block.learnt, step, pattern_}, {}, of + "/next"});
    }
  }

  std::vector<Block> blocks_{};
  std::int64_t units_ = 0;
  ValueId pattern_ = kNoValue;
};

}  // namespace

void learn_patterns_on_device(Graph& graph) { PatternLearner(graph).make(); }

}  // namespace mirim
