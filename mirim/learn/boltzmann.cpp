#include "mirim/learn/boltzmann.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>

#include "mirim/base/error.hpp"
#include "mirim/learn/rows.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_on(UnitStates states, std::int64_t unit) { return (states >> unit & 1) != 0; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Running sums of weights, from which states are drawn.
std::vector<double> summed(std::vector<double> weights) {
  double sum = 0;
  for (double& w : weights) w = sum += w;
  return weights;
}

UnitStates drawn(const std::vector<double>& sums, Random& random) {
  const double chance = static_cast<double>(random.uniform()) * sums.back();
  const auto found = std::upper_bound(sums.begin(), sums.end() - 1, chance);
  return static_cast<UnitStates>(found - sums.begin());
}

bool joined(const BoltzmannGroups& groups, std::int64_t i, std::int64_t j) {
  const auto group = [&](std::int64_t unit) {
    return unit < groups.inputs ? 0 : unit < groups.inputs + groups.hidden ? 1 : 2;
  };
  return i != j && std::abs(group(i) - group(j)) < 2;
}

/// How often units are on together, above the diagonal, and alone, on it.
class Counts {
 public:
  explicit Counts(std::int64_t units) : units_(units), counts_(at(units * units)) {}

  void add(UnitStates states, int sign) {
    for (std::int64_t i = 0; i < units_; ++i) {
      if (!is_on(states, i)) continue;
      for (std::int64_t j = i; j < units_; ++j) {
        if (is_on(states, j)) counts_[at(i * units_ + j)] += sign;
      }
    }
  }
  int sign(std::int64_t i, std::int64_t j) const {
    const int count = counts_[at(i * units_ + j)];
    return (count > 0) - (count < 0);
  }

 private:
  std::int64_t units_;
  std::vector<int> counts_;
};

class Cycle {
 public:
  Cycle(const BoltzmannGroups& groups, std::span<const UnitStates> patterns, const BoltzmannOptions& options,
        Random& random)
      : groups_(groups), patterns_(patterns), options_(options), random_(random) {}

  void run(BoltzmannMachine& machine) {
    const std::int64_t units = machine.units;
    Counts difference(units);
    for (std::int64_t k = 0; k < options_.samples; ++k) {
      const UnitStates shown = noisy(patterns_[next_++ % patterns_.size()]);
      const UnitStates hidden = drawn(summed(state_weights(machine, groups_.inputs, groups_.hidden, shown)), random_);
      difference.add(shown | hidden << groups_.inputs, 1);
    }
    const std::vector<double> own = summed(state_weights(machine, 0, units, 0));
    for (std::int64_t k = 0; k < options_.samples; ++k) difference.add(drawn(own, random_), -1);
    for (std::int64_t i = 0; i < units; ++i) {
      machine.biases[at(i)] = changed(machine.biases[at(i)], difference.sign(i, i));
      for (std::int64_t j = i + 1; j < units; ++j) {
        if (!joined(groups_, i, j)) continue;
        double& w = machine.weights[at(i * units + j)];
        machine.weights[at(j * units + i)] = w = changed(w, difference.sign(i, j));
      }
    }
  }

 private:
  double changed(double w, int sign) const { return (w + options_.rate * sign) * (1 - options_.decay); }

  UnitStates noisy(UnitStates pattern) {
    for (std::int64_t i = 0; i < groups_.units(); ++i) {
      if (i >= groups_.inputs && i < groups_.inputs + groups_.hidden) continue;
      const double chance = is_on(pattern, i) ? options_.noise_on : options_.noise_off;
      if (static_cast<double>(random_.uniform()) < chance) pattern ^= UnitStates{1} << i;
    }
    return pattern;
  }

  const BoltzmannGroups& groups_;
  std::span<const UnitStates> patterns_;
  const BoltzmannOptions& options_;
  Random& random_;
  std::size_t next_ = 0;
};

