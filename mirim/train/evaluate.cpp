#include "mirim/train/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cmath>
#include <limits>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/data/augment.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/features.hpp"
#include "mirim/data/shuffle.hpp"
#include "mirim/data/steps.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/train/frechet.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

double square(double value) { return value * value; }

/// The Euclidean distance of two vectors whose elements are measured in `units`.
double distance(std::span<const float> y, std::span<const float> t, std::span<const float> units) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    sum += square((static_cast<double>(y[i]) - static_cast<double>(t[i])) / static_cast<double>(units[i]));
  }
  return std::sqrt(sum);
}

/// -log p, where `least` replaces 0.
double surprise(double p, double least) { return -std::log(std::max(p, least)); }

double cross_entropy(std::span<const float> y, std::int32_t label, bool probabilities, double least) {
  const auto l = static_cast<std::size_t>(label);
  if (probabilities) return surprise(static_cast<double>(y[l]), least);
  const double largest = static_cast<double>(*std::max_element(y.begin(), y.end()));
  double sum = 0;
  for (const float value : y) sum += std::exp(static_cast<double>(value) - largest);
  return std::log(sum) + largest - static_cast<double>(y[l]);
}

/// The loss of one output of a sample.
double loss_of_element(Loss::Kind kind, double y, double target, bool probability, double least) {
  const double distance = std::abs(y - target);
  switch (kind) {
    case Loss::Kind::binary_cross_entropy:
      if (probability) return target * surprise(y, least) + (1 - target) * surprise(1 - y, least);
      return std::max(y, 0.0) - target * y + std::log1p(std::exp(-std::abs(y)));
    case Loss::Kind::mean_absolute_error:
      return distance;
    case Loss::Kind::huber:
      return distance <= 1 ? square(distance) / 2 : distance - 0.5;
    case Loss::Kind::margin:
      return target * square(std::max(0.9 - y, 0.0)) + (1 - target) * square(std::max(y - 0.1, 0.0)) / 2;
    default:
      return square(distance);
  }
}

/// The class that an autoencoder's samples should have: one with such a name, else the first.
std::int32_t normal_class(const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 6> kNormal{"normal", "ok", "good", "healthy", "background", "none"};
  for (std::size_t c = 0; c < names.size(); ++c) {
    std::string lower = names[c];
    std::ranges::transform(lower, lower.begin(), [](unsigned char letter) { return std::tolower(letter); });
    if (std::ranges::find(kNormal, lower) != kNormal.end()) return static_cast<std::int32_t>(c);
  }
  return 0;
}

class Evaluator {
 public:
  Evaluator(const Graph& graph, const Subset& samples, const EvaluateOptions& options)
      : graph_(graph),
        streams_(options.stream || samples.data->steps > 0 || (samples.data->series && keeps_state(graph))),
        warm_up_(streams_ ? samples.first(samples.data->warm_up) : Subset{}),
        samples_(rest(samples, warm_up_.size())),
        data_(*samples.data),
        options_(options),
        task_(find_task(graph, data_, {.loss = options.loss})) {
    const int last = last_computation(graph, graph.outputs[0]);
    const std::string_view op = last < 0 ? "" : graph.nodes[static_cast<std::size_t>(last)].op.name();
    probabilities_ = task_.loss == Loss::Kind::softmax_cross_entropy ? op == "SOFTMAX" : op == "LOGISTIC";
    // An int8 probability may be 0: half a step of 1/256. A float one is 0 below the smallest float.
    const bool floats = graph[graph.outputs[0]].type.dtype == DType::float32;
    least_ = floats ? static_cast<double>(std::numeric_limits<float>::min()) : 1.0 / 512;
    if (task_.parts) parts_ = scaling_of(graph[graph.outputs[0]]);
    own_ = resolve_own_losses(graph);
    for (const std::string& name : own_.missing) {
      task_.notes.push_back(fmt::format("'{}' is not in the model any more; the loss of it is left out", name));
    }
    per_sample_ = own_.sum && own_.loss == task_.loss ? 1 : static_cast<double>(task_.outputs);
    const auto all = static_cast<std::size_t>(samples_.size());
    ranges_.resize(task_.kind == Kind::sample || task_.kind == Kind::made ? all : 0);
    made_.resize(task_.kind == Kind::made ? all : 0);
    real_.resize(made_.size());
    for (const LossTerm& term : own_.terms) {
      terms_.emplace_back(all * kept(term));
    }
    if (own_.factors != kNoValue && task_.kind == Kind::sample) codes_.resize(all * factors());
    losses_.resize(all);
    asked_.resize(all);
    if (task_.kind == Kind::sample && data_.sample.dtype == DType::float32 && all > 0) {
      units_ = channel_statistics(samples_, data_.sample.shape.elements()).deviation;
      distances_.resize(all);
    }
    answers_.resize(all * kept());
    wanted_.resize(all * kept());
  }

