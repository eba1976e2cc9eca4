#include "mirim/learn/hebbian.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "mirim/base/error.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

/// The constants of a hopfield layer (mirim/zoo/layers/hopfield.hpp): its blocks in order, and unit by unit the place
/// inside the layer.
struct Memory {
  ValueId input = kNoValue;
  std::vector<ValueId> blocks{};
  std::vector<std::int32_t> inside{};
};

Memory memory_layer(const Graph& graph, std::string_view rule) {
  const ValueId inside = constant_of_layer(graph, "/inside", rule, "hopfield");
  const std::string& name = graph[inside].name;
  const std::string stem = name.substr(0, name.size() - std::string("inside").size());
  Memory memory;
  const auto order = graph[inside].values<std::int32_t>();
  memory.inside.assign(order.begin(), order.end());
  for (const Node& node : graph.nodes) {
    if (std::ranges::find(node.inputs, inside) != node.inputs.end()) memory.input = node.inputs[0];
  }
  for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
    if (graph[id].name.starts_with(stem + "block_") && graph[id].name.ends_with("/couplings"))
      memory.blocks.push_back(id);
  }
  return memory;
}

class Hebbian final : public Rule {
 public:
  std::string_view name() const override { return "hebbian"; }
  std::string_view help() const override {
    return "A hopfield layer in one pass: units that are alike in a pattern are coupled by +1, others by -1.";
  }
  void settings(Settings& s) override {
    s.field("projection", projection_, "couplings for patterns that resemble each other, real numbers");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    const Memory memory = memory_layer(graph, name());
    const Rows patterns = values_of(graph, memory.input, lesson.data.training, lesson);
    const auto count = patterns.rows, units = patterns.columns;
    for (const float v : patterns.values) {
      if (v != 1 && v != -1) {
        fail(
            "hebbian: keeps patterns of -1 and 1, the samples have {}; scale them under [input], or choose another "
            "rule",
            v);
      }
    }
    const double load = static_cast<double>(count) / static_cast<double>(units);
    if (!projection_ && load > 0.138) {
      lesson.tell(
          fmt::format("warning: {} patterns are more than 0.138 x {} units; of random ones about a third of the "
                      "overlap is left: keep fewer, or take projection = true",
                      count, units));
    } else if (!projection_) {
      lesson.tell(fmt::format("hebbian: {} patterns in {} units; of random ones an overlap of {:.3f} is kept", count,
                              units, hopfield_overlap(load)));
    }
    const Rows couplings = projection_ ? projection_couplings(patterns, 4) : hebbian_couplings(patterns);
    set_blocks(graph, memory, couplings, count);
  }

 private:
  /// The rows of each block, its columns in the layer's order, without couplings inside a block.
  void set_blocks(Graph& graph, const Memory& memory, const Rows& couplings, std::int64_t count) const {
    std::size_t row = 0;
    for (const ValueId block : memory.blocks) {
      const auto size = static_cast<std::size_t>(graph[block].type.shape[0]);
      std::vector<float> values;
      for (std::size_t i = row; i < row + size; ++i) {
        for (std::size_t j = 0; j < memory.inside.size(); ++j) {
          const bool same = j >= row && j < row + size;
          values.push_back(same ? 0 : couplings[memory.inside[i]][static_cast<std::size_t>(memory.inside[j])]);
        }
        // What the others send is a sum of so many odd (or even) numbers. An even one may be 0: then the unit keeps its
        // own sign.
        const std::int64_t others = static_cast<std::int64_t>(memory.inside.size() - size);
        if (!projection_ && count * others % 2 == 0) values[values.size() - memory.inside.size() + i] = 1;
      }
      set_constant(graph, block, values);
      if (!projection_) keep_whole(graph[block], count);
      row += size;
    }
  }

  /// Sums of whole numbers stay exact when the couplings are int8 or int4 with a scale of 1.
  static void keep_whole(Value& couplings, std::int64_t count) {
    if (count > 127) return;
    WeightForm form;
    form.grid = WeightForm::Grid{.least = count > 7 ? -127 : -7, .most = count > 7 ? 127 : 7, .scale = {1}};
    couplings.form = form;
  }

  bool projection_ = false;
};

}  // namespace

Rows hebbian_couplings(const Rows& patterns) {
  const std::int64_t units = patterns.columns;
  Rows result{.rows = units, .columns = units, .values = std::vector<float>(static_cast<std::size_t>(units * units))};
  for (std::int64_t p = 0; p < patterns.rows; ++p) {
    const auto x = patterns[p];
    for (std::int64_t i = 0; i < units; ++i) {
      const auto row = result[i];
      for (std::size_t j = 0; j < x.size(); ++j) row[j] += x[static_cast<std::size_t>(i)] * x[j];
    }
  }
  for (std::int64_t i = 0; i < units; ++i) result[i][static_cast<std::size_t>(i)] = 0;
  return result;
}

Rows projection_couplings(const Rows& patterns, double scale) {
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> given(
      patterns.values.data(), patterns.rows, patterns.columns);
  const Eigen::MatrixXd x = given.cast<double>();
  const Eigen::MatrixXd gram = x * x.transpose();
  const Eigen::LDLT<Eigen::MatrixXd> solver(gram);
  if (!(solver.vectorD().minCoeff() > 1e-9 * static_cast<double>(patterns.columns))) {
    fail("hebbian: the {} patterns depend on each other, one is made of others; leave it out", patterns.rows);
  }
  const Eigen::MatrixXd projection = scale * x.transpose() * solver.solve(x);
  Rows result{.rows = patterns.columns, .columns = patterns.columns};
  for (std::int64_t i = 0; i < result.rows; ++i) {
    for (std::int64_t j = 0; j < result.columns; ++j) {
      result.values.push_back(i == j ? 0.0F : static_cast<float>(projection(i, j)));
    }
  }
  return result;
}

double hopfield_overlap(double load) {
  // m = erf(m / sqrt(2 load r)), r = 1 / (1 - c)^2, c = sqrt(2 / (pi load r)) exp(-m^2 / (2 load r))
  if (!(load > 0)) return 1;
  double m = 1, r = 1;
  for (int i = 0; i < 10'000; ++i) {
    const double c = std::sqrt(2 / (std::numbers::pi * load * r)) * std::exp(-m * m / (2 * load * r));
    if (!(c < 1)) return 0;
    r = 1 / ((1 - c) * (1 - c));
    m = std::erf(m / std::sqrt(2 * load * r));
  }
  return m > 0.5 ? m : 0;
}

std::shared_ptr<Rule> make_hebbian() { return std::make_shared<Hebbian>(); }

}  // namespace mirim
