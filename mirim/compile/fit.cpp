#include "mirim/compile/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/place.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

namespace {

struct Named {
  std::string name;
  std::int64_t bytes;
};

std::string three_largest(std::vector<Named> items) {
  std::stable_sort(items.begin(), items.end(), [](const Named& a, const Named& b) { return a.bytes > b.bytes; });
  if (items.size() > 3) items.resize(3);
  std::string text;
  for (const Named& item : items)
    text += fmt::format("{}{} ({} bytes)", text.empty() ? "" : ", ", item.name, item.bytes);
  return text;
}

// The step with most bytes alive; a step in which no buffer starts has no more than the one before.
int step_of_peak(const Plan& plan) {
  int peak_step = 0;
  std::int64_t peak = -1;
  for (const Buffer& start : plan.buffers) {
    const std::int64_t sum = live_bytes(plan.buffers, start.first);
    if (sum > peak) {
      peak = sum;
      peak_step = start.first;
    }
  }
  return peak_step;
}

std::string largest_tensors(const Plan& plan) {
  const int at = step_of_peak(plan);
  std::vector<Named> live;
  for (const Buffer& b : plan.buffers) {
    if (b.first > at || at > b.last) continue;
    const auto name = [&](const Buffer& of) {
      if (of.values.empty()) return std::string("scratch");
      const ValueId id = of.values.back();
      const bool whole = &of == &plan.buffers[static_cast<std::size_t>(plan.buffer_of[static_cast<std::size_t>(id)])];
      return (whole && of.bytes >= plan.graph[id].type.bytes() ? "'" : "rows of '") +
             std::string(short_name(plan.graph[id].name)) + "'";
    };
    live.push_back(
        {b.over < 0 ? name(b) : name(b) + " over " + name(plan.buffers[static_cast<std::size_t>(b.over)]), b.bytes});
  }
  return three_largest(live);
}

std::string largest_constants(const Plan& plan) {
  std::vector<Named> constants;
  for (const PackedConstant& c : plan.constants)
    constants.push_back({c.name, static_cast<std::int64_t>(c.bytes->size())});
  return three_largest(constants);
}

// The memory on the device's own core; code of another core is scaled by the known ratios.
MemoryCost on_core_of(const Device& device, MemoryCost memory) {
  if (memory.target == device.target) return memory;
  const double ratio = find_target(device.target).code_ratio / find_target(memory.target).code_ratio;
  memory.code_bytes = static_cast<std::int64_t>(static_cast<double>(memory.code_bytes) * ratio);
  memory.code_is_estimate = memory.stack_is_estimate = true;
  memory.instructions.reset();
  memory.cycles.reset();
  return memory;
}

std::string about(bool is_estimate, std::int64_t bytes) { return (is_estimate ? "~" : "") + with_commas(bytes); }

}  // namespace

DeviceFit fit(const MemoryCost& of_some_core, const Device& device) {
  const MemoryCost memory = on_core_of(device, of_some_core);
  DeviceFit result{.device = &device};
  const bool arena_fits = memory.arena_bytes <= device.array_bytes && memory.static_ram_bytes <= device.ram_bytes;
  const bool constants_fit = memory.constant_bytes <= device.flash_bytes;
  result.fits_ram = arena_fits && memory.ram_bytes() <= device.ram_bytes;
  result.fits_flash = memory.flash_bytes() <= device.flash_bytes;
  // If arena or constants alone do not fit, better figures of code or stack would not help.
  result.is_estimate = (arena_fits && memory.stack_is_estimate) || (constants_fit && memory.code_is_estimate);
  if (!arena_fits || !constants_fit) result.is_estimate = false;
  if (!memory.cycles) return result;
  const double cycles = static_cast<double>(memory.cycles->on(device)) * boards_took;
  result.milliseconds = cycles / (device.clock_mhz * 1e3);
  if (device.picojoules_per_cycle > 0) result.millijoules = cycles * device.picojoules_per_cycle * 1e-9;
  return result;
}

std::string verdict(const DeviceFit& fit) {
  const char* what = fit.fits() ? "yes" : fit.fits_ram ? "no: flash" : fit.fits_flash ? "no: RAM" : "no: RAM and flash";
  return fit.is_estimate ? std::string("~") + what : what;
}

std::string why_not(const Plan& plan, const MemoryCost& of_some_core, const Device& device) {
  const DeviceFit result = fit(of_some_core, device);
  const MemoryCost memory = on_core_of(device, of_some_core);
  if (memory.arena_bytes > device.array_bytes) {
    return fmt::format("the model needs an arena of {} bytes in one piece, {} has {}; largest at the peak are {}",
                       with_commas(memory.arena_bytes), device.title, with_commas(device.array_bytes),
                       largest_tensors(plan));
  }
  if (!result.fits_ram) {
    return fmt::format("the model needs {} bytes of RAM ({} of them stack), {} has {}; largest at the peak are {}",
                       about(memory.stack_is_estimate, memory.ram_bytes()),
                       about(memory.stack_is_estimate, memory.stack_bytes), device.title, with_commas(device.ram_bytes),
                       largest_tensors(plan));
  }
  if (!result.fits_flash) {
    return fmt::format("the model needs {} bytes of flash ({} of them code), {} has {}; the largest constants are {}",
                       about(memory.code_is_estimate, memory.flash_bytes()),
                       about(memory.code_is_estimate, memory.code_bytes), device.title, with_commas(device.flash_bytes),
                       largest_constants(plan));
  }
  return "";
}

}  // namespace mirim
