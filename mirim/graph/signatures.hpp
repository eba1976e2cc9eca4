#pragma once

#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Moves the signatures from the model to the extras of their graphs, by position among the inputs and outputs, which
/// passes keep while they renumber values. A name of another value is left out.
void keep_signatures(Model& model);

/// Puts those of the graphs that are still there back, in the file's order. Without any kept the model's own stay. A
/// name whose position is gone is left out.
void restore_signatures(Model& model);

/// `remove_unused_values` of all graphs; the signatures keep what they name.
void remove_unused_values(Model& model);

/// Makes the graph of the signature `key` the model's main graph. Throws Error with the signatures that there are.
void choose_signature(Model& model, std::string_view key);

}  // namespace mirim
