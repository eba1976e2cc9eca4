#include "mirim/recipe/cost_job.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirim/base/text.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

std::string code(const MemoryCost& memory) {
  return (memory.code_is_estimate ? "~" : "") + with_commas(memory.code_bytes);
}

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
  return fmt::format(
      "\narena       {} bytes\nstatic RAM  {} bytes, the arena included\nconstants   {} bytes of flash\ncode        {} "
      "bytes of flash\n",
      with_commas(m.arena_bytes), with_commas(m.static_ram_bytes), with_commas(m.constant_bytes), code(m));
}

std::string fits_text(const std::vector<DeviceFit>& fits) {
  if (fits.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"device", "board", "core", "MHz", "RAM, B", "flash, B", "fits"}};
  for (const DeviceFit& f : fits) {
    const Device& d = *f.device;
    std::string verdict = "yes";
    if (!f.fits()) verdict = !f.fits_ram && !f.fits_flash ? "no: RAM and flash" : !f.fits_ram ? "no: RAM" : "no: flash";
    rows.push_back({std::string(d.name), std::string(d.title), std::string(d.core), fmt::format("{}", d.clock_mhz),
                    with_commas(d.ram_bytes), with_commas(d.flash_bytes), verdict});
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
    json["memory"] = {{"arena_bytes", cost.memory->arena_bytes},
                      {"static_ram_bytes", cost.memory->static_ram_bytes},
                      {"constant_bytes", cost.memory->constant_bytes},
                      {"code_bytes", cost.memory->code_bytes},
                      {"code_is_estimate", cost.memory->code_is_estimate}};
  } else {
    json["not_deployable"] = cost.not_deployable;
    if (!cost.not_counted.empty()) json["not_counted"] = cost.not_counted;
  }
  json["devices"] = Json::array();
  for (const DeviceFit& f : fits) {
    json["devices"].push_back(
        {{"name", f.device->name}, {"fits", f.fits()}, {"fits_ram", f.fits_ram}, {"fits_flash", f.fits_flash}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
