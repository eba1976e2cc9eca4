#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// What a model can be compiled for.
struct Target {
  std::string_view name;      ///< "cortex-m4"
  std::string_view compiler;  ///< the program that builds it: "arm-none-eabi-g++"
  std::string_view packages;  ///< Debian's packages with compiler and emulator, for messages
  std::vector<std::string> flags;
  std::string_view board;  ///< folder of boards/ with the runner's own parts
};

std::span<const Target> all_targets();

/// Throws Error that names the known ones.
const Target& find_target(std::string_view name);

}  // namespace mirim
