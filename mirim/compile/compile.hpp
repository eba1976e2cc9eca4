#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/front_end.hpp"
#include "mirim/compile/memory.hpp"
#include "mirim/compile/plan.hpp"
#include "mirim/compile/schedule.hpp"
#include "mirim/machine/optimize.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/passes/learn_on_device.hpp"

namespace mirim {

struct CompileOptions {
  /// Target::name; if empty, the device's core, or without a device the Cortex-M4.
  std::string target{};
  /// Prefix of the functions and stem of the files (`check_name`).
  std::string name = "model";
  /// Every function takes a context from the caller instead of the static arena.
  bool reentrant = false;
  /// The caller hands over the input's rows one by one: NAME_push_rows in place of NAME_input and NAME_run.
  bool input_rows = false;
  /// What is saved where something else must be given for it.
  Optimize optimize = Optimize::balanced;
  /// The firmware makes its input of sound (NAME_push).
  std::optional<FrontEndOptions> front_end{};
  /// The firmware goes on learning (NAME_learn).
  std::optional<LearnOnDevice> learn{};
  /// The board whose memory the model must fit, Device::name; if empty, no check.
  std::string device{};
  /// Links the model and runs it on the emulated board, if possible, for the exact sizes of its code and stack;
  /// otherwise they are estimates.
  bool measure = false;
  /// Called after each pass with its name and the graph, for `--dump-after`.
  std::function<void(std::string_view pass, const Graph&)> after_pass{};
};

/// A compiled model: the plan and the files made from it.
struct Artifact {
  struct File {
    std::string path;  ///< relative to the folder: "model.cpp"
    std::string text;
    bool operator==(const File&) const = default;
  };
  Plan plan;
  Firmware firmware;
  MemoryCost memory;
  std::vector<File> files;
};

/// Compiles a graph ahead of time, integer or float. Whatever can fail fails here. Throws Error that names the layer
/// without a device kernel, an invalid name, a target that is not the device's, or, if it does not fit the device, the
/// three largest tensors, and whether row by row it would need less.
Artifact compile(const Graph& graph, const CompileOptions& options = {});

/// The same up to the plan, for callers that need no text. It also takes a graph whose weights are hollow
/// (graph/hollow.hpp): kernels are chosen as for weights that have no pattern, and the plan has no constants, only
/// their bytes.
Plan make_plan(Graph graph, const CompileOptions& options = {});

/// Makes several plans of one graph, as `make_plan` each, in less time: what they have in common is done once.
class Planner {
 public:
  /// Throws Error as make_plan.
  Planner(Graph graph, const Target& target);
  Plan plan(Optimize optimize, bool input_rows);

 private:
  const Target& target_;
  Graph graph_;
  Graph by_rows_;  ///< for `input_rows`
  ScheduleMemory memory_{};
  ScheduleMemory memory_by_rows_{};
};

/// Writes the files into the folder, which it creates; each whole or not at all, the description (mirim.json) last.
/// Removes files of an earlier model of the same name that this one does not have. If the folder holds a model of
/// another name, or a file that mirim did not write, throws Error and writes nothing.
void write_artifact(const std::filesystem::path& folder, const Artifact& artifact);

/// The same into a temporary folder, to be built at once: without these checks and without syncing the disk.
void write_temporary_artifact(const std::filesystem::path& folder, const Artifact& artifact);

}  // namespace mirim
