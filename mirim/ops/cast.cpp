#include "mirim/ops/cast.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

template <class To, class From>
To converted(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Outside the range the conversion is undefined.
    const auto value = static_cast<double>(x);
    constexpr auto kLeast = static_cast<double>(std::numeric_limits<To>::lowest());
    constexpr auto kMost = static_cast<double>(std::numeric_limits<To>::max());
    return static_cast<To>(value >= kLeast ? (value <= kMost ? value : kMost) : kLeast);
  } else {
    return static_cast<To>(x);
  }
}

// Calls f with a span of the tensor's own type.
template <class View, class F>
void with_elements(const View& tensor, F f) {
  switch (tensor.dtype()) {
    case DType::float32:
      return f(tensor.template as<float>());
    case DType::int32:
      return f(tensor.template as<std::int32_t>());
    case DType::int8:
      return f(tensor.template as<std::int8_t>());
    case DType::boolean:
      return f(tensor.template as<bool>());
    default:
      assert(false);
  }
}

}  // namespace

std::vector<TensorType> Cast::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int32, DType::int8, DType::boolean});
  if (to != DType::float32 && to != DType::int32 && to != DType::int8 && to != DType::boolean) {
    fail("{}: output of type {}, supported are float32, int32, int8 and bool", name, mirim::name(to));
  }
  return {{to, in[0].shape()}};
}

Cost Cast::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Cast::forward(Inputs x, Outputs y) const {
  with_elements(x[0], [&](auto from) {
    with_elements(y[0], [&](auto into) {
      using To = typename decltype(into)::element_type;
      for (std::size_t i = 0; i < from.size(); ++i) into[i] = converted<To>(from[i]);
    });
  });
}

// Only float32 to float32 has a gradient: integers come in steps.
void Cast::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  if (x[0].dtype() == DType::float32 && y[0].dtype() == DType::float32) {
    std::copy(dy[0].bytes.begin(), dy[0].bytes.end(), dx[0].bytes.begin());
  } else {
    std::fill(dx[0].bytes.begin(), dx[0].bytes.end(), std::byte{0});
  }
}

int Cast::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 || to == DType::int8 ? 3 : 1; }

void Cast::options(Options& o) { o.field(kOutputType, "to", to, DType::float32); }

template <>
Op default_op<Cast>() {
  return Cast{};
}

}  // namespace mirim
