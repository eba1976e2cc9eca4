#include "mirim/learn/contrastive_divergence.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/data/shuffle.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Matrix> mapped(const Rows& rows) { return {rows.values.data(), rows.rows, rows.columns}; }
Eigen::Map<Matrix> mapped(Rows& rows) { return {rows.values.data(), rows.rows, rows.columns}; }
Eigen::Map<const Eigen::RowVectorXf> mapped(const std::vector<float>& v) { return {v.data(), std::ssize(v)}; }
Eigen::Map<Eigen::RowVectorXf> mapped(std::vector<float>& v) { return {v.data(), std::ssize(v)}; }

void to_probabilities(Matrix& x) { x = (1 + (-x.array()).exp()).inverse(); }

Matrix hidden_of(const RestrictedMachine& machine, const Eigen::Ref<const Matrix>& visible) {
  Matrix h = visible * mapped(machine.weights).transpose();
  h.rowwise() += mapped(machine.hidden_bias);
  to_probabilities(h);
  return h;
}

Matrix visible_of(const RestrictedMachine& machine, const Eigen::Ref<const Matrix>& hidden) {
  Matrix v = hidden * mapped(machine.weights);
  v.rowwise() += mapped(machine.visible_bias);
  to_probabilities(v);
  return v;
}

/// 1 with these probabilities, else 0.
void draw(Matrix& probabilities, const Uniform& uniform) {
  Matrix chance(probabilities.rows(), probabilities.cols());
  uniform({chance.data(), static_cast<std::size_t>(chance.size())});
  probabilities = (chance.array() < probabilities.array()).cast<float>();
}

Rows zeros(std::int64_t rows, std::int64_t columns) {
  return {.rows = rows, .columns = columns, .values = std::vector<float>(static_cast<std::size_t>(rows * columns))};
}

/// A layer that becomes the hidden units of a machine.
struct SigmoidLayer {
  std::string name;
  Dense dense;
};

/// The fully connected layers before the last one. Throws Error unless each ends with a sigmoid, and there is one.
std::vector<SigmoidLayer> layers_to_learn(const Graph& graph) {
  constexpr std::string_view kNeeds =
      "contrastive_divergence: it sets fully_connected layers with activation sigmoid before the last fully_connected "
      "layer";
  std::vector<SigmoidLayer> layers;
  const int last = last_dense(graph, "contrastive_divergence").node;
  for (int n = 0; n < last; ++n) {
    const Node& node = graph.nodes[static_cast<std::size_t>(n)];
    if (node.op.name() != "FULLY_CONNECTED" || !graph[node.inputs[1]].is_constant()) continue;
    const auto reads = [&](const Node& other) {
      return std::ranges::find(other.inputs, node.outputs[0]) != other.inputs.end();
    };
    const auto reader = std::ranges::find_if(graph.nodes, reads);
    const std::string& weights = graph[node.inputs[1]].name;
    const std::string name = weights.substr(0, weights.rfind('/'));
    if (reader == graph.nodes.end() || reader->op.name() != "LOGISTIC") {
      fail("{}; '{}' has none", kNeeds, name);
    }
    if (node.inputs.size() < 3 || node.inputs[2] == kNoValue)
      fail("contrastive_divergence: '{}' has no bias; give it one", name);
    const Shape& shape = graph[node.inputs[1]].type.shape;
    layers.push_back({name,
                      {.node = n,
                       .input = node.inputs[0],
                       .weights = node.inputs[1],
                       .bias = node.inputs[2],
                       .units = shape[0],
                       .inputs = shape[1]}});
  }
  if (layers.empty()) fail("{}; the model has no such layer", kNeeds);
  return layers;
}

class ContrastiveDivergence final : public Rule {
 public:
  std::string_view name() const override { return "contrastive_divergence"; }
  std::string_view help() const override {
    return "The fully_connected layers before the last one, from the input on, each as a restricted Boltzmann machine.";
  }
  void settings(Settings& s) override {
    s.field("epochs", epochs_, "passes over the training samples, for each layer");
    s.field("rate", rate_, "size of a step");
    s.field("batch", batch_, "samples per step");
    s.field("momentum", momentum_, "part of the last step that the next one repeats");
    s.field("decay", decay_, "of weights, towards 0");
    s.field("persistent", persistent_,
            "states of the model go on from batch to batch, in place of one step from the samples");
    s.field("freeze", freeze_, "backpropagation leaves these layers as they are");
  }
  bool pretrains() const override { return true; }

