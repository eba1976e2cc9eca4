#pragma once

#include <string>
#include <vector>

namespace mirim {

/// A recipe among many: its run.json, or why it has none.
struct OverviewRow {
  std::string name;
  std::string run_json{};
  std::string error{};
  double seconds = 0;  ///< that it took now
};

/// A table for people, a row for each recipe: its figure in float and int8 (means over its seeds) beside its goal and
/// the reference, flash, RAM and instructions of the firmware. A goal that a figure misses is marked.
std::string overview_text(const std::vector<OverviewRow>& rows);

/// The same as a JSON array of objects: name, topology, figure, float, int8, goal, reference, flash_bytes, ram_bytes,
/// instructions, met (of the float figure); or name and error.
std::string overview_json(const std::vector<OverviewRow>& rows);

}  // namespace mirim
