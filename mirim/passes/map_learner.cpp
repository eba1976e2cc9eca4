#include "mirim/passes/map_learner.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/cast.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/rank_one_update.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/passes/learning_graph.hpp"

namespace mirim {
namespace {

class MapLearner : LearningGraph {
 public:
  MapLearner(Graph& graph, const LearnOnDevice& how) : LearningGraph(graph), how_(how) {}

  void make() {
    find_codebook();
    find_grid();
    const std::vector<Node> behind(graph_.nodes.begin() + last_ + 1, graph_.nodes.end());
    const ValueId vector = graph_.nodes[static_cast<std::size_t>(last_)].outputs[0];
    graph_.nodes.erase(graph_.nodes.begin() + last_ + 1, graph_.nodes.end());
    for (const int n : {last_, nearest_, cast_, sums_}) {
      if (n >= 0) graph_.nodes.erase(graph_.nodes.begin() + n);
    }
    add_learning_inputs(add_value(std::string(kPartOfRate), {DType::float32, {1}}));
    answer_as(vector, add_answer(), name_);
    graph_.nodes.insert(graph_.nodes.end(), behind.begin(), behind.end());
    only_when_learning([&] { add_learning(); });
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) {
    fail_unsupported("--learn map is of a codebook, whose answer is the vector nearest to the input; {}", why);
  }

  int maker(const std::vector<int>& made_by, ValueId value) const { return made_by[static_cast<std::size_t>(value)]; }

  void find_codebook() {
    if (graph_.inputs.size() != 1) refuse("this model has several inputs");
    const std::vector<int> made_by = producers(graph_);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const auto* gather = node.op.as<Gather>();
      if (!gather || gather->axis != 0 || !graph_[node.inputs[0]].is_constant()) continue;
      const int found = maker(made_by, node.inputs[1]);
      if (found < 0 || !graph_.nodes[static_cast<std::size_t>(found)].op.is<ArgMax>()) continue;
      int sums = maker(made_by, graph_.nodes[static_cast<std::size_t>(found)].inputs[0]);
      const bool widened = sums >= 0 && graph_.nodes[static_cast<std::size_t>(sums)].op.is<Cast>();
      if (widened) cast_ = std::exchange(sums, maker(made_by, graph_.nodes[static_cast<std::size_t>(sums)].inputs[0]));
      if (sums < 0 || !graph_.nodes[static_cast<std::size_t>(sums)].op.is<FullyConnected>()) continue;
      last_ = static_cast<int>(n);
      nearest_ = found;
      sums_ = sums;
    }
    if (last_ < 0) refuse("this model is none");
    const auto readers = consumers(graph_);
    for (const int n : {nearest_, sums_}) {
      const ValueId made = graph_.nodes[static_cast<std::size_t>(n)].outputs[0];
      const bool seen = std::ranges::find(graph_.outputs, made) != graph_.outputs.end();
      if (seen || readers[static_cast<std::size_t>(made)].size() != 1) refuse("this model answers more than that");
    }
    const Node& sums = graph_.nodes[static_cast<std::size_t>(sums_)];
    input_ = sums.inputs[0];
    table_ = graph_.nodes[static_cast<std::size_t>(last_)].inputs[0];
    const Shape& shape = graph_[table_].type.shape;
    if (shape.rank() != 2 || graph_[input_].type.shape.elements() != shape[1]) refuse("this one's vectors are no rows");
    units_ = shape[0];
    features_ = shape[1];
    name_ = graph_[graph_.nodes[static_cast<std::size_t>(last_)].outputs[0]].name;
  }

