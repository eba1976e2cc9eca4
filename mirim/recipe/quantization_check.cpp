#include "mirim/recipe/quantization_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "mirim/base/text.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/masks.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostColumns = 4096;
constexpr double kExactDb = 30;  // values that all lie on steps lose nothing, such as a switch of 0 and 1

/// A range of the 256 int8 steps, inclusive.
struct Steps {
  std::size_t low = 0;
  std::size_t high = 255;

  std::int64_t span() const { return static_cast<std::int64_t>(high - low); }
};

/// Statistics of one column.
struct Column {
  double signal = 0, noise = 0;
  double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity();
  std::int64_t min_sample = 0, max_sample = 0;
  // For each int8 step: the number of its floats, their sum and the sum of their squares.
  std::array<std::uint32_t, 256> counts{};
  std::array<float, 256> sums{}, squares{};

  void add(double x, double y, std::size_t step, std::int64_t sample) {
    signal += x * x;
    noise += (x - y) * (x - y);
    ++counts[step];
    sums[step] += static_cast<float>(x);
    squares[step] += static_cast<float>(x * x);
    if (x < min) {
      min = x;
      min_sample = sample;
    }
    if (x > max) {
      max = x;
      max_sample = sample;
    }
  }
  void add(const Column& other) {
    signal += other.signal;
    noise += other.noise;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] += other.counts[i];
      sums[i] += other.sums[i];
      squares[i] += other.squares[i];
    }
    if (other.min < min) {
      min = other.min;
      min_sample = other.min_sample;
    }
    if (other.max > max) {
      max = other.max;
      max_sample = other.max_sample;
    }
  }

  bool empty() const { return max < min; }
  bool constant() const { return !(max > min); }
  double db(double power) const {
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(power / noise);
  }
  double signal_to_noise_db() const { return db(signal); }

  /// With the deviation from the mean as the signal, for the values in these steps: all that a network can learn from.
  double variation_db(const Steps& within) const {
    double count = 0, sum = 0, square = 0;
    for (std::size_t i = within.low; i <= within.high; ++i) {
      count += static_cast<double>(counts[i]);
      sum += static_cast<double>(sums[i]);
      square += static_cast<double>(squares[i]);
    }
    return db(count > 0 ? std::max(0.0, square - sum * sum / count) : 0.0);
  }

  /// From the first to the last used step.
  Steps used() const { return without_tails(counts, 0); }

  /// The same without a hundredth of the values (at least one, of fewer than 16 none) at either end. If a layer is 0
  /// most of the time, only a part of the zeros count.
  Steps bulk(std::size_t zero) const {
    auto some = counts;
    std::uint32_t others = 0;
    for (std::size_t i = 0; i < some.size(); ++i) others += i == zero ? 0 : some[i];
    some[zero] = std::min(some[zero], std::max<std::uint32_t>(16, others / 100 * 3));
    const std::uint32_t total = others + some[zero];
    return without_tails(some, total < 16 ? 0 : std::max<std::uint32_t>(1, total / 100));
  }

 private:
  static Steps without_tails(const std::array<std::uint32_t, 256>& numbers, std::uint32_t tail) {
    Steps steps;
    for (std::uint32_t seen = numbers[steps.low]; seen <= tail && steps.low < steps.high;) seen += numbers[++steps.low];
    for (std::uint32_t seen = numbers[steps.high]; seen <= tail && steps.high > steps.low;) {
      seen += numbers[--steps.high];
    }
    return steps;
  }
};

/// A tensor that both graphs have.
struct Pair {
  ValueId a = kNoValue;
  ValueId b = kNoValue;
  const Node* node = nullptr;  // of the float graph; null for an input
  bool by_columns = false;     // whether its columns are checked one by one
  std::vector<Column> columns{};
  Column all{};
};

class Checker {
 public:
  Checker(const Graph& floats, const Graph& integers, bool first_input)
      : a_(floats), b_(integers), never_(find_never_chosen(floats)), good_(floats.values.size(), 1) {
    for (std::size_t i = 0; i < b_.values.size(); ++i) {
      const Value& value = b_.values[i];
      const bool is_activation = value.type.dtype == DType::int8 && !value.is_constant() && !value.quantization.empty();
      if (is_activation) by_name_.emplace(value.name, static_cast<ValueId>(i));
    }
    for (std::size_t i = first_input ? 0 : 1; i < a_.inputs.size(); ++i) match(a_.inputs[i], nullptr);
    for (const Node& node : a_.nodes) {
      for (const ValueId id : node.outputs) match(id, &node);
    }
  }

