#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mirim {

/// A board on the market, by its microcontroller's data sheet.
struct Device {
  std::string_view name;     ///< "nano33ble"
  std::string_view title;    ///< "Arduino Nano 33 BLE Sense"
  std::string_view chip;     ///< "nRF52840"
  std::string_view core;     ///< "Cortex-M4F"
  std::string_view target;   ///< what to compile for: "cortex-m4"
  std::int64_t ram_bytes;    ///< all banks usable for a program's data
  std::int64_t array_bytes;  ///< the largest possible array: the longest stretch of contiguous banks
  /// The memory that code runs from: on-chip, or the board's flash chip if the core executes from it.
  std::int64_t flash_bytes;
  int clock_mhz;
  int flash_kind = -1;  ///< of kFlashKinds; -1 if it is not known or the core has no cycles (mirim/machine/cycles.hpp)
  int wait_states = 0;  ///< of a read of that flash at this clock
  /// Energy of a core cycle while code runs from flash, by the data sheet; 0 if unknown.
  double picojoules_per_cycle = 0;
};

std::span<const Device> all_devices();

/// Throws Error that lists the known ones.
const Device& find_device(std::string_view name);

}  // namespace mirim
