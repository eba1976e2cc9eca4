#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// One step from the weights that training stores to those that a layer uses: a mask, a codebook, a grid. The stored
/// ones stand in the graph's own order. Steps are applied in place, one after the other:
///   w0 = stored, w1 = step1(w0), ..., effective = the last
/// and gradients go back the same way: dL/dw0 = adjoint1(... adjointN(dL/deffective)).
class Parametrisation {
 public:
  virtual ~Parametrisation() = default;

  /// w[k-1] becomes w[k]. Runs before each forward pass that follows a change of the weights.
  virtual void apply(std::span<float> weights) = 0;

  /// dL/dw[k] becomes dL/dw[k-1], for the weights of the last `apply`.
  virtual void adjoint(std::span<float> gradient) = 0;

  /// Numbers that the step learns beside the weights, by the plan's optimizer, and their gradient after `adjoint`.
  struct Learnt {
    std::span<float> values{};
    std::span<float> gradient{};
  };
  virtual Learnt learnt() { return {}; }

  /// What it must remember beside `learnt` so that training goes on with the same bits; for a checkpoint.
  virtual std::vector<float> state() const { return {}; }
  /// Takes back what `state` gave. Throws Error when the size is another one's.
  virtual void set_state(std::span<const float> /*state*/) {}
};

/// The steps of some constants, in order. Shared with whoever steers them while training goes on, such as a schedule
/// that prunes a little more each time.
using Parametrisations = std::map<ValueId, std::vector<std::shared_ptr<Parametrisation>>>;

}  // namespace mirim