  QuantizationCheck run(std::int64_t samples, const Feed& feed) {
    Interpreter left(a_), right(b_);
    const bool stream = is_stream(a_);
    for (std::int64_t i = 0; i < samples; ++i) {
      for (Interpreter* interpreter : {&left, &right}) {
        if (!stream) interpreter->reset();
        feed(*interpreter, i);
        interpreter->run();
      }
      for (Pair& pair : pairs_) look(pair, left.value(pair.a), right.value(pair.b), i);
    }
    check_.samples = samples;
    for (Pair& pair : pairs_) {
      for (const Column& column : pair.columns) pair.all.add(column);
      if (!pair.all.empty()) judge(pair);
      if (pair.node == nullptr && pair.all.constant()) break;  // all else is constant too
    }
    return std::move(check_);
  }

 private:
  void match(ValueId id, const Node* node) {
    if (id == kNoValue || a_[id].type.dtype != DType::float32) return;
    auto found = by_name_.find(a_[id].name);
    if (found == by_name_.end()) found = by_name_.find(a_[id].name + "/int8");
    if (found == by_name_.end() || b_[found->second].type.shape != a_[id].type.shape) return;
    const Shape& shape = a_[id].type.shape;
    std::int64_t columns = shape.rank() > 1 ? shape.back() : 1;
    if (columns > kMostColumns) columns = 1;
    // With a fixed scale, as for probabilities, small columns cannot be helped.
    const bool fixed =
        node &&
        node->op.quantization(Types(operands(a_, node->inputs))).value_or(QuantizationRule{}).output.has_value();
    const bool is_output = std::ranges::find(a_.outputs, id) != a_.outputs.end();
    const bool by_columns = columns > 1 && !fixed && (!node || is_output || node->op.is<Concatenation>());
    pairs_.push_back({.a = id,
                      .b = found->second,
                      .node = node,
                      .by_columns = by_columns,
                      .columns = std::vector<Column>(static_cast<std::size_t>(columns))});
  }

