#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/memory.hpp"
#include "mirim/compile/plan.hpp"
#include "mirim/compile/target.hpp"

namespace mirim {

struct CompileOptions {
  /// Target::name; where it is empty the device's core, or without a device the Cortex-M4.
  std::string target{};
  /// Prefix of the functions and stem of the files (`check_name`).
  std::string name = "model";
  /// Every function takes a context of the caller instead of the static arena.
  bool reentrant = false;
  /// The board whose memory the model must fit, Device::name; no check where it is empty.
  std::string device{};
  /// Links the model and runs it on the emulated board, where that can be done, for the exact sizes of its code and
  /// stack; they are estimates otherwise.
  bool measure = false;
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
  MemoryCost memory;
  std::vector<File> files;
};

/// Compiles a graph ahead of time, integer or float. Whatever can fail fails here: throws Error that names the layer
/// without a device kernel, the name that cannot be one, a target that is not the device's, or, when it does not fit
/// the device, the three largest tensors.
Artifact compile(Graph graph, const CompileOptions& options = {});

/// The same up to the plan, for what needs no text.
Plan make_plan(Graph graph, const CompileOptions& options = {});

/// Writes the files into the folder, which it makes; each whole or not at all, the description (mirim.json) last. What
/// an earlier model of the same name left there and this one has not goes. Throws Error, and writes nothing, where the
/// folder holds a model of another name, or a file that mirim did not write.
void write_artifact(const std::filesystem::path& folder, const Artifact& artifact);

/// The same into a temporary folder, to be built at once: without these checks and without waiting for the disk.
void write_temporary_artifact(const std::filesystem::path& folder, const Artifact& artifact);

}  // namespace mirim
