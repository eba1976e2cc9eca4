#include "mirim/train/game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

using Clock = std::chrono::steady_clock;

ValueId value_named(const Graph& graph, const std::string& name) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].name == name && !graph.values[i].is_constant()) return static_cast<ValueId>(i);
  }
  fail("a player's loss is of '{}', which is not in the network", name);
}

/// The trainable constants that the part's nodes read.
std::vector<ValueId> weights_of(const Graph& graph, const std::string& part) {
  std::vector<ValueId> all;
  const std::vector<Parameter> trainable = trainable_parameters(graph);
  for (const Node& node : graph.nodes) {
    const auto found = node.extras.find(std::string(kPart));
    if (found == node.extras.end() || !std::ranges::equal(found->second, bytes_of(std::string_view(part)))) continue;
    for (const ValueId id : node.inputs) {
      const bool trains = std::ranges::find(trainable, id, &Parameter::value) != trainable.end();
      if (trains && std::ranges::find(all, id) == all.end()) all.push_back(id);
    }
  }
  return all;
}

/// The logit if the value is a probability by LOGISTIC.
ValueId logit_of(const Graph& graph, ValueId value) {
  const int maker = producers(graph)[static_cast<std::size_t>(value)];
  if (maker < 0) return value;
  const Node& node = graph.nodes[static_cast<std::size_t>(maker)];
  return node.op.is<Logistic>() ? node.inputs[0] : value;
}

/// The graph whose output is the player's first loss.
Graph seen_by(const Graph& graph, const Player& player) {
  Graph seen = graph;
  seen.outputs = {value_named(graph, player.losses[0].of)};
  return seen;
}

TrainingOptions options_of(const Graph& graph, const Player& player, const std::vector<ValueId>& weights,
                           const FitOptions& options) {
  TrainingOptions result{.batch = options.batch,
                         .threads = options.threads,
                         .loss = {.kind = Loss::Kind::binary_cross_entropy},
                         .optimizer = options.optimizer,
                         .seed = options.seed,
                         .plain = options.plain,
                         .loss_weight = player.losses[0].weight};
  result.optimizer.beta1 = player.beta1;
  for (std::size_t l = 1; l < player.losses.size(); ++l) {
    const PlayerLoss& loss = player.losses[l];
    result.terms.push_back({.kind = LossTerm::Kind::one_target,
                            .value = logit_of(graph, value_named(graph, loss.of)),
                            .weight = loss.weight,
                            .rate = loss.target});
  }
  for (const Parameter& parameter : trainable_parameters(graph)) {
    if (std::ranges::find(weights, parameter.value) == weights.end()) result.held.push_back(parameter.value);
  }
  return result;
}

class Game {
 public:
  Game(Graph& graph, const Players& players, BatchSource& training, const FitOptions& options,
       const std::function<bool(const Graph&)>& bad)
      : graph_(graph),
        players_(players),
        training_(training),
        options_(options),
        bad_(bad),
        steps_(training.samples() / options.batch) {
    if (steps_ < 1) {
      fail("{} training samples do not fill a batch of {}; choose a smaller batch", training.samples(), options.batch);
    }
    for (const Player& player : players) {
      if (player.losses.empty()) fail("player '{}' has no loss", player.part);
      weights_.push_back(weights_of(graph, player.part));
      if (weights_.back().empty()) fail("player '{}': no layer of this part has weights to train", player.part);
      plans_.emplace_back(seen_by(graph, player), options_of(graph, player, weights_.back(), options));
      if (!plans_.back().trains()) fail("the first loss of player '{}' does not depend on its weights", player.part);
      std::ranges::fill(plans_.back().targets(), player.losses[0].target);
    }
  }

