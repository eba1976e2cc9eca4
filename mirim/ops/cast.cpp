#include "mirim/ops/cast.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/cast.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

namespace {

template <class F>
auto with_number_type(DType dtype, F f) {
  if (dtype == DType::float64) return f.template operator()<double>();
  return with_element_type(Cast::name, dtype, f);
}

}  // namespace

std::vector<TensorType> Cast::infer(Types in) const {
  require_inputs(name, in, 1);
  if (in[0].dtype() != DType::float64) require_element_type(name, in, 0);
  with_number_type(to, []<class T>() {});  // or says that there is no such output
  return {{to, in[0].shape()}};
}

Cost Cast::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements()};
}

void Cast::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

// Only float32 to float32 has a gradient; integers are steps.
void Cast::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  if (x[0].dtype() == DType::float32 && y[0].dtype() == DType::float32) {
    std::copy(dy[0].bytes.begin(), dy[0].bytes.end(), dx[0].bytes.begin());
  } else {
    std::fill(dx[0].bytes.begin(), dx[0].bytes.end(), std::byte{0});
  }
}

KernelCall Cast::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const micro::CastParams params{.count = device_int(name, in[0].shape().elements())};
  return with_number_type(in[0].dtype(), [&]<class From>() {
    return with_number_type(out[0].dtype(), [&]<class To>() {
      return make_kernel_call("mirim/micro/cast.hpp", "cast", "CastParams", &micro::cast<From, To>, params,
                              {kernel_input(0), kernel_output(0)});
    });
  });
}

int Cast::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 || to == DType::int8 ? 3 : 1; }

void Cast::options(Options& o) {
  o.field(kOutputType, "to", to, DType::float32);
  o.field(0, "in_data_type", in_data_type, DType::float32);
  o.field(1, "out_data_type", out_data_type, DType::float32);
}

template <>
Op default_op<Cast>() {
  return Cast{};
}

}  // namespace mirim
