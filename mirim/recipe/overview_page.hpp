#pragma once

#include <filesystem>
#include <string>

namespace mirim {

/// Of a folder of runs (`mirim make FOLDER`): the JSON of the page that shows them side by side (mirim/report, page
/// "zoo"). "runs": overview_json's objects and of each run its network ("columns", "skips": NetworkSketch),
/// "learns_by", "parameters", "data", "board", "source" and "page", its report's path seen from `beside`; "boards":
/// those that mirim knows, with flash and RAM. Throws Error if no folder in it holds a run.json.
std::string overview_page_json(const std::filesystem::path& folder, const std::filesystem::path& beside);

}  // namespace mirim
