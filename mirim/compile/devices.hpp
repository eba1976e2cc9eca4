#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mirim {

/// A board that can be bought, by its microcontroller's data sheet.
struct Device {
  std::string_view name;     ///< "nano33ble"
  std::string_view title;    ///< "Arduino Nano 33 BLE Sense"
  std::string_view chip;     ///< "nRF52840"
  std::string_view core;     ///< "Cortex-M4F"
  std::string_view target;   ///< what to compile for: "cortex-m4"
  std::int64_t ram_bytes;    ///< of all banks that a program's data can be in
  std::int64_t array_bytes;  ///< the largest that one array can be: the longest stretch of neighbouring banks
  /// What code runs from: on-chip, or the board's flash chip where the core executes from it.
  std::int64_t flash_bytes;
  int clock_mhz;
  /// What the core draws while it runs code from flash, by the data sheet; 0 where it is not looked up.
  double picojoules_per_cycle = 0;
};

std::span<const Device> all_devices();

/// Throws Error that names the known ones.
const Device& find_device(std::string_view name);

}  // namespace mirim
