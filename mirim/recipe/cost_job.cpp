#include "mirim/recipe/cost_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/text.hpp"
#include "mirim/compress/stored_bytes.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

std::string about(bool is_estimate, std::int64_t bytes) { return (is_estimate ? "~" : "") + with_commas(bytes); }

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
  if (m.cycles) text += fmt::format("cycles        ~{} from memory without wait states\n", with_commas(m.cycles->core));
  return text;
}

// Three digits, or nothing.
std::string number(std::optional<double> value) { return value ? fmt::format("{:.3g}", *value) : ""; }

// `traced`: an inference was emulated.
std::string fits_text(const std::vector<DeviceFit>& fits, bool traced) {
  if (fits.empty()) return "";
  std::vector<std::vector<std::string>> rows = {
      {"device", "board", "core", "MHz", "RAM, B", "in one piece", "flash, B", "fits", "wait states", "ms", "mJ"}};
  for (const DeviceFit& f : fits) {
    const Device& d = *f.device;
    rows.push_back({std::string(d.name), std::string(d.title), std::string(d.core), fmt::format("{}", d.clock_mhz),
                    with_commas(d.ram_bytes), with_commas(d.array_bytes), with_commas(d.flash_bytes), verdict(f),
                    f.milliseconds && d.flash_kind >= 0 ? fmt::format("{}", d.wait_states) : "", number(f.milliseconds),
                    number(f.millijoules)});
  }
  std::string text = "\n" + table(rows);
  if (std::ranges::any_of(fits, [](const DeviceFit& f) { return f.milliseconds.has_value(); })) {
    text += fmt::format(
        "ms and mJ are estimates: cycles of a Cortex-M4 {}, code and constants in flash\n"
        "with these wait states (without where they are not known), times {}, by the clock and the data sheet's "
        "energy\n",
        traced ? "on the trace of one inference" : "by the kernels' prices", boards_took);
  }
  return text;
}

struct StoredTotals {
  std::int64_t elements = 0;
  std::int64_t bytes = 0;
};

StoredTotals totals(const Graph& graph, const std::vector<StoredConstant>& constants) {
  StoredTotals sum;
  for (const StoredConstant& constant : constants) {
    sum.elements += graph[constant.value].type.shape.elements();
    sum.bytes += constant.stored.bytes;
  }
  return sum;
}

std::string form_of(const Value& value) { return value.form ? to_string(*value.form) : ""; }

}  // namespace

std::string layers_text(const ModelCost& cost) {
  std::vector<std::vector<std::string>> rows = {{"layer", "operator", "output", "parameters", "MACs", "other ops",
                                                 "cycles", "weights, B", "activations, B", "arena, B"}};
  for (const LayerCost& l : cost.layers) {
    rows.push_back({std::string(short_name(l.name)), l.op, l.output, with_commas(l.parameters),
                    l.counted ? with_commas(l.macs) : "?", l.counted ? with_commas(l.operations) : "?",
                    l.cycles > 0 ? "~" + with_commas(l.cycles) : "", with_commas(l.weight_bytes),
                    with_commas(l.activation_bytes), l.arena_bytes > 0 ? with_commas(l.arena_bytes) : ""});
  }
  const std::string about = cost.not_counted.empty() ? "" : "~";
  const std::int64_t cycles = cost.cycles();
  rows.push_back({"total", "", "", with_commas(cost.compiled_parameters), about + with_commas(cost.macs),
                  about + with_commas(cost.operations), cycles > 0 ? "~" + with_commas(cycles) : "",
                  with_commas(cost.compiled_weight_bytes), with_commas(cost.peak_activation_bytes) + " peak", ""});
  std::string text = table(rows);
  if (cost.compiled_parameters == cost.parameters) return text;
  return text + fmt::format("as given: {} parameters of {} bytes; no result depends on the others\n",
                            with_commas(cost.parameters), with_commas(cost.weight_bytes));
}

std::string stored_text(const Graph& graph) {
  constexpr std::int64_t kSmall = 64;  // bytes; biases of small layers would fill the table
  const std::vector<StoredConstant> constants = stored_constants(graph);
  const StoredTotals all = totals(graph, constants);
  std::vector<std::vector<std::string>> rows{{"stored", "constant", "elements", "form", "smallest encoding", "bytes"}};
  StoredTotals others;
  for (const StoredConstant& constant : constants) {
    const Value& value = graph[constant.value];
    if (constant.stored.bytes < kSmall) {
      others.elements += value.type.shape.elements();
      others.bytes += constant.stored.bytes;
      continue;
    }
    rows.push_back({short_layer_name(graph, graph.nodes[static_cast<std::size_t>(constant.node)]),
                    std::string(short_name(value.name)), with_commas(value.type.shape.elements()), form_of(value),
                    to_string(constant.stored.encoding), with_commas(constant.stored.bytes)});
  }
  if (others.bytes > 0)
    rows.push_back({"", "small ones", with_commas(others.elements), "", "", with_commas(others.bytes)});
  rows.push_back({"total", "", with_commas(all.elements), "", "", with_commas(all.bytes)});
  const auto ratio = [&](std::int64_t bytes) {
    return fmt::format("{:.1f} times smaller than {} bytes",
                       static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(1, all.bytes)),
                       with_commas(bytes));
  };
  return "\n" + table(rows) + fmt::format("{} as float32, {} as int8\n", ratio(4 * all.elements), ratio(all.elements));
}

std::string stored_json(const Graph& graph) {
  using Json = nlohmann::ordered_json;
  const std::vector<StoredConstant> constants = stored_constants(graph);
  const StoredTotals all = totals(graph, constants);
  Json list = Json::array();
  for (const StoredConstant& constant : constants) {
    const Value& value = graph[constant.value];
    list.push_back({{"layer", short_layer_name(graph, graph.nodes[static_cast<std::size_t>(constant.node)])},
                    {"name", value.name},
                    {"elements", value.type.shape.elements()},
                    {"form", form_of(value)},
                    {"encoding", to_string(constant.stored.encoding)},
                    {"bytes", constant.stored.bytes}});
  }
  const Json json = {{"stored",
                      {{"bytes", all.bytes},
                       {"float32_bytes", 4 * all.elements},
                       {"int8_bytes", all.elements},
                       {"constants", std::move(list)}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string cost_text(const ModelCost& cost, const std::vector<DeviceFit>& fits) {
  return layers_text(cost) + memory_text(cost) +
         (cost.memory ? fits_text(fits, cost.memory->instructions.has_value()) : "");
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
    if (cost.memory) {
      layer["arena_bytes"] = l.arena_bytes;
      layer["cycles"] = l.cycles;
    }
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
    if (m.cycles) {
      json["memory"]["cycles"] = m.cycles->core;
      json["memory"]["flash_reads"] = m.cycles->flash_reads;
    }
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
    if (f.device->flash_kind >= 0) device["wait_states"] = f.device->wait_states;
    if (f.milliseconds) device["milliseconds"] = *f.milliseconds;
    if (f.millijoules) device["millijoules"] = *f.millijoules;
    json["devices"].push_back(device);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
