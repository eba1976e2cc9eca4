#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mirim/compile/compile.hpp"

namespace mirim {

/// The cost of one layer, counted before anything runs. Bytes of a float model are those of its floats.
struct LayerCost {
  std::string name;
  std::string op;      ///< TFLite's: "CONV_2D"
  std::string input;   ///< type of its first operand that is no constant: "int8 1x28x28x1"
  std::string output;  ///< of its first result
  TensorType output_type{};
  bool counted = true;          ///< false for an operator that mirim lacks: its macs and operations are unknown
  std::int64_t parameters = 0;  ///< elements of its constants, except shapes, axes and BATCH_NORM's statistics
  std::int64_t runs = 1;        ///< in one run of the model, in loops; what follows counts all of them
  std::int64_t macs = 0;
  std::int64_t operations = 0;        ///< other arithmetic
  std::int64_t cycles = 0;            ///< by its kernel's price (cycles_of_steps); 0 without a plan
  std::int64_t weight_bytes = 0;      ///< of the constants counted in `parameters`
  std::int64_t activation_bytes = 0;  ///< operands and results that are not constants
  std::int64_t arena_bytes = 0;       ///< alive in the arena while it runs; 0 without a plan
};

/// A buffer of the arena, for the memory map over time: alive in steps `first` to `last`, numbered as
/// ModelCost::layers. -1 is before the first layer, the number of layers after the last.
struct ArenaBlock {
  std::string name;  ///< of the tensors that share it: "x, relu"
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
};

struct ModelCost {
  std::vector<LayerCost> layers;  ///< in the order in which they run
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  std::int64_t operations = 0;
  std::int64_t weight_bytes = 0;         ///< every constant once, even if several layers read it
  std::int64_t compiled_parameters = 0;  ///< those that the compiled layers have: what no result depends on is left out
  std::int64_t compiled_weight_bytes = 0;  ///< of these; `macs` and `operations` are the compiled layers'
  std::int64_t peak_activation_bytes = 0;  ///< the largest sum of activations alive at once
  std::optional<MemoryCost> memory{};      ///< absent when a layer has no device kernel (a float model)
  std::string not_deployable{};            ///< if absent, the reason
  std::string not_counted{};               ///< which layers are not counted, and why
  std::vector<ArenaBlock> arena{};

  /// Of all layers, by their kernels' prices; 0 without a plan.
  std::int64_t cycles() const;
};

/// Layers and totals of a graph unchanged, without memory.
ModelCost count(const Graph& graph);

/// Cost of any graph that is not broken; operators that mirim lacks count as 0. If all layers have device kernels,
/// includes the memory, measured if `options.measure` asks for it. `fit` says whether it fits options.device.
ModelCost cost(const Graph& graph, const CompileOptions& options = {});

}  // namespace mirim
