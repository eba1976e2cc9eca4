#pragma once

#include "mirim/graph/op.hpp"

/// Every operator, one per line: the table of contents of this folder. The list is explicit because a linker drops
/// objects that register themselves from a static library. Each name's .cpp has `template <> Op
/// mirim::default_op<Name>() { return Name{}; }`.
// clang-format off
#define MIRIM_OPERATORS(X)        \
  X(Abs)                          \
  X(Add)                          \
  X(AddN)                         \
  X(ArgMax)                       \
  X(ArgMin)                       \
  X(AssignVariable)               \
  X(Atan2)                        \
  X(AveragePool2d)                \
  X(BatchMatMul)                  \
  X(BatchNorm)                    \
  X(BatchToSpaceNd)               \
  X(BitwiseXor)                   \
  X(BroadcastArgs)                \
  X(BroadcastTo)                  \
  X(Bucketize)                    \
  X(CallOnce)                     \
  X(Cast)                         \
  X(Ceil)                         \
  X(CircularBuffer)               \
  X(ComplexAbs)                   \
  X(Concatenation)                \
  X(Conv2d)                       \
  X(Conv3d)                       \
  X(Cos)                          \
  X(Cumsum)                       \
  X(Densify)                      \
  X(DepthToSpace)                 \
  X(DepthwiseConv2d)              \
  X(Dequantize)                   \
  X(DetectionPostprocess)         \
  X(Div)                          \
  X(Dropout)                      \
  X(DynamicUpdateSlice)           \
  X(Elu)                          \
  X(EmbeddingLookup)              \
  X(Equal)                        \
  X(Exp)                          \
  X(ExpandDims)                   \
  X(FakeQuant)                    \
  X(Fill)                         \
  X(Floor)                        \
  X(FloorDiv)                     \
  X(FloorMod)                     \
  X(FullyConnected)               \
  X(Gather)                       \
  X(GatherNd)                     \
  X(Gelu)                         \
  X(Gru)                          \
  X(Greater)                      \
  X(GreaterEqual)                 \
  X(HardSwish)                    \
  X(If)                           \
  X(Imag)                         \
  X(L2Normalization)              \
  X(L2Pool2d)                     \
  X(LeakyRelu)                    \
  X(Less)                         \
  X(LessEqual)                    \
  X(LocalResponseNormalization)   \
  X(Log)                          \
  X(LogSoftmax)                   \
  X(LogicalAnd)                   \
  X(LogicalNot)                   \
  X(LogicalOr)                    \
  X(Logistic)                     \
  X(LookupTable)                  \
  X(MaxPool2d)                    \
  X(Maximum)                      \
  X(Mean)                         \
  X(Minimum)                      \
  X(MirrorPad)                    \
  X(Mish)                         \
  X(Mul)                          \
  X(Neg)                          \
  X(NotEqual)                     \
  X(OneHot)                       \
  X(Pack)                         \
  X(Pad)                          \
  X(PadV2)                        \
  X(Pow)                          \
  X(Prelu)                        \
  X(Quantize)                     \
  X(Range)                        \
  X(Rank)                         \
  X(ReadVariable)                 \
  X(Real)                         \
  X(ReduceAll)                    \
  X(ReduceAny)                    \
  X(ReduceMax)                    \
  X(ReduceMin)                    \
  X(ReduceProd)                   \
  X(ReduceWindow)                 \
  X(Relu)                         \
  X(Relu0To1)                     \
  X(Relu6)                        \
  X(ReluN1To1)                    \
  X(Reshape)                      \
  X(ResizeBilinear)               \
  X(ResizeNearestNeighbor)        \
  X(ReverseSequence)              \
  X(ReverseV2)                    \
  X(Rfft2d)                       \
  X(RightShift)                   \
  X(Round)                        \
  X(Rsqrt)                        \
  X(Scatter)                      \
  X(ScatterNd)                    \
  X(SegmentSum)                   \
  X(Select)                       \
  X(SelectV2)                     \
  X(Selu)                         \
  X(ShapeOf)                      \
  X(Sign)                         \
  X(SignalDelay)                  \
  X(SignalEnergy)                 \
  X(SignalFftAutoScale)           \
  X(SignalFilterBank)             \
  X(SignalFilterBankLog)          \
  X(SignalFilterBankSpectralSubtraction)\
  X(SignalFilterBankSquareRoot)   \
  X(SignalFramer)                 \
  X(SignalIrfft)                  \
  X(SignalOverlapAdd)             \
  X(SignalPcan)                   \
  X(SignalRfft)                   \
  X(SignalStacker)                \
  X(SignalWindow)                 \
  X(Sin)                          \
  X(Slice)                        \
  X(Softmax)                      \
  X(Softplus)                     \
  X(Softsign)                     \
  X(SpaceToBatchNd)               \
  X(SpaceToDepth)                 \
  X(Split)                        \
  X(SplitV)                       \
  X(Sqrt)                         \
  X(Square)                       \
  X(SquaredDifference)            \
  X(Squeeze)                      \
  X(StablehloPad)                \
  X(Step)                         \
  X(StridedSlice)                 \
  X(Sub)                          \
  X(Sum)                          \
  X(Svdf)                         \
  X(Swish)                        \
  X(Tanh)                         \
  X(Tile)                         \
  X(TopKV2)                       \
  X(Transpose)                    \
  X(TransposeConv)                \
  X(UnidirectionalSequenceLstm)   \
  X(UnidirectionalSequenceRnn)    \
  X(Unique)                       \
  X(Unpack)                       \
  X(UnsortedSegmentMax)           \
  X(UnsortedSegmentMin)           \
  X(UnsortedSegmentProd)          \
  X(UnsortedSegmentSum)           \
  X(VarHandle)                    \
  X(Where)                        \
  X(While)                        \
  X(ZerosLike)
// clang-format on

namespace mirim {

/// The operator T with its default options; defined in T's .cpp.
template <class T>
Op default_op();

/// All of MIRIM_OPERATORS.
const OperatorTable& all_operators();

}  // namespace mirim
