#pragma once

#include "mirim/graph/op.hpp"

/// Every operator there is, a line each: the table of contents of this folder. An explicit list, since a linker drops
/// objects that register themselves from a static library. Each name's .cpp ends with
/// `template <> Op mirim::default_op<Name>() { return Name{}; }`.
#define MIRIM_OPERATORS(X) X(Relu)

namespace mirim {

/// The operator T with its default options; defined at the end of T's .cpp.
template <class T>
Op default_op();

/// All of MIRIM_OPERATORS.
const OperatorTable& all_operators();

}  // namespace mirim
