#include "mirim/ops/range.hpp"

#include <cmath>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/known_result.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

// The sequence: each element is the one before it plus delta, as LiteRT adds floats.
template <class T>
std::vector<T> sequence(Types in) {
  const T start = in[0].values<T>()[0], limit = in[1].values<T>()[0], delta = in[2].values<T>()[0];
  if (delta == 0 || !((start >= limit && delta < 0) || (start <= limit && delta > 0))) {
    fail("{}: from {} to {} in steps of {} has no end", Range::name, start, limit, delta);
  }
  double count = 0;
  if constexpr (std::is_floating_point_v<T>) {
    count = static_cast<double>(std::ceil(std::fabs((limit - start) / delta)));
  } else {
    using Wide = std::make_unsigned_t<T>;
    const auto distance = start < limit ? static_cast<Wide>(limit) - static_cast<Wide>(start)
                                        : static_cast<Wide>(start) - static_cast<Wide>(limit);
    const auto step = delta < 0 ? Wide{0} - static_cast<Wide>(delta) : static_cast<Wide>(delta);
    count = static_cast<double>(distance / step + (distance % step != 0 ? 1 : 0));
  }
  constexpr double kMost = 1 << 24;  // a constant of 64 MB
  if (!(count <= kMost)) fail("{}: from {} to {} in steps of {} is too long", Range::name, start, limit, delta);
  std::vector<T> values;
  T value = start;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    values.push_back(value);
    if (i + 1 < static_cast<std::size_t>(count)) value += delta;
  }
  return values;
}

template <class F>
auto with_number(Types in, F f) {
  if (in[0].dtype() == DType::float32) return f.template operator()<float>();
  if (in[0].dtype() == DType::int32) return f.template operator()<std::int32_t>();
  return f.template operator()<std::int64_t>();
}

}  // namespace

std::vector<TensorType> Range::infer(Types in) const {
  require_inputs(name, in, 3);
  require_dtype(name, in, 0, {DType::float32, DType::int32, DType::int64});
  for (int i = 0; i < 3; ++i) {
    require_same_dtype(name, in, 0, i);
    if (in[i].shape().elements() != 1) fail("{}: {}, expected one number", name, describe_input(in, i));
    if (in[i].is_constant()) continue;
    fail_unsupported(
        "{}: {} and computed at run time, so that the length of the result is unknown: make start, limit and delta "
        "constants",
        name, describe_input(in, i));
  }
  const std::size_t count = with_number(in, [&]<class T>() { return sequence<T>(in).size(); });
  return {{in[0].dtype(), {static_cast<std::int64_t>(count)}}};
}

void Range::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Range::lower(Types in, Types out) const {
  return with_number(
      in, [&]<class T>() { return lower_known(name, make_kernel_constant("values", sequence<T>(in)), out); });
}

template <>
Op default_op<Range>() {
  return Range{};
}

}  // namespace mirim
