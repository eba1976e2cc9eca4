#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mirim/exec/activation_grid.hpp"
#include "mirim/exec/loss.hpp"
#include "mirim/exec/loss_term.hpp"
#include "mirim/exec/optimizer.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/parametrisation.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

struct TrainingOptions {
  std::int64_t batch = 32;
  int threads = 1;
  Loss loss{};
  Optimizer optimizer{};
  std::uint64_t seed = 1;  ///< of random draws in training: Dropout's masks
  /// Only the operators' own loops, the reference; else oneDNN and vectorised kernels where they exist.
  bool plain = false;
  /// Lets `gradient` be read after a step. Otherwise a layer may apply its gradient at once and never store it.
  bool keep_gradients = false;
  /// How layers' weights come from the stored ones, where they are not the same.
  Parametrisations parametrisations{};
  /// Activations that are rounded as a quantized model would.
  std::vector<ActivationGrid> grids{};
  /// What is made small beside `loss`; their teachers' values go to `teacher`, for those that have one.
  std::vector<LossTerm> terms{};
  std::vector<ValueId> held{};  ///< parameters that a step does not change; `take` does
  float loss_weight = 1;        ///< what `loss` is multiplied by beside the terms
  /// A value [batch, n] whose elements stand for factors of the samples (exec/held_factors.hpp); kNoValue: none.
  ValueId factors = kNoValue;
};

/// What a plan has learnt, in the graph's layouts: independent of plan, batch and number of threads.
struct Learnt {
  std::vector<std::vector<float>> parameters;            ///< in the order of trainable_parameters
  std::vector<std::vector<std::vector<float>>> moments;  ///< [moment][parameter]
  std::vector<std::vector<float>> statistics;            ///< in the order of running_statistics
  std::vector<std::vector<float>> steps;  ///< of each parameter that has a parametrisation, in order: its steps' states
  std::vector<float> ranges;              ///< of activation grids
  std::int64_t step = 0;                  ///< updates made so far

  bool operator==(const Learnt&) const = default;
};

/// The time of one layer in a training step.
struct LayerTime {
  std::string name;  ///< with its implementation, as in `layers`
  double forward_us = 0;
  double backward_us = 0;
};

/// A training step planned once: forward, loss, backward, update. Every buffer is in one arena and every library
/// primitive is made by the constructor; from then on a step allocates nothing of its own. The same seed, threads and
/// batches give the same bits.
///
///   TrainingPlan plan(graph, {.batch = 32});
///   fill plan.input(0) with 32 samples and plan.labels() with their classes
///   const float loss = plan.step(0.001F);
class TrainingPlan {
 public:
  /// Throws Error that names a node without gradient, or says why the loss does not suit the graph.
  TrainingPlan(const Graph& graph, const TrainingOptions& options);
  ~TrainingPlan();
  TrainingPlan(TrainingPlan&&) noexcept;
  TrainingPlan& operator=(TrainingPlan&&) noexcept;

  /// Where to write the samples of a batch for input i: [batch, ...], shaped as the graph's input.
  std::span<float> input(int i);
  /// Where to write the class of each sample, for softmax cross entropy. Must be in [0, classes) (assert).
  std::span<std::int32_t> labels();
  /// Where to write the targets of output 0, [batch, ...], for the other losses; NaN where nothing is asked.
  std::span<float> targets();
  /// Where to write what term i wants its value to be like, [batch, ...] as the teacher's.
  std::span<float> teacher(int term);
  /// Where to write, before a step, 1 for each element of TrainingOptions::factors whose factor varies in the batch and
  /// 0 for the others; empty without one.
  std::span<float> varying();
  /// Whether any weight lies before what the loss reads; else a step changes nothing.
  bool trains() const;

  /// One training step. Returns the loss before the update. If it is not finite, the weights must not be used any more;
  /// `blame` says where it began.
  float step(float learning_rate);

  /// Runs the graph as in inference, without changing anything; returns the mean loss of the first `count` samples,
  /// with the terms that need no teacher.
  float evaluate(std::int64_t count);

  /// Output 0 of the last step or evaluation: [batch, ...]; probabilities if the graph ends with SOFTMAX or LOGISTIC.
  std::span<const float> output() const;

  /// dL/dparameter of the last step, of the stored weights, in the graph's layout. Needs keep_gradients (assert).
  std::vector<float> gradient(ValueId parameter) const;
  /// The stored weights of a parameter, in the graph's layout.
  std::vector<float> stored(ValueId parameter) const;
  /// The ranges that the grids have come to, a group each.
  std::vector<LearntRange> ranges() const;

  /// After a step that was not finite: names the first layer whose values or gradients were not; "" if none.
  std::string blame() const;

  /// Gives these parameters the weights that they have in another plan of a graph with the same values.
  void take(const TrainingPlan& other, const std::vector<ValueId>& parameters);

  /// Copies everything learnt out, and in. `set_state` throws Error if the sizes are another network's.
  Learnt state() const;
  void set_state(const Learnt& state);

  /// Puts parameters, as the layers use them, and statistics into a graph with the same values as the one the plan was
  /// made for.
  void store(Graph& graph) const;

  std::int64_t arena_bytes() const;
  /// For each layer of the plan its implementation: "conv1: oneDNN convolution jit:avx512_core".
  std::vector<std::string> layers() const;
  /// Runs `steps` training steps without an update and returns the least time of each layer.
  std::vector<LayerTime> time_layers(int steps);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mirim
