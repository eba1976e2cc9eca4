#pragma once

#include <span>

#include "mirim/base/embedded.hpp"

namespace mirim::report {

/// mirim/report/texts/*.json: the texts of the pages, a file a language.
std::span<const EmbeddedFile> embedded_texts();

}  // namespace mirim::report
