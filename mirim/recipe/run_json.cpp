#include "mirim/recipe/run_json.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>

#include "mirim/base/version.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/memory.hpp"
#include "mirim/compile/names.hpp"
#include "mirim/compress/stored_bytes.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/commands.hpp"
#include "mirim/recipe/firmware_job.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/picture.hpp"
#include "mirim/recipe/weight_histograms.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMuchLost = 2;  // points of accuracy from float to int8; the report shows more in red

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

Json model_json(const MadeRun& made, const MadeRun::OneModel& one, bool with_weights) {
  const std::filesystem::path file = made.folder / one.file;
  const Model model = read_runnable_model(file);
  Json json = {{"name", one.name}, {"file", one.file}, {"bytes", std::filesystem::file_size(file)}};
  json["stored_bytes"] = stored_bytes(model.main());
  json.update(Json::parse(layers_json(model.main())));
  json.update(Json::parse(one.scores));
  if (with_weights) json["weights"] = Json::parse(weight_histograms(model.main()));
  if (one.made_by.empty()) return json;
  json["made_by"] = one.made_by;
  json["from"] = one.from;
  json["found"] = Json::parse(one.found);
  return json;
}

/// The memory map over time: a tensor for each buffer, inputs alive from the first step, outputs to the last.
Json arena_json(const Plan& plan) {
  Json steps = Json::array(), tensors = Json::array();
  for (const Step& s : plan.steps) {
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(s.node)];
    steps.push_back(layer_name(plan.graph, node));
  }
  const int last = static_cast<int>(plan.steps.size()) - 1;
  for (const Buffer& buffer : plan.buffers) {
    tensors.push_back({{"name", buffer_name(plan, buffer)},
                       {"offset", buffer.offset},
                       {"bytes", buffer.bytes},
                       {"first", std::clamp(buffer.first, 0, last)},
                       {"last", std::clamp(buffer.last, 0, last)}});
  }
  return {{"bytes", plan.arena_bytes}, {"steps", steps}, {"tensors", tensors}};
}

/// The measurements of the emulated core.
MemoryCost memory_of(const Json& firmware) {
  std::optional<CycleCount> cycles;
  if (firmware.contains("cycles")) {
    cycles = {.core = firmware.at("cycles").get<std::int64_t>()};
    firmware.at("flash_reads").get_to(cycles->flash_reads);
  }
  const auto of = [&](const char* key) { return firmware.at(key).get<std::int64_t>(); };
  return {.target = firmware.at("target").get<std::string>(),
          .arena_bytes = of("arena_bytes"),
          .static_ram_bytes = of("static_ram_bytes"),
          .stack_bytes = of("stack_bytes"),
          .constant_bytes = of("constant_bytes"),
          .code_bytes = of("code_bytes"),
          .stack_is_estimate = false,
          .code_is_estimate = false,
          .instructions = of("instructions_per_inference"),
          .cycles = cycles};
}

/// The board and, if the emulated core was measured, whether the model fits and the cost of an inference.
Json device_json(const std::string& name, const Plan& plan, const Json& firmware) {
  const Device& device = find_device(name);
  Json json = {{"name", device.title},
               {"core", device.core},
               {"clock_hz", std::int64_t{device.clock_mhz} * 1'000'000},
               {"ram", device.ram_bytes},
               {"array", device.array_bytes},
               {"flash", device.flash_bytes}};
  const bool measured = firmware.contains("static_ram_bytes");
  const MemoryCost memory = measured ? memory_of(firmware) : estimate_memory(plan, choose_target("", device.name));
  const DeviceFit on_board = fit(memory, device);
  if (measured) json["fits"] = on_board.fits();
  if (device.flash_kind >= 0) json["wait_states"] = device.wait_states;
  if (on_board.milliseconds) json["milliseconds"] = *on_board.milliseconds;
  if (on_board.millijoules) json["millijoules"] = *on_board.millijoules;
  if (!on_board.fits()) json["why_not"] = why_not(plan, memory, device);
  return json;
}

