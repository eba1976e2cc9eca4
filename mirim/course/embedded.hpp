#pragma once

#include <span>

#include "mirim/base/embedded.hpp"

namespace mirim::course {

/// docs/course/*: the chapters in each language, their recipes and models; and models/*.toml, which recipes name.
std::span<const EmbeddedFile> embedded_course();

}  // namespace mirim::course
