#pragma once

#include <string_view>
#include <vector>

namespace mirim::report {

/// A part of the bundled page: text, or a place that is filled when a page is rendered.
struct PagePiece {
  enum class Kind { text, language, noscript, texts, data };
  Kind kind;
  std::string_view text;  ///< empty for a place
};

/// The bundled page, in order. Made by page/bundle.mjs during the build; empty if the npm packages were not installed
/// then.
const std::vector<PagePiece>& page_pieces();

}  // namespace mirim::report