  void find_grid() {
    const auto root = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(units_))));
    width_ = how_.columns > 0 ? how_.columns : root;
    if (units_ % width_ != 0 || (how_.columns == 0 && root * root != units_)) {
      fail("--learn map: {} units are no grid of {}; choose columns that divide them", units_,
           how_.columns > 0 ? std::to_string(how_.columns) + " columns" : "as many rows as columns");
    }
    height_ = units_ / width_;
  }

  /// x c - |c|^2 / 2 is largest for the nearest c.
  ValueId add_answer() {
    const std::vector<float> vectors = reals(graph_[table_]);
    std::vector<float> offsets;
    for (std::int64_t u = 0; u < units_; ++u) {
      double squares = 0;
      for (std::int64_t f = 0; f < features_; ++f) {
        const auto c = static_cast<double>(vectors[static_cast<std::size_t>(u * features_ + f)]);
        squares += c * c;
      }
      offsets.push_back(static_cast<float>(-squares / 2));
    }
    x_ = real_row(input_, name_);
    learnt_ = variable(name_ + "/learnt", {units_, features_}, vectors);
    offsets_ = variable(name_ + "/offsets_learnt", {1, units_}, offsets);
    offsets_now_ = graph_.add(ReadVariable{}, {offsets_}, name_ + "/offsets_now");
    products_ = graph_.add(FullyConnected{}, {x_, learnt_}, name_ + "/products");
    const ValueId nearness = graph_.add(Add{}, {products_, offsets_now_}, name_ + "/nearness_now");
    nearest_unit_ = graph_.add(ArgMax{}, {nearness, indices(name_ + "/units_axis", {1}, {1})}, name_ + "/nearest_now");
    return graph_.add(Gather{}, {learnt_, nearest_unit_}, name_ + "/vector_now");
  }

  /// Of the nearest unit's place along one axis what each place of that axis gets: [1, places].
  ValueId part_along(const std::string& axis, std::int64_t places, const std::vector<std::int32_t>& place_of_unit) {
    std::vector<float> table;
    for (std::int64_t i = 0; i < places; ++i) {
      for (std::int64_t k = 0; k < places; ++k) {
        table.push_back(
            static_cast<float>(along(how_.neighbourhood, static_cast<double>(i - k), static_cast<double>(how_.sigma))));
      }
    }
    const std::string of = name_ + "/" + axis;
    const ValueId place = graph_.add(Gather{}, {indices(of + "_of_unit", {units_}, place_of_unit), nearest_unit_}, of);
    return graph_.add(Gather{}, {numbers(of + "_near", {places, places}, table), place}, of + "_parts");
  }

  ValueId shaped(ValueId x, std::int64_t rows, std::int64_t columns, const std::string& what) {
    const std::vector<std::int32_t> shape{static_cast<std::int32_t>(rows), static_cast<std::int32_t>(columns)};
    return graph_.add(Reshape{}, {x, indices(what + "_shape", {2}, shape)}, what);
  }

  /// c += h (x - c), so -|c|^2 / 2 becomes (1 - h)^2 of it - h (1 - h) x c - h^2 |x|^2 / 2.
  void add_learning() {
    std::vector<std::int32_t> rows, columns;
    for (std::int64_t u = 0; u < units_; ++u) {
      rows.push_back(static_cast<std::int32_t>(u / width_));
      columns.push_back(static_cast<std::int32_t>(u % width_));
    }
    const auto named = [&](const char* what) { return name_ + "/" + what; };
    const auto mul = [&](ValueId a, ValueId b, const char* what) { return graph_.add(Mul{}, {a, b}, named(what)); };
    const ValueId rate = mul(graph_.inputs[kLearnTarget], number(named("rate"), how_.rate), "rate_now");
    const ValueId down = mul(part_along("row", height_, rows), rate, "row_steps");
    const ValueId grid =
        mul(shaped(down, height_, 1, named("row_steps_column")), part_along("column", width_, columns), "grid_steps");
    const ValueId h = shaped(grid, 1, units_, named("steps"));
    const ValueId rest = graph_.add(Sub{}, {number(named("one"), 1), h}, named("rest"));
    const ValueId kept = mul(graph_.add(Square{}, {rest}, named("rest_squared")), offsets_now_, "offsets_kept");
    const ValueId mixed = mul(mul(h, rest, "mixed"), products_, "offsets_mixed");
    const ValueId squares = graph_.add(Square{}, {x_}, named("squares"));
    const ValueId length =
        graph_.add(Sum{.keep_dims = true}, {squares, indices(named("features_axis"), {1}, {1})}, named("length"));
    const ValueId half = mul(length, number(named("half"), 0.5F), "half_length");
    const ValueId fresh = mul(graph_.add(Square{}, {h}, named("steps_squared")), half, "offsets_fresh");
    const ValueId less = graph_.add(Sub{}, {kept, mixed}, named("offsets_less"));
    const ValueId after = graph_.add(Sub{}, {less, fresh}, named("offsets_after"));
    graph_.nodes.push_back({AssignVariable{}, {offsets_, after}, {}, named("offsets_next")});
    graph_.nodes.push_back({RankOneUpdate{.pull = true}, {learnt_, h, x_}, {}, named("vectors_next")});
  }

  const LearnOnDevice& how_;
  int last_ = -1, nearest_ = -1, cast_ = -1, sums_ = -1;  // nodes; cast_: of 16-bit sums (widen_arg_max.hpp)
  ValueId input_ = kNoValue, table_ = kNoValue;
  std::int64_t units_ = 0, features_ = 0, height_ = 0, width_ = 0;
  std::string name_{};
  ValueId x_ = kNoValue, learnt_ = kNoValue, offsets_ = kNoValue, offsets_now_ = kNoValue, products_ = kNoValue,
          nearest_unit_ = kNoValue;
};

}  // namespace

void learn_map_on_device(Graph& graph, const LearnOnDevice& how) { MapLearner(graph, how).make(); }

}  // namespace mirim
