#pragma once

#include "mirim/machine/target.hpp"

namespace mirim {

/// Whatever builds a firmware for the target and runs it here is there: a compiler; for a board also the emulator, and
/// the plugin with which it counts, beside the program. Throws Error that says what to install.
void require_tools(const Target& target);

}  // namespace mirim
