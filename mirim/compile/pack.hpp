#pragma once

#include "mirim/compile/plan.hpp"

namespace mirim {

/// Collects the arrays that the kernels read from flash (equal ones once), names them after their layers, lays them out
/// one behind the other at multiples of 4 bytes (8 where their elements are as wide), and binds the kernels' arguments
/// and the graph's outputs to them.
void pack_constants(Plan& plan);

/// The type of an array of such elements in C++: "int8_t".
std::string c_type(DType dtype);

/// A C identifier of the text: letters, digits and `_`; "_" in front of a digit; not empty.
std::string identifier(std::string_view text);

/// A name for each step, an identifier and unique: after the node's, without the path in front.
std::vector<std::string> step_names(const Plan& plan);

}  // namespace mirim