  void learn(Graph& graph, const Lesson& lesson) const override {
    if (epochs_ < 1 || epochs_ > 1'000'000)
      fail("contrastive_divergence: epochs is {}; it must be from 1 to 1000000", epochs_);
    if (batch_ < 1 || batch_ > 1'000'000)
      fail("contrastive_divergence: batch is {}; it must be from 1 to 1000000", batch_);
    if (!(rate_ > 0)) fail("contrastive_divergence: rate is {}; it must be above 0", rate_);
    if (!(momentum_ >= 0 && momentum_ < 1))
      fail("contrastive_divergence: momentum is {}; it must be in [0, 1)", momentum_);
    if (!(decay_ >= 0)) fail("contrastive_divergence: decay is {}; it must not be negative", decay_);
    Random random(lesson.seed);
    for (const SigmoidLayer& layer : layers_to_learn(graph)) {
      const Rows x = values_of(graph, layer.dense.input, lesson.data.training, lesson);
      const auto outside = std::ranges::find_if(x.values, [](float v) { return !(v >= 0 && v <= 1); });
      if (outside != x.values.end()) {
        fail(
            "contrastive_divergence: '{}' reads {}, a probability or a unit of 0 or 1 was expected; scale the input to "
            "0 ... 1 with [input] scale and offset",
            layer.name, *outside);
      }
      const RestrictedMachine machine = learnt(layer, x, lesson, random);
      set_constant(graph, layer.dense.weights, machine.weights.values);
      set_constant(graph, layer.dense.bias, machine.hidden_bias);
      if (!freeze_) continue;
      for (const ValueId id : {layer.dense.weights, layer.dense.bias}) graph[id].extras[std::string(kFrozen)] = {};
    }
  }

 private:
  RestrictedMachine learnt(const SigmoidLayer& layer, const Rows& x, const Lesson& lesson, Random& random) const {
    const Dense& dense = layer.dense;
    RestrictedMachine start{.weights = zeros(dense.units, dense.inputs),
                            .hidden_bias = std::vector<float>(static_cast<std::size_t>(dense.units)),
                            .visible_bias = std::vector<float>(static_cast<std::size_t>(dense.inputs))};
    for (float& w : start.weights.values) w = 0.01F * random.normal();
    const Rows judged = first_rows(x, 1000);
    const double variance = variance_of(judged);
    const Uniform uniform = [&](std::span<float> to) {
      for (float& u : to) u = random.uniform();
    };
    DivergenceLearner learner(std::move(start), {.rate = static_cast<float>(rate_),
                                                 .momentum = static_cast<float>(momentum_),
                                                 .decay = static_cast<float>(decay_),
                                                 .persistent = persistent_});
    std::vector<std::int64_t> order(static_cast<std::size_t>(x.rows));
    const std::uint64_t order_seed = random.bits();
    for (std::int64_t epoch = 0; epoch < epochs_; ++epoch) {
      shuffle(order, order_seed, static_cast<std::uint64_t>(epoch));
      for (std::int64_t first = 0; first < x.rows; first += batch_) {
        lesson.check_stop();
        learner.step(picked(x, std::span(order).subspan(static_cast<std::size_t>(first),
                                                        static_cast<std::size_t>(std::min(batch_, x.rows - first)))),
                     uniform);
      }
      if (!std::isfinite(rebuilding_error(learner.machine(), judged))) {
        fail("contrastive_divergence: '{}' diverges in epoch {}; choose a smaller rate than {}", layer.name, epoch + 1,
             rate_);
      }
    }
    const double error = rebuilding_error(learner.machine(), judged);
    // Units that are always on or always off: steps were too large, or too few.
    if (!(error < variance)) {
      fail(
          "contrastive_divergence: '{}' diverges or has learnt nothing: it rebuilds samples with a mean squared error "
          "of "
          "{:.4g}, their mean has {:.4g}; choose a smaller rate than {}, or more epochs than {}",
          layer.name, error, variance, rate_, epochs_);
    }
    lesson.tell(
        fmt::format("contrastive_divergence: {}, {} units, rebuilds samples with a mean squared error of {:.4g}, their "
                    "mean has {:.4g}",
                    layer.name, dense.units, error, variance));
    return learner.machine();
  }

