#pragma once

#include "mirim/compress/steps.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// The steps that keep what a constant's form says while it is trained, in this order: mask (zeros stay zero), codebook
/// (equal numbers stay equal), grid (its scales stay). Empty for a constant without a form.
std::vector<std::shared_ptr<Parametrisation>> steps_that_keep(const Value& value);

/// Of all constants that training changes and that have a form.
Parametrisations steps_that_keep_forms(const Graph& graph);

/// The share of a constant's elements that are 0.
double zeros_in(const Value& value);

}  // namespace mirim
