#include "mirim/recipe/cost_job.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/text.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

std::string about(bool is_estimate, std::int64_t bytes) { return (is_estimate ? "~" : "") + with_commas(bytes); }

std::string layers_text(const ModelCost& cost) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "operator", "output", "parameters", "MACs", "other ops", "weights, B", "activations, B", "arena, B"}};
  for (const LayerCost& l : cost.layers) {
    rows.push_back({std::string(short_name(l.name)), l.op, l.output, with_commas(l.parameters),
                    l.counted ? with_commas(l.macs) : "?", l.counted ? with_commas(l.operations) : "?",
                    with_commas(l.weight_bytes), with_commas(l.activation_bytes),
                    l.arena_bytes > 0 ? with_commas(l.arena_bytes) : ""});
  }
  const std::string about = cost.not_counted.empty() ? "" : "~";
  rows.push_back({"total", "", "", with_commas(cost.parameters), about + with_commas(cost.macs),
                  about + with_commas(cost.operations), with_commas(cost.weight_bytes),
                  with_commas(cost.peak_activation_bytes) + " peak", ""});
  return table(rows);
}

std::string memory_text(const ModelCost& cost) {
  if (!cost.memory) {
    return fmt::format(
        "{}\nRAM    ~{} bytes, the peak of activations\nflash  ~{} bytes of weights, and code\n"
        "estimates, since it does not compile: {}\n",
        cost.not_counted.empty() ? "" : "\n~ not counted: " + cost.not_counted + "\n",
        with_commas(cost.peak_activation_bytes), with_commas(cost.weight_bytes), cost.not_deployable);
  }
  const MemoryCost& m = *cost.memory;
  std::string text = fmt::format(
      "\narena         {} bytes\nstatic RAM    {} bytes, the arena included\nstack         {} bytes\n"
      "constants     {} bytes of flash\ncode          {} bytes of flash, for {}\n",
      with_commas(m.arena_bytes), with_commas(m.static_ram_bytes), about(m.stack_is_estimate, m.stack_bytes),
      with_commas(m.constant_bytes), about(m.code_is_estimate, m.code_bytes), m.target);
  if (m.instructions) text += fmt::format("instructions  {} of one inference\n", with_commas(*m.instructions));
  return text;
}

// Three digits, or nothing.
std::string number(std::optional<double> value) { return value ? fmt::format("{:.3g}", *value) : ""; }

std::string fits_text(const std::vector<DeviceFit>& fits) {
  if (fits.empty()) return "";
  std::vector<std::vector<std::string>> rows = {
      {"device", "board", "core", "MHz", "RAM, B", "in one piece", "flash, B", "fits", "ms", "mJ"}};
  for (const DeviceFit& f : fits) {
    const Device& d = *f.device;
    rows.push_back({std::string(d.name), std::string(d.title), std::string(d.core), fmt::format("{}", d.clock_mhz),
                    with_commas(d.ram_bytes), with_commas(d.array_bytes), with_commas(d.flash_bytes), verdict(f),
                    number(f.milliseconds), number(f.millijoules)});
  }
  return "\n" + table(rows);
}

}  // namespace

std::string cost_text(const ModelCost& cost, const std::vector<DeviceFit>& fits) {
  return layers_text(cost) + memory_text(cost) + (cost.memory ? fits_text(fits) : "");
}

std::string cost_json(const ModelCost& cost, const std::vector<DeviceFit>& fits) {
  using Json = nlohmann::ordered_json;
  Json json = {{"parameters", cost.parameters},
               {"macs", cost.macs},
               {"operations", cost.operations},
               {"weight_bytes", cost.weight_bytes},
               {"peak_activation_bytes", cost.peak_activation_bytes},
               {"layers", Json::array()}};
  for (const LayerCost& l : cost.layers) {
    Json layer = {{"name", l.name},
                  {"op", l.op},
                  {"input", l.input},
                  {"output", l.output},
                  {"parameters", l.parameters},
                  {"macs", l.macs},
                  {"operations", l.operations},
                  {"weight_bytes", l.weight_bytes},
                  {"activation_bytes", l.activation_bytes}};
    if (cost.memory) layer["arena_bytes"] = l.arena_bytes;
    json["layers"].push_back(layer);
  }
  if (cost.memory) {
    const MemoryCost& m = *cost.memory;
    json["memory"] = {{"target", m.target},
                      {"arena_bytes", m.arena_bytes},
                      {"static_ram_bytes", m.static_ram_bytes},
                      {"stack_bytes", m.stack_bytes},
                      {"stack_is_estimate", m.stack_is_estimate},
                      {"constant_bytes", m.constant_bytes},
                      {"code_bytes", m.code_bytes},
                      {"code_is_estimate", m.code_is_estimate}};
    if (m.instructions) json["memory"]["instructions"] = *m.instructions;
  } else {
    json["not_deployable"] = cost.not_deployable;
    if (!cost.not_counted.empty()) json["not_counted"] = cost.not_counted;
  }
  json["devices"] = Json::array();
  for (const DeviceFit& f : fits) {
    Json device = {{"name", f.device->name},
                   {"ram_bytes", f.device->ram_bytes},
                   {"array_bytes", f.device->array_bytes},
                   {"flash_bytes", f.device->flash_bytes},
                   {"fits", f.fits()},
                   {"fits_ram", f.fits_ram},
                   {"fits_flash", f.fits_flash},
                   {"is_estimate", f.is_estimate}};
    if (f.milliseconds) device["milliseconds"] = *f.milliseconds;
    if (f.millijoules) device["millijoules"] = *f.millijoules;
    json["devices"].push_back(device);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
