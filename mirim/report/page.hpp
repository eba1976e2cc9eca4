#pragma once

#include <string_view>
#include <vector>

namespace mirim::report {

/// The bundled page before the run's JSON, and after it, in pieces. Made by page/bundle.mjs during the build; empty if
/// the npm packages were not installed then.
const std::vector<std::string_view>& page_before_run();
const std::vector<std::string_view>& page_after_run();

}  // namespace mirim::report
