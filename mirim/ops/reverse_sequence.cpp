#include "mirim/ops/reverse_sequence.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/reverse_sequence.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

micro::ReverseSequenceParams params_of(const ReverseSequence& op, Types in) {
  const Shape& x = in[0].shape();
  const int before = std::min(op.seq_dim, op.batch_dim), after = std::max(op.seq_dim, op.batch_dim);
  const auto product = [&](int first, int last) {
    std::int64_t result = 1;
    for (int d = first; d < last; ++d) result *= x[d];
    return device_int(ReverseSequence::name, result);
  };
  return {.outer = product(0, before),
          .first = product(before, before + 1),
          .middle = product(before + 1, after),
          .second = product(after, after + 1),
          .inner = product(after + 1, x.rank()),
          .sequence_first = op.seq_dim < op.batch_dim ? 1 : 0};
}

// The kernel on elements of type T.
template <class T>
KernelCall call_of(const micro::ReverseSequenceParams& params, DType lengths) {
  const auto call = [&](auto kernel) {
    return make_kernel_call("mirim/micro/reverse_sequence.hpp", "reverse_sequence", "ReverseSequenceParams", kernel,
                            params, {kernel_input(0), kernel_input(1), kernel_output(0)});
  };
  return lengths == DType::int64 ? call(&micro::reverse_sequence<T, std::int64_t>)
                                 : call(&micro::reverse_sequence<T, std::int32_t>);
}

}  // namespace

std::vector<TensorType> ReverseSequence::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  require_dtype(name, in, 1, {DType::int32, DType::int64});
  const Shape& x = in[0].shape();
  const auto is_axis = [&](std::int32_t axis) { return axis >= 0 && axis < x.rank(); };
  if (!is_axis(seq_dim) || !is_axis(batch_dim) || seq_dim == batch_dim) {
    fail("{}: reverses axis {} by lengths along axis {} of {}, expected two different axes", name, seq_dim, batch_dim,
         describe_input(in, 0));
  }
  if (in[1].shape().rank() != 1 || in[1].shape()[0] != x[batch_dim]) {
    fail("{}: {}, expected a length for each of {}", name, describe_input(in, 1), x[batch_dim]);
  }
  if (in[1].is_constant()) {
    for (const std::int64_t length : require_constant_indices(name, in, 1)) {
      if (length > x[seq_dim]) fail("{}: reverses {} elements of an axis of {}", name, length, x[seq_dim]);
    }
  }
  return {*in[0].type};
}

void ReverseSequence::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

// It is its own inverse.
void ReverseSequence::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const micro::ReverseSequenceParams params = params_of(*this, Types(operands_of(x)));
  const std::vector<ConstTensorView> given{dy[0], x[1]};
  const std::vector<TensorView> made{dx[0]};
  run(call_of<float>(params, x[1].dtype()), Inputs(given), Outputs(made));
}

QuantizationRule ReverseSequence::quantization(Types) const { return {.same_scale = true}; }

KernelCall ReverseSequence::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::ReverseSequenceParams params = params_of(*this, in);
  return with_element_type(name, in[0].dtype(), [&]<class T>() { return call_of<T>(params, in[1].dtype()); });
}

void ReverseSequence::options(Options& o) {
  o.field(0, "seq_dim", seq_dim, 0);
  o.field(1, "batch_dim", batch_dim, 0);
}

template <>
Op default_op<ReverseSequence>() {
  return ReverseSequence{};
}

}  // namespace mirim
