#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/devices.hpp"

namespace mirim {

/// What one layer costs, counted before anything runs. Bytes of a float model are those it has in float.
struct LayerCost {
  std::string name;
  std::string op;      ///< TFLite's: "CONV_2D"
  std::string input;   ///< type of its first operand that is no constant: "int8 1x28x28x1"
  std::string output;  ///< of its first result
  TensorType output_type{};
  bool counted = true;          ///< false for an operator that mirim lacks: its macs and operations are unknown
  std::int64_t parameters = 0;  ///< elements of its constants, shapes and axes left out
  std::int64_t macs = 0;
  std::int64_t operations = 0;        ///< other arithmetic
  std::int64_t weight_bytes = 0;      ///< of the constants counted in `parameters`
  std::int64_t activation_bytes = 0;  ///< operands and results that are no constants
  std::int64_t arena_bytes = 0;       ///< alive in the arena while it runs; 0 where there is no plan
};

/// The memory of a deployable model: exact to the byte of what the linked image has.
struct MemoryCost {
  std::int64_t arena_bytes = 0;
  std::int64_t static_ram_bytes = 0;  ///< the arena; nothing else is static
  std::int64_t constant_bytes = 0;
  std::int64_t code_bytes = 0;
  bool code_is_estimate = true;  ///< print it with ~; false when it is the linked image's

  std::int64_t flash_bytes() const { return constant_bytes + code_bytes; }
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

/// Whether a model fits a board. Estimates are those of printing with ~.
struct DeviceFit {
  const Device* device = nullptr;
  bool fits_ram = false;    ///< the arena
  bool fits_flash = false;  ///< code and constants
  /// Of one inference, from instructions counted on the emulated Cortex-M4 (`cycles_per_instruction`); absent for other
  /// cores.
  std::optional<double> milliseconds{};
  /// Of one inference, where the data sheet says what the running core draws.
  std::optional<double> millijoules{};

  bool fits() const { return fits_ram && fits_flash; }
};

/// Cycles for each instruction of int8 kernels on a Cortex-M4, 1.50 to 1.77: MLPerf Tiny v0.5 to v1.0 results of
/// CMSIS-NN at 120 MHz (4.51, 3.74, 4.83, 3.91 cycles per MAC) over the emulated instructions of CMSIS-NN on the same
/// models (2.90, 2.39, 3.22, 2.21 per MAC).
inline constexpr double cycles_per_instruction = 1.57;

/// Layers and totals of a graph as it stands, without memory.
ModelCost count(const Graph& graph);

/// Costs of any graph that is not broken; operators that mirim lacks count for nothing. Where all layers have device
/// kernels, the memory too; with `link`, and the target's compiler installed, the code size is the linked image's, else
/// an estimate.
ModelCost cost(const Graph& graph, const CompileOptions& options = {}, bool link = true);

/// `instructions` of one inference on the emulated Cortex-M4, where they were counted. Without a memory cost nothing
/// fits.
DeviceFit fit(const ModelCost& cost, const Device& device, std::optional<std::int64_t> instructions = std::nullopt);

}  // namespace mirim