/// Adds the signal to noise of the comparison to the int8 model's layers.
void add_decibels(Json& layers, const Graph& graph, const Json& comparison) {
  std::map<std::string, Json> decibels;
  for (const Json& layer : comparison["layers"]) {
    if (layer.contains("signal_to_noise_db")) decibels[layer["name"]] = layer["signal_to_noise_db"];
  }
  for (std::size_t i = 0; i < std::min(layers.size(), graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[i];
    if (node.outputs.empty()) continue;
    const auto found = decibels.find(graph[node.outputs[0]].name);
    if (found != decibels.end()) layers[i]["signal_to_noise_db"] = found->second;
  }
}

/// Adds the emulated board's counts, one for each step of the plan, to the int8 model's layers.
void add_instructions(Json& layers, const Plan& plan, const Json& instructions) {
  std::map<std::string, std::vector<std::int64_t>> of_layer;
  for (std::size_t s = 0; s < std::min(plan.steps.size(), instructions.size()); ++s) {
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(plan.steps[s].node)];
    of_layer[layer_name(plan.graph, node)].push_back(instructions[s]);
  }
  for (Json& layer : layers) {
    std::vector<std::int64_t>& counts = of_layer[layer["name"]];
    if (counts.empty()) continue;
    layer["instructions"] = counts.front();
    counts.erase(counts.begin());
  }
}

/// quantize's findings, and the points of accuracy lost.
Json quantization_json(const std::string& found, const Json& floats, const Json& integers) {
  Json json = Json::parse(found);
  if (floats.contains("accuracy") && integers.contains("accuracy")) {
    const double lost = 100 * (floats["accuracy"].get<double>() - integers["accuracy"].get<double>());
    json["lost_points"] = lost;
    json["lost_much"] = lost > kMuchLost;
  }
  return json;
}

Json goal_json(const Goal& goal) {
  Json json = {{"figure", goal.figure}};
  if (goal.least) json["least"] = *goal.least;
  if (goal.most) json["most"] = *goal.most;
  if (goal.reference) json["reference"] = *goal.reference;
  if (!goal.source.empty()) json["source"] = goal.source;
  return json;
}

/// The names of the rules in their order, and "backpropagation" where it trains.
Json learns_by(const Recipe& recipe) {
  Rules rules;
  if (recipe.model.extension() == ".toml") {
    rules = read_description(recipe.model, {.weights = WeightContent::hollow}).rules;
  }
  std::vector<std::string> names;
  for (const auto& rule : rules) {
    const std::string name(rule->name());
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (rules.empty() || rules.back()->pretrains()) names.emplace_back("backpropagation");
  return names;
}

}  // namespace

int run_json_version() { return 4; }

std::string run_json(const Recipe& recipe, const MadeRun& made) {
  Json json = {{"mirim", kVersion}, {"recipe", recipe.name + ".toml"}, {"name", recipe.name}};
  json["recipe_text"] = recipe.text;
  json["seed"] = recipe.seed;
  if (!recipe.topology.empty()) json["topology"] = recipe.topology;
  if (recipe.goal) json["goal"] = goal_json(*recipe.goal);
  if (recipe.trains) json["learns_by"] = learns_by(recipe);
  json["commands"] = commands_of(recipe, made.folder);
  double seconds = 0;
  for (const StepRecord& record : made.steps) seconds += record.seconds;
  json["seconds"] = seconds;
  json["data"] = Json::parse(made.data);
  json["history"] = Json::parse(made.training);
  for (const MadeRun::OneModel& one : made.models) {
    json["models"].push_back(model_json(made, one, !recipe.steps.empty()));
  }
  const Model integers = read_runnable_model(made.folder / made.models.at(1).file);
  const Plan plan = make_plan(integers.main(), compile_options(recipe.firmware));
  Json firmware = Json::parse(made.firmware);
  Json& layers = json["models"][1]["layers"];
  add_decibels(layers, integers.main(), Json::parse(made.comparison));
  if (firmware.contains("instructions_of_steps")) add_instructions(layers, plan, firmware["instructions_of_steps"]);
  if (!made.seeds.empty()) json["seeds"] = Json::parse(made.seeds);
  json["quantization"] = quantization_json(made.quantization, json["models"][0], json["models"][1]);
  json["device"] = device_json(recipe.firmware.device, plan, firmware);
  firmware.erase("instructions_of_steps");
  firmware.erase("flash_reads");
  json["firmware"] = std::move(firmware);
  json["arena"] = arena_json(plan);
  constexpr std::size_t kLargestPicture = 400'000;  // nobody looks at a larger picture
  if (std::string svg = picture(integers); svg.size() <= kLargestPicture) json["graph"] = std::move(svg);
  json["made"] = now();
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mirim
