#pragma once

#include "mirim/graph/op.hpp"

/// Every operator there is, a line each: the table of contents of this folder. An explicit list, since a linker drops
/// objects that register themselves from a static library. Each name's .cpp has
/// `template <> Op mirim::default_op<Name>() { return Name{}; }`.
// clang-format off
#define MIRIM_OPERATORS(X) \
  X(Add)                   \
  X(AssignVariable)        \
  X(AveragePool2d)         \
  X(BatchNorm)             \
  X(CallOnce)              \
  X(Cast)                  \
  X(Concatenation)         \
  X(Conv2d)                \
  X(DepthwiseConv2d)       \
  X(Dequantize)            \
  X(Div)                   \
  X(Dropout)               \
  X(Elu)                   \
  X(Exp)                   \
  X(FakeQuant)             \
  X(FullyConnected)        \
  X(Gelu)                  \
  X(Greater)               \
  X(HardSwish)             \
  X(LeakyRelu)             \
  X(Log)                   \
  X(Logistic)              \
  X(LookupTable)           \
  X(MaxPool2d)             \
  X(Maximum)               \
  X(Mean)                  \
  X(Minimum)               \
  X(Mish)                  \
  X(Mul)                   \
  X(Neg)                   \
  X(Pack)                  \
  X(Pad)                   \
  X(Prelu)                 \
  X(Quantize)              \
  X(ReadVariable)          \
  X(ReduceMax)             \
  X(ReduceMin)             \
  X(ReduceProd)            \
  X(Relu)                  \
  X(Relu6)                 \
  X(Reshape)               \
  X(Selu)                  \
  X(ShapeOf)               \
  X(Softmax)               \
  X(Softplus)              \
  X(Softsign)              \
  X(Split)                 \
  X(SplitV)                \
  X(SquaredDifference)     \
  X(Step)                  \
  X(StridedSlice)          \
  X(Sub)                   \
  X(Sum)                   \
  X(Svdf)                  \
  X(Swish)                 \
  X(Tanh)                  \
  X(Transpose)             \
  X(TransposeConv)         \
  X(UnidirectionalSequenceLstm) \
  X(Unpack)                \
  X(VarHandle)
// clang-format on

namespace mirim {

/// The operator T with its default options; defined in T's .cpp.
template <class T>
Op default_op();

/// All of MIRIM_OPERATORS.
const OperatorTable& all_operators();

}  // namespace mirim
