#include "mirim/train/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/train/task.hpp"

namespace mirim {
namespace {

/// A result of a node.
struct Result {
  ValueId id = kNoValue;
  std::string op{};
  ValueId other = kNoValue;  // its counterpart, once found
};

struct Pair {
  ValueId a = kNoValue;
  ValueId b = kNoValue;
  LayerDifference difference{};
  double signal = 0, noise = 0, sum = 0, largest_signal = 0;
  std::int64_t count = 0;
};

std::vector<Result> results(const Graph& graph) {
  std::vector<Result> all;
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.outputs) {
      // In another unit it is not a layer of the other model.
      if (id != kNoValue && bits(graph[id].type.dtype) > 0 && !graph[id].name.ends_with(kOtherUnit))
        all.push_back({id, std::string(node.op.name())});
    }
  }
  return all;
}

/// What a graph computed a value from.
struct Way {
  bool quantized = false;                 // integers that represent reals, before it or the value itself
  bool computed = false;                  // computed floats, other than integers converted to reals and back
  const Quantization* made_of = nullptr;  // of the integers that these floats were converted from
};

bool is_quantized(const Value& value) { return !value.quantization.empty() && value.type.dtype != DType::float32; }

std::vector<Way> ways(const Graph& graph) {
  std::vector<Way> all(graph.values.size());
  const auto at = [](ValueId id) { return static_cast<std::size_t>(id); };
  for (const ValueId id : graph.inputs) all[at(id)].quantized = is_quantized(graph[id]);
  for (const Node& node : graph.nodes) {
    Way way;
    bool floats = false, integers = false;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      // Float activations with int8 weights are quantized inside the layer.
      floats = floats || (graph[id].type.dtype == DType::float32 && !graph[id].is_constant());
      integers = integers || is_quantized(graph[id]);
      way.quantized = way.quantized || all[at(id)].quantized;
      way.computed = way.computed || all[at(id)].computed;
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) floats = floats || graph[id].type.dtype == DType::float32;
    }
    const bool takes_for = node.op.name() == "QUANTIZE" || node.op.name() == "DEQUANTIZE";
    way.computed = way.computed || (floats && !takes_for);
    const bool known = node.op.name() == "DEQUANTIZE" && graph[node.inputs[0]].is_constant();
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      all[at(id)] = {way.quantized || is_quantized(graph[id]) || (integers && floats && !known), way.computed,
                     node.op.name() == "DEQUANTIZE" ? &graph[node.inputs[0]].quantization : nullptr};
    }
  }
  return all;
}

Limit limit_of(const Value& a, const Way& way_a, const Value& b, const Way& way_b) {
  using Kind = Limit::Kind;
  if (way_a.quantized != way_b.quantized || a.type.dtype != b.type.dtype || !(a.quantization == b.quantization)) {
    return {Kind::ratio};
  }
  if (a.type.dtype == DType::float32) {
    if (!way_a.quantized) return {Kind::floats};
    const Quantization *of_a = way_a.made_of, *of_b = way_b.made_of;
    if (!of_a || !of_b || !(*of_a == *of_b) || of_a->scale.size() != 1) return {Kind::ratio};
    return {Kind::step, static_cast<double>(of_a->scale[0])};
  }
  const bool may_round = (way_a.computed || way_b.computed) && is_quantized(a) && a.quantization.scale.size() == 1;
  if (may_round) return {Kind::step, static_cast<double>(a.quantization.scale[0])};
  return {Kind::bits};
}

/// Whether passes fold such an operator into the weights before or after it.
bool can_be_folded(const Op& op) {
  constexpr std::string_view kNames[] = {"ADD",  "DEQUANTIZE", "MUL",          "PAD", "QUANTIZE",
                                         "RELU", "RELU6",      "RELU_N1_TO_1", "SUB"};
  return std::ranges::find(kNames, op.name()) != std::end(kNames);
}

/// The layer that does the work of a layer of `a` without a counterpart: the next layer with one, if everything between
/// can be folded.
std::optional<FoldedLayer> folded(const Graph& a, const Graph& b, const std::vector<Pair>& pairs, const Result& lost) {
  const std::vector<int> makers = producers(a);
  const std::vector<std::vector<int>> readers = consumers(a);
  FoldedLayer layer{.name = a[lost.id].name, .op = lost.op};
  for (ValueId id = lost.id;;) {
    const auto& behind = readers[static_cast<std::size_t>(id)];
    if (behind.size() != 1) return std::nullopt;
    const Node& maker = a.nodes[static_cast<std::size_t>(makers[static_cast<std::size_t>(id)])];
    const Node& reader = a.nodes[static_cast<std::size_t>(behind[0])];
    if (reader.outputs.empty() || (!can_be_folded(maker.op) && !can_be_folded(reader.op))) return std::nullopt;
    id = reader.outputs[0];
    const auto pair = std::ranges::find(pairs, id, &Pair::a);
    if (pair == pairs.end()) continue;
    layer.into = b[pair->b].name;
    return layer;
  }
}

