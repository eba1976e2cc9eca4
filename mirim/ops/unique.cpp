#include "mirim/ops/unique.hpp"

#include <cstring>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/known_result.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

template <class T>
struct Found {
  std::vector<T> values;
  std::vector<std::int64_t> places;  // for each element, of its like in `values`
};

template <class T>
Found<T> found_in(Types in) {
  Found<T> found;
  std::map<T, std::int64_t> known;
  for (const T value : in[0].template values<T>()) {
    const auto at = known.find(value);
    const auto place = at == known.end() ? static_cast<std::int64_t>(found.values.size()) : at->second;
    if (at == known.end()) {
      known.emplace(value, place);
      found.values.push_back(value);
    }
    found.places.push_back(place);
  }
  return found;
}

}  // namespace

std::vector<TensorType> Unique::infer(Types in) const {
  require_inputs(name, in, 1);
  require_element_type(name, in, 0);
  require_rank(name, in, 0, 1);
  const std::int64_t elements = in[0].shape().elements();
  if (!in[0].is_constant() && elements > 0) {
    fail_unsupported(
        "{}: {} and computed at run time, so that the size of the result is unknown: keep all elements, or "
        "count them before the model",
        name, describe_input(in, 0));
  }
  const std::int64_t count = elements == 0 ? 0 : with_element_type(name, in[0].dtype(), [&]<class T>() {
    return static_cast<std::int64_t>(found_in<T>(in).values.size());
  });
  const DType places = idx_out_type == DType::int64 ? DType::int64 : DType::int32;
  return {{in[0].dtype(), {count}}, {places, {elements}}};
}

void Unique::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Unique::lower(Types in, Types out) const {
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    const Found<T> found = found_in<T>(in);
    std::vector<std::int32_t> narrow;
    for (const std::int64_t place : found.places) narrow.push_back(device_int(name, place));
    // Bytes, since std::vector<bool> has no elements.
    Bytes values(found.values.size() * sizeof(T));
    for (std::size_t i = 0; i < found.values.size(); ++i) {
      const T value = found.values[i];
      std::memcpy(values.data() + i * sizeof(T), &value, sizeof(T));
    }
    return lower_known(name, {"values", std::string(c_type_of<T>()), std::move(values)},
                       out[1].dtype() == DType::int64 ? make_kernel_constant("places", found.places)
                                                      : make_kernel_constant("places", narrow),
                       out);
  });
}

void Unique::options(Options& o) { o.field(0, "idx_out_type", idx_out_type, DType::int32); }

template <>
Op default_op<Unique>() {
  return Unique{};
}

}  // namespace mirim
