#include "mirim/compile/compile.hpp"

#include <algorithm>
#include <cctype>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/compile/place.hpp"
#include "mirim/compile/process.hpp"
#include "mirim/compile/schedule.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/eliminate_common_nodes.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/tabulate.hpp"

namespace mirim {

namespace {

void check_name(const std::string& name) {
  const bool starts = !name.empty() && std::isalpha(static_cast<unsigned char>(name[0]));
  const bool goes_on =
      std::all_of(name.begin(), name.end(), [](unsigned char c) { return c < 128 && (std::isalnum(c) || c == '_'); });
  if (!starts || !goes_on) fail("'{}' cannot be the model's name: letters, digits and _ make a C identifier", name);
}

Firmware describe(const Plan& plan, const CompileOptions& options) {
  Firmware firmware{.name = options.name,
                    .target = options.target,
                    .reentrant = options.reentrant,
                    .arena_bytes = plan.arena_bytes,
                    .constant_bytes = plan.constant_bytes,
                    .inputs = {},
                    .outputs = {}};
  const auto port = [&](ValueId id) {
    const Value& value = plan.graph[id];
    return Firmware::Port{value.name, value.type, value.quantization, labels_of(value), scaling_of(value)};
  };
  for (const ValueId id : plan.graph.inputs) firmware.inputs.push_back(port(id));
  for (const ValueId id : plan.graph.outputs) firmware.outputs.push_back(port(id));
  return firmware;
}

}  // namespace

Plan make_plan(Graph graph, const CompileOptions& options) {
  const auto pass = [&](std::string_view name, void (*f)(Graph&)) {
    f(graph);
    if (options.after_pass) options.after_pass(name, graph);
  };
  verify_or_throw(graph);
  pass("remove_dropout", remove_dropout);
  pass("fold_constants", fold_constants);  // exposes what follows
  pass("eliminate_common_nodes", eliminate_common_nodes);
  pass("fuse_pad", fuse_pad);                // kernels pad by themselves
  pass("fuse_activation", fuse_activation);  // and clamp on the way out
  pass("tabulate", tabulate);                // one look-up for what goes through floats
  pass("eliminate_dead_nodes", eliminate_dead_nodes);
  // From here on no node is added or removed.
  Plan plan = schedule(std::move(graph));  // order of the smallest peak; in place where the kernel may
  // From here on the order is fixed; lifetimes are known.
  pack_constants(plan);
  place_in_arena(plan);
  if (options.device) check_fits(plan, *options.device);
  return plan;
}

Artifact compile(Graph graph, const CompileOptions& options) {
  check_name(options.name);
  find_target(options.target);
  Artifact artifact{.plan = make_plan(std::move(graph), options), .firmware = {}, .files = {}};
  artifact.firmware = describe(artifact.plan, options);
  artifact.files = copy_kernels(artifact.plan);
  artifact.files.push_back({options.name + ".h", emit_header(artifact.plan, artifact.firmware)});
  artifact.files.push_back({options.name + ".cpp", emit_source(artifact.plan, artifact.firmware)});
  artifact.files.push_back({"CMakeLists.txt", emit_build_file(artifact.firmware)});
  artifact.files.push_back({std::string(kFirmwareFile), to_json(artifact.firmware)});
  return artifact;
}

void write_artifact(const std::filesystem::path& folder, const Artifact& artifact) {
  for (const Artifact::File& file : artifact.files) write_file(folder / file.path, std::string_view(file.text));
}

void write_temporary_artifact(const std::filesystem::path& folder, const Artifact& artifact) {
  for (const Artifact::File& file : artifact.files) write_temporary_file(folder / file.path, file.text);
}

}  // namespace mirim