/// How well a machine completes patterns.
struct Completion {
  std::int64_t right = 0;                                  ///< patterns of which every output bit is right
  double least = std::numeric_limits<double>::infinity();  ///< smallest signed logit: above 0 if all are right
  bool apart =
      true;  ///< patterns with other outputs have other codes, and the outputs that are on are the largest ones
};

Completion completion(const BoltzmannMachine& machine, const BoltzmannGroups& groups,
                      std::span<const UnitStates> patterns, std::int64_t sweeps) {
  const std::int64_t first_output = groups.inputs + groups.hidden;
  Completion result;
  std::vector<std::optional<UnitStates>> outputs_of_code(std::size_t{1} << groups.hidden);
  for (const UnitStates pattern : patterns) {
    const std::vector<double> u = mean_outputs(machine, groups, pattern, sweeps);
    double least_on = std::numeric_limits<double>::infinity(), largest_off = -least_on;
    for (std::int64_t k = 0; k < groups.outputs; ++k) {
      if (is_on(pattern, first_output + k)) {
        least_on = std::min(least_on, u[at(k)]);
      } else {
        largest_off = std::max(largest_off, u[at(k)]);
      }
    }
    const double margin = std::min(least_on, -largest_off);
    result.least = std::min(result.least, margin);
    if (margin > 0) ++result.right;
    if (!(least_on > largest_off)) result.apart = false;
    std::optional<UnitStates>& outputs = outputs_of_code[hidden_code(machine, groups, pattern)];
    if (outputs && *outputs != pattern >> first_output) result.apart = false;
    outputs = pattern >> first_output;
  }
  return result;
}

/// The constants of a boltzmann layer (mirim/zoo/layers/boltzmann.hpp).
struct BoltzmannConstants {
  ValueId input = kNoValue;
  ValueId from_input = kNoValue;  ///< [hidden + outputs, inputs]
  ValueId couplings = kNoValue;   ///< [hidden + outputs, hidden + outputs]
  ValueId biases = kNoValue;      ///< [hidden + outputs]
  std::int64_t sweeps = 0;
};

BoltzmannConstants boltzmann_layer(const Graph& graph) {
  BoltzmannConstants layer{.couplings = constant_of_layer(graph, "/couplings", "boltzmann", "boltzmann"),
                           .biases = constant_of_layer(graph, "/biases", "boltzmann", "boltzmann")};
  for (const Node& node : graph.nodes) {
    if (node.op.name() != "FULLY_CONNECTED") continue;
    if (node.inputs[1] == layer.couplings) ++layer.sweeps;
    if (node.inputs.size() > 2 && node.inputs[2] == layer.biases)
      layer.input = node.inputs[0], layer.from_input = node.inputs[1];
  }
  assert(layer.sweeps > 0 && layer.input != kNoValue);
  return layer;
}

/// Bits of numbers that are all 0 or 1.
UnitStates bits_of(std::span<const float> numbers, std::string_view what) {
  UnitStates bits = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != 0 && numbers[i] != 1) {
      fail("boltzmann: {} of a sample is {}; units are 0 or 1, so must be inputs and targets", what, numbers[i]);
    }
    if (numbers[i] == 1) bits |= UnitStates{1} << i;
  }
  return bits;
}

