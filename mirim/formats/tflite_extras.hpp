#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The names under which parts of a .tflite file that Graph does not model ride along in `extras`.
namespace tflite_extra {
inline constexpr auto shape_signature = "tflite.shape_signature";                    // Value: int32 each
inline constexpr auto has_rank = "tflite.has_rank";                                  // Value: one byte
inline constexpr auto minimum = "tflite.quantization.min";                           // Value: float32 each
inline constexpr auto maximum = "tflite.quantization.max";                           // Value: float32 each
inline constexpr auto intermediates = "tflite.intermediates";                        // Node: int32 each, value ids
inline constexpr auto mutating_variable_inputs = "tflite.mutating_variable_inputs";  // Node: one byte each
}  // namespace tflite_extra

/// The extra as numbers of type T; empty when there is none.
template <class T>
std::vector<T> extra_values(const Extras& extras, const std::string& name) {
  const auto found = extras.find(name);
  if (found == extras.end()) return {};
  std::vector<T> values(found->second.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), found->second.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace mirim
