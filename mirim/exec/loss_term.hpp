#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a training step makes small beside its Loss: a value of the graph is to be like a teacher's.
///   soft_targets  t^2 * mean over samples of KL(softmax(teacher / t) || softmax(y / t)), y and teacher logits [N, C]
///                 (Hinton et al., 2015)
///   hint          mean of (y - teacher)^2 over all elements (Romero et al., FitNets, 2015)
///   attention     mean over samples of |a(y) - a(teacher)|^2, a(x) = v / |v| with v[h, w] = sum over c of x[h, w, c]^2
///                 (Zagoruyko and Komodakis, 2017); teacher may have other channels than y
struct LossTerm {
  enum class Kind { soft_targets, hint, attention };
  Kind kind = Kind::soft_targets;
  ValueId value = kNoValue;  ///< y
  float weight = 1;
  float temperature = 4;              ///< t, of soft_targets
  std::int64_t teacher_channels = 0;  ///< of attention; 0: as many as y has
};

std::string_view name(LossTerm::Kind kind);

/// Elements of the teacher's value for one term over y of this shape.
std::int64_t teacher_elements(const LossTerm& term, const Shape& y);

/// The term's value over a whole batch, times its weight, and its gradient to y. Plain loops: y is small beside the
/// network. `shape` is y's, [N, ...].
float loss_term(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient);

}  // namespace mirim