class Boltzmann final : public Rule {
 public:
  std::string_view name() const override { return "boltzmann"; }
  std::string_view help() const override {
    return "A boltzmann layer, by how often two units are on together with the patterns and without.";
  }
  void settings(Settings& s) override {
    s.field("cycles", options_.cycles, "at most; ends once every pattern is completed");
    s.field("samples", options_.samples, "states that are drawn with the patterns, and as many without, in a cycle");
    s.field("rate", options_.rate, "step of a weight, up or down");
    s.field("decay", options_.decay, "part of each weight that a cycle takes away");
    s.field("noise_on", options_.noise_on, "part of a pattern's 1s that are shown as 0");
    s.field("noise_off", options_.noise_off, "part of a pattern's 0s that are shown as 1");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    check();
    const BoltzmannConstants layer = boltzmann_layer(graph);
    const Shape& shape = graph[layer.from_input].type.shape;
    const Rows x = values_of(graph, layer.input, lesson.data.training, lesson);
    const Rows y = targets_of(lesson, lesson.data.training);
    const BoltzmannGroups groups{.inputs = x.columns, .hidden = shape[0] - y.columns, .outputs = y.columns};
    if (groups.hidden < 1) fail("boltzmann: the boltzmann layer must be the model's end");
    if (groups.units() > kMostBoltzmannUnits) {
      fail(
          "boltzmann: {} inputs, {} hidden units and {} outputs have more states than can be summed; choose at most {} "
          "together",
          groups.inputs, groups.hidden, groups.outputs, kMostBoltzmannUnits);
    }
    std::vector<UnitStates> patterns;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      patterns.push_back(bits_of(x[i], "an input") | bits_of(y[i], "a target") << (groups.inputs + groups.hidden));
    }
    Random random(lesson.seed);
    const BoltzmannResult found =
        learn_patterns(groups, patterns, layer.sweeps, options_, random, [&] { lesson.check_stop(); });
    set(graph, layer, groups, found.machine);
    lesson.tell(fmt::format("boltzmann: {} of {} patterns are completed after {} cycles", found.right, found.patterns,
                            found.cycles));
    if (found.right < found.patterns) {
      lesson.tell(
          "warning: boltzmann: not every pattern was learnt; choose another seed, more hidden units or more cycles");
    }
  }

 private:
  void check() const {
    const auto part = [](std::string_view what, double value) {
      if (!(value >= 0 && value < 1)) fail("boltzmann: {} is {}; it must be in [0, 1)", what, value);
    };
    part("decay", options_.decay);
    part("noise_on", options_.noise_on);
    part("noise_off", options_.noise_off);
    if (!(options_.rate > 0)) fail("boltzmann: rate is {}; it must be above 0", options_.rate);
    constexpr std::int64_t kMost = 1'000'000;
    for (const auto& [what, count] : {std::pair("cycles", options_.cycles), std::pair("samples", options_.samples)}) {
      if (count < 1 || count > kMost) fail("boltzmann: {} is {}; it must be from 1 to {}", what, count, kMost);
    }
  }

  static void set(Graph& graph, const BoltzmannConstants& layer, const BoltzmannGroups& groups,
                  const BoltzmannMachine& machine) {
    std::vector<float> from_input, couplings, biases;
    for (std::int64_t i = groups.inputs; i < machine.units; ++i) {
      for (std::int64_t j = 0; j < machine.units; ++j) {
        (j < groups.inputs ? from_input : couplings)
            .push_back(static_cast<float>(machine.weights[at(i * machine.units + j)]));
      }
      biases.push_back(static_cast<float>(machine.biases[at(i)]));
    }
    set_constant(graph, layer.from_input, from_input);
    set_constant(graph, layer.couplings, couplings);
    set_constant(graph, layer.biases, biases);
  }

  BoltzmannOptions options_;
};

}  // namespace

std::vector<double> state_weights(const BoltzmannMachine& machine, std::int64_t first, std::int64_t free,
                                  UnitStates fixed) {
  assert(machine.units <= kMostBoltzmannUnits && first + free <= machine.units);
  // A unit doubles the states: G(s with unit i on) = G(s) + field_i(s).
  std::vector<double> goodness{0}, field;
  for (std::int64_t i = first; i < first + free; ++i) {
    const double* w = machine.weights.data() + i * machine.units;
    double alone = machine.biases[at(i)];
    for (std::int64_t j = 0; j < machine.units; ++j) {
      if (is_on(fixed, j)) alone += w[j];
    }
    field.assign(1, alone);
    for (std::int64_t j = first; j < i; ++j) {
      const std::size_t half = field.size();
      for (std::size_t s = 0; s < half; ++s) field.push_back(field[s] + w[j]);
    }
    const std::size_t half = goodness.size();
    for (std::size_t s = 0; s < half; ++s) goodness.push_back(goodness[s] + field[s]);
  }
  const double largest = *std::ranges::max_element(goodness);
  for (double& g : goodness) g = std::exp(g - largest);
  return goodness;
}

