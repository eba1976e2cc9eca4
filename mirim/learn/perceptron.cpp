#include "mirim/learn/perceptron.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/data/shuffle.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

class Perceptron final : public Rule {
 public:
  std::string_view name() const override { return "perceptron"; }
  std::string_view help() const override {
    return "The last fully_connected layer by Rosenblatt's rule: a sample on the wrong side is added to the weights.";
  }
  void settings(Settings& s) override {
    s.field("epochs", options_.epochs, "passes over the training samples at most");
    s.field("patience", options_.patience, "ends after N epochs in which the loss fell by less than `tolerance`");
    s.field("tolerance", options_.tolerance, "of the loss of a sample");
    s.field("shuffle", options_.shuffle, "a new order of the samples in each epoch");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    if (options_.epochs < 1) fail("perceptron: epochs is {}; it must be at least 1", options_.epochs);
    if (options_.patience < 1) fail("perceptron: patience is {}; it must be at least 1", options_.patience);
    if (lesson.task.kind != Task::Kind::classes) fail("perceptron: learns classes, the data has numbers");
    const Dense layer = last_dense(graph, name());
    const Rows x = values_of(graph, layer.input, lesson.data.training, lesson);
    const Rows y = targets_of(lesson, lesson.data.training);
    if (layer.bias == kNoValue) fail("perceptron: needs a bias; take bias = false out of the last layer");
    if (layer.units != y.columns)
      fail("perceptron: the last layer has {} units, the data wants {}", layer.units, y.columns);
    Solution all;
    for (std::int64_t unit = 0; unit < layer.units; ++unit) {
      std::vector<bool> positive;
      for (std::int64_t i = 0; i < y.rows; ++i) positive.push_back(y[i][static_cast<std::size_t>(unit)] > 0.5F);
      lesson.check_stop();
      const PerceptronWeights found = perceptron(x, positive, options_, lesson.seed + static_cast<std::uint64_t>(unit));
      all.weights.insert(all.weights.end(), found.weights.begin(), found.weights.end());
      all.bias.push_back(found.bias);
      lesson.tell(fmt::format("perceptron: unit {}: {} epochs, {} of {} samples on the wrong side in the last", unit,
                              found.epochs, found.wrong, x.rows));
    }
    set_constant(graph, layer.weights, all.weights);
    set_constant(graph, layer.bias, all.bias);
  }

 private:
  struct Solution {
    std::vector<float> weights{}, bias{};
  };
  PerceptronOptions options_;
};

}  // namespace

PerceptronWeights perceptron(const Rows& x, const std::vector<bool>& positive, const PerceptronOptions& options,
                             std::uint64_t seed) {
  std::vector<double> w(static_cast<std::size_t>(x.columns));
  double b = 0, least = std::numeric_limits<double>::infinity();
  PerceptronWeights result;
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.rows));
  std::int64_t without = 0;
  for (std::int64_t epoch = 0; epoch < options.epochs && without < options.patience; ++epoch) {
    std::iota(order.begin(), order.end(), 0);
    if (options.shuffle) shuffle(order, seed, static_cast<std::uint64_t>(epoch));
    double loss = 0;
    result.wrong = 0;
    for (const std::int64_t i : order) {
      const auto sample = x[i];
      double p = b;
      for (std::size_t k = 0; k < w.size(); ++k) p += w[k] * static_cast<double>(sample[k]);
      const double side = positive[static_cast<std::size_t>(i)] ? 1 : -1;
      if (side * p > 0) continue;
      loss -= side * p;
      ++result.wrong;
      for (std::size_t k = 0; k < w.size(); ++k) w[k] += side * static_cast<double>(sample[k]);
      b += side;
    }
    result.epochs = epoch + 1;
    without = loss > least - options.tolerance * static_cast<double>(x.rows) ? without + 1 : 0;
    least = std::min(least, loss);
  }
  for (const double v : w) result.weights.push_back(static_cast<float>(v));
  result.bias = static_cast<float>(b);
  return result;
}

std::shared_ptr<Rule> make_perceptron() { return std::make_shared<Perceptron>(); }

}  // namespace mirim
