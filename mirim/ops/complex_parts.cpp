#include "mirim/ops/complex_parts.hpp"

#include "mirim/micro/complex_parts.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

using Kernel = void (*)(const micro::ComplexPartParams&, const float*, float*);

Kernel kernel_of(const ComplexAbs&) { return &micro::complex_abs; }
Kernel kernel_of(const Imag&) { return &micro::imaginary_part; }
Kernel kernel_of(const Real&) { return &micro::real_part; }

std::string kernel_name(const ComplexAbs&) { return "complex_abs"; }
std::string kernel_name(const Imag&) { return "imaginary_part"; }
std::string kernel_name(const Real&) { return "real_part"; }

}  // namespace

#define X(Type, tflite_name, code, operations_of_one)                                                            \
  std::vector<TensorType> Type::infer(Types in) const {                                                          \
    require_inputs(name, in, 1);                                                                                 \
    require_dtype(name, in, 0, {DType::complex64});                                                              \
    return {{DType::float32, in[0].shape()}};                                                                    \
  }                                                                                                              \
  Cost Type::cost(Types in) const { return {.operations = infer(in)[0].shape.elements() * operations_of_one}; }  \
  void Type::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }                                \
  KernelCall Type::lower(Types in, Types) const {                                                                \
    device_int(name, in[0].type->bytes());                                                                       \
    const micro::ComplexPartParams params{.count = device_int(name, in[0].shape().elements())};                  \
    KernelCall call = make_kernel_call("mirim/micro/complex_parts.hpp", kernel_name(*this), "ComplexPartParams", \
                                       kernel_of(*this), params, {kernel_input(0), kernel_output(0)});           \
    call.may_overwrite = {0};                                                                                    \
    return call;                                                                                                 \
  }                                                                                                              \
  template <>                                                                                                    \
  Op default_op<Type>() {                                                                                        \
    return Type{};                                                                                               \
  }
MIRIM_COMPLEX_PARTS(X)
#undef X

}  // namespace mirim
