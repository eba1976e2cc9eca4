#include "mirim/recipe/cost_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/recipe/cost_job.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

void add_training(CostReport& report, const TrainingRun& run) {
  // Forward, and twice that backward; a multiply-accumulate is two operations (Kaplan et al., 2020; Epoch AI).
  report.training_flops = 6.0 * static_cast<double>(report.macs) * static_cast<double>(run.samples) * run.epochs;
  report.training =
      fmt::format("3 * 2 * MACs * {} samples * {} epochs", with_commas(run.samples), fmt::format("{:g}", run.epochs));
}

/// No firmware is made of sizes alone: keys and values of a full context, and what a token needs besides.
void add_transformer(CostReport& report, const Transformer& transformer, const Target& target) {
  const TransformerCost cost = cost_of(transformer);
  report.transformer = transformer;
  report.parameters = cost.parameters;
  report.macs = cost.macs();
  if (transformer.tokens > 0) {
    report.training_flops = cost.training_flops;
    report.training = fmt::format("6 * parameters * {} tokens", with_commas(transformer.tokens));
  }
  const std::int64_t ram = cost.kept_elements + cost.live_elements;
  report.outlook.ways = {{.optimize = Optimize::speed,
                          .memory = {.target = std::string(target.name),
                                     .arena_bytes = ram,
                                     .static_ram_bytes = ram,
                                     .constant_bytes = cost.parameters}}};
}

void add_graph(CostReport& report, const Graph& graph, const CostQuestion& q) {
  const std::string first = q.named ? std::string(q.devices.front()->name) : "";
  report.cost = cost(graph, {.target = q.target, .device = first, .measure = q.measure});
  report.parameters = report.cost->parameters;
  report.macs = report.cost->macs;
  for (const Device* device : q.devices) {
    if (!report.cost->memory) {
      report.fits.push_back({.device = device});
      continue;
    }
    // A board named by the user gets the code of its own core.
    const bool same_core = !q.named || device->target == report.cost->memory->target;
    const MemoryCost memory = same_core
                                  ? *report.cost->memory
                                  : *cost(graph, {.device = std::string(device->name), .measure = q.measure}).memory;
    report.fits.push_back(fit(memory, *device));
  }
  report.outlook = outlook_of(graph, choose_target(q.target, first));
}

CostReport report_description(const CostQuestion& q) {
  CostReport report{.file = q.model.string(), .described = true};
  const Description description = read_description(q.model, {.weights = WeightContent::hollow});
  const std::string first = q.named ? std::string(q.devices.front()->name) : "";
  in_context(q.model.string(), [&] {
    if (description.transformer) {
      add_transformer(report, *description.transformer, choose_target(q.target, first));
    } else {
      add_graph(report, description.graph, q);
    }
    if (description.training) add_training(report, *description.training);
  });
  return report;
}

CostReport report_file(const CostQuestion& q) {
  CostReport report{.file = q.model.string()};
  Model model = read_to_look_at(q.model, std::nullopt, report.warnings, q.part.signature);
  if (q.part.signature.empty()) report.signatures = hint_at_signatures(model);
  resolve_variables_if_possible(model, q.part.most_rounds);
  in_context(q.model.string(), [&] { add_graph(report, model.main(), q); });
  return report;
}

// Three digits; in words where there are many.
std::string scientific(double value) { return fmt::format("{:.3g}", value); }
std::string number(std::optional<double> value) { return value ? fmt::format("{:.3g}", *value) : ""; }

std::string totals_text(const CostReport& r) {
  std::string text = "\n";
  if (r.described) {
    text += fmt::format("parameters    {}\nMACs          {} {}\n", with_commas(r.parameters), with_commas(r.macs),
                        r.transformer ? "of one token that reads a full context" : "of one inference");
  }
  if (r.transformer) {
    const TransformerCost cost = cost_of(*r.transformer);
    text += fmt::format("              {} of them with weights, {} of attention\n", with_commas(cost.weight_macs),
                        with_commas(cost.attention_macs));
  }
  if (r.training_flops) {
    text += fmt::format("training      {} floating-point operations: {}\n", scientific(*r.training_flops), r.training);
  }
  return text + fmt::format("weights       {} bytes as float32, {} as int8, {} as int4\n",
                            with_commas(r.float32_bytes()), with_commas(r.int8_bytes()), with_commas(r.int4_bytes()));
}

