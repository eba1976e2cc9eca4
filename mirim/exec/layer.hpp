#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mirim/exec/arena.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/ops/activation.hpp"

/// Internals of a TrainingPlan, shared by the files in this folder that run a node forward and backward.
namespace mirim {

/// The memory layout of an activation.
enum class Layout {
  plain,    ///< as in the graph: NHWC, dense
  blocked,  ///< [N, C/16, H, W, 16] (8 without AVX-512), the last block filled with zeros: oneDNN's fastest
};

/// How a plan's update changes each weight in this step; see Optimizer.
struct Update {
  Optimizer optimizer{};
  float learning_rate = 0;
  float correction1 = 1;  ///< 1 / (1 - beta1^t)
  float correction2 = 1;  ///< 1 / (1 - beta2^t)
};

/// A parameter's weights, gradient and moments, in its layer's storage order.
struct ParameterMemory {
  float* weights = nullptr;
  float* gradient = nullptr;
  float* moment1 = nullptr;
  float* moment2 = nullptr;  ///< null for sgd
  std::int64_t elements = 0;
  bool decay = false;
  float rate = 1;  ///< factor of the learning rate (Optimizer::relative)
};

/// The addresses of a layer, known once the arena is placed. Indices count the layer's own calls of `read`, `write` and
/// `parameter`.
struct LayerMemory {
  std::vector<const float*> x;
  std::vector<float*> y;
  std::vector<float*> dy;       ///< the layer may overwrite it: it is the last reader
  std::vector<float*> more_dy;  ///< added to dy by a layer that `takes_gradient_in_two`; null when dy is all
  std::vector<float*> dx;       ///< where backward writes (not adds); null if not needed
  std::vector<ParameterMemory> parameters;
  std::vector<float*> statistics;
  Arena* arena = nullptr;  ///< for `buffer` and `scratch`
  std::byte* scratch = nullptr;
  const Update* update = nullptr;
  bool* finite = nullptr;               ///< cleared by a layer that updates itself when a weight is no longer finite
  const std::uint64_t* seed = nullptr;  ///< differs from step to step
};

/// One or more nodes of a graph, ready to run forward and backward.
class Layer {
 public:
  virtual ~Layer() = default;
  /// Its implementation: "plain loops", "oneDNN jit:avx512_core".
  virtual std::string description() const = 0;
  /// Takes the addresses; from here on nothing is allocated.
  virtual void bind(const LayerMemory& memory) = 0;
  virtual void forward(bool training) = 0;
  /// Gradients of inputs and parameters from those of the outputs.
  virtual void backward() = 0;
};

/// Converts a parameter's elements from the graph's order to the stored one and back; the stored order may have
/// padding.
struct Codec {
  std::int64_t stored = 0;
  std::function<void(const float* canonical, float* stored)> encode;
  std::function<void(const float* stored, float* canonical)> decode;
};

/// What a layer may ask for while it is made. The order of the calls gives the indices in LayerMemory.
class PlanBuilder {
 public:
  virtual ~PlanBuilder() = default;

  virtual const Graph& graph() const = 0;  ///< for the whole batch
  virtual const TrainingOptions& options() const = 0;

  /// The layer reads this activation in this layout; if it is in another one, a conversion is inserted.
  virtual void read(ValueId id, Layout layout) = 0;
  /// The layer makes this activation, in this layout.
  virtual void write(ValueId id, Layout layout) = 0;
  /// This layer sums the gradients of its two readers itself, as it reads them anyway.
  virtual void takes_gradient_in_two() = 0;
  /// `to` shares the memory of `from`: same elements, plain layout, another shape.
  virtual void alias(ValueId from, ValueId to) = 0;
  /// The layer trains this constant. Without a codec it is stored as in the graph.
  virtual void parameter(ValueId id, std::optional<Codec> codec = std::nullopt) = 0;
  /// The layer updates this constant itself (running mean or variance).
  virtual void statistic(ValueId id) = 0;
  /// The layer applies its parameters' gradients itself, in backward. Only where all of them `may_update`.
  virtual void updates_itself() = 0;
  /// Whether the stored weights of this parameter are the layer's own, so that it may change them.
  virtual bool may_update(ValueId id) const = 0;

  virtual bool is_parameter(ValueId id) const = 0;
  virtual bool is_statistic(ValueId id) const = 0;
  /// Whether a trainable weight comes before this value, so that its gradient is needed.
  virtual bool wants_gradient(ValueId id) const = 0;
  /// Its layout; plain for values that nothing has made yet.
  virtual Layout layout(ValueId id) const = 0;
  /// The only node that reads this value; -1 if there are none or several, or the value is an output of the graph.
  virtual int only_reader(ValueId id) const = 0;
  /// The layer being made runs this node too.
  virtual void absorb(int node) = 0;

  /// Memory that is kept from forward to backward.
  virtual Arena::BufferId buffer(std::int64_t bytes) = 0;
  /// Memory that others may overwrite between two calls of the layer.
  virtual void scratch(std::int64_t bytes) = 0;
};

/// Makes a layer for a node, or null if it does not take it (then it must not have asked the builder for anything).
struct LayerMaker {
  std::string_view name;
  std::unique_ptr<Layer> (*make)(PlanBuilder& builder, int node);
};

/// The fast makers in order, then the plain one, which takes every differentiable node.
std::span<const LayerMaker> layer_makers();

std::unique_ptr<Layer> make_plain_layer(PlanBuilder& builder, int node);

/// The interval of the activation that follows `node`: its own fused one, or that of the RELU or RELU6 that is the only
/// reader of its output. The layer then absorbs that node and makes `output`. Empty if it is no interval (TANH).
struct FollowingClamp {
  float least;
  float most;
  ValueId output;     ///< what the layer is to make
  int absorbed = -1;  ///< node to absorb
  bool bounded() const;
};
std::optional<FollowingClamp> following_clamp(const PlanBuilder& builder, int node, Activation activation);

/// Elements of an activation in a layout, padding included.
std::int64_t stored_elements(const Shape& shape, Layout layout);

/// Copies an activation from one layout to another; padding becomes zero. Made once, called often, without allocating.
std::function<void(const float* from, float* to)> make_conversion(const Shape& shape, Layout from, Layout to);

}  // namespace mirim
