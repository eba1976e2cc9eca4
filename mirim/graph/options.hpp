#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// Slot of an option that TFLite stores not in the options table but as the type of the node's first output (QUANTIZE,
/// CAST). A reader of .tflite assigns that output's declared dtype, a writer leaves it out; the text form writes it.
inline constexpr int kOutputType = -1;

/// Slot of an option that TFLite's table lacks: what a called graph computes. Whoever reads the file finds it
/// elsewhere; the text form writes it.
inline constexpr int kOutsideTable = -2;

/// Visits the options of an operator, for reading and writing: `op.options(visitor)` names each member once, with its
/// slot (the field id in the operator's table of the TFLite schema), its name there and its default. A reader assigns
/// to the members, a writer reads them.
class Options {
 public:
  virtual ~Options() = default;

  virtual void field(int slot, std::string_view name, bool& value, bool fallback) = 0;
  virtual void field(int slot, std::string_view name, std::int32_t& value, std::int32_t fallback) = 0;
  virtual void field(int slot, std::string_view name, float& value, float fallback) = 0;
  virtual void field(int slot, std::string_view name, std::vector<std::int32_t>& value) = 0;
  virtual void field(int /*slot*/, std::string_view /*name*/, std::vector<std::int64_t>& /*value*/) {}
  virtual void field(int /*slot*/, std::string_view /*name*/, std::vector<float>& /*value*/) {}
  virtual void field(int /*slot*/, std::string_view /*name*/, std::string& /*value*/) {}

  /// Bytes that only a file's own writer understands (Opaque); TFLite's options tables have none.
  virtual void field(int /*slot*/, std::string_view /*name*/, Bytes& /*value*/) {}

  /// An enumeration stored as a byte; `enum_names(E{})` (found beside E) gives the schema's names by number.
  template <class E>
    requires std::is_enum_v<E>
  void field(int slot, std::string_view name, E& value, E fallback) {
    auto number = static_cast<int>(value);
    enumeration(slot, name, number, static_cast<int>(fallback), enum_names(E{}));
    value = static_cast<E>(number);
  }

 protected:
  /// The number must be an index of `names` after reading; a reader throws Error otherwise.
  virtual void enumeration(int slot, std::string_view name, int& value, int fallback,
                           std::span<const std::string_view> names) = 0;
};

}  // namespace mirim
