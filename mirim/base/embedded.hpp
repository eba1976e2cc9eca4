#pragma once

#include <string_view>

namespace mirim {

/// A file whose text is in the binary, for use without a source tree. Paths from the root: "mirim/micro/conv2d.hpp".
/// Made at build time by `mirim_embed` (cmake/embedded.cmake).
struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};

}  // namespace mirim
