#pragma once

#include <string_view>

#include "mirim/graph/op.hpp"

/// Results that are known before the run: of SHAPE, RANGE and others whose shape depends on their operands' elements.
namespace mirim {

/// The kernel call that copies `values`, all bytes of output 0, there. Throws Error, naming `op`, when they are too
/// many.
KernelCall lower_known(std::string_view op, KernelConstant values, Types out);

/// The same for outputs 0 and 1.
KernelCall lower_known(std::string_view op, KernelConstant values, KernelConstant others, Types out);

}  // namespace mirim