  void look(Pair& pair, const ConstTensorView& left, const ConstTensorView& right, std::int64_t sample) const {
    const auto floats = left.as<float>();
    const auto integers = right.as<std::int8_t>();
    const auto scale = static_cast<double>(b_[pair.b].quantization.scale[0]);
    const auto zero_point = static_cast<double>(b_[pair.b].quantization.zero_point[0]);
    const NeverChosen& never = never_[static_cast<std::size_t>(pair.a)];
    const std::size_t columns = pair.columns.size();
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const float x = floats[i];
      if (!counts(never, x) || !std::isfinite(x)) continue;
      const double step = std::clamp(std::round(static_cast<double>(x) / scale) + zero_point, -128.0, 127.0);
      pair.columns[i % columns].add(static_cast<double>(x), scale * (integers[i] - zero_point),
                                    static_cast<std::size_t>(step + 128), sample);
    }
  }

  std::size_t zero_of(const Pair& pair) const {
    return static_cast<std::size_t>(b_[pair.b].quantization.zero_point[0] + 128);
  }

  /// The cause of a loss in some values, if there is one; `all` is their whole tensor.
  std::optional<LossCause> cause(const Column& c, const Pair& pair, bool is_column) const {
    if (c.constant()) return is_column ? std::nullopt : std::optional(LossCause::constant);
    const Steps used = c.used(), bulk = c.bulk(zero_of(pair));
    if (used.span() < kFewestSteps && c.variation_db(used) < kExactDb) {
      const double own = std::max(c.max, 0.0) - std::min(c.min, 0.0);
      if ((c.max - c.min) * 255 / own < kFewestSteps) return LossCause::far_from_zero;
      return is_column ? LossCause::unlike_columns : LossCause::few_steps;
    }
    const bool crowded = bulk.span() < kFewestSteps && used.span() >= kFewestSteps;
    if (crowded && c.variation_db(bulk) < kExactDb) return LossCause::outlier;
    if (c.signal_to_noise_db() >= kDepartingDb) return std::nullopt;
    return LossCause::rounding;
  }

  void judge(const Pair& pair) {
    const QuantizationLoss loss = loss_of(pair, pair.all);
    check_.tensors.push_back(loss);
    bool inputs_good = true;
    if (pair.node) {
      for (const ValueId id : pair.node->inputs) inputs_good = inputs_good && (id == kNoValue || good_[at(id)]);
    }
    const bool is_output = std::ranges::find(a_.outputs, pair.a) != a_.outputs.end();
    auto whole = cause(pair.all, pair, false);
    if (whole == LossCause::rounding && !inputs_good) whole = LossCause::earlier_layers;
    good_[at(pair.a)] = inputs_good && !(whole && loss.signal_to_noise_db < kDepartingDb);
    std::size_t told = 0;
    if (pair.by_columns && !(whole == LossCause::constant)) told = judge_columns(pair);
    // Losses of earlier layers are reported once where they began, and once at the end.
    const bool follows = whole == LossCause::earlier_layers && !is_output;
    if (whole && told == 0 && !follows) warn(pair, -1, pair.all, *whole);
  }

  std::size_t judge_columns(const Pair& pair) {
    std::size_t told = 0;
    for (std::size_t c = 0; c < pair.columns.size(); ++c) {
      const auto why = cause(pair.columns[c], pair, true);
      if (!why || *why == LossCause::rounding) continue;  // reported for the whole tensor
      ++told;
      warn(pair, static_cast<std::int64_t>(c), pair.columns[c], *why);
    }
    return told;
  }

  static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }

  QuantizationLoss loss_of(const Pair& pair, const Column& numbers) const {
    return {.name = a_[pair.a].name,
            .op = pair.node ? std::string(pair.node->op.name()) : "",
            .signal_to_noise_db = numbers.signal_to_noise_db(),
            .steps = numbers.used().span()};
  }

  void warn(const Pair& pair, std::int64_t column, const Column& numbers, LossCause why) {
    QuantizationWarning warning{.loss = loss_of(pair, numbers), .column = column, .cause = why};
    warning.text = text(pair, column, numbers, why);
    check_.warnings.push_back(std::move(warning));
  }

  std::string text(const Pair& pair, std::int64_t column, const Column& c, LossCause why) const {
    const std::string tensor = fmt::format("{}'{}'", pair.node ? fmt::format("{} ", pair.node->op.name()) : "input ",
                                           short_name(a_[pair.a].name));
    const std::string what = column < 0 ? tensor : fmt::format("column {} of {}", column, tensor);
    const auto scale = static_cast<double>(b_[pair.b].quantization.scale[0]);
    const std::string steps = fmt::format("{:.4g} to {:.4g} take {} of 255 int8 steps", c.min, c.max, c.used().span());
    const std::string db = fmt::format("{:.1f} dB", c.signal_to_noise_db());
    switch (why) {
      case LossCause::constant:
        if (!pair.node) {
          return fmt::format(
              "{} is {:.4g} everywhere in all {} samples, so the ranges say nothing: calibrate with "
              "real samples",
              what, c.min, check_.samples);
        }
        return fmt::format(
            "{} is {:.4g} everywhere in all {} samples: give samples that reach it, or leave the layer "
            "out",
            what, c.min, check_.samples);
      case LossCause::outlier: {
        const Steps used = c.used(), bulk = c.bulk(zero_of(pair));
        const bool above = used.high - bulk.high > bulk.low - used.low;
        return fmt::format(
            "{}: nearly all numbers share {} of 255 int8 steps, since sample {} has {:.4g}: look at "
            "that sample, or leave out the tails with --calibration percentile",
            what, c.bulk(zero_of(pair)).span() + 1, above ? c.max_sample : c.min_sample, above ? c.max : c.min);
      }
      case LossCause::unlike_columns: {
        const auto largest = std::ranges::max_element(
            pair.columns, {}, [](const Column& other) { return other.empty() ? 0.0 : other.max - other.min; });
        return fmt::format("{}: {} of {:.4g}, for column {} reaches from {:.4g} to {:.4g}: {}", what, steps, scale,
                           largest - pair.columns.begin(), largest->min, largest->max, advice_for_columns(pair));
      }
      case LossCause::far_from_zero:
        return fmt::format("{}: {}, for the range must hold 0 too: {}", what, steps,
                           pair.node ? "let the layer in front subtract the mean, or train with an activation "
                                       "around 0"
                                     : "subtract the mean (normalize = \"data\" in the model)");
      case LossCause::few_steps:
        return fmt::format("{}: {}: its scale comes from another tensor with larger numbers; scale them alike", what,
                           steps);
      case LossCause::rounding:
        return fmt::format(
            "{}: {} signal to noise: 8 bits are too few for its sums; leave out the tails with "
            "--calibration percentile or mse, or keep the model float",
            what, db);
      case LossCause::earlier_layers:
        return fmt::format("{}: {} signal to noise, from what earlier layers lost", what, db);
    }
    return what;
  }

  static std::string advice_for_columns(const Pair& pair) {
    if (!pair.node) return "scale the columns alike (normalize = \"data\" in the model)";
    if (pair.node->op.is<Concatenation>()) {
      return "make outputs of the parts, or scale them alike before they are joined";
    }
    return "give the columns outputs of their own, or train with targets scaled alike";
  }

  const Graph &a_, &b_;
  const std::vector<NeverChosen> never_;
  std::vector<char> good_;  // by the float graph's values
  std::map<std::string, ValueId> by_name_;
  std::vector<Pair> pairs_;
  QuantizationCheck check_;
};

}  // namespace

std::string_view name(LossCause cause) {
  switch (cause) {
    case LossCause::constant:
      return "constant";
    case LossCause::outlier:
      return "outlier";
    case LossCause::unlike_columns:
      return "unlike columns";
    case LossCause::far_from_zero:
      return "far from zero";
    case LossCause::few_steps:
      return "few steps";
    case LossCause::rounding:
      return "rounding";
    case LossCause::earlier_layers:
      break;
  }
  return "earlier layers";
}

QuantizationCheck check_quantization(const Graph& floats, const Graph& integers, std::int64_t samples, const Feed& feed,
                                     bool first_input) {
  return Checker(floats, integers, first_input).run(samples, feed);
}

}  // namespace mirim
