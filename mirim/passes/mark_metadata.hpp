#pragma once

#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The name under which a model's metadata keeps its random inputs: a line "distribution TAB name" for each.
inline constexpr std::string_view kRandomInputs = "mirim.random_inputs";

/// Puts what the main graph says of its training and its inputs into the metadata: its own losses (exec/own_losses.hpp)
/// and which inputs are random (graph/random_input.hpp).
void save_marks(Model& model);

/// The other way; the entries go. Throws Error when one is damaged.
void restore_marks(Model& model);

}  // namespace mirim