  Evaluation run() {
    std::atomic<std::int64_t> done{0};
    const int threads = streams_ ? 1 : options_.threads;
    for_each_sample(graph_, samples_.size(), threads, [&](Interpreter& interpreter, std::int64_t i) {
      if (options_.stop && options_.stop()) fail("stopped");
      if (i == 0) warm_up(interpreter);
      score(interpreter, i);
      const std::int64_t count = ++done;
      if (options_.progress && (count % 64 == 0 || count == samples_.size())) options_.progress(count);
    });
    return sum();
  }

 private:
  using Kind = Task::Kind;
  static constexpr std::uint64_t kNoiseSeed = 1;

  std::size_t outputs() const { return static_cast<std::size_t>(task_.outputs); }
  /// Values per sample from which the scores are computed, besides its loss: all, or the squared and the absolute
  /// error.
  std::size_t kept() const { return task_.kind == Kind::sample ? 1 : task_.kind == Kind::made ? 0 : outputs(); }
  /// Numbers that the data give of a sample and a code is to stand for.
  std::size_t factors() const {
    const Shape& code = graph_[own_.factors].type.shape;
    return static_cast<std::size_t>(code.elements() < data_.target_size ? 0 : data_.target_size);
  }
  std::int64_t index(std::int64_t i) const { return samples_.index[static_cast<std::size_t>(i)]; }

  static Subset rest(Subset samples, std::int64_t without) {
    samples.index.erase(samples.index.begin(), samples.index.begin() + without);
    return samples;
  }

  void warm_up(Interpreter& interpreter) const {
    for (std::int64_t i = 0; i < warm_up_.size(); ++i) {
      feed_sample(interpreter, data_.sample, warm_up_.sample(i), i, options_.seed);
      interpreter.run();
    }
  }

  /// Each sample writes only its own places, from any thread.
  void score(Interpreter& interpreter, std::int64_t i) {
    if (!streams_ || (!options_.stream && begins_sequence(samples_, i))) interpreter.reset();
    const BytesView sample = samples_.sample(i);
    std::vector<float> itself;
    feed_sample(interpreter, data_.sample, sample, i, options_.seed);
    if (task_.kind == Kind::sample) itself = answer_of_itself(interpreter, data_.sample, sample);
    if (options_.noise > 0 && task_.kind != Kind::made) {
      const auto seed = mix_seed(kNoiseSeed, 0, static_cast<std::uint64_t>(index(i)));
      set_sample(interpreter, 0, data_.sample, with_noise(options_.noise, data_.sample, sample, seed));
    }
    interpreter.run();
    const std::vector<float> y = raw_numbers(interpreter.output(0), scaling_of(graph_[graph_.outputs[0]]));
    if (options_.look) options_.look(i, interpreter);  // which may change it
    for (const float value : y) {
      if (!std::isfinite(value)) fail("sample {}: the model answers {}", i, value);
    }
    if (task_.kind == Kind::made) return score_made(y, i);
    const std::vector<float> target = task_.kind == Kind::sample ? itself : right_answer(i);
    for (const float value : target) {
      const bool left_out = data_.partly_asked && std::isnan(value);
      if (!std::isfinite(value) && !left_out)
        fail("sample {}: the right answer is {}; look at the range of the data", i, value);
    }
    const auto at = static_cast<std::size_t>(i);
    double& loss = losses_[at];
    if (task_.loss == Loss::Kind::softmax_cross_entropy) {
      loss = cross_entropy(y, class_of(data_, index(i)), probabilities_, least_);
    } else {
      const auto unit = [&](std::size_t k, float v) { return parts_.empty() ? v : parts_.to_real(k, v); };
      for (std::size_t k = 0; k < y.size(); ++k) {
        if (std::isnan(target[k])) continue;
        ++asked_[at];
        loss += loss_of_element(task_.loss, static_cast<double>(unit(k, y[k])), static_cast<double>(unit(k, target[k])),
                                probabilities_, least_) /
                per_sample_;
      }
    }
    score_terms(interpreter, at);
    if (!codes_.empty()) {
      const std::vector<float> code = reals(interpreter.value(own_.factors));
      std::copy_n(code.begin(), factors(), codes_.begin() + static_cast<std::ptrdiff_t>(at * factors()));
    }
    if (task_.kind == Kind::sample) {
      const ErrorScore error = error_score(y, target);
      answers_[at] = static_cast<float>(square(error.root_mean_squared_error));
      wanted_[at] = static_cast<float>(error.mean_absolute_error);
      const auto [least, most] = std::ranges::minmax_element(target);
      ranges_[at] = {*least, *most};
      if (!units_.empty()) distances_[at] = distance(y, target, units_);
    } else {
      std::ranges::copy(y, answers_.begin() + static_cast<std::ptrdiff_t>(at * outputs()));
      std::ranges::copy(target, wanted_.begin() + static_cast<std::ptrdiff_t>(at * outputs()));
    }
  }