  static Rows first_rows(const Rows& x, std::int64_t most) {
    const std::int64_t rows = std::min(most, x.rows);
    return {.rows = rows, .columns = x.columns, .values = {x.values.begin(), x.values.begin() + rows * x.columns}};
  }

  static double variance_of(const Rows& x) {
    const Matrix centred = mapped(x).rowwise() - mapped(x).colwise().mean();
    return static_cast<double>(centred.squaredNorm()) / static_cast<double>(centred.size());
  }

  static Rows picked(const Rows& x, std::span<const std::int64_t> rows) {
    Rows result = zeros(std::ssize(rows), x.columns);
    for (std::int64_t i = 0; i < result.rows; ++i)
      std::ranges::copy(x[rows[static_cast<std::size_t>(i)]], result[i].begin());
    return result;
  }

  std::int64_t epochs_ = 10;
  double rate_ = 0.05;
  std::int64_t batch_ = 10;
  double momentum_ = 0;
  double decay_ = 0;
  bool persistent_ = false;
  bool freeze_ = false;
};

}  // namespace

DivergenceLearner::DivergenceLearner(RestrictedMachine start, const DivergenceOptions& options)
    : machine_(std::move(start)),
      velocity_{.weights = zeros(machine_.weights.rows, machine_.weights.columns),
                .hidden_bias = std::vector<float>(machine_.hidden_bias.size()),
                .visible_bias = std::vector<float>(machine_.visible_bias.size())},
      options_(options) {}

void DivergenceLearner::step(const Rows& visible, const Uniform& uniform) {
  const auto v = mapped(visible);
  const Matrix h = hidden_of(machine_, v);
  Matrix from;  // hidden states from which the model's own samples come
  if (options_.persistent) {
    if (chains_.rows == 0) chains_ = zeros(visible.rows, h.cols());
    from = mapped(chains_);
  } else {
    from = h;
    draw(from, uniform);
  }
  Matrix own_v = visible_of(machine_, from);
  if (options_.persistent) draw(own_v, uniform);
  Matrix own_h = hidden_of(machine_, own_v);

  const float data = options_.rate / static_cast<float>(v.rows()),
              model = options_.rate / static_cast<float>(own_v.rows());
  auto weights = mapped(velocity_.weights);
  weights *= options_.momentum;
  weights.noalias() += (data * h).transpose() * v;
  weights.noalias() -= (model * own_h).transpose() * own_v;
  if (options_.decay > 0) weights -= options_.rate * options_.decay * mapped(machine_.weights);
  auto hidden_bias = mapped(velocity_.hidden_bias), visible_bias = mapped(velocity_.visible_bias);
  hidden_bias = options_.momentum * hidden_bias + data * h.colwise().sum() - model * own_h.colwise().sum();
  visible_bias = options_.momentum * visible_bias + data * v.colwise().sum() - model * own_v.colwise().sum();
  mapped(machine_.weights) += weights;
  mapped(machine_.hidden_bias) += hidden_bias;
  mapped(machine_.visible_bias) += visible_bias;
  if (!options_.persistent) return;
  draw(own_h, uniform);
  mapped(chains_) = own_h;
}

double rebuilding_error(const RestrictedMachine& machine, const Rows& visible) {
  const Matrix rebuilt = visible_of(machine, hidden_of(machine, mapped(visible)));
  return static_cast<double>((rebuilt - mapped(visible)).squaredNorm()) / static_cast<double>(rebuilt.size());
}

std::shared_ptr<Rule> make_contrastive_divergence() { return std::make_shared<ContrastiveDivergence>(); }

}  // namespace mirim
