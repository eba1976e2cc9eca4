#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/plan.hpp"
#include "mirim/compile/target.hpp"

namespace mirim {

struct CompileOptions {
  std::string target = "cortex-m4";
  /// Prefix of the functions and stem of the files; a C identifier.
  std::string name = "model";
  /// Every function takes a context of the caller instead of the static arena.
  bool reentrant = false;
  /// The board whose memory the model must fit, by name in `devices`; no check without.
  std::optional<std::string> device{};
  /// Called after each pass with its name and the graph, for `--dump-after`.
  std::function<void(std::string_view pass, const Graph&)> after_pass{};
};

/// A compiled model: the plan and the files that were made of it.
struct Artifact {
  struct File {
    std::string path;  ///< from the folder: "model.cpp"
    std::string text;
    bool operator==(const File&) const = default;
  };
  Plan plan;
  Firmware firmware;
  std::vector<File> files;
};

/// Compiles a graph ahead of time, integer or float. Whatever can fail fails here: throws Error that names the layer
/// without a device kernel, the name that is no identifier, or, when it does not fit the device, the three largest
/// tensors.
Artifact compile(Graph graph, const CompileOptions& options = {});

/// The same up to the plan, for what needs no text: `cost`.
Plan make_plan(Graph graph, const CompileOptions& options = {});

/// Writes the files into the folder, which it makes; each whole or not at all, the description (mirim.json) last.
void write_artifact(const std::filesystem::path& folder, const Artifact& artifact);

/// The same into a temporary folder, to be built at once: without waiting for the disk.
void write_temporary_artifact(const std::filesystem::path& folder, const Artifact& artifact);

}  // namespace mirim
