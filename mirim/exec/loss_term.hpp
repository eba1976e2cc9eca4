#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a training step makes small beside its Loss. A value of the graph is to be like a teacher's:
///   soft_targets  t^2 * mean over samples of KL(softmax(teacher / t) || softmax(y / t)), y and teacher logits [N, C]
///                 (Hinton et al., 2015)
///   hint          mean of (y - teacher)^2 over all elements (Romero et al., FitNets, 2015)
///   attention     mean over samples of |a(y) - a(teacher)|^2, a(x) = v / |v| with v[h, w] = sum over c of x[h, w, c]^2
///                 (Zagoruyko and Komodakis, 2017); teacher may have other channels than y
/// Or it is to be small, or like nothing in particular, by itself; means over samples of sums over y's elements:
///   l1            sum of |y|
///   l2            sum of y^2
///   log_deviation  sum of (e^2y - 1) / 2 - y, y the logarithm of a standard deviation. With half of l2 of the mean it
///                 is a normal distribution's KL divergence to N(0, 1) (Kingma and Welling, 2013)
///   sparsity      sum over channels of r log(r / m) + (1 - r) log((1 - r) / (1 - m)), for y in 0 to 1 (Ng, 2011).
///                 m is the channel's mean over samples and positions
///   one_target    mean of -(r log p + (1 - r) log(1 - p)), p = 1 / (1 + exp(-y)): all are to be r, 0 to 1
struct LossTerm {
  enum class Kind { soft_targets, hint, attention, l1, l2, log_deviation, sparsity, one_target };
  Kind kind = Kind::soft_targets;
  ValueId value = kNoValue;  ///< y
  float weight = 1;
  float temperature = 4;              ///< t, of soft_targets
  std::int64_t teacher_channels = 0;  ///< of attention; 0: as many as y has
  float rate = 0.05F;                 ///< r, of sparsity and one_target

  bool has_teacher() const { return kind <= Kind::attention; }
};

std::string_view name(LossTerm::Kind kind);

/// Elements of the teacher's value for one term over y of this shape; 0 without a teacher.
std::int64_t teacher_elements(const LossTerm& term, const Shape& y);

/// The term's value over the samples of y, times its weight, and its gradient to y (null where no teacher is: not
/// wanted). Plain loops: y is small beside the network. `shape` is y's, [N, ...].
float loss_term(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient);

}  // namespace mirim
