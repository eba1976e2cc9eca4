#include "mirim/ops/leaky_relu.hpp"

#include "mirim/micro/leaky_relu.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/elementwise_unary_loops.hpp"
#include "mirim/ops/int16_unary.hpp"
#include "mirim/ops/int8_table.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

struct Slopes {
  double positive, negative;
};

// tflite-micro divides scales in doubles, TFLite in floats, which the golden int16 layers of SEANet have.
Slopes slopes(DType dtype, float input, float output, float alpha) {
  if (dtype != DType::int8) return {double{input / output}, double{input * alpha / output}};
  return {double{input} / double{output}, double{input} * double{alpha} / double{output}};
}

}  // namespace

std::vector<TensorType> LeakyRelu::infer(Types in) const { return infer_unary(name, in, kAllActivations); }

Cost LeakyRelu::cost(Types in) const { return cost_unary(name, in, kAllActivations); }

void LeakyRelu::forward(Inputs inputs, Outputs outputs) const {
  if (inputs[0].dtype() != DType::float32) return forward_lowered(*this, inputs, outputs);
  forward_unary(inputs, outputs, [this](float x) { return x >= 0 ? x : alpha * x; });
}

void LeakyRelu::backward(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, TrainingState) const {
  backward_unary(inputs, outputs, dy, dx, [this](float x, float) { return x >= 0 ? 1.0F : alpha; });
}

QuantizationRule LeakyRelu::quantization(Types) const { return {}; }

KernelCall LeakyRelu::lower(Types in, Types out) const {
  if (in[0].dtype() == DType::float32) {
    device_int(name, in[0].type->bytes());
    KernelCall call = make_kernel_call(
        "mirim/micro/leaky_relu.hpp", "leaky_relu_float", "LeakyReluFloatParams", &micro::leaky_relu_float,
        {.count = device_int(name, in[0].shape().elements()), .alpha = alpha}, {kernel_input(0), kernel_output(0)});
    call.may_overwrite = {0};
    return call;
  }
  const PerTensor input = as_int8(name, "input", in[0]), output = as_int8(name, "output", out[0]);
  const Slopes s = slopes(in[0].dtype(), input.scale, output.scale, alpha);
  if (in[0].dtype() == DType::int16) {
    return lower_two_slopes(name, in, out, s.positive, s.negative, integer_range(DType::int16));
  }
  return lower_table(name, in, out, two_slopes_table(input, output, s.positive, s.negative));
}

int LeakyRelu::tflite_version(Types in, Types) const { return in[0].dtype() == DType::float32 ? 1 : 2; }

void LeakyRelu::options(Options& o) { o.field(0, "alpha", alpha, 0.0F); }

template <>
Op default_op<LeakyRelu>() {
  return LeakyRelu{};
}

}  // namespace mirim