std::string name_of(const Way& way, const Outlook& outlook) {
  if (&way == outlook.whole()) return "whole tensors";
  return way.input_rows ? "row by row, the input too" : "row by row";
}

std::string ways_text(const Outlook& outlook) {
  std::vector<std::vector<std::string>> rows = {{"in int8", "mirim compile", "arena, B", "flash, B", "cycles"}};
  for (const Way& way : outlook.ways) {
    rows.push_back({name_of(way, outlook), to_string(way), with_commas(way.memory.arena_bytes),
                    "~" + with_commas(way.memory.flash_bytes()),
                    way.memory.cycles ? "~" + with_commas(way.memory.cycles->core) : ""});
  }
  return "\n" + table(rows);
}

std::string floats_text(const Outlook& outlook) {
  if (outlook.stays_float.empty()) return "";
  std::vector<std::string> names;
  for (const StaysFloat& node : outlook.stays_float) names.push_back(node.node);
  return fmt::format("float: {}\n", fmt::join(names, ", "));
}

std::string boards_text(const CostReport& r) {
  if (r.on_devices.empty()) return "";
  std::vector<std::vector<std::string>> rows = {
      {"device", "board", "RAM, B", "flash, B", "in int8", "how", "ms", "mJ"}};
  for (const WayOnDevice& on : r.on_devices) {
    const Device& d = *on.fit.device;
    rows.push_back({std::string(d.name), std::string(d.title), with_commas(d.ram_bytes), with_commas(d.flash_bytes),
                    verdict(on.fit), on.fit.fits() && !r.transformer ? to_string(*on.way) : "",
                    on.fit.fits() ? number(on.fit.milliseconds) : "", on.fit.fits() ? number(on.fit.millijoules) : ""});
  }
  return "\n" + table(rows);
}

std::string outlook_text(const CostReport& r) {
  if (!r.outlook.not_planned.empty()) return fmt::format("int8: cannot be planned: {}\n", r.outlook.not_planned);
  if (r.transformer) {
    const TransformerCost cost = cost_of(*r.transformer);
    return fmt::format(
               "RAM           {} bytes in int8: keys and values of a full context, and {} for a token on its way\n",
               with_commas(r.outlook.whole()->memory.arena_bytes), with_commas(cost.live_elements)) +
           boards_text(r);
  }
  // What is measured of a model that compiles as it is stands above.
  const bool is_int8 = r.cost && r.cost->memory && !r.described && r.outlook.nominal == false;
  return ways_text(r.outlook) + floats_text(r.outlook) + (is_int8 ? "" : boards_text(r));
}

Json weights_json(const CostReport& r) {
  return {{"float32_bytes", r.float32_bytes()}, {"int8_bytes", r.int8_bytes()}, {"int4_bytes", r.int4_bytes()}};
}

Json outlook_json(const CostReport& r) {
  Json json = {{"weights", weights_json(r)}};
  if (r.training_flops) json["training_flops"] = *r.training_flops;
  if (r.outlook.ways.empty()) {
    json["not_planned"] = r.outlook.not_planned;
    return json;
  }
  json["arena_whole_bytes"] = r.outlook.whole()->memory.arena_bytes;
  if (!r.transformer) json["arena_striped_bytes"] = r.outlook.smallest()->memory.arena_bytes;
  json["plans"] = Json::array();
  for (const Way& way : r.outlook.ways) {
    Json plan = {{"options", to_string(way)},
                 {"optimize", kOptimizeNames[static_cast<std::size_t>(way.optimize)]},
                 {"input_rows", way.input_rows},
                 {"arena_bytes", way.memory.arena_bytes},
                 {"constant_bytes", way.memory.constant_bytes}};
    if (way.memory.cycles) plan["cycles"] = way.memory.cycles->core;
    json["plans"].push_back(plan);
  }
  json["stays_float"] = Json::array();
  for (const StaysFloat& node : r.outlook.stays_float) json["stays_float"].push_back(node.node);
  json["boards"] = Json::array();
  for (const WayOnDevice& on : r.on_devices) {
    Json board = {{"name", on.fit.device->name}, {"fits", on.fit.fits()}, {"is_estimate", on.fit.is_estimate}};
    if (on.fit.fits()) board["options"] = to_string(*on.way);
    if (on.fit.fits() && on.fit.milliseconds) board["milliseconds"] = *on.fit.milliseconds;
    if (on.fit.fits() && on.fit.millijoules) board["millijoules"] = *on.fit.millijoules;
    json["boards"].push_back(board);
  }
  return json;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json report_json(const CostReport& r) {
  Json json;
  if (r.cost) {
    json = Json::parse(cost_json(*r.cost, r.fits));
    if (r.described) {  // nothing of it is there to be deployed as it is
      json.erase("not_deployable");
      json.erase("devices");
    }
  } else {
    json = {{"parameters", r.parameters}, {"macs", r.macs}};
  }
  if (r.transformer) {
    const Transformer& t = *r.transformer;
    json["transformer"] = {
        {"layers", t.layers}, {"width", t.width}, {"context", t.context}, {"vocabulary", t.vocabulary}};
  }
  json.update(outlook_json(r));
  return json;
}

/// The board that runs it fastest, of those that hold it and whose cycles are known.
const WayOnDevice* fastest(const CostReport& r) {
  const WayOnDevice* best = nullptr;
  for (const WayOnDevice& on : r.on_devices) {
    if (!on.fit.fits() || !on.fit.milliseconds) continue;
    if (best == nullptr || *on.fit.milliseconds < *best->fit.milliseconds) best = &on;
  }
  return best;
}

}  // namespace

