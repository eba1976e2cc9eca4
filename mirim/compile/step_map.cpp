#include "mirim/compile/step_map.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <sstream>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

namespace {

// The emitter starts each step with "  // 3: NAME, OPERATOR, ...", in loops further to the right; the lines from there
// on belong to it.
std::map<int, int> steps_by_line(const std::string& source) {
  std::map<int, int> steps;
  std::istringstream lines(source);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    constexpr std::string_view kHead = "// ";
    if (line == "}") steps[number] = -1;
    const std::size_t head = line.find_first_not_of(' ');
    if (head == std::string::npos || head < 2 || line.compare(head, kHead.size(), kHead) != 0) continue;
    int step = 0;
    const char* const from = line.data() + head + kHead.size();
    const auto [end, error] = std::from_chars(from, line.data() + line.size(), step);
    if (error == std::errc{} && *end == ':') steps[number] = step;
  }
  return steps;
}

// "FILE:LINE", or "FILE:LINE (discriminator 2)": the line if it is in this file, else 0.
int line_in(std::string_view place, std::string_view file) {
  const auto colon = place.rfind(':');
  if (colon == std::string_view::npos || !place.substr(0, colon).ends_with(file)) return 0;
  int line = 0;
  std::from_chars(place.data() + colon + 1, place.data() + place.size(), line);
  return line;
}

// The run function, a chain's function for a step (its name is mangled), or a part that GCC split off: model_run,
// model_run.part.0.
bool is_run(std::string_view symbol, const std::string& name) {
  return symbol.find(name + "_run") != std::string_view::npos || symbol.starts_with(name + "_push_rows");
}

}  // namespace

std::string step_map(const Image& image, const Firmware& firmware, const std::filesystem::path& folder) {
  const std::string compiler(find_target(firmware.target).compiler);
  const std::string tool = compiler.substr(0, compiler.rfind('-') + 1) + "addr2line";
  if (!find_program(tool)) return "";
  const std::string file = "/" + firmware.name + ".cpp";
  const std::map<int, int> steps = steps_by_line(read_text(folder / (firmware.name + ".cpp")));

  std::string addresses;
  for (const ElfImage::Symbol& symbol : image.elf.symbols) {
    if (!is_run(symbol.name, firmware.name)) continue;
    for (std::int64_t at = 0; at < symbol.size; at += 2) addresses += fmt::format("{:#x}\n", symbol.address + at);
  }
  const std::filesystem::path work = image.program.parent_path();
  write_temporary_file(work / "addresses.txt", addresses);
  const ProcessResult result = run_process(tool, {"-a", "-i", "-e", image.program.string(), "@addresses.txt"}, work);
  if (result.exit_code != 0) fail("{} failed: {}", tool, result.output.substr(0, result.output.find('\n')));

  // An address, then its source positions, the innermost inlined function first. The first that is in a step counts: a
  // chain's functions are inlined into each other.
  std::map<std::int64_t, int> map;
  std::istringstream lines(result.output);
  std::int64_t address = -1;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0x")) {
      address = std::stoll(line, nullptr, 16);
      map[address] = -1;
    } else if (const int at = line_in(line, file); at > 0 && address >= 0 && map[address] < 0) {
      const auto next = steps.upper_bound(at);
      map[address] = next == steps.begin() ? -1 : std::prev(next)->second;
    }
  }
  std::string text;
  std::int64_t end = 0;
  for (const auto& [from, step] : map) {
    if (end != 0 && from != end) text += fmt::format("{} -1\n", end);  // something else lies between
    text += fmt::format("{} {}\n", from, step);
    end = from + 2;
  }
  return end == 0 ? "" : text + fmt::format("{} -1\n", end);
}

}  // namespace mirim
