#include "mirim/recipe/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/machine/cycles.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

struct Row {
  std::string name{}, op{}, kernel{};
  std::int64_t instructions = 0;
  std::optional<std::int64_t> cycles{};
  std::int64_t macs = 0;
};

/// The layers, then the whole.
std::vector<Row> rows_of(const Firmware& firmware, const BoardFigures& figures, const Device* device) {
  const bool has_cycles = has_cycle_model(find_target(firmware.target));
  const auto on = [&](const CycleCount& count) -> std::optional<std::int64_t> {
    if (!has_cycles) return std::nullopt;
    return device ? count.on(*device) : count.core;
  };
  std::vector<Row> rows;
  Row total{.name = "total", .instructions = figures.instructions, .cycles = on(figures.cycles_of_each.front())};
  for (std::size_t s = 0; s < figures.instructions_of_steps.size(); ++s) {
    const Firmware::Layer layer = s < firmware.layers.size() ? firmware.layers[s] : Firmware::Layer{};
    total.macs += layer.macs;
    if (layer.kernel.empty() && figures.instructions_of_steps[s] == 0) continue;
    rows.push_back({.name = layer.name,
                    .op = layer.op,
                    .kernel = layer.kernel,
                    .instructions = figures.instructions_of_steps[s],
                    .cycles = on(figures.cycles_of_steps[s]),
                    .macs = layer.macs});
  }
  rows.push_back(total);
  return rows;
}

double share(const Row& row, const Row& total) {
  const std::int64_t part = row.cycles.value_or(row.instructions), whole = total.cycles.value_or(total.instructions);
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string what_cycles_are(const Device* device, std::int64_t cycles) {
  if (!device) return "cycles: estimated for a Cortex-M4 on the executed trace, memory without wait states\n";
  if (device->flash_kind < 0) {
    return fmt::format("cycles: estimated for a Cortex-M4 on the executed trace; the wait states of {} are not known\n",
                       device->title);
  }
  return fmt::format(
      "cycles: estimated for {} on the executed trace, code and constants in flash with {} wait states\n"
      "at {} MHz, without the {:.0f} % that boards take more ({:.3g} ms with it)\n",
      device->title, device->wait_states, device->clock_mhz, 100 * (boards_took - 1),
      static_cast<double>(cycles) * boards_took / (device->clock_mhz * 1e3));
}

}  // namespace

void check_profiled(const Firmware& firmware, const Device& device) {
  if (device.target != firmware.target) {
    fail("{} is a {}, the firmware is for {}: compile it with --device {}", device.title, device.core, firmware.target,
         device.name);
  }
  if (!has_cycle_model(find_target(firmware.target))) {
    fail("{} is a {}, cycles are estimated for the Cortex-M4 only: leave out --device", device.title, device.core);
  }
}

std::string profile_text(const Firmware& firmware, const BoardFigures& figures, const Device* device) {
  const std::vector<Row> rows = rows_of(firmware, figures, device);
  std::vector<std::vector<std::string>> cells{
      {"layer", "operator", "kernel", "instructions", "cycles", "share", "MACs", "cycles a MAC"}};
  for (const Row& row : rows) {
    const bool per_mac = row.cycles && row.macs > 0;
    cells.push_back(
        {std::string(short_name(row.name)), row.op, row.kernel, with_commas(row.instructions),
         row.cycles ? "~" + with_commas(*row.cycles) : "", fmt::format("{:.1f} %", 100 * share(row, rows.back())),
         with_commas(row.macs),
         per_mac ? fmt::format("{:.2f}", static_cast<double>(*row.cycles) / static_cast<double>(row.macs)) : ""});
  }
  std::string text = "\n" + table(cells);
  const Row& total = rows.back();
  if (!total.cycles) return text;
  text += what_cycles_are(device, *total.cycles);
  return text;
}

std::string profile_json(const Firmware& firmware, const BoardFigures& figures, const Device* device) {
  const std::vector<Row> rows = rows_of(firmware, figures, device);
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  const auto object = [&](const Row& row) {
    nlohmann::ordered_json json = {{"name", row.name},
                                   {"op", row.op},
                                   {"kernel", row.kernel},
                                   {"instructions", row.instructions},
                                   {"share", share(row, rows.back())},
                                   {"macs", row.macs}};
    if (row.cycles) json["cycles"] = *row.cycles;
    return json;
  };
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) layers.push_back(object(rows[i]));
  nlohmann::ordered_json total = {{"instructions", rows.back().instructions}, {"macs", rows.back().macs}};
  if (rows.back().cycles) total["cycles"] = *rows.back().cycles;
  nlohmann::ordered_json profile = {{"layers", layers}, {"total", total}};
  if (device) profile["device"] = device->name;
  return nlohmann::ordered_json{{"profile", profile}}.dump(-1, ' ', false,
                                                           nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace mirim
