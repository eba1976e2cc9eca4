#pragma once

#include <filesystem>
#include <string_view>

#include "mirim/machine/target.hpp"

namespace mirim {

inline constexpr std::string_view kEmulator = "qemu-system-arm";

/// Each throws Error that says what to install, if it is not there.
/// The target's compiler; also if mirim has no board to link for.
void require_compiler(const Target& target);
/// The emulator of its board.
void require_emulator(const Target& target);
/// The plugin with which the emulator counts: built with mirim, beside the program.
std::filesystem::path counting_plugin();

/// Whatever builds a firmware for the target and runs it here: the compiler; for a board also emulator and plugin.
void require_tools(const Target& target);

}  // namespace mirim