class Matcher {
 public:
  Matcher(const Graph& a, const Graph& b) : a_(a), b_(b), in_a_(results(a)), in_b_(results(b)) {}

  Comparison run(std::vector<Pair>& pairs) {
    const std::vector<Way> ways_a = ways(a_), ways_b = ways(b_);
    match_outputs();
    match_names();
    match_in_order();
    Comparison unmatched;
    for (const Result& r : in_b_) {
      if (r.other == kNoValue) {
        ++unmatched.unmatched_in_b;
        continue;
      }
      const bool same = a_[r.other].type == b_[r.id].type && a_[r.other].quantization == b_[r.id].quantization &&
                        scaling_of(a_[r.other]) == scaling_of(b_[r.id]);
      pairs.push_back({r.other,
                       r.id,
                       {.name = b_[r.id].name,
                        .name_in_a = a_[r.other].name,
                        .op = r.op,
                        .equal = same,
                        .limit = limit_of(a_[r.other], ways_a[static_cast<std::size_t>(r.other)], b_[r.id],
                                          ways_b[static_cast<std::size_t>(r.id)])}});
    }
    for (const Result& r : in_a_) {
      if (r.other != kNoValue) continue;
      if (auto layer = folded(a_, b_, pairs, r)) {
        unmatched.folded.push_back(*layer);
      } else {
        ++unmatched.unmatched_in_a;
      }
    }
    return unmatched;
  }

 private:
  std::int64_t elements(const Result& in_b) const { return b_[in_b.id].type.shape.elements(); }
  bool same_size(const Result& in_a, const Result& in_b) const {
    return a_[in_a.id].type.shape.elements() == elements(in_b);
  }

  void match(Result& in_a, Result& in_b) {
    if (in_a.other != kNoValue || in_b.other != kNoValue || !same_size(in_a, in_b)) return;
    in_a.other = in_b.id;
    in_b.other = in_a.id;
  }

  // Whatever their names.
  void match_outputs() {
    for (std::size_t i = 0; i < std::min(a_.outputs.size(), b_.outputs.size()); ++i) {
      const auto left = std::ranges::find(in_a_, a_.outputs[i], &Result::id);
      const auto right = std::ranges::find(in_b_, b_.outputs[i], &Result::id);
      if (left != in_a_.end() && right != in_b_.end()) match(*left, *right);
    }
  }

  void match_names() {
    std::map<std::string, Result*> named;
    for (Result& r : in_a_) named.emplace(a_[r.id].name, &r);
    for (Result& r : in_b_) {
      if (const auto found = named.find(b_[r.id].name); found != named.end()) match(*found->second, r);
    }
  }

  /// The longest common subsequence of what is left, by operator and shape.
  void match_in_order() {
    std::vector<Result*> left, right;
    for (Result& r : in_a_) {
      if (r.other == kNoValue) left.push_back(&r);
    }
    for (Result& r : in_b_) {
      if (r.other == kNoValue) right.push_back(&r);
    }
    constexpr std::size_t kMostCells = 1 << 24;
    const std::size_t width = right.size() + 1;
    if ((left.size() + 1) * width > kMostCells) return;
    const auto alike = [&](std::size_t i, std::size_t j) {
      return left[i]->op == right[j]->op && a_[left[i]->id].type.shape == b_[right[j]->id].type.shape;
    };
    std::vector<std::int32_t> longest((left.size() + 1) * width, 0);
    for (std::size_t i = left.size(); i-- > 0;) {
      for (std::size_t j = right.size(); j-- > 0;) {
        longest[i * width + j] = alike(i, j) ? longest[(i + 1) * width + j + 1] + 1
                                             : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
      if (alike(i, j)) {
        match(*left[i++], *right[j++]);
      } else {
        longest[(i + 1) * width + j] >= longest[i * width + j + 1] ? ++i : ++j;
      }
    }
  }

  const Graph &a_, &b_;
  std::vector<Result> in_a_, in_b_;
};

/// The least and the largest number of an int8 result; infinite for any other.
std::pair<double, double> ends(const ConstTensorView& tensor) {
  const Quantization& q = *tensor.quantization;
  if (tensor.dtype() != DType::int8 || q.scale.size() != 1) return {-HUGE_VAL, HUGE_VAL};
  const auto real = [&](std::int64_t x) {
    return static_cast<double>(q.scale[0]) * static_cast<double>(x - q.zero_point[0]);
  };
  return {real(-128), real(127)};
}

void add(Pair& pair, const ConstTensorView& left, const Value& in_a, const ConstTensorView& right, const Value& in_b) {
  pair.difference.equal = pair.difference.equal && std::ranges::equal(left.bytes, right.bytes);
  const std::vector<float> a = raw_numbers(left, scaling_of(in_a)), b = raw_numbers(right, scaling_of(in_b));
  // Values scaled outside of the model are never that far out.
  const auto [least, most] = scaling_of(in_b).empty() ? ends(right) : std::pair(-HUGE_VAL, HUGE_VAL);
  // Beyond any clipped value: padding before a maximum or a mask, which quantize saturates.
  constexpr double kFar = 100;
  const double far_low = least - kFar * (most - least), far_high = most + kFar * (most - least);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]);
    if (pair.difference.limit.kind == Limit::Kind::ratio && (x < far_low || x > far_high)) continue;
    const double error = distance(static_cast<double>(a[i]), static_cast<double>(b[i]));
    pair.difference.largest = std::max(pair.difference.largest, error);
    pair.largest_signal = std::max(pair.largest_signal, std::fabs(static_cast<double>(a[i])));
    pair.sum += error;
    pair.noise += error * error;
    pair.signal += static_cast<double>(a[i]) * static_cast<double>(a[i]);
  }
  pair.count += static_cast<std::int64_t>(a.size());
}