  GameResult run() {
    if (options_.begins) options_.begins();
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
      if (!run_epoch(epoch)) {
        result_.interrupted = result_.fault.empty();
        break;
      }
      keep(epoch + 1);
    }
    if (!result_.interrupted) graph_ = std::move(kept_);
    return result_;
  }

 private:
  /// The graph as it is after this epoch, unless an earlier one was better.
  void keep(int epoch) {
    Graph now = graph_;
    plans_.back().store(now);
    const bool bad = bad_ && bad_(now);
    if (bad && good_) return;
    good_ = !bad;
    result_.epoch = epoch;
    kept_ = std::move(now);
  }

  bool run_epoch(int epoch) {
    const auto start = Clock::now();
    EpochRecord record{.epoch = epoch + 1};
    std::vector<double> losses(players_.size());
    for (std::int64_t s = 0; s < steps_; ++s) {
      const std::int64_t step = epoch * steps_ + s;
      record.learning_rate = learning_rate(options_.schedule, step, steps_, options_.epochs);
      for (std::size_t p = 0; p < players_.size(); ++p) {
        const float loss = move(p, epoch, s, record.learning_rate);
        if (!std::isfinite(loss)) {
          result_.fault = fault_at(p, s, record);
          if (result_.epoch == 0) fail("{}", result_.fault);
          return false;
        }
        losses[p] += static_cast<double>(loss);
      }
      report(record, s + 1, losses, nullptr);
      if (options_.stop && options_.stop()) return false;
    }
    result_.losses.clear();
    for (const double loss : losses) {
      result_.losses.push_back(static_cast<float>(loss / static_cast<double>(steps_)));
      record.training_loss += result_.losses.back();
    }
    record.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result_.history.push_back(record);
    report(record, steps_, losses, &record);
    return true;
  }

  /// One training step of a player; the others then have its weights.
  float move(std::size_t p, int epoch, std::int64_t s, float rate) {
    TrainingPlan& plan = plans_[p];
    fill(plan, epoch, s, (epoch * steps_ + s) * std::ssize(players_) + static_cast<std::int64_t>(p));
    const float loss = plan.step(rate * players_[p].rate);
    for (std::size_t other = 0; other < plans_.size(); ++other) {
      if (other != p) plans_[other].take(plan, weights_[p]);
    }
    return loss;
  }

  void fill(TrainingPlan& plan, int epoch, std::int64_t s, std::int64_t number) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      const auto at = static_cast<int>(i);
      if (const auto distribution = distribution_of(graph_[graph_.inputs[i]])) {
        draw(*distribution, options_.seed, static_cast<std::uint64_t>(number), at, plan.input(at));
      } else {
        training_.fill(epoch, s * options_.batch, options_.batch, {.x = plan.input(at), .labels = {}, .targets = {}});
      }
    }
  }

  std::string fault_at(std::size_t p, std::int64_t s, const EpochRecord& record) {
    const std::string where = plans_[p].blame();
    return fmt::format("epoch {}, batch {}: player '{}' has a loss that is not finite{}; lower learning_rate ({})",
                       record.epoch, s + 1, players_[p].part, where.empty() ? "" : " (" + where + ")",
                       record.learning_rate);
  }

  void report(const EpochRecord& record, std::int64_t step, const std::vector<double>& losses,
              const EpochRecord* finished) {
    if (!options_.progress) return;
    double sum = 0;
    for (const double loss : losses) sum += loss;
    const double done = static_cast<double>((record.epoch - 1) * steps_ + step);
    const double all = static_cast<double>(options_.epochs * steps_);
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    options_.progress({.epoch = record.epoch,
                       .epochs = options_.epochs,
                       .step = step,
                       .steps = steps_,
                       .loss = static_cast<float>(sum / static_cast<double>(step)),
                       .metric = Metric::error,
                       .seconds_left = seconds / done * (all - done),
                       .finished = finished});
  }

  Graph& graph_;
  const Players& players_;
  BatchSource& training_;
  const FitOptions& options_;
  const std::function<bool(const Graph&)>& bad_;
  Graph kept_{};
  bool good_ = false;  ///< whether `kept_` is not bad
  std::int64_t steps_;
  std::vector<std::vector<ValueId>> weights_{};  // of each player
  std::vector<TrainingPlan> plans_{};
  GameResult result_;
  Clock::time_point start_ = Clock::now();
};

/// Mean over the elements of their variance over the rows.
double mean_variance(const std::vector<float>& rows, std::size_t size) {
  const std::size_t count = rows.size() / size;
  double all = 0;
  for (std::size_t k = 0; k < size; ++k) {
    double sum = 0, squares = 0;
    for (std::size_t r = 0; r < count; ++r) {
      const auto v = static_cast<double>(rows[r * size + k]);
      sum += v;
      squares += v * v;
    }
    const double mean = sum / static_cast<double>(count);
    all += squares / static_cast<double>(count) - mean * mean;
  }
  return all / static_cast<double>(size);
}

}  // namespace

GameResult play(Graph& graph, const Players& players, BatchSource& training, const FitOptions& options,
                const std::function<bool(const Graph&)>& bad) {
  if (options.epochs < 1) fail("{} epochs; at least 1", options.epochs);
  return Game(graph, players, training, options, bad).run();
}

double variety(const Graph& graph, BatchSource& source, std::int64_t count, std::uint64_t seed) {
  Interpreter interpreter(graph);
  std::vector<float> made, real;
  for (std::int64_t i = 0; i < count; ++i) {
    draw_random_inputs(interpreter, seed, static_cast<std::uint64_t>(i));
    interpreter.run();
    const std::vector<float> y = raw_numbers(interpreter.output(0), scaling_of(graph[graph.outputs[0]]));
    made.insert(made.end(), y.begin(), y.end());
  }
  const std::size_t size = made.size() / static_cast<std::size_t>(count);
  const std::int64_t rows = std::min(count, source.samples());
  real.resize(size * static_cast<std::size_t>(rows));
  source.fill(0, 0, rows, {.x = real, .labels = {}, .targets = {}});
  return mean_variance(made, size) / std::max(mean_variance(real, size), 1e-30);
}

}  // namespace mirim
