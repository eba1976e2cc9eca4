#pragma once

namespace mirim {

/// body(part, data) for each part in 0 .. parts - 1, over the threads that `use_threads` set: part p always runs on
/// thread p % threads. `body` does not throw.
void for_each_part(int parts, void (*body)(int part, const void* data), const void* data);

/// The same for a lambda.
template <class Body>
void for_each_part(int parts, const Body& body) {
  for_each_part(
      parts, [](int part, const void* data) { (*static_cast<const Body*>(data))(part); }, &body);
}

}  // namespace mirim
