#include "mirim/compile/memory.hpp"

#include <algorithm>
#include <set>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/image.hpp"
#include "mirim/compile/price.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/macs_of.hpp"

namespace mirim {

namespace {

// Each kernel once, its parameters for each layer, and the calls. The kilobytes are those of MLPerf Tiny's models with
// arm-none-eabi-g++ 12 and the flags of `all_targets`.
std::int64_t estimated_code(const Plan& plan, const Target& target) {
  constexpr std::int64_t frame = 300, kernel = 1400, layer = 150;
  std::set<std::string> kernels;
  std::int64_t calls = 0;
  for (const Step& step : plan.steps) {
    if (!step.skipped.empty()) continue;
    kernels.insert(step.call.function);
    ++calls;
  }
  const std::int64_t on_m4 = frame + kernel * static_cast<std::int64_t>(kernels.size()) + layer * calls;
  return static_cast<std::int64_t>(static_cast<double>(on_m4) * target.code_ratio);
}

// CONV_2D's columns (mirim/micro/columns.hpp) take up to 2,560 bytes; the 15 public models need 3,000 at most.
constexpr std::int64_t kEstimatedStack = 3072;

// Bytes of flash, and of RAM, of the board that images are linked for (boards/mps2/link.ld).
constexpr std::int64_t kBoardBytes = 4 << 20;

// Larger inferences are not emulated to measure the stack: without an FPU they would take longer than a minute.
constexpr std::int64_t kEmulatedMacs = 100'000'000;

}  // namespace

MemoryCost estimate_memory(const Plan& plan, const Target& target) {
  std::optional<CycleCount> cycles;
  if (has_cycle_model(target)) {
    cycles.emplace();
    for (const CycleCount& step : cycles_of_steps(plan)) *cycles += step;
  }
  return {.target = std::string(target.name),
          .arena_bytes = plan.arena_bytes,
          .static_ram_bytes = plan.arena_bytes,
          .stack_bytes = plan.steps.empty() ? 0 : kEstimatedStack,
          .constant_bytes = plan.constant_bytes,
          .code_bytes = estimated_code(plan, target),
          .cycles = cycles};
}

MemoryCost measure_memory(const Artifact& artifact) {
  const Firmware& firmware = artifact.firmware;
  const Target& target = find_target(firmware.target);
  MemoryCost memory = estimate_memory(artifact.plan, target);
  if (target.is_host() || !can_build(firmware)) return memory;
  if (memory.flash_bytes() > kBoardBytes || memory.static_ram_bytes + kEstimatedStack > kBoardBytes) return memory;
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), artifact);
  write_temporary_file(folder.path() / kFirmwareFile, to_json(firmware));  // written last, with these figures
  memory.code_is_estimate = false;
  if (!can_emulate(firmware) || macs_of(artifact.plan.graph) > kEmulatedMacs) {
    const TemporaryFolder build;
    memory.code_bytes = build_image(folder.path(), firmware, build.path()).sizes.code;
    return memory;
  }
  const Bytes zeros(static_cast<std::size_t>(firmware.sample_bytes()));
  const bool has_cycles = has_cycle_model(target);
  const BoardFigures board = *run_firmware(folder.path(), zeros, {.cycles = has_cycles}).board;
  memory.code_bytes = board.sizes.code;
  memory.stack_bytes = board.peak_stack;
  memory.stack_is_estimate = false;
  memory.instructions = board.instructions;
  if (has_cycles) memory.cycles = board.cycles_of_each.front();
  return memory;
}

}  // namespace mirim
