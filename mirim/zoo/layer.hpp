#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/ops/window.hpp"

// A layer is a plain struct in layers/, a line in layers/all.cpp:
//
//   type()           its name in a model's TOML
//   name             the layer's; made from the type and a number if empty
//   from             the value that it reads, or those; the layer before unless given
//   keys(k)          names every key once
//   append(builder)  adds its operators; throws Error with the layer's name for sizes out of range

namespace mirim {

/// Visits the keys of a layer: `layer.keys(visitor)` names each member once. The keys are those of a model's TOML.
class LayerKeys {
 public:
  virtual ~LayerKeys() = default;

  virtual void key(std::string_view name, bool& value) = 0;
  virtual void key(std::string_view name, float& value) = 0;
  virtual void key(std::string_view name, std::optional<float>& value) = 0;
  virtual void key(std::string_view name, std::int32_t& value) = 0;
  virtual void key(std::string_view name, std::int64_t& value) = 0;  ///< also an expression of parameters
  virtual void key(std::string_view name, std::string& value) = 0;
  virtual void key(std::string_view name, Size2d& value) = 0;
  virtual void key(std::string_view name, Padding& value) = 0;
  virtual void key(std::string_view name, Shape& value) = 0;
  /// The layer before must have the key `name`, or the visitor says why it is needed.
  virtual void require(std::string_view name, std::string_view why) = 0;
  /// The key "from": the layer that is read; the one before unless given.
  virtual void from(std::optional<ValueId>& value) = 0;
  /// The same of a layer that reads several.
  virtual void from(std::vector<ValueId>& values) = 0;

  /// A key that must be given; `why` says what for.
  template <class T>
  void needed(std::string_view name, T& value, std::string_view why) {
    key(name, value);
    require(name, why);
  }
};

/// Most elements along an axis of a layer.
inline constexpr std::int64_t kLargestDimension = std::int64_t{1} << 24;

/// Throws Error that names the layer unless 1 <= value <= kLargestDimension.
void check_size(const std::string& layer, std::string_view what, std::int64_t value);
void check_size(const std::string& layer, std::string_view what, Size2d value);
/// Throws Error that names the layer unless the shape is [batch, height, width, channels].
void check_image(const std::string& layer, const Shape& shape);
/// Throws Error that names the layer unless the shape is [batch, steps, features].
void check_sequence(const std::string& layer, const Shape& shape);

}  // namespace mirim
