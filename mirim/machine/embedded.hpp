#pragma once

#include <span>
#include <string_view>

namespace mirim {

/// A source file embedded in the binary, for use without a source tree: the device kernels, which are copied into
/// compiled models, and the runner's start-up code. Paths from the root: "mirim/micro/conv2d.hpp".
struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};

/// All of them, sorted by path. Made at build time by cmake/embed.cmake.
std::span<const EmbeddedFile> embedded_files();

/// The text of one. Throws Error when there is none.
std::string_view embedded_file(std::string_view path);

}  // namespace mirim
