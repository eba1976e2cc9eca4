#include "mirim/compile/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/names.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/compile/place.hpp"
#include "mirim/compile/schedule.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/eliminate_common_nodes.hpp"
#include "mirim/passes/eliminate_dead_channels.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "mirim/passes/input_as_read.hpp"
#include "mirim/passes/loop_rounds.hpp"
#include "mirim/passes/remove_identities.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/tabulate.hpp"
#include "mirim/passes/uint8_to_int8.hpp"

namespace mirim {

namespace {

Firmware describe(const Plan& plan, const CompileOptions& options) {
  Firmware firmware{.name = options.name,
                    .target = std::string(choose_target(options.target, options.device).name),
                    .reentrant = options.reentrant,
                    .input_rows = options.input_rows,
                    .arena_bytes = plan.arena_bytes,
                    .constant_bytes = plan.constant_bytes,
                    .inputs = {},
                    .outputs = {},
                    .files = {}};
  const auto port = [&](ValueId id) {
    const Value& value = plan.graph[id];
    if (value.type.dtype == DType::complex64) {
      fail_unsupported(
          "'{}' is complex64, which the firmware's interface lacks; end the model with REAL, IMAG or "
          "COMPLEX_ABS",
          shortened(value.name));
    }
    return Firmware::Port{value.name,
                          value.type,
                          value.quantization,
                          labels_of(value),
                          value_labels_of(value),
                          scaling_of(value),
                          distribution_of(value)};
  };
  for (const ValueId id : plan.graph.inputs) firmware.inputs.push_back(port(id));
  if (options.learn) {
    firmware.target_of_learning = firmware.inputs[kLearnTarget];
    firmware.inputs.resize(1);
    firmware.learnt_bytes = learnt_bytes(plan);
  }
  for (const ValueId id : plan.graph.outputs) firmware.outputs.push_back(port(id));
  KnownValues known(plan.graph);
  const std::vector<std::optional<std::int64_t>> runs = runs_of_nodes(plan.graph);
  for (const Step& step : plan.steps) {
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(step.node)];
    firmware.layers.push_back({.name = layer_name(plan.graph, node),
                               .op = std::string(node.op.name()),
                               .kernel = step.skipped.empty() ? step.kernel : "",
                               .macs = runs[static_cast<std::size_t>(step.node)].value_or(1) *
                                       node.op.cost(Types(known.operands(node.inputs))).macs});
    known.learn(node);
  }
  return firmware;
}

// Throws Error if the model does not fit the device: with what would help.
void require_fit(const Artifact& artifact, const Graph& graph, const CompileOptions& options) {
  const std::string reason = why_not(artifact.plan, artifact.memory, find_device(options.device));
  if (reason.empty()) return;
  std::string help;
  std::int64_t least = artifact.plan.arena_bytes;
  const auto offer = [&](bool input_rows) {
    CompileOptions saving = options;
    saving.optimize = Optimize::ram;
    saving.input_rows = input_rows;
    saving.after_pass = {};
    try {
      const std::int64_t arena = make_plan(graph, saving).arena_bytes;
      if (arena >= least) return;
      least = arena;
      help += fmt::format("{} --optimize ram{} {} bytes", help.empty() ? "; the arena takes with" : ", with",
                          input_rows ? " --input rows" : "", with_commas(arena));
    } catch (const Error&) {  // its rows cannot come one by one
    }
  };
  if (options.optimize != Optimize::ram) offer(options.input_rows);
  if (!options.input_rows) offer(true);
  fail("{}{}", reason, help);
}

// The files that mirim wrote into the folder, if it did so for a model of this name or none.
std::vector<std::string> files_of_earlier_model(const std::filesystem::path& folder, const std::string& name) {
  if (!std::filesystem::exists(folder / kFirmwareFile)) return {};
  const Firmware earlier = read_firmware(folder);
  if (earlier.name != name) {
    fail(
        "{}: holds the model '{}' already, and a folder holds one; choose another folder, delete this one, or take its "
        "name with --name {}",
        folder.string(), earlier.name, earlier.name);
  }
  return earlier.files;
}

using AfterPass = std::function<void(std::string_view pass, const Graph&)>;

// The graph as its kernels will run it.
void run_passes(Graph& graph, bool input_rows, const AfterPass& after_pass) {
  const auto pass = [&](std::string_view name, void (*f)(Graph&)) {
    f(graph);
    if (after_pass) after_pass(name, graph);
  };
  verify_or_throw(graph);
  pass("remove_dropout", remove_dropout);
  pass("fold_constants", fold_constants);  // exposes what follows
  pass("eliminate_common_nodes", eliminate_common_nodes);
  pass("fuse_pad", fuse_pad);                // kernels pad by themselves
  pass("fuse_activation", fuse_activation);  // and clamp on the way out
  pass("uint8_to_int8", uint8_to_int8);      // which has the faster kernels
  pass("tabulate", tabulate);                // one look-up for what goes through floats
  pass("remove_identities", remove_identities);
  // What is the same for every input, and what no one reads.
  if (!is_hollow(graph)) pass("eliminate_dead_channels", eliminate_dead_channels);
  if (input_rows) pass("input_as_read", input_as_read);
  pass("eliminate_dead_nodes", eliminate_dead_nodes);
  // From here on no node is added or removed.
}

// The order is fixed; lifetimes are known.
Plan finish(Plan plan, PlaceMemory& places) {
  if (is_hollow(plan.graph)) {
    count_constants(plan);
  } else {
    pack_constants(plan);
  }
  place_in_arena(plan, places);
  return plan;
}

}  // namespace

