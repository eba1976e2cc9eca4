#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// What a model can be compiled for: a core, or the machine at hand.
struct Target {
  std::string_view name;      ///< "cortex-m4"
  std::string_view core;      ///< as in Device::core: "Cortex-M4F"; empty for the host
  std::string_view compiler;  ///< the program that builds it: "arm-none-eabi-g++"
  std::string_view packages;  ///< Debian's packages with compiler and emulator, for messages; may be empty
  std::vector<std::string> flags;
  std::string_view parts;    ///< folder of boards/ with the runner's own parts; empty if nothing is linked
  std::string_view machine;  ///< QEMU's board: "mps2-an386"; empty for the host and if there is none
  bool dsp = false;          ///< has the DSP extension: SMLAD and its kin
  /// Bytes of code for each byte on the Cortex-M4: the largest ratio of the 15 public models, if the compiler was
  /// available.
  double code_ratio = 1;

  bool is_host() const { return core.empty(); }
};

std::span<const Target> all_targets();

/// Throws Error that lists the known ones.
const Target& find_target(std::string_view name);

/// The target of that name; if empty, the device's core; if that is empty too, the Cortex-M4. Throws Error if either is
/// unknown, or the device has another core than the target.
const Target& choose_target(std::string_view target, std::string_view device);

}  // namespace mirim
