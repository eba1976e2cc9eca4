#pragma once

#include "mirim/compile/plan.hpp"

namespace mirim {

/// Collects the arrays that the kernels read from flash (equal ones once), names them after their layers, and places
/// them one after the other at multiples of 4 bytes (8 for elements of 8 bytes). Binds the kernels' arguments and the
/// graph's outputs to them.
void pack_constants(Plan& plan);

/// In place of `pack_constants` where weights are hollow: the bytes that each step's kernel says its constants take.
void count_constants(Plan& plan);

/// The type of an array of such elements in C++: "int8_t".
std::string c_type(DType dtype);

/// A C identifier from the text: letters, digits and `_`; "_" before a leading digit; not empty.
std::string identifier(std::string_view text);

/// A unique identifier for each step: the node's name without its path.
std::vector<std::string> step_names(const Plan& plan);

}  // namespace mirim
