#include "mirim/train/fit.hpp"

#include <chrono>
#include <cmath>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/train/checkpoint.hpp"
#include "mirim/train/metrics.hpp"

namespace mirim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Sums over samples of the loss, and of correct predictions or squared differences.
struct Tally {
  double loss = 0;
  std::int64_t samples = 0;
  double right = 0;
  double squares = 0;
  std::int64_t answers = 0;

  void add_loss(float mean, std::int64_t count) {
    loss += static_cast<double>(mean) * static_cast<double>(count);
    samples += count;
  }
  float mean_loss() const { return static_cast<float>(loss / static_cast<double>(samples)); }
  float accuracy() const { return static_cast<float>(right / static_cast<double>(answers)); }
  float error() const { return static_cast<float>(std::sqrt(squares / static_cast<double>(answers))); }
};

class Fitting {
 public:
  Fitting(Graph& graph, BatchSource& training, BatchSource* validation, const FitOptions& options)
      : graph_(graph),
        training_(training),
        validation_(validation),
        options_(options),
        plan_(graph, {.batch = options.batch,
                      .threads = options.threads,
                      .loss = options.loss,
                      .optimizer = options.optimizer,
                      .seed = options.seed,
                      .plain = options.plain,
                      .parametrisations = options.shaping.parametrisations,
                      .grids = options.shaping.grids,
                      .terms = options.shaping.terms,
                      .loss_weight = options.shaping.loss_weight,
                      .factors = options.shaping.factors}),
        steps_(training.samples() / options.batch) {
    if (options.epochs < 1) fail("{} epochs; at least 1", options.epochs);
    if (steps_ < 1) {
      fail("{} training samples do not fill a batch of {}; choose a smaller batch", training.samples(), options.batch);
    }
    if (!plan_.trains()) {
      fail("no weights lie before output '{}': there is nothing to train", graph[graph.outputs[0]].name);
    }
    saved_.settings = settings_of(graph, options, training.samples());
  }

  FitResult run() {
    if (options_.resume && std::filesystem::exists(options_.checkpoint)) resume();
    if (options_.begins) options_.begins();
    while (saved_.epoch < options_.epochs && !out_of_patience()) {
      if (!run_epoch()) {
        result_.interrupted = true;
        break;
      }
    }
    result_.stopped_early = !result_.interrupted && saved_.epoch < options_.epochs;
    result_.history = saved_.history;
    result_.best_epoch = saved_.best_epoch;
    if (result_.interrupted) return result_;
    if (options_.best_weights && saved_.best_epoch >= 0) {
      Learnt learnt = plan_.state();
      learnt.parameters = saved_.best.parameters;
      learnt.statistics = saved_.best.statistics;
      learnt.steps = saved_.best.steps;
      learnt.ranges = saved_.best.ranges;
      plan_.set_state(learnt);
    }
    plan_.store(graph_);
    result_.ranges = plan_.ranges();
    return result_;
  }

 private:
  void resume() {
    Checkpoint checkpoint = read_checkpoint(options_.checkpoint);
    require_same_settings(options_.checkpoint, checkpoint.settings, saved_.settings);
    in_context(options_.checkpoint.string(), [&] { plan_.set_state(checkpoint.learnt); });
    saved_ = std::move(checkpoint);
  }

  /// False if it was asked to stop before the end; then nothing of the epoch counts.
  bool run_epoch() {
    const auto start = Clock::now();
    EpochRecord record{.epoch = saved_.epoch + 1};
    Tally tally;
    for (std::int64_t s = 0; s < steps_; ++s) {
      fill(training_, saved_.epoch, s * options_.batch, options_.batch);
      const std::int64_t step = saved_.epoch * steps_ + s;
      record.learning_rate = learning_rate(options_.schedule, step, steps_, options_.epochs);
      if (options_.shaping.before_step) options_.shaping.before_step(plan_, step, steps_ * options_.epochs);
      const float loss = plan_.step(record.learning_rate);
      if (!std::isfinite(loss)) fail_at(s, record);
      judge(tally, loss, options_.batch);
      ++steps_done_;
      report(record.epoch, s + 1, tally, nullptr);
      if (options_.stop && options_.stop()) return false;
    }
    record.training_loss = tally.mean_loss();
    (options_.metric == Metric::error ? record.training_error : record.training_accuracy) = score(tally);
    if (validation_) validate(record);
    record.seconds = seconds_since(start);
    finish(record);
    report(record.epoch, steps_, tally, &record);
    return true;
  }

  void validate(EpochRecord& record) {
    Tally tally;
    for (std::int64_t first = 0; first < validation_->samples(); first += options_.batch) {
      const std::int64_t count = std::min(options_.batch, validation_->samples() - first);
      fill(*validation_, saved_.epoch, first, count);
      const float loss = plan_.evaluate(count);
      if (!std::isfinite(loss)) {
        fail("validation after epoch {}: the loss of samples {} to {} is not finite; {}; {}", record.epoch, first,
             first + count - 1, remedy(record), kept());
      }
      judge(tally, loss, count);
    }
    record.validation_loss = tally.mean_loss();
    (options_.metric == Metric::error ? record.validation_error : record.validation_accuracy) = score(tally);
  }

  void finish(const EpochRecord& record) {
    saved_.history.push_back(record);
    ++saved_.epoch;
    if (validation_ && is_best(record)) {
      saved_.best_epoch = static_cast<int>(saved_.history.size()) - 1;
      saved_.best = plan_.state();
      saved_.best.moments.clear();
    }
    if (options_.checkpoint.empty()) return;
    saved_.learnt = plan_.state();
    write_checkpoint(options_.checkpoint, saved_);
  }

