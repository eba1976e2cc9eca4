#include "mirim/ops/parts.hpp"

#include <algorithm>

#include "mirim/micro/concatenation.hpp"
#include "mirim/micro/split.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// Header and parameters of a kernel on `outer` and `part`; the tensors are added later.
template <class Params>
KernelCall call_on_parts(std::string_view op, const std::string& function, const std::string& type,
                         const Params& params, const Parts& parts) {
  KernelCall call;
  call.header = "mirim/micro/" + function + ".hpp";
  call.function = function;
  call.parameters_type = type;
  fields(detail::ParameterPrinter{call.parameters}, params);
  std::vector<std::int32_t> part;
  std::int64_t whole = 0;
  for (const std::int64_t p : parts.part) {
    part.push_back(device_int(op, p));
    whole += p;
  }
  device_int(op, whole * parts.outer);
  call.constants = {make_kernel_constant("part", part)};
  call.arguments = {kernel_constant(0)};
  call.argument_types = {"const int32_t*"};
  return call;
}

}  // namespace

Parts::Parts(const Shape& shape, int axis, std::vector<std::int64_t> lengths) : part(std::move(lengths)) {
  for (int d = 0; d < axis; ++d) outer *= shape[d];
  for (int d = axis + 1; d < shape.rank(); ++d) {
    for (std::int64_t& p : part) p *= shape[d];
  }
}

KernelCall lower_join(std::string_view op, DType dtype, const Parts& parts) {
  const micro::ConcatenationParams params{.outer = device_int(op, parts.outer)};
  KernelCall call = call_on_parts(op, "concatenation", "ConcatenationParams", params, parts);
  with_element_type(op, dtype, [&]<class T>() {
    const std::string type(c_type_of<T>());
    call.arguments.push_back(kernel_output(0));
    call.argument_types.push_back(type + "*");
    for (std::size_t i = 0; i < parts.part.size(); ++i) {
      call.arguments.push_back(kernel_input(static_cast<int>(i)));
      call.argument_types.push_back("const " + type + "*");
    }
    call.run = [params](std::span<void* const> pointers) {
      std::vector<const T*> inputs;
      for (void* const pointer : pointers.subspan(2)) inputs.push_back(static_cast<const T*>(pointer));
      micro::concatenate(params, static_cast<const std::int32_t*>(pointers[0]), static_cast<T*>(pointers[1]),
                         inputs.data(), static_cast<std::int32_t>(inputs.size()));
    };
  });
  return call;
}

KernelCall lower_rescaled_join(std::string_view op, const Parts& parts, const std::vector<std::uint8_t>& tables) {
  const micro::ConcatenationParams params{.outer = device_int(op, parts.outer)};
  KernelCall call = call_on_parts(op, "concatenation", "ConcatenationParams", params, parts);
  call.function = "concatenation_rescaled";
  call.constants.push_back(make_kernel_constant("tables", tables));
  call.arguments.insert(call.arguments.end(), {kernel_constant(1), kernel_output(0)});
  call.argument_types.insert(call.argument_types.end(), {"const uint8_t*", "uint8_t*"});
  for (std::size_t i = 0; i < parts.part.size(); ++i) {
    call.arguments.push_back(kernel_input(static_cast<int>(i)));
    call.argument_types.emplace_back("const uint8_t*");
  }
  call.run = [params](std::span<void* const> pointers) {
    std::vector<const std::uint8_t*> inputs;
    for (void* const pointer : pointers.subspan(3)) inputs.push_back(static_cast<const std::uint8_t*>(pointer));
    micro::concatenate_rescaled(params, static_cast<const std::int32_t*>(pointers[0]),
                                static_cast<const std::uint8_t*>(pointers[1]), static_cast<std::uint8_t*>(pointers[2]),
                                inputs.data(), static_cast<std::int32_t>(inputs.size()));
  };
  return call;
}

KernelCall lower_cut(std::string_view op, DType dtype, int i, const Parts& parts) {
  const micro::SplitParams params{.outer = device_int(op, parts.outer)};
  KernelCall call = call_on_parts(op, "split", "SplitParams", params, parts);
  with_element_type(op, dtype, [&]<class T>() {
    const std::string type(c_type_of<T>());
    call.arguments.push_back(kernel_input(i));
    call.argument_types.push_back("const " + type + "*");
    for (std::size_t k = 0; k < parts.part.size(); ++k) {
      call.arguments.push_back(kernel_output(static_cast<int>(k)));
      call.argument_types.push_back(type + "*");
    }
    call.run = [params](std::span<void* const> pointers) {
      std::vector<T*> outputs;
      for (void* const pointer : pointers.subspan(2)) outputs.push_back(static_cast<T*>(pointer));
      micro::split_into(params, static_cast<const std::int32_t*>(pointers[0]), static_cast<const T*>(pointers[1]),
                        outputs.data(), static_cast<std::int32_t>(outputs.size()));
    };
  });
  return call;
}

void backward_join(const Parts& parts, const ConstTensorView& dy, Outputs dx) {
  auto from = dy.as<float>().begin();
  for (std::int64_t o = 0; o < parts.outer; ++o) {
    for (std::size_t i = 0; i < parts.part.size(); ++i) {
      const int index = static_cast<int>(i);
      if (dx.has(index)) std::copy_n(from, parts.part[i], dx[index].as<float>().begin() + o * parts.part[i]);
      from += parts.part[i];
    }
  }
}

void backward_cut(const Parts& parts, Inputs dy, const TensorView& dx) {
  auto to = dx.as<float>().begin();
  for (std::int64_t o = 0; o < parts.outer; ++o) {
    for (std::size_t i = 0; i < parts.part.size(); ++i) {
      const int index = static_cast<int>(i);
      if (dy.has(index)) {
        std::copy_n(dy[index].as<float>().begin() + o * parts.part[i], parts.part[i], to);
      } else {
        std::fill_n(to, parts.part[i], 0.0F);
      }
      to += parts.part[i];
    }
  }
}

}  // namespace mirim
