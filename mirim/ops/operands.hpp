#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

/// Checks of operands for every operator's infer and cost, with one wording for the errors.
namespace mirim {

/// Throws Error unless there are `least` to `most` inputs, the first `least` of them are present, and no shape exceeds
/// Shape::elements.
void require_inputs(std::string_view op, Types in, int least, int most);
inline void require_inputs(std::string_view op, Types in, int count) { require_inputs(op, in, count, count); }

/// Throws Unsupported unless input i is of one of these types.
void require_dtype(std::string_view op, Types in, int i, std::initializer_list<DType> supported);

/// Throws Error unless input i has `rank` dimensions.
void require_rank(std::string_view op, Types in, int i, int rank);

/// Throws Error unless inputs i and j are of one type.
void require_same_dtype(std::string_view op, Types in, int i, int j);

/// The constant int32 (or int64) values of input i, which the operator must know before it runs. Throws Unsupported if
/// it is not a constant or has another type.
std::vector<std::int64_t> require_constant_indices(std::string_view op, Types in, int i);

/// Tensors as known operands: what `lower` and `infer` see of a node that is being run.
std::vector<Operand> operands_of(Inputs x);

/// What a message calls an input: "input 1 is int16[1x8]".
std::string describe_input(Types in, int i);

/// The product, at most INT64_MAX: a broken file's counts saturate instead of overflowing.
std::int64_t product_of(std::initializer_list<std::int64_t> factors);

}  // namespace mirim
