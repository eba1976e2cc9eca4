#include "mirim/train/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/train/evaluate.hpp"
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
      if (id != kNoValue && bits(graph[id].type.dtype) > 0) all.push_back({id, std::string(node.op.name())});
    }
  }
  return all;
}

class Matcher {
 public:
  Matcher(const Graph& a, const Graph& b) : a_(a), b_(b), in_a_(results(a)), in_b_(results(b)) {}

  Comparison run(std::vector<Pair>& pairs) {
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
      pairs.push_back(
          {r.other, r.id, {.name = b_[r.id].name, .name_in_a = a_[r.other].name, .op = r.op, .equal = same}});
    }
    unmatched.unmatched_in_a = std::ranges::count(in_a_, kNoValue, &Result::other);
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

  // Whatever a tool called them.
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

/// Not a number is far from every number.
double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double error = std::fabs(a - b);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

void add(Pair& pair, const ConstTensorView& left, const Value& in_a, const ConstTensorView& right, const Value& in_b) {
  pair.difference.equal = pair.difference.equal && std::ranges::equal(left.bytes, right.bytes);
  const std::vector<float> a = raw_numbers(left, scaling_of(in_a)), b = raw_numbers(right, scaling_of(in_b));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = distance(static_cast<double>(a[i]), static_cast<double>(b[i]));
    pair.difference.largest = std::max(pair.difference.largest, error);
    pair.largest_signal = std::max(pair.largest_signal, std::fabs(static_cast<double>(a[i])));
    pair.sum += error;
    pair.noise += error * error;
    pair.signal += static_cast<double>(a[i]) * static_cast<double>(a[i]);
  }
  pair.count += static_cast<std::int64_t>(a.size());
}

LayerDifference sum_up(Pair& pair, const Graph& a, const Graph& b) {
  LayerDifference d = std::move(pair.difference);
  d.mean = pair.sum / static_cast<double>(std::max<std::int64_t>(1, pair.count));
  d.signal_to_noise_db =
      pair.noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(pair.signal / pair.noise);
  const Value &left = a[pair.a], &right = b[pair.b];
  if (d.equal) return d;
  if (left.type.dtype != right.type.dtype || !(left.quantization == right.quantization)) {
    d.departs = !(d.signal_to_noise_db >= kDepartingDb);
  } else if (left.type.dtype == DType::float32) {
    d.departs = !(d.largest <= 1e-5 * pair.largest_signal);
  } else {
    d.departs = true;
  }
  return d;
}

}  // namespace

Comparison compare(const Graph& a, const Graph& b, std::int64_t samples, const Feed& feed, bool stream) {
  std::vector<Pair> pairs;
  Comparison result = Matcher(a, b).run(pairs);
  if (pairs.empty()) fail("the two models have no layer in common: neither a name nor an operator of one shape");
  // As `mirim run` runs them.
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
    result.layers.push_back(sum_up(pair, a, b));
    const auto index = static_cast<int>(result.layers.size()) - 1;
    if (!result.layers.back().equal && result.first_different < 0) result.first_different = index;
    if (result.layers.back().departs && result.first_departing < 0) result.first_departing = index;
  }
  return result;
}

Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream) {
  for (const Graph* graph : {&a, &b}) require_samples_fit(*graph, *samples.data);
  const Feed feed = [&](Interpreter& interpreter, std::int64_t i) {
    set_sample(interpreter, 0, samples.data->sample, samples.sample(i));
  };
  return compare(a, b, samples.size(), feed, stream);
}

}  // namespace mirim