  bool is_best(const EpochRecord& record) const {
    if (saved_.best_epoch < 0) return true;
    const EpochRecord& best = saved_.history[static_cast<std::size_t>(saved_.best_epoch)];
    if (record.validation_accuracy != best.validation_accuracy) {
      return record.validation_accuracy > best.validation_accuracy;
    }
    return record.validation_loss < best.validation_loss;
  }

  bool out_of_patience() const {
    return options_.patience > 0 && saved_.best_epoch >= 0 && saved_.epoch - 1 - saved_.best_epoch >= options_.patience;
  }

  void fill(BatchSource& source, int epoch, std::int64_t first, std::int64_t count) {
    // The plan's buffers hold a whole batch; the last one of a validation may be smaller.
    const auto part = [&](auto span) {
      return span.first(span.size() / static_cast<std::size_t>(options_.batch) * static_cast<std::size_t>(count));
    };
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      const auto distribution = distribution_of(graph_[graph_.inputs[i]]);
      // Of training every step has its own numbers, of validation every batch the same in each epoch.
      const std::uint64_t number = &source == &training_
                                       ? static_cast<std::uint64_t>(epoch * steps_ + first / options_.batch)
                                       : (std::uint64_t{1} << 63) + static_cast<std::uint64_t>(first / options_.batch);
      const int stream = static_cast<int>(i);
      if (distribution) draw(*distribution, options_.seed, number, stream, plan_.input(stream));
    }
    const bool trains = &source == &training_;
    const BatchView view{part(plan_.input(0)), part(plan_.labels()), part(plan_.targets()),
                         trains ? plan_.varying() : std::span<float>{}};
    source.fill(epoch, first, count, view);
    if (view.labels.empty()) return;
    const auto classes = static_cast<std::int32_t>(plan_.output().size() / static_cast<std::size_t>(options_.batch));
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int32_t label = view.labels[static_cast<std::size_t>(i)];
      if (label < 0 || label >= classes) {
        fail("sample {} has label {}, but the network's output '{}' has {} classes: labels must be 0 to {}", first + i,
             label, graph_[graph_.outputs[0]].name, classes, classes - 1);
      }
    }
  }

  /// Adds the results of the plan's last run of `count` samples.
  void judge(Tally& tally, float loss, std::int64_t count) {
    tally.add_loss(loss, count);
    const auto samples = static_cast<std::size_t>(count);
    const auto output = plan_.output();
    const std::size_t size = output.size() / static_cast<std::size_t>(options_.batch);
    const auto labels = plan_.labels();
    const std::span<const float> targets = plan_.targets();
    if (options_.metric == Metric::right_class) {
      tally.answers += count;
      for (std::size_t i = 0; i < samples; ++i) {
        const int right = labels.empty() ? argmax(targets.subspan(i * size, size)) : labels[i];
        tally.right += argmax(output.subspan(i * size, size)) == right ? 1 : 0;
      }
      return;
    }
    for (std::size_t i = 0; i < samples * size; ++i) {
      if (std::isnan(targets[i])) continue;
      ++tally.answers;
      const double difference = static_cast<double>(output[i]) - static_cast<double>(targets[i]);
      tally.squares += difference * difference;
      tally.right += (output[i] > options_.threshold) == (targets[i] > 0.5F) ? 1 : 0;
    }
  }

  float score(const Tally& tally) const { return options_.metric == Metric::error ? tally.error() : tally.accuracy(); }

  std::string kept() const {
    if (options_.checkpoint.empty() || saved_.epoch == 0) return "no epoch was finished before";
    return fmt::format("{} holds epoch {}", options_.checkpoint.string(), saved_.epoch);
  }

  static std::string remedy(const EpochRecord& record) {
    return fmt::format("lower the learning rate ({}), or look at the range of the data", record.learning_rate);
  }

  [[noreturn]] void fail_at(std::int64_t batch, const EpochRecord& record) const {
    const std::string where = plan_.blame();
    fail("training: step {} of {} (epoch {}) gave numbers that are not finite, first in {}; {}; {}", batch + 1, steps_,
         record.epoch, where.empty() ? "the loss" : where, remedy(record), kept());
  }

  void report(int epoch, std::int64_t step, const Tally& tally, const EpochRecord* finished) const {
    if (!options_.progress) return;
    const std::int64_t left = (options_.epochs - epoch) * steps_ + steps_ - step;
    const double each = seconds_since(start_) / static_cast<double>(std::max<std::int64_t>(1, steps_done_));
    options_.progress({.epoch = epoch,
                       .epochs = options_.epochs,
                       .step = step,
                       .steps = steps_,
                       .loss = tally.mean_loss(),
                       .metric = options_.metric,
                       .accuracy = options_.metric == Metric::error ? 0 : tally.accuracy(),
                       .error = options_.metric == Metric::error ? tally.error() : 0,
                       .validated = validation_ != nullptr,
                       .seconds_left = each * static_cast<double>(left),
                       .finished = finished});
  }

  Graph& graph_;
  BatchSource& training_;
  BatchSource* validation_;
  const FitOptions& options_;
  TrainingPlan plan_;
  std::int64_t steps_;  ///< in an epoch
  Checkpoint saved_;    ///< as after the last finished epoch
  FitResult result_;
  Clock::time_point start_ = Clock::now();
  std::int64_t steps_done_ = 0;
};

}  // namespace

FitResult fit(Graph& graph, BatchSource& training, BatchSource* validation, const FitOptions& options) {
  return Fitting(graph, training, validation, options).run();
}

}  // namespace mirim
