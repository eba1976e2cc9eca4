#include "mirim/compile/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/step_map.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/machine/tools.hpp"

namespace mirim {

namespace {

namespace fs = std::filesystem;

std::int64_t address_of(const Image& image, const char* function) {
  const auto* symbol = image.elf.find(function);
  if (!symbol) fail("{}: the function {} is missing in the linked image", image.program.string(), function);
  return symbol->address;
}

// `more` are further arguments of the counting plugin: ",map=FILE".
std::vector<std::string> emulator_arguments(const Image& image, const Target& target, const RunOptions& options,
                                            const std::string& more = "") {
  std::vector<std::string> arguments = {"-M",
                                        std::string(target.machine),
                                        "-nographic",
                                        "-monitor",
                                        "none",
                                        "-serial",
                                        "none",
                                        "-semihosting-config",
                                        "enable=on,target=native",
                                        "-kernel",
                                        image.program.string()};
  if (options.count_by_clock) arguments.insert(arguments.end(), {"-icount", "shift=0"});
  arguments.insert(
      arguments.end(),
      {"-plugin", fmt::format("{},begin={},end={},output=counts.txt{}", counting_plugin().string(),
                              address_of(image, "measure_begin"), address_of(image, "measure_end"), more)});
  return arguments;
}

std::vector<std::int64_t> read_numbers(const fs::path& path) {
  std::istringstream lines(read_text(path));
  std::vector<std::int64_t> numbers;
  for (std::int64_t number = 0; lines >> number;) numbers.push_back(number);
  return numbers;
}

// The plugin's estimate, a line each (mirim/machine/qemu/count_instructions.cpp).
std::vector<CycleCount> read_cycles(const fs::path& path) {
  std::vector<CycleCount> counts;
  const std::vector<std::int64_t> numbers = read_numbers(path);
  constexpr std::size_t kNumbers = 1 + kFlashKinds.size();
  for (std::size_t at = 0; at + kNumbers <= numbers.size(); at += kNumbers) {
    CycleCount& count = counts.emplace_back(CycleCount{.core = numbers[at]});
    std::copy_n(&numbers[at + 1], kFlashKinds.size(), count.flash_reads.begin());
  }
  return counts;
}

// The plugin counts for each pair of markers: an empty pair, the warm-up, then the samples.
constexpr std::size_t kBefore = 2;

template <class Count>
void check_runs(const std::vector<Count>& counts, std::size_t samples) {
  if (counts.size() == samples + kBefore) return;
  fail("the emulator counted {} runs, {} were expected", counts.size(), samples + kBefore);
}

std::vector<CycleCount> cycles_of_samples(const fs::path& folder, std::size_t samples) {
  std::vector<CycleCount> cycles = read_cycles(folder / "cycles.txt");
  check_runs(cycles, samples);
  const std::int64_t of_empty_pair = cycles[0].core;
  cycles.erase(cycles.begin(), cycles.begin() + kBefore);
  for (CycleCount& each : cycles) each.core -= of_empty_pair;
  return cycles;
}

BoardFigures read_figures(const fs::path& folder, const Image& image, std::size_t samples, const RunOptions& options) {
  BoardFigures figures;
  figures.sizes = image.sizes;
  const std::vector<std::int64_t> counts = read_numbers(folder / "counts.txt");
  check_runs(counts, samples);
  figures.instructions_of_first = counts[1] - counts[0];
  for (std::size_t i = kBefore; i < counts.size(); ++i) figures.instructions_of_each.push_back(counts[i] - counts[0]);
  if (options.cycles) figures.cycles_of_each = cycles_of_samples(folder, samples);
  figures.instructions = figures.instructions_of_each.front();
  const Bytes report = read_file(folder / "report.bin");
  std::uint32_t words[2] = {};
  if (report.size() != sizeof words) fail("the firmware's report is cut short");
  std::memcpy(words, report.data(), sizeof words);
  figures.peak_stack = words[0];
  figures.timer_ticks = words[1];
  return figures;
}

// Runs the first sample again and counts each step's instructions and cycles.
void count_steps(BoardFigures& figures, const fs::path& folder, const Firmware& firmware, const Image& image,
                 const Target& target, BytesView sample) {
  const fs::path work = image.program.parent_path();
  const std::string map = step_map(image, firmware, folder);
  if (map.empty()) return;
  write_temporary_file(work / "map.txt", map);
  write_temporary_file(work / "samples.bin", sample);
  const ProcessResult process =
      run_process(std::string(kEmulator),
                  emulator_arguments(image, target, {},
                                     ",map=map.txt,steps=steps.txt,cycles=cycles.txt,step_cycles=step_cycles.txt"),
                  work);
  if (process.exit_code != 0) fail("the emulator stopped with exit code {}", process.exit_code);
  figures.instructions_of_steps = read_numbers(work / "steps.txt");
  figures.cycles_of_steps = read_cycles(work / "step_cycles.txt");
  if (figures.cycles_of_each.empty()) figures.cycles_of_each = cycles_of_samples(work, 1);
}

}  // namespace

bool can_emulate(const Firmware& firmware) {
  const Target& target = find_target(firmware.target);
  return !target.machine.empty() && can_build(firmware) && find_program(std::string(kEmulator)).has_value();
}

RunResult run_firmware(const fs::path& folder, BytesView samples, const RunOptions& options) {
  const Firmware firmware = read_firmware(folder);
  if (options.learn && !firmware.target_of_learning) {
    fail("{}: it does not learn; compile the model with --learn", folder.string());
  }
  const std::int64_t more = options.learn ? firmware.target_of_learning->type.bytes() : 0;
  const auto sample_bytes = static_cast<std::size_t>(firmware.sample_bytes() + more);
  if (samples.empty() || samples.size() % sample_bytes != 0) {
    fail("{}: the samples have {} bytes, which is no multiple of the {} that one needs", folder.string(),
         samples.size(), sample_bytes);
  }
  const std::size_t count = samples.size() / sample_bytes;
  const Target& target = find_target(firmware.target);
  const bool emulated = !target.is_host();
  if (emulated) require_emulator(target);
  const TemporaryFolder work;
  const Image image =
      build_image(folder, firmware, work.path(),
                  {.flags = options.flags, .clang = options.clang, .learn = options.learn, .debug = options.by_step});
  write_temporary_file(work.path() / "samples.bin", samples);
  const ProcessResult process =
      emulated ? run_process(std::string(kEmulator),
                             emulator_arguments(image, target, options, options.cycles ? ",cycles=cycles.txt" : ""),
                             work.path())
               : run_process(image.program.string(), {}, work.path());
  if (process.exit_code != 0) {
    const std::string line = process.output.substr(0, process.output.find('\n'));
    fail("{}: the firmware stopped with exit code {}: {}", folder.string(), process.exit_code, line);
  }
  RunResult result{.answers = read_file(work.path() / "answers.bin")};
  const std::size_t expected =
      count * static_cast<std::size_t>(firmware.answer_bytes() + (options.learn ? firmware.learnt_bytes : 0));
  if (result.answers.size() != expected)
    fail("{}: {} bytes of answers, {} were expected", folder.string(), result.answers.size(), expected);
  if (emulated) result.board = read_figures(work.path(), image, count, options);
  if (emulated && options.by_step) {
    count_steps(*result.board, folder, firmware, image, target, samples.first(sample_bytes));
  }
  return result;
}

}  // namespace mirim