Plan make_plan(Graph graph, const CompileOptions& options) {
  const Target& target = choose_target(options.target, options.device);
  if (options.learn) {
    if (options.input_rows) fail("--learn: a sample must be whole; leave out --input rows");
    if (options.front_end) fail("--learn: samples of sound are not whole; leave out --front-end");
    verify_or_throw(graph);
    learn_on_device(graph, *options.learn);
  }
  run_passes(graph, options.input_rows, options.after_pass);
  ScheduleMemory memory;
  Plan plan = schedule(graph, target, options.optimize, options.input_rows, memory);
  if (options.front_end) add_front_end(plan, *options.front_end);
  return finish(std::move(plan), memory.places);
}

Planner::Planner(Graph graph, const Target& target) : target_(target), graph_(std::move(graph)) {
  run_passes(graph_, false, {});
  by_rows_ = graph_;
  input_as_read(by_rows_);
  eliminate_dead_nodes(by_rows_);
}

Plan Planner::plan(Optimize optimize, bool input_rows) {
  // Where reading row by row took no node away, the chains are the same.
  const bool same = by_rows_.nodes.size() == graph_.nodes.size() && by_rows_.values.size() == graph_.values.size();
  ScheduleMemory& memory = input_rows && !same ? memory_by_rows_ : memory_;
  return finish(schedule(input_rows ? by_rows_ : graph_, target_, optimize, input_rows, memory), memory.places);
}

Artifact compile(const Graph& graph, const CompileOptions& options) {
  check_name(options.name);
  require_weights(graph, "compiled");
  const Target& target = choose_target(options.target, options.device);
  Artifact artifact{.plan = make_plan(graph, options), .firmware = {}, .memory = {}, .files = {}};
  artifact.firmware = describe(artifact.plan, options);
  artifact.files = copy_kernels(artifact.plan);
  artifact.files.push_back({options.name + ".h", emit_header(artifact.plan, artifact.firmware)});
  artifact.files.push_back({options.name + ".cpp", emit_source(artifact.plan, artifact.firmware)});
  artifact.files.push_back({"CMakeLists.txt", emit_build_file(artifact.firmware)});
  artifact.files.push_back({"example.c", emit_example(artifact.firmware)});
  artifact.memory = options.measure ? measure_memory(artifact) : estimate_memory(artifact.plan, target);
  if (!options.device.empty()) require_fit(artifact, graph, options);
  artifact.files.push_back({"README.md", emit_readme(artifact)});
  for (const Artifact::File& file : artifact.files) artifact.firmware.files.push_back(file.path);
  artifact.files.push_back({std::string(kFirmwareFile), to_json(artifact.firmware)});
  return artifact;
}

void write_artifact(const std::filesystem::path& folder, const Artifact& artifact) {
  const std::vector<std::string> before = files_of_earlier_model(folder, artifact.firmware.name);
  std::set<std::string> ours(before.begin(), before.end());
  for (const Artifact::File& file : artifact.files) {
    if (file.path == kFirmwareFile || ours.contains(file.path) || !std::filesystem::exists(folder / file.path))
      continue;
    fail("{}: there is a {} already that mirim did not write; choose another folder", folder.string(), file.path);
  }
  for (const Artifact::File& file : artifact.files) {
    write_file(folder / file.path, std::string_view(file.text));
    ours.erase(file.path);
  }
  for (const std::string& path : ours) {
    std::error_code ignored;
    std::filesystem::remove(folder / path, ignored);
  }
}

void write_temporary_artifact(const std::filesystem::path& folder, const Artifact& artifact) {
  for (const Artifact::File& file : artifact.files) write_temporary_file(folder / file.path, file.text);
}

}  // namespace mirim