bool CostReport::fits_all() const {
  if (described) {
    return !on_devices.empty() && std::ranges::all_of(on_devices, [](const WayOnDevice& on) { return on.fit.fits(); });
  }
  return cost && cost->memory && std::ranges::all_of(fits, [](const DeviceFit& fit) { return fit.fits(); });
}

CostReport report_cost(const CostQuestion& q) {
  CostReport report = q.model.extension() == ".toml" ? report_description(q) : report_file(q);
  for (const Device* device : q.devices) {
    if (!report.outlook.ways.empty()) report.on_devices.push_back(way_on(report.outlook, *device));
  }
  return report;
}

std::string cost_report_text(const CostReport& r) {
  std::string text;
  if (r.cost) text = r.described ? layers_text(*r.cost) : cost_text(*r.cost, r.fits);
  return text + totals_text(r) + outlook_text(r);
}

std::string cost_report_json(const CostReport& r) { return dump(report_json(r)); }

std::string compare_costs_text(const std::vector<CostReport>& reports) {
  std::vector<std::vector<std::string>> rows = {{"model", "parameters", "MACs", "training, FLOP", "float32, B",
                                                 "int8, B", "int4, B", "arena whole, B", "striped, B", "boards",
                                                 "fastest", "ms", "mJ"}};
  for (const CostReport& r : reports) {
    const auto holds = std::ranges::count_if(r.on_devices, [](const WayOnDevice& on) { return on.fit.fits(); });
    const WayOnDevice* best = fastest(r);
    const std::string about = r.cost && !r.cost->not_counted.empty() ? "~" : "";
    rows.push_back({r.file, with_commas(r.parameters), about + with_commas(r.macs),
                    r.training_flops ? scientific(*r.training_flops) : "", with_commas(r.float32_bytes()),
                    with_commas(r.int8_bytes()), with_commas(r.int4_bytes()),
                    r.outlook.ways.empty() ? "?" : with_commas(r.outlook.whole()->memory.arena_bytes),
                    r.transformer            ? ""
                    : r.outlook.ways.empty() ? "?"
                                             : with_commas(r.outlook.smallest()->memory.arena_bytes),
                    r.on_devices.empty() ? "" : fmt::format("{} of {}", holds, r.on_devices.size()),
                    best ? std::string(best->fit.device->name) : "", best ? number(best->fit.milliseconds) : "",
                    best ? number(best->fit.millijoules) : ""});
  }
  return table(rows) +
         "arenas are those in int8: whole tensors (--optimize speed), and the smallest, row by row (--optimize ram, "
         "or\n"
         "with --input rows); boards: how many hold it\n";
}

std::string compare_costs_json(const std::vector<CostReport>& reports,
                               const std::vector<std::pair<std::string, std::string>>& failed) {
  Json models = Json::array();
  for (const CostReport& r : reports) {
    Json json = {{"file", r.file}};
    json.update(report_json(r));
    json.erase("layers");
    models.push_back(std::move(json));
  }
  for (const auto& [file, error] : failed) models.push_back({{"file", file}, {"error", error}});
  return dump({{"models", std::move(models)}});
}

}  // namespace mirim
