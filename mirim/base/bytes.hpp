#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace mirim {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/// The bytes of text, for hashing and writing.
inline BytesView bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

/// The bytes of a vector or span of plain values, in memory order.
template <class T>
BytesView bytes_of(std::span<const T> values) {
  return std::as_bytes(values);
}
template <class T>
BytesView bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span<const T>(values));
}

}  // namespace mirim