LayerDifference sum_up(Pair& pair) {
  LayerDifference d = std::move(pair.difference);
  d.mean = pair.sum / static_cast<double>(std::max<std::int64_t>(1, pair.count));
  d.signal_to_noise_db =
      pair.noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(pair.signal / pair.noise);
  d.departs = !d.equal && exceeds(d.limit, d.largest, pair.largest_signal, d.signal_to_noise_db);
  return d;
}

}  // namespace

std::string_view name(Limit::Kind kind) {
  constexpr std::string_view kNames[] = {"bits", "step", "floats", "ratio"};
  return kNames[static_cast<std::size_t>(kind)];
}

double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double error = std::fabs(a - b);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

bool exceeds(const Limit& limit, double largest, double largest_signal, double signal_to_noise_db) {
  switch (limit.kind) {
    case Limit::Kind::bits:
      return true;
    case Limit::Kind::step:
      return !(largest <= 1.0001 * limit.step);
    case Limit::Kind::floats:
      return !(largest <= kFloatLimit * largest_signal);
    case Limit::Kind::ratio:
      break;
  }
  return !(signal_to_noise_db >= kDepartingDb);
}

Limit limit_of(const Graph& a, ValueId in_a, const Graph& b, ValueId in_b) {
  return limit_of(a[in_a], ways(a)[static_cast<std::size_t>(in_a)], b[in_b], ways(b)[static_cast<std::size_t>(in_b)]);
}

Comparison compare(const Graph& a, const Graph& b, std::int64_t samples, const Feed& feed, bool stream) {
  std::vector<Pair> pairs;
  Comparison result = Matcher(a, b).run(pairs);
  if (pairs.empty()) fail("the two models have no layer in common: neither a name nor an operator of one shape");
  // As in `mirim run`.
  Interpreter left(a, Sums::in_order), right(b, Sums::in_order);
  for (std::int64_t i = 0; i < samples; ++i) {
    for (Interpreter* interpreter : {&left, &right}) {
      if (!stream) interpreter->reset();
      feed(*interpreter, i);
      interpreter->run();
    }
    for (Pair& pair : pairs) add(pair, left.value(pair.a), a[pair.a], right.value(pair.b), b[pair.b]);
  }
  for (Pair& pair : pairs) {
    result.layers.push_back(sum_up(pair));
    const auto index = static_cast<int>(result.layers.size()) - 1;
    const bool differs = result.layers.back().largest > 0;
    if (differs && (result.largest < 0 ||
                    result.layers.back().largest > result.layers[static_cast<std::size_t>(result.largest)].largest)) {
      result.largest = index;
    }
    if (!result.layers.back().equal && result.first_different < 0) result.first_different = index;
    if (result.layers.back().departs && result.first_departing < 0) result.first_departing = index;
  }
  return result;
}

Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream) {
  for (const Graph* graph : {&a, &b}) require_samples_fit(*graph, *samples.data);
  const Feed feed = [&](Interpreter& interpreter, std::int64_t i) { feed_sample(interpreter, samples, i); };
  return compare(a, b, samples.size(), feed, stream || samples.data->steps > 0);
}

}  // namespace mirim
