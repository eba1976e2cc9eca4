#pragma once

#include <span>
#include <string_view>

#include "mirim/base/embedded.hpp"

namespace mirim {

/// The device kernels, which are copied into compiled models, and the runner's start-up code: sorted by path.
std::span<const EmbeddedFile> embedded_files();

/// The text of one. Throws Error when there is none.
std::string_view embedded_file(std::string_view path);

}  // namespace mirim
