#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mirim/graph/kernel_call.hpp"
#include "mirim/graph/op.hpp"
#include "mirim/machine/optimize.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// What a kernel is to do: a node with the types of its operands (and the bytes of constant ones), and the call of the
/// plain kernel, which every machine has.
struct Work {
  const Op& op;
  Types in;
  Types out;
  const KernelCall& plain;
  std::int64_t calls = 1;  ///< in one inference: more where it is some rows of a tensor
};

/// A kernel that takes the work.
struct Offer {
  KernelCall call;
  std::int64_t cycles = 0;  ///< its price: of one call, from memory without wait states
  /// Bytes of constants and code that a call reads from flash, past caches of 256 bytes and 1 KB as STM32's; if 0, its
  /// constants once.
  std::int64_t flash_read = 0;
  std::int64_t hollow_bytes = 0;  ///< of constants that the call lacks, because the layer's weights are hollow
};

/// A kernel takes the work, or says why not.
using Answer = std::variant<Offer, std::string>;

/// One of the kernels that a machine may have. Adding one: a file with its `answer`, and a line in offers.cpp.
struct Kernel {
  std::string_view name;  ///< "conv2d, two filters in a lane"
  std::string_view op;    ///< the operator that it is for: "CONV_2D"
  Answer (*answer)(const Work&, const Target&);
};

/// All of them, the plain one, which takes everything, left out.
const std::vector<Kernel>& all_kernels();

/// What was offered for a node, for `mirim compile --explain`.
struct Considered {
  std::string kernel;
  std::int64_t cycles = 0;      ///< 0 if it was refused
  std::int64_t flash = 0;       ///< bytes of its constants, weights included; 0 if it was refused
  std::int64_t flash_read = 0;  ///< Offer::flash_read
  std::string refusal{};        ///< empty if it was offered
};

struct Choice {
  KernelCall call;
  std::string kernel;                    ///< its name; "plain" for the operator's own
  std::vector<Considered> considered{};  ///< the plain one last
};

/// Bytes of all weights and constants that a call reads.
std::int64_t flash_of(const Work& work, const KernelCall& call);

/// The best of the kernels that take the work; the plain one where there is no other. The best has the fewest cycles,
/// where balanced after 32 are added for each byte of flash and 8 for each of scratch. For the least flash the plain
/// kernel takes part too; otherwise any offer is better: those that would not be refuse the work.
Choice choose_kernel(const Work& work, const Target& target, Optimize optimize = Optimize::balanced);

}  // namespace mirim
