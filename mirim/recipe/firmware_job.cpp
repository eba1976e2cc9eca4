#include "mirim/recipe/firmware_job.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {
namespace {

std::int64_t mean(const std::vector<std::int64_t>& values) {
  std::int64_t sum = 0;
  for (const std::int64_t value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<std::int64_t>(values.size());
}

}  // namespace

CompileOptions compile_options(const FirmwareSettings& settings) {
  if (settings.input != "whole" && settings.input != "rows") {
    fail("firmware.input '{}': no such way; there are whole and rows", settings.input);
  }
  return {.target = std::string(choose_target(settings.target, settings.device).name),
          .name = settings.name,
          .reentrant = settings.reentrant,
          .input_rows = settings.input == "rows",
          .optimize = find_optimize(settings.optimize),
          .measure = true};
}

FirmwareRun run_and_compare(const std::filesystem::path& folder, BytesView samples, const Graph* graph, bool by_step) {
  const Firmware firmware = read_firmware(folder);
  FirmwareRun run;
  run.samples = static_cast<std::int64_t>(samples.size()) / firmware.sample_bytes();
  Bytes expected;
  if (graph) expected = host_answers(*graph, firmware, samples);
  RunResult result = run_firmware(folder, samples, {.by_step = by_step});
  run.answers = std::move(result.answers);
  if (graph) run.host = compare_answers(*graph, firmware, run.answers, expected);

  nlohmann::ordered_json json = {
      {"target", firmware.target}, {"arena_bytes", firmware.arena_bytes}, {"samples", run.samples}};
  run.text = fmt::format("target               {}\nsamples              {}\narena                {} bytes\n",
                         firmware.target, run.samples, firmware.arena_bytes);
  if (result.board) {
    const BoardFigures& board = *result.board;
    json["static_ram_bytes"] = board.sizes.static_ram;
    json["stack_bytes"] = board.peak_stack;
    json["code_bytes"] = board.sizes.code;
    json["constant_bytes"] = board.sizes.constants;
    json["instructions_per_inference"] = board.instructions;
    json["mean_instructions"] = mean(board.instructions_of_each);
    if (by_step) json["instructions_of_steps"] = board.instructions_of_steps;
    if (by_step && has_cycle_model(find_target(firmware.target)) && !board.cycles_of_each.empty()) {
      json["cycles"] = board.cycles_of_each.front().core;
      json["flash_reads"] = board.cycles_of_each.front().flash_reads;
    }
    run.text += fmt::format(
        "static RAM           {} bytes, the arena included\npeak stack           {} bytes\n"
        "flash, code          {} bytes\nflash, constants     {} bytes\ninstructions         {} per inference (exact; "
        "not cycles)\n",
        board.sizes.static_ram, board.peak_stack, board.sizes.code, board.sizes.constants, board.instructions);
  }
  run.board = std::move(result.board);
  if (run.host) {
    json["identical_outputs"] = run.host->identical;
    run.text += fmt::format("identical to host    {} of {}\n", run.host->identical, run.samples);
  }
  if (run.host && run.host->identical != run.samples) {
    json["close_outputs"] = run.host->close;
    json["largest_difference"] = run.host->largest;
    run.text += fmt::format("close to host        {} of {}; the largest difference is {:.3g}, in '{}'\n",
                            run.host->close, run.samples, run.host->largest, run.host->output);
  }
  run.json = json.dump();
  return run;
}

}  // namespace mirim