  /// Beside each sample made one of the data, both coarse.
  void score_made(const std::vector<float>& y, std::int64_t i) {
    std::vector<float> real(y.size());
    to_floats(data_.sample, samples_.sample(i), real);
    const auto [least, most] = std::ranges::minmax_element(real);
    ranges_[static_cast<std::size_t>(i)] = {*least, *most};
    made_[static_cast<std::size_t>(i)] = coarse(data_.sample.shape, y);
    real_[static_cast<std::size_t>(i)] = coarse(data_.sample.shape, real);
  }

  void sum_made(Evaluation& result) const {
    if (result.samples < 2) return;
    const double range = range_of_all();
    std::vector<float> made, real;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      made.insert(made.end(), made_[i].begin(), made_[i].end());
      real.insert(real.end(), real_[i].begin(), real_[i].end());
    }
    const double distance = frechet_distance(made, real, made_[0].size());
    result.frechet = range > 0 ? distance / square(range) : distance;
    if (!data_.labels.empty()) {
      std::vector<std::int32_t> labels;
      for (std::int64_t i = 0; i < samples_.size(); ++i) labels.push_back(samples_.label(i));
      result.modes = mode_scores(made, real, labels, made_[0].size(), data_.class_names.size());
    }
    result.loss = *result.frechet;
  }

  /// Largest less smallest right answer.
  double range_of_all() const {
    float least = ranges_[0].first, most = ranges_[0].second;
    for (const auto& [low, high] : ranges_) {
      least = std::min(least, low);
      most = std::max(most, high);
    }
    return static_cast<double>(most) - static_cast<double>(least);
  }

  /// Of a term what is kept of a sample: its value; of sparsity the mean of each channel.
  std::size_t kept(const LossTerm& term) const {
    return term.kind == LossTerm::Kind::sparsity ? static_cast<std::size_t>(graph_[term.value].type.shape.back()) : 1;
  }

  void score_terms(Interpreter& interpreter, std::size_t at) {
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      const LossTerm& term = own_.terms[t];
      const std::vector<float> y = reals(interpreter.value(term.value));
      const std::size_t channels = kept(term);
      const auto to = std::span(terms_[t]).subspan(at * channels, channels);
      if (term.kind != LossTerm::Kind::sparsity) {
        to[0] = loss_term(term, {1, std::ssize(y)}, y.data(), nullptr, nullptr);
        continue;
      }
      for (std::size_t i = 0; i < y.size(); ++i) {
        to[i % channels] += y[i] * static_cast<float>(channels) / static_cast<float>(y.size());
      }
    }
  }

  std::vector<float> right_answer(std::int64_t i) const {
    std::vector<float> target(outputs());
    if (task_.kind == Kind::classes) {
      write_one_hot(class_of(data_, index(i)), target);
    } else {
      std::copy_n(data_.targets.begin() + index(i) * task_.outputs, outputs(), target.begin());
    }
    return target;
  }

  /// How many samples' worth of targets were asked for.
  double samples_asked() const {
    return static_cast<double>(std::accumulate(asked_.begin(), asked_.end(), std::int64_t{0})) /
           static_cast<double>(outputs());
  }

  /// In the samples' order, so that the number of threads changes no bit.
  Evaluation sum() const {
    Evaluation result{.task = task_, .samples = samples_.size()};
    for (const double loss : losses_) result.loss += loss;
    result.loss /= std::max(1.0, data_.partly_asked ? samples_asked() : static_cast<double>(result.samples));
    if (result.samples == 0) return result;
    sum_terms(result);
    sum_factors(result);
    if (task_.kind == Kind::made) {
      sum_made(result);
    } else if (task_.kind == Kind::classes) {
      sum_classes(result);
    } else if (task_.kind == Kind::sample) {
      sum_samples(result);
    } else {
      sum_targets(result);
    }
    return result;
  }

  /// The terms of one loss follow each other, in the order of the losses.
  void sum_terms(Evaluation& result) const {
    result.negative_elbo = own_.negative_elbo && own_.loss == task_.loss;
    std::size_t t = 0;
    for (const OwnLoss& loss : own_.beside) {
      OwnScore score{.kind = loss.kind, .of = loss.of};
      for (std::size_t k = 0; k < loss.of.size(); ++k, ++t) {
        const LossTerm& term = own_.terms[t];
        if (term.kind == LossTerm::Kind::sparsity) {
          const auto channels = static_cast<std::int64_t>(kept(term));
          score.value +=
              static_cast<double>(loss_term(term, {samples_.size(), channels}, terms_[t].data(), nullptr, nullptr));
          score.mean = mean_of(terms_[t]);
        } else {
          score.value += mean_of(terms_[t]);
        }
      }
      result.loss += score.value;
      result.own.push_back(std::move(score));
    }
  }

  void sum_factors(Evaluation& result) const {
    const std::size_t count = codes_.empty() ? 0 : factors();
    const auto size = static_cast<std::size_t>(data_.target_size);
    for (std::size_t k = 0; k < count; ++k) {
      std::vector<float> code, number;
      for (std::int64_t i = 0; i < samples_.size(); ++i) {
        code.push_back(codes_[static_cast<std::size_t>(i) * count + k]);
        number.push_back(data_.targets[static_cast<std::size_t>(index(i)) * size + k]);
      }
      result.factors.push_back({.name = k < data_.target_names.size() ? data_.target_names[k] : fmt::format("{}", k),
                                .r_squared = squared_correlation(code, number)});
    }
  }

  static double squared_correlation(const std::vector<float>& a, const std::vector<float>& b) {
    const double mean_a = mean_of(a), mean_b = mean_of(b);
    double aa = 0, ab = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double da = static_cast<double>(a[i]) - mean_a, db = static_cast<double>(b[i]) - mean_b;
      aa += da * da;
      ab += da * db;
      bb += db * db;
    }
    return aa > 0 && bb > 0 ? ab * ab / (aa * bb) : 0;
  }

  static double mean_of(const std::vector<float>& values) {
    double sum = 0;
    for (const float v : values) sum += static_cast<double>(v);
    return sum / static_cast<double>(values.size());
  }

  void sum_classes(Evaluation& result) const {
    const std::size_t size = outputs();
    result.confusion.emplace(size == 1 ? 2 : static_cast<int>(size));
    std::vector<float> second;
    std::vector<std::uint8_t> positive;
    for (std::int64_t i = 0; i < samples_.size(); ++i) {
      const auto y = std::span(answers_).subspan(static_cast<std::size_t>(i) * size, size);
      const std::int32_t label = class_of(data_, index(i));
      result.confusion->add(label, size == 1 ? y[0] > task_.threshold : argmax(y));
      second.push_back(size < 3 ? y.back() : 0);
      positive.push_back(label == 1);
    }
    result.accuracy = result.confusion->accuracy();
    if (size >= 10) result.right_among_three = right_among(3);
    if (size < 3) result.roc_auc = auc_of(second, positive);
  }

  /// Part of the samples whose class is among the `most` largest outputs.
  double right_among(std::ptrdiff_t most) const {
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < samples_.size(); ++i) {
      const auto y = std::span(answers_).subspan(static_cast<std::size_t>(i) * outputs(), outputs());
      const float own = y[static_cast<std::size_t>(class_of(data_, index(i)))];
      if (std::ranges::count_if(y, [&](float other) { return other > own; }) < most) ++right;
    }
    return static_cast<double>(right) / static_cast<double>(samples_.size());
  }

  void sum_targets(Evaluation& result) const {
    std::int64_t right = 0, asked = 0;
    ErrorScore mean{.r_squared = 0};
    double targets = 0;
    for (std::size_t k = 0; k < outputs(); ++k) targets += asked_in(k) > 0 ? 1 : 0;
    for (std::size_t k = 0; k < outputs(); ++k) {
      if (asked_in(k) == 0) continue;
      const std::vector<float> y = column(answers_, k), t = column(wanted_, k);
      TargetScore score{.name = k < data_.target_names.size() ? data_.target_names[k] : fmt::format("{}", k),
                        .error = error_score(y, t)};
      mean.root_mean_squared_error += square(score.error.root_mean_squared_error) / targets;
      mean.mean_absolute_error += score.error.mean_absolute_error / targets;
      mean.r_squared = mean.r_squared && score.error.r_squared
                           ? std::optional(*mean.r_squared + *score.error.r_squared / targets)
                           : std::nullopt;
      if (task_.kind == Kind::flags) {
        std::vector<std::uint8_t> positive;
        std::int64_t right_ones = 0;
        for (std::size_t i = 0; i < y.size(); ++i) {
          positive.push_back(t[i] > 0.5F);
          right_ones += (y[i] > task_.threshold) == (t[i] > 0.5F) ? 1 : 0;
        }
        score.accuracy = static_cast<double>(right_ones) / static_cast<double>(y.size());
        score.roc_auc = auc_of(y, positive);
        right += right_ones;
        asked += std::ssize(y);
      }
      result.targets.push_back(std::move(score));
    }
    mean.root_mean_squared_error = std::sqrt(mean.root_mean_squared_error);
    if (task_.kind == Kind::flags) {
      result.accuracy = static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, asked));
    } else {
      result.error = mean;
    }
  }

  void sum_samples(Evaluation& result) const {
    double squares = 0, absolute = 0;
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      squares += static_cast<double>(answers_[i]);
      absolute += static_cast<double>(wanted_[i]);
    }
    const auto count = static_cast<double>(answers_.size());
    result.error =
        ErrorScore{.root_mean_squared_error = std::sqrt(squares / count), .mean_absolute_error = absolute / count};
    if (!units_.empty()) {
      result.error->mean_distance = std::accumulate(distances_.begin(), distances_.end(), 0.0) / count;
    }
    const double peak = range_of_all();
    if (squares > 0 && peak > 0) result.psnr = 10 * std::log10(square(peak) * count / squares);
    std::vector<float> sorted = answers_;
    std::ranges::sort(sorted);
    const auto rank = [&](double part) {
      return static_cast<double>(sorted[static_cast<std::size_t>(part * (count - 1))]);
    };
    result.per_sample = SampleErrors{.median = rank(0.5), .high = rank(0.95), .largest = rank(1)};
    if (data_.labels.empty()) return;
    const std::int32_t normal = normal_class(data_.class_names);
    std::vector<std::uint8_t> other;
    for (std::int64_t i = 0; i < samples_.size(); ++i) other.push_back(samples_.label(i) != normal);
    result.roc_auc = auc_of(answers_, other);
    if (!result.roc_auc) return;
    result.per_sample->normal = data_.class_names[static_cast<std::size_t>(normal)];
    result.per_sample->threshold = best_threshold(answers_, other);
  }

  static std::optional<double> auc_of(const std::vector<float>& scores, const std::vector<std::uint8_t>& positive) {
    const auto positives = std::count(positive.begin(), positive.end(), 1);
    if (positives == 0 || positives == std::ssize(positive)) return std::nullopt;
    return roc_auc(scores, positive);
  }

  /// Of the samples that target k is asked for.
  std::vector<float> column(const std::vector<float>& rows, std::size_t k) const {
    std::vector<float> values;
    for (std::size_t i = k; i < rows.size(); i += outputs()) {
      if (!std::isnan(wanted_[i])) values.push_back(rows[i]);
    }
    return values;
  }

  std::int64_t asked_in(std::size_t k) const {
    std::int64_t count = 0;
    for (std::size_t i = k; i < wanted_.size(); i += outputs()) count += std::isnan(wanted_[i]) ? 0 : 1;
    return count;
  }

  const Graph& graph_;
  const bool streams_;
  const Subset warm_up_;
  const Subset samples_;
  const Dataset& data_;
  const EvaluateOptions& options_;
  Task task_;
  bool probabilities_ = false;
  double least_ = 0;       ///< in place of a probability of 0
  Scaling parts_{};        ///< of Task::parts: from bytes to their parts
  double per_sample_ = 1;  ///< what the sum over the elements of a sample is divided by
  ResolvedLosses own_{};
  std::vector<std::vector<float>> terms_{};          // by term [samples, kept]
  std::vector<float> codes_{};                       // [samples, factors]
  std::vector<std::pair<float, float>> ranges_{};    // of Kind::sample and made: least and largest right answer of each
  std::vector<std::vector<float>> made_{}, real_{};  // of Kind::made
  std::vector<double> losses_{};
  std::vector<std::int64_t> asked_{};  // [samples]: targets that are numbers
  std::vector<float> answers_{};       // [samples, outputs]; of Kind::sample the squared error of each
  std::vector<float> wanted_{};        // [samples, outputs]; of Kind::sample the absolute error of each
  std::vector<float> units_{};         // [elements] of Kind::sample, if distances are measured
  std::vector<double> distances_{};    // [samples]
};

}  // namespace

Evaluation evaluate(const Graph& graph, const Subset& samples, const EvaluateOptions& options) {
  return Evaluator(graph, samples, options).run();
}

}  // namespace mirim
