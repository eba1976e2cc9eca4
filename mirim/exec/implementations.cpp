#include <array>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/exec/int8/layers.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/onednn/inference.hpp"
#include "mirim/exec/simd/gru.hpp"
#include "mirim/exec/simd/lstm.hpp"
#include "mirim/exec/simd/ordered_convolution.hpp"
#include "mirim/exec/simd/tap_inference.hpp"
#include "mirim/exec/simd/windows.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/transpose_conv.hpp"

namespace mirim {
namespace {

bool is_float(const ConstTensorView& tensor) { return tensor.present() && tensor.dtype() == DType::float32; }

bool is_quantized(const ConstTensorView& tensor) {
  return tensor.present() && !is_float(tensor) && !tensor.quantization->empty();
}

/// Whether this holds for an input or an output.
bool any_tensor(const BoundNode& bound, bool (*holds)(const ConstTensorView&)) {
  for (const auto& tensor : bound.x) {
    if (holds(tensor)) return true;
  }
  for (const auto& tensor : bound.y) {
    if (holds(tensor)) return true;
  }
  return false;
}

/// Whether the node moves few elements, as those of a recurrent layer's step: to find out how takes longer than to move
/// them. The device's kernel knows it beforehand.
bool moves_few(const BoundNode& bound) {
  constexpr std::size_t kFewBytes = 16 << 10;
  std::size_t bytes = 0;
  for (const auto& tensor : bound.x) bytes += tensor.bytes.size();
  return bound.node.op.kind() == OperatorKind::move && bytes <= kFewBytes;
}

/// Whether the node has the plain loops' bits in order, also of numbers beyond the largest float.
bool convolves(const BoundNode& bound) {
  const Op& op = bound.node.op;
  return op.is<Conv2d>() || op.is<DepthwiseConv2d>() || op.is<TransposeConv>() || op.is<FullyConnected>();
}

/// The device kernel, lowered once: for quantized integers, where it is the reference; for counters and conditions,
/// which the plain way lowers at each run; where few elements move; and for floats whose bits are to be the device's.
std::function<void()> lowered(const BoundNode& bound) {
  if (!bound.node.op.deployable()) return {};
  const bool quantized = any_tensor(bound, &is_quantized);
  const bool as_on_device = bound.sums == Sums::on_device && !convolves(bound);
  if (!quantized && !as_on_device && !moves_few(bound) && any_tensor(bound, &is_float)) return {};

  struct Ready {
    KernelCall call;
    Bytes scratch;
    std::vector<void*> pointers;
  };
  const auto ready = std::make_shared<Ready>();
  try {
    ready->call =
        bound.node.op.lower(operands(bound.graph, bound.node.inputs), operands(bound.graph, bound.node.outputs));
  } catch (const Error&) {
    if (quantized) throw;
    return {};  // the device's kernel has limits that the plain loops have not
  }
  ready->scratch.resize(static_cast<std::size_t>(ready->call.scratch_bytes));
  ready->pointers = bind_arguments(ready->call, bound.x, bound.y, ready->scratch);
  return [ready] { ready->call.run(ready->pointers); };
}

std::function<void()> plain(const BoundNode& bound) {
  const Op* op = &bound.node.op;
  return [op, x = bound.x, y = bound.y] { op->forward(x, y); };
}

constexpr std::array kImplementations{Implementation{"int8 on vectors", &int8::prepare_fastest},
                                      Implementation{"depthwise", &simd::prepare_depthwise},
                                      Implementation{"average pool", &simd::prepare_average_pool},
                                      Implementation{"convolution in order", &simd::prepare_ordered_convolution},
                                      Implementation{"oneDNN convolution", &onednn::prepare_convolution},
                                      Implementation{"convolution by taps", &simd::prepare_tap_convolution},
                                      Implementation{"transposed convolution", &simd::prepare_transposed_convolution},
                                      Implementation{"dense", &onednn::prepare_dense},
                                      Implementation{"LSTM", &simd::prepare_lstm},
                                      Implementation{"GRU", &simd::prepare_gru},
                                      Implementation{"lowered", &lowered},
                                      Implementation{"plain", &plain}};

}  // namespace

std::span<const Implementation> implementations() { return kImplementations; }

}  // namespace mirim
