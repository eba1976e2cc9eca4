#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mirim/compile/compile.hpp"

namespace mirim {

/// What one layer costs, counted before anything runs. Bytes of a float model are those it has in float.
struct LayerCost {
  std::string name;
  std::string op;      ///< TFLite's: "CONV_2D"
  std::string input;   ///< type of its first operand that is no constant: "int8 1x28x28x1"
  std::string output;  ///< of its first result
  TensorType output_type{};
  bool counted = true;          ///< false for an operator that mirim lacks: its macs and operations are unknown
  std::int64_t parameters = 0;  ///< elements of its constants, but for shapes, axes and BATCH_NORM's statistics
  std::int64_t macs = 0;
  std::int64_t operations = 0;        ///< other arithmetic
  std::int64_t weight_bytes = 0;      ///< of the constants counted in `parameters`
  std::int64_t activation_bytes = 0;  ///< operands and results that are no constants
  std::int64_t arena_bytes = 0;       ///< alive in the arena while it runs; 0 where there is no plan
};

/// A buffer of the arena, for the memory map over time: alive in steps `first` to `last`, steps as in
/// ModelCost::layers; -1 is before the first, the number of layers after the last.
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
  std::int64_t weight_bytes = 0;           ///< every constant once, however many layers read it
  std::int64_t peak_activation_bytes = 0;  ///< the largest sum of activations alive at once
  std::optional<MemoryCost> memory{};      ///< absent when a layer has no device kernel (a float model)
  std::string not_deployable{};            ///< then why
  std::string not_counted{};               ///< where some layers are not counted: which, and why
  std::vector<ArenaBlock> arena{};
};

/// Layers and totals of a graph as it stands, without memory.
ModelCost count(const Graph& graph);

/// Costs of any graph that is not broken; operators that mirim lacks count for nothing. Where all layers have device
/// kernels, the memory too, measured where `options.measure` asks for it. Whether it fits options.device says `fit`.
ModelCost cost(const Graph& graph, const CompileOptions& options = {});

}  // namespace mirim
