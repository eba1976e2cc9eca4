#include "mirim/ops/add_n.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/add_n.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// Half of 255 << 20 for each input and the offset: their sum has 32 bits.
constexpr int kMostInt8Inputs = 14;

// A call without its tensors; `function` also names what runs it.
template <class Params>
KernelCall start(const std::string& function, const std::string& type, const Params& params) {
  KernelCall call;
  call.header = "mirim/micro/add_n.hpp";
  call.function = function;
  call.parameters_type = type;
  fields(detail::ParameterPrinter{call.parameters}, params);
  return call;
}

// Adds the tensors, of type T: the output, then all inputs. kernel(output, inputs, how many) runs them.
template <class T, class F>
KernelCall with_tensors(KernelCall call, int inputs, F kernel) {
  const std::string type(c_type_of<T>());
  call.arguments = {kernel_output(0)};
  call.argument_types = {type + "*"};
  for (int i = 0; i < inputs; ++i) {
    call.arguments.push_back(kernel_input(i));
    call.argument_types.push_back("const " + type + "*");
    call.may_overwrite.push_back(i);
  }
  call.run = [kernel](std::span<void* const> pointers) {
    std::vector<const T*> from;
    for (void* const pointer : pointers.subspan(1)) from.push_back(static_cast<const T*>(pointer));
    kernel(static_cast<T*>(pointers[0]), from.data(), static_cast<std::int32_t>(from.size()));
  };
  return call;
}

micro::ScaledAddNParams scaled_params(Types in, Types out) {
  constexpr std::string_view kName = AddN::name;
  constexpr int kLeftShift = 20;
  if (in.size() > kMostInt8Inputs) {
    fail("{}: {} inputs of int8, the device kernel adds up at most {}", kName, in.size(), kMostInt8Inputs);
  }
  const PerTensor x = per_tensor(kName, "input", in[0]), y = per_tensor(kName, "output", out[0]);
  for (int i = 1; i < in.size(); ++i) {
    if (per_tensor(kName, "input", in[i]) != x) fail("{}: inputs of different scales, expected one", kName);
  }
  const double twice = 2 * static_cast<double>(x.scale);
  const QuantizedMultiplier half = quantize_multiplier(0.5);
  const QuantizedMultiplier back = in_context(std::string(kName), [&] {
    return quantize_multiplier(twice / ((1 << kLeftShift) * static_cast<double>(y.scale)));
  });
  if (back.shift > 0) fail("{}: the output's scale is too small for the inputs'", kName);
  return {.count = device_int(kName, in[0].shape().elements()),
          .left_shift = kLeftShift,
          .input_offset = -x.zero_point,
          .input_multiplier = half.multiplier,
          .input_shift = half.shift,
          .output_offset = y.zero_point,
          .output_multiplier = back.multiplier,
          .output_shift = back.shift};
}

}  // namespace

std::vector<TensorType> AddN::infer(Types in) const {
  if (in.size() < 2) fail("{}: has {} inputs, expected two or more", name, in.size());
  require_inputs(name, in, in.size());
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::int32});
  for (int i = 1; i < in.size(); ++i) {
    if (*in[i].type == *in[0].type) continue;
    fail("{}: {} and {}, expected one type and shape", name, describe_input(in, 0), describe_input(in, i));
  }
  return {*in[0].type};
}

Cost AddN::cost(Types in) const {
  return {.operations = product_of({infer(in)[0].shape.elements(), std::int64_t{in.size()} - 1})};
}

void AddN::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void AddN::backward(Inputs, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  for (const TensorView& gradient : dx) {
    if (gradient.present()) std::ranges::copy(dy[0].bytes, gradient.bytes.begin());
  }
}

KernelCall AddN::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  if (in[0].dtype() == DType::int8) {
    const micro::ScaledAddNParams params = scaled_params(in, out);
    return with_tensors<std::int8_t>(start("add_n_scaled", "ScaledAddNParams", params), in.size(),
                                     [params](auto... arguments) { micro::add_all_scaled(params, arguments...); });
  }
  const micro::AddNParams params{.count = device_int(name, in[0].shape().elements())};
  const auto call = [&]<class T>() {
    return with_tensors<T>(start("add_n", "AddNParams", params), in.size(),
                           [params](auto... arguments) { micro::add_all<T>(params, arguments...); });
  };
  return in[0].dtype() == DType::int32 ? call.template operator()<std::int32_t>() : call.template operator()<float>();
}

template <>
Op default_op<AddN>() {
  return AddN{};
}

}  // namespace mirim
