#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mirim/compile/plan.hpp"
#include "mirim/machine/cycles.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

struct Artifact;

/// A compiled model's use of a microcontroller's memory, in bytes. Arena, static RAM and constants are those of the
/// linked image; so are code, stack and instructions unless marked as estimates.
struct MemoryCost {
  std::string target{};  ///< Target::name of code, stack and instructions
  std::int64_t arena_bytes = 0;
  std::int64_t static_ram_bytes = 0;  ///< the arena; nothing else is static
  std::int64_t stack_bytes = 0;       ///< at the deepest point of one inference
  std::int64_t constant_bytes = 0;
  std::int64_t code_bytes = 0;
  bool stack_is_estimate = true;               ///< print it with ~
  bool code_is_estimate = true;                ///< print it with ~
  std::optional<std::int64_t> instructions{};  ///< of one inference, if counted on the emulated core
  /// Of one inference on a Cortex-M4: on the trace that the emulated core executed, else by the kernels' prices.
  std::optional<CycleCount> cycles{};

  std::int64_t ram_bytes() const { return static_ram_bytes + stack_bytes; }
  std::int64_t flash_bytes() const { return constant_bytes + code_bytes; }
};

/// From the plan alone, before anything is built.
MemoryCost estimate_memory(const Plan& plan, const Target& target);

/// The same, measured if the target's compiler and emulator are installed: links the artifact's files and runs one
/// inference on inputs of all zeros.
MemoryCost measure_memory(const Artifact& artifact);

}  // namespace mirim
