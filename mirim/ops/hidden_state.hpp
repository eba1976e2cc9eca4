#pragma once

#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

/// For operators whose state has no tensor in their file (`hidden_states` in mirim/graph/op.hpp): `own` inputs of the
/// file come first, then the state.
namespace mirim {

/// The first `count` operands.
Types first_operands(Types in, int count);

/// Throws Error if there are inputs behind the first `own` that are not of these types.
void require_states(std::string_view op, Types in, int own, const std::vector<TensorType>& states);

/// Throws Unsupported unless all states are there: the model was not made ready to run.
void require_resolved(std::string_view op, Types in, int own, int states);

/// The indices of the inputs behind the first `own`.
std::vector<int> states_from(Types in, int own);

/// Throws Error unless the option `T` of tflite-micro's operators, a number of TFLite's, is the type of input 0.
void require_type_option(std::string_view op, Types in, int type);

}  // namespace mirim
