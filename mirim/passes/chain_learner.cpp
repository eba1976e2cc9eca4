#include "mirim/passes/chain_learner.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/one_hot.hpp"
#include "mirim/ops/rank_one_update.hpp"
#include "mirim/passes/learning_graph.hpp"

namespace mirim {
namespace {

class ChainLearner : LearningGraph {
 public:
  ChainLearner(Graph& graph, const LearnOnDevice& how) : LearningGraph(graph), how_(how) {}

  void make() {
    find_chances();
    add_learning_inputs(add_value("target", {DType::int32, {1}}));
    add_answer();
    only_when_learning([&] { add_learning(); });
  }

 private:
  [[noreturn]] static void refuse() {
    fail_unsupported("--learn counting is of a Markov chain, whose answer is a row of its table; this model is none");
  }

  /// The last node: the row of a table that the context's number chooses.
  void find_chances() {
    if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1 || graph_.nodes.empty()) refuse();
    const Node& last = graph_.nodes.back();
    const auto* gather = last.op.as<Gather>();
    if (!gather || gather->axis != 0 || last.outputs[0] != graph_.outputs[0]) refuse();
    const Value& table = graph_[last.inputs[0]];
    if (!table.is_constant() || table.type.shape.rank() != 2) refuse();
    const int maker = producers(graph_)[static_cast<std::size_t>(last.inputs[1])];
    if (maker < 0 || graph_.nodes[static_cast<std::size_t>(maker)].op.is<ArgMax>()) refuse();
    if (graph_[last.inputs[1]].type.shape.elements() != 1) refuse();
    table_ = last.inputs[0];
    state_ = last.inputs[1];
    states_ = table.type.shape[0];
    symbols_ = table.type.shape[1];
    name_ = table.name;
    graph_.nodes.pop_back();
  }

  void add_answer() {
    std::vector<float> chances = reals(graph_[table_]);
    for (std::int64_t s = 0; s < states_; ++s) {
      const auto row = chances.begin() + s * symbols_;
      double sum = 0;
      for (std::int64_t k = 0; k < symbols_; ++k) sum += std::exp(static_cast<double>(row[k]));
      for (std::int64_t k = 0; k < symbols_; ++k) {
        row[k] = static_cast<float>(std::exp(static_cast<double>(row[k])) / sum);
      }
    }
    learnt_ = variable(name_ + "/learnt", {states_, symbols_}, chances);
    seen_ = variable(name_ + "/seen", {states_, 1}, std::vector<float>(static_cast<std::size_t>(states_), how_.seen));
    const ValueId row = graph_.add(Gather{}, {learnt_, state_}, name_ + "/row");
    answer_as(graph_.outputs[0], graph_.add(Log{}, {row}, name_ + "/logs"), name_);
  }

  /// [1, depth]: 1 at the place that `index` says.
  ValueId one_of(ValueId index, std::int64_t depth, const std::string& of) {
    const ValueId places = indices(of + "/places", {}, {static_cast<std::int32_t>(depth)});
    return graph_.add(OneHot{}, {index, places, numbers(of + "/on", {}, {1}), numbers(of + "/off", {}, {0})}, of);
  }

  void add_learning() {
    const std::string name = name_ + "/learn";
    const ValueId one = number(name + "/one", 1);
    const ValueId before = graph_.add(Gather{}, {seen_, state_}, name + "/seen_here");
    const ValueId part =
        graph_.add(Div{}, {one, graph_.add(Add{}, {before, one}, name + "/with_this")}, name + "/part");
    const ValueId context = one_of(state_, states_, name + "/context");
    const ValueId step = graph_.add(Mul{}, {context, part}, name + "/step");
    const ValueId symbol = one_of(graph_.inputs[kLearnTarget], symbols_, name + "/symbol");
    graph_.nodes.push_back({RankOneUpdate{.pull = true}, {learnt_, step, symbol}, {}, name + "/chances"});
    graph_.nodes.push_back({RankOneUpdate{}, {seen_, context, number(name + "/this", 1)}, {}, name + "/counts"});
  }

  const LearnOnDevice& how_;
  ValueId table_ = kNoValue, state_ = kNoValue, learnt_ = kNoValue, seen_ = kNoValue;
  std::int64_t states_ = 0, symbols_ = 0;
  std::string name_{};
};

}  // namespace

void learn_chain_on_device(Graph& graph, const LearnOnDevice& how) { ChainLearner(graph, how).make(); }

}  // namespace mirim