std::vector<double> co_occurrences(const BoltzmannMachine& machine) {
  const std::vector<double> weights = state_weights(machine, 0, machine.units, 0);
  std::vector<double> means(at(machine.units * machine.units));
  double sum = 0;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    sum += weights[s];
    for (std::int64_t i = 0; i < machine.units; ++i) {
      for (std::int64_t j = 0; j < machine.units; ++j) {
        if (is_on(static_cast<UnitStates>(s), i) && is_on(static_cast<UnitStates>(s), j))
          means[at(i * machine.units + j)] += weights[s];
      }
    }
  }
  for (double& mean : means) mean /= sum;
  return means;
}

BoltzmannResult learn_patterns(const BoltzmannGroups& groups, std::span<const UnitStates> patterns, std::int64_t sweeps,
                               const BoltzmannOptions& options, Random& random,
                               const std::function<void()>& each_cycle) {
  const std::int64_t units = groups.units();
  BoltzmannMachine machine{
      .units = units, .weights = std::vector<double>(at(units * units)), .biases = std::vector<double>(at(units))};
  std::vector<UnitStates> different(patterns.begin(), patterns.end());
  std::ranges::sort(different);
  different.erase(std::unique(different.begin(), different.end()), different.end());
  BoltzmannResult best{.machine = machine, .patterns = std::ssize(different)};
  std::tuple<bool, std::int64_t, double> best_so_far{false, 0, -std::numeric_limits<double>::infinity()};
  Cycle cycle(groups, patterns, options, random);
  for (std::int64_t c = 1; c <= options.cycles; ++c) {
    if (each_cycle) each_cycle();
    cycle.run(machine);
    const Completion now = completion(machine, groups, different, sweeps);
    if (now.apart && best.told_apart == 0) best.told_apart = c;
    if (std::tuple(now.apart, now.right, now.least) > best_so_far) {
      best_so_far = {now.apart, now.right, now.least};
      best.machine = machine, best.right = now.right;
    }
    best.cycles = c;
    if (now.apart && now.right == best.patterns) break;
  }
  return best;
}

std::vector<double> mean_outputs(const BoltzmannMachine& machine, const BoltzmannGroups& groups, UnitStates input,
                                 std::int64_t sweeps) {
  const std::int64_t first = groups.inputs, units = machine.units;
  const auto sum_of = [&](std::int64_t i, const auto& state, std::int64_t from, std::int64_t to) {
    double sum = 0;
    for (std::int64_t j = from; j < to; ++j) sum += machine.weights[at(i * units + j)] * state(j);
    return sum;
  };
  std::vector<double> drive, s, u;
  for (std::int64_t i = first; i < units; ++i) {
    const auto given = [&](std::int64_t j) { return is_on(input, j) ? 1.0 : 0.0; };
    drive.push_back(machine.biases[at(i)] + sum_of(i, given, 0, first));
    s.push_back(sigmoid(drive.back()));
  }
  for (std::int64_t sweep = 0; sweep < sweeps; ++sweep) {
    u = drive;
    for (std::int64_t i = first; i < units; ++i) {
      u[at(i - first)] += sum_of(
          i, [&](std::int64_t j) { return s[at(j - first)]; }, first, units);
    }
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = (s[i] + sigmoid(u[i])) / 2;
  }
  return {u.begin() + groups.hidden, u.end()};
}

UnitStates hidden_code(const BoltzmannMachine& machine, const BoltzmannGroups& groups, UnitStates pattern) {
  const std::vector<double> weights = state_weights(machine, groups.inputs, groups.hidden, pattern);
  return static_cast<UnitStates>(std::ranges::max_element(weights) - weights.begin());
}

std::shared_ptr<Rule> make_boltzmann() { return std::make_shared<Boltzmann>(); }

}  // namespace mirim
