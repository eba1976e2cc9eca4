#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mirim/graph/kernel_call.hpp"
#include "mirim/graph/op.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// What a kernel is to do: a node with the types of its operands (and the bytes of constant ones), and the call of the
/// plain kernel, which every machine has.
struct Work {
  const Op& op;
  Types in;
  Types out;
  const KernelCall& plain;
};

/// A kernel that takes the work.
struct Offer {
  KernelCall call;
  std::int64_t cycles = 0;  ///< its price: of one call, from memory without wait states
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
  std::int64_t cycles = 0;  ///< 0 if it was refused or its price is not known
  std::string refusal{};    ///< empty if it was offered
};

struct Choice {
  KernelCall call;
  std::string kernel;  ///< its name; "plain" for the operator's own
  std::vector<Considered> considered{};
};

/// The kernel of the least price among those that take the work; the plain one where there is no other. An offer is
/// better than a plain kernel without a price.
Choice choose_kernel(const Work& work, const Target& target);

}  // namespace mirim
