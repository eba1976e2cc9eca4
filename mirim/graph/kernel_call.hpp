#pragma once

#include <any>
#include <cassert>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// Where a pointer argument of a kernel comes from.
struct KernelArgument {
  enum class From { input, output, constant, scratch, variable };
  From from = From::input;
  int index = 0;  ///< of the node's inputs (input, variable) or outputs, or of KernelCall::constants

  bool operator==(const KernelArgument&) const = default;
};
inline KernelArgument kernel_input(int index) { return {KernelArgument::From::input, index}; }
inline KernelArgument kernel_output(int index) { return {KernelArgument::From::output, index}; }
inline KernelArgument kernel_constant(int index) { return {KernelArgument::From::constant, index}; }
/// Input `index`, which the kernel also writes: one of the operator's `variables`.
inline KernelArgument kernel_variable(int index) { return {KernelArgument::From::variable, index}; }
inline KernelArgument kernel_scratch() { return {KernelArgument::From::scratch, 0}; }

/// An array that lowering makes (multipliers, a table, repacked weights); it ends in flash.
struct KernelConstant {
  std::string name;    ///< "multiplier": the emitter makes `layer3_multiplier` of it
  std::string c_type;  ///< "int32_t"
  Bytes bytes;

  bool operator==(const KernelConstant&) const = default;
};

template <class T>
constexpr std::string_view c_type_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>) return "float";
  if constexpr (std::is_same_v<U, double>) return "double";
  if constexpr (std::is_same_v<U, std::int8_t>) return "int8_t";
  if constexpr (std::is_same_v<U, std::uint8_t>) return "uint8_t";
  if constexpr (std::is_same_v<U, std::int16_t>) return "int16_t";
  if constexpr (std::is_same_v<U, std::uint16_t>) return "uint16_t";
  if constexpr (std::is_same_v<U, std::int32_t>) return "int32_t";
  if constexpr (std::is_same_v<U, std::uint32_t>) return "uint32_t";
  if constexpr (std::is_same_v<U, std::int64_t>) return "int64_t";
  if constexpr (std::is_same_v<U, std::uint64_t>) return "uint64_t";
  if constexpr (std::is_same_v<U, bool>) return "bool";
}

template <class T>
KernelConstant make_kernel_constant(std::string name, const std::vector<T>& values) {
  const BytesView view = bytes_of(values);
  return {std::move(name), std::string(c_type_of<T>()), Bytes(view.begin(), view.end())};
}

/// One call of a device kernel: the host runs it, the planner allocates its buffers, the emitter prints it. Its
/// parameter values are computed here and nowhere else.
struct KernelCall {
  std::string header;    ///< "mirim/micro/conv2d.hpp"
  std::string function;  ///< "conv2d", in mirim::micro

  struct Parameter {
    std::string name;
    std::string value;  ///< as C++ text: "28", "0.1875f"
    bool operator==(const Parameter&) const = default;
  };
  std::string parameters_type;        ///< "Conv2dParams"; empty when the kernel takes no struct
  std::vector<Parameter> parameters;  ///< its members in order
  std::any typed;                     ///< the struct itself

  std::vector<KernelArgument> arguments;    ///< the pointers after the struct, in order
  std::vector<std::string> argument_types;  ///< their C types: "const int8_t*"
  std::vector<KernelConstant> constants;
  std::int64_t scratch_bytes = 0;

  /// Inputs whose buffer the output may reuse, element for element (output 0 written over input i).
  std::vector<int> may_overwrite;

  /// True for a kernel that only copies (RESHAPE): if input and output share a buffer, nothing is called.
  bool copies = false;

  /// The parameters, if they are of this type; else null.
  template <class Params>
  const Params* parameters_as() const {
    return std::any_cast<Params>(&typed);
  }

  /// Runs the kernel on the host: one pointer for each of `arguments`.
  using Run = std::function<void(std::span<void* const>)>;
  Run run;

  /// `run` for other parameters of the same type as `typed`; empty if a kernel is called in its own way.
  std::function<Run(const std::any& typed)> run_with;

  /// The same call on a part of its tensors, as these parameters say; Params is the type of `typed` (assert).
  /// Constants, scratch and what may be overwritten stay.
  template <class Params>
  KernelCall with_parameters(const Params& params) const;
};

namespace detail {

/// Prints a member of a parameter struct as C++ with the same value.
std::string parameter_text(std::int64_t value);
std::string parameter_text(float value);

struct ParameterPrinter {
  std::vector<KernelCall::Parameter>& out;
  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      out.push_back({std::string(name), parameter_text(static_cast<float>(value))});
    } else if constexpr (std::is_array_v<T>) {
      std::string text = "{";
      for (const auto& element : value) {
        if (text.size() > 1) text += ", ";
        if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(element)>>) {
          text += parameter_text(static_cast<float>(element));
        } else {
          text += parameter_text(static_cast<std::int64_t>(element));
        }
      }
      out.push_back({std::string(name), text + "}"});
    } else {
      out.push_back({std::string(name), parameter_text(static_cast<std::int64_t>(value))});
    }
  }
};

template <class Pointer>
std::string pointer_type_text() {
  using Pointee = std::remove_pointer_t<Pointer>;
  std::string text = std::is_const_v<Pointee> ? "const " : "";
  if constexpr (std::is_void_v<Pointee>) {
    text += "void";
  } else {
    text += c_type_of<Pointee>();
  }
  return text + "*";
}

}  // namespace detail

/// Fills header, function, parameters, argument types and `run` of a call from the kernel itself:
///   make_kernel_call("mirim/micro/conv2d.hpp", "conv2d", "Conv2dParams", &micro::conv2d, params,
///                    {kernel_input(0), kernel_input(1), kernel_constant(0), kernel_output(0)})
/// The struct's members come from `fields(visitor, params)` beside it in micro/. The number of arguments must be
/// that of the kernel's pointers (assert).
template <class Params, class... Pointers>
KernelCall make_kernel_call(std::string header, std::string function, std::string parameters_type,
                            void (*kernel)(const Params&, Pointers...), const Params& params,
                            std::vector<KernelArgument> arguments) {
  static_assert((std::is_pointer_v<Pointers> && ...), "a kernel takes its parameters, then pointers");
  assert(arguments.size() == sizeof...(Pointers));
  KernelCall call;
  call.header = std::move(header);
  call.function = std::move(function);
  call.parameters_type = std::move(parameters_type);
  fields(detail::ParameterPrinter{call.parameters}, params);
  call.typed = params;
  call.arguments = std::move(arguments);
  call.argument_types = {detail::pointer_type_text<Pointers>()...};
  call.run_with = [kernel](const std::any& typed) -> KernelCall::Run {
    return [kernel, params = std::any_cast<const Params&>(typed)](std::span<void* const> pointers) {
      assert(pointers.size() == sizeof...(Pointers));
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        kernel(params, static_cast<Pointers>(pointers[I])...);
      }(std::index_sequence_for<Pointers...>{});
    };
  };
  call.run = call.run_with(call.typed);
  return call;
}

template <class Params>
KernelCall KernelCall::with_parameters(const Params& params) const {
  assert(parameters_as<Params>() && run_with);
  KernelCall call = *this;
  call.parameters.clear();
  fields(detail::ParameterPrinter{call.parameters}, params);
  call.typed = params;
  call.run = run_with(call.typed);
  return call;
}

}  // namespace mirim
