#include "mirim/recipe/make.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/version.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/cost.hpp"
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
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/picture.hpp"
#include "mirim/recipe/recipe_data.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/recipe/seeds.hpp"
#include "mirim/recipe/weight_histograms.hpp"
#include "mirim/recipe/worst_samples.hpp"
#include "mirim/report/report.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;

constexpr double kMuchLost = 2;  // points of accuracy from float to int8; the report shows more in red

/// What the results of make's own steps depend on beside their inputs. Raised when a step's code gives other results
/// for the same ones, so that a run from before is done again; verbs have versions of their own.
constexpr int kStepsVersion = 1;

/// Raised when run.json or its page has more than before: both are then made again, and nothing else.
constexpr int kReportVersion = 2;

std::string program() { return fmt::format("mirim {} steps {}", kVersion, kStepsVersion); }

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

void require_readable(const path& file) {
  if (!std::filesystem::exists(file)) fail("{}: the recipe's model is not there", file.string());
}

/// Creates the folder; leaves an existing one unchanged.
void require_folder(const path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder)) {
    fail("{}: cannot be made a folder for the run: {}", folder.string(),
         error ? error.message() : std::string("a file stands there"));
  }
  if (::access(folder.c_str(), W_OK) != 0) fail("{}: the run's folder is not writable", folder.string());
}

class Maker {
 public:
  Maker(const Recipe& recipe, path folder, const MakeWatcher& watcher, RecipeData& data)
      : recipe_(recipe), folder_(std::move(folder)), watcher_(watcher), data_(data) {}

  /// The recipe but for its report.
  void run() {
    check_recipe();
    say_data();
    make_first_models();
    comparison_ = compare_models();
    compile_model();
    firmware_ = run_firmware_samples();
    make_branches();
  }

  /// Its models alone, in a folder of their own.
  void run_models() {
    require_folder(folder_);
    make_first_models();
    make_branches();
  }

  /// Of each model what SeedFigures holds.
  std::string figures() {
    std::vector<std::pair<std::string, const std::string*>> models{{"float", &float_scores_}, {"int8", &int8_scores_}};
    for (const Branch& branch : branches_) models.emplace_back(branch.step->name, &branch.scores);
    std::vector<path> files;
    std::string depends;
    for (const auto& [name, scores] : models) {
      files.push_back(at(name + ".tflite"));
      depends += *scores + "\n";
    }
    return step({.name = "figures", .depends = depends, .reads = files, .work = [&] {
                   Json all = Json::array();
                   for (std::size_t i = 0; i < models.size(); ++i) {
                     Json one{{"name", i == 0 ? "float32" : models[i].first}};
                     const Json scores = Json::parse(*models[i].second);
                     for (const auto& [key, value] : scores.items()) {
                       if (value.is_number()) one[key] = value;
                     }
                     one["stored_bytes"] = stored_bytes(read_sound_model(files[i]).main());
                     all.push_back(std::move(one));
                   }
                   return all.dump();
                 }});
  }

  /// `seeds`: as seeds_json gives it; "" of one seed.
  MakeResult report(const std::string& seeds) {
    write_report(seeds);
    return std::move(result_);
  }

 private:
  path at(std::string_view name) const { return folder_ / name; }

  // Finds errors here that would otherwise show only after the training.
  void check_recipe() const {
    const FirmwareSettings& f = recipe_.firmware;
    choose_target(f.target, f.device);
    check_name(f.name);
    if (f.samples < 1) fail("[firmware] samples is {}; it must be at least 1", f.samples);
    if (recipe_.seeds < 1 || recipe_.seeds > kMostSeeds) {
      fail("{}: seeds is {}; it must be from 1 to {}", recipe_.file.string(), recipe_.seeds, kMostSeeds);
    }
    require_readable(recipe_.model);
    require_folder(folder_);
  }

  /// Reports how the data was read, even if this run does not read it again.
  void say_data() {
    if (!watcher_.say) return;
    const Json facts = Json::parse(data_.facts());
    if (!facts.contains("notes")) return;
    for (const Json& line : facts["notes"]) watcher_.say("data: " + line.get<std::string>());
  }

  std::string step(RecipeStep s) {
    if (watcher_.stop && watcher_.stop()) fail("stopped; the same command goes on where it was");
    s.depends = program() + "\n" + s.depends;
    auto work = std::move(s.work);
    s.work = [this, &s, work = std::move(work)] {
      if (watcher_.begins) watcher_.begins(s.name);
      return work();
    };
    StepRecord record = run_step(folder_, s);
    if (watcher_.ended) watcher_.ended(record);
    result_.steps.push_back(record);
    return record.found;
  }

  void make_first_models() {
    train_model();
    quantize_model();
    float_scores_ = score("evaluate float32", "float.tflite");
    int8_scores_ = score("evaluate int8", "int8.tflite");
  }

  void make_branches() {
    for (const BranchStep& branch : recipe_.steps) run_branch(branch);
  }

  void train_model() {
    if (!recipe_.trains) return take_model();
    const std::string settings = settings_text(recipe_.train) + std::to_string(recipe_.seed);
    // Another training's checkpoint is another file: it is neither refused nor taken for ours.
    const std::string key = hash_text(bytes_of(program() + data_.key() + settings + hash_of_files({recipe_.model})));
    const path checkpoint = folder_ / ("training-" + key.substr(0, 16) + ".checkpoint");
    training_ = step({.name = "train",
                      .depends = data_.key() + settings,
                      .reads = {recipe_.model},
                      .writes = {at("float.tflite")},
                      .work = [&] {
                        Graph graph = read_for_training(recipe_.model, static_cast<std::uint64_t>(recipe_.seed));
                        const Splits splits = matched(graph, data_.splits());
                        const TrainFiles files{
                            .checkpoint = checkpoint, .resume = true, .stop = watcher_.stop, .say = watcher_.say};
                        TrainResult trained = train(std::move(graph), splits, recipe_.train, files, watcher_.training);
                        write_trained(at("float.tflite"), std::move(trained.graph));
                        return to_json(trained.fit.history, trained.task, splits.validation.size() > 0);
                      }});
    std::error_code ignored;
    std::filesystem::remove(checkpoint, ignored);
  }

  /// A model that comes trained.
  void take_model() {
    training_ = step({.name = "train", .reads = {recipe_.model}, .writes = {at("float.tflite")}, .work = [&] {
                        write_file(at("float.tflite"), read_file(recipe_.model));
                        return std::string("[]");
                      }});
  }

  /// Where a file that a step names is: a model of this run, or a file beside the recipe.
  path place(const std::string& name) const {
    const auto is_step = [&](const BranchStep& s) { return s.name == name; };
    if (name == "float" || name == "int8" || std::ranges::any_of(recipe_.steps, is_step)) return at(name + ".tflite");
    return (recipe_.file.parent_path() / name).lexically_normal();
  }

  void run_branch(const BranchStep& branch) {
    const path from = place(branch.from), to = at(branch.name + ".tflite");
    Verb& verb = *branch.verb;
    verb.place_files([&](const std::string& name) { return place(name).string(); });
    SettingsText settings;
    verb.settings(settings);
    std::vector<path> reads{from};
    for (const path& more : verb.reads()) reads.push_back(more);
    const std::string depends = fmt::format("{}\n{} {}\n{}", data_.key(), verb.name(), verb.version(), settings.text);
    const path checkpoint =
        folder_ / fmt::format("{}-{}.checkpoint", branch.name,
                              hash_text(bytes_of(program() + depends + hash_of_files(reads))).substr(0, 16));
    Branch made{.step = &branch};
    made.found = step({.name = branch.name, .depends = depends, .reads = reads, .writes = {to}, .work = [&] {
                         const VerbWork work{.model = from,
                                             .output = to,
                                             .checkpoint = checkpoint,
                                             .resume = true,
                                             .data = &data_.splits(),
                                             .stop = watcher_.stop,
                                             .say = watcher_.say,
                                             .progress = watcher_.training};
                         return verb.run(work).json;
                       }});
    std::error_code ignored;
    std::filesystem::remove(checkpoint, ignored);
    made.scores = score("evaluate " + branch.name, branch.name + ".tflite");
    branches_.push_back(std::move(made));
  }

  void quantize_model() {
    QuantizeSettings settings = recipe_.quantize;
    settings.teaching.place([&](const std::string& name) { return place(name).string(); });
    std::vector<path> reads{at("float.tflite")};
    for (const path& teacher : settings.teaching.paths()) reads.push_back(teacher);
    quantization_ = step({.name = "quantize",
                          .depends = data_.key() + settings_text(settings),
                          .reads = reads,
                          .writes = {at("int8.tflite")},
                          .work = [&] {
                            Model model = read_sound_model(at("float.tflite"));
                            const Splits splits = matched(model.main(), data_.splits());
                            const VerbWork work{.checkpoint = folder_ / "quantize.checkpoint",
                                                .resume = false,
                                                .stop = watcher_.stop,
                                                .say = watcher_.say,
                                                .progress = watcher_.training};
                            const Quantized result = quantize(std::move(model), splits, settings, work);
                            write_model(at("int8.tflite"), result.model);
                            return to_json(result.check);
                          }});
  }

  std::string score(const std::string& name, const std::string& file) {
    return step({.name = name, .depends = data_.key() + recipe_.train.loss, .reads = {at(file)}, .work = [&] {
                   const Model model = read_sound_model(at(file));
                   const std::optional<Loss::Kind> loss = loss_named(recipe_.train.loss);
                   const Subset test = matched(model.main(), data_.splits().test);
                   const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
                   WorstSamples worst(model.main(), test, loss);
                   const Evaluation scores = evaluate(model.main(), test,
                                                      {.loss = loss,
                                                       .threads = threads,
                                                       .stop = watcher_.stop,
                                                       .look = [&](std::int64_t sample, Interpreter& interpreter) {
                                                         worst.look(sample, interpreter);
                                                       }});
                   Json json = Json::parse(to_json(scores, test.data->class_names));
                   json["worst"] = Json::parse(worst.json());
                   return json.dump();
                 }});
  }

  std::string compare_models() {
    return step(
        {.name = "compare", .depends = data_.key(), .reads = {at("float.tflite"), at("int8.tflite")}, .work = [&] {
           constexpr std::int64_t kSamples = 100;
           const Model floats = read_sound_model(at("float.tflite")), integers = read_sound_model(at("int8.tflite"));
           const Subset test = matched(floats.main(), data_.splits().test);
           return to_json(compare(floats.main(), integers.main(), test.first(kSamples)));
         }});
  }

  // Without the device: if the model does not fit, the report shows it before make says so.
  CompileOptions compile_options() const {
    const FirmwareSettings& f = recipe_.firmware;
    return {.target = std::string(choose_target(f.target, f.device).name),
            .name = f.name,
            .reentrant = f.reentrant,
            .measure = true};
  }

  void compile_model() {
    step({.name = "compile",
          .depends = settings_text(recipe_.firmware),
          .reads = {at("int8.tflite")},
          .writes = {at("firmware")},
          .work = [&] {
            // Another model's folder would leave its files beside the new ones.
            std::filesystem::remove_all(at("firmware"));
            write_artifact(at("firmware"), compile(read_sound_model(at("int8.tflite")).main(), compile_options()));
            return std::string("{}");
          }});
  }

  std::string run_firmware_samples() {
    return step({.name = "run",
                 .depends = data_.key() + settings_text(recipe_.firmware),
                 .reads = {at("int8.tflite"), at("firmware")},
                 .work = [&] {
                   const Model model = read_sound_model(at("int8.tflite"));
                   const Subset test = matched(model.main(), data_.splits().test);
                   const Bytes samples = firmware_samples(read_firmware(at("firmware")), test,
                                                          std::min(recipe_.firmware.samples, test.size()));
                   return run_and_compare(at("firmware"), samples, &model.main(), true).json;
                 }});
  }

  Json model_json(const std::string& name, const std::string& file, const std::string& scores) const {
    const Model model = read_sound_model(at(file));
    Json json = {{"name", name}, {"file", file}, {"bytes", std::filesystem::file_size(at(file))}};
    json["stored_bytes"] = stored_bytes(model.main());
    json.update(Json::parse(layers_json(model.main())));
    json.update(Json::parse(scores));
    if (!recipe_.steps.empty()) json["weights"] = Json::parse(weight_histograms(model.main()));
    return json;
  }

  /// The memory map over time: a tensor for each buffer, inputs alive from the first step, outputs to the last.
  Json arena_json() const {
    const Plan plan = make_plan(read_sound_model(at("int8.tflite")).main(), compile_options());
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

  /// The board and, if the emulated core was measured, whether the model fits and the cost of an inference.
  Json device_json(const Json& firmware) const {
    const Device& device = find_device(recipe_.firmware.device);
    Json json = {{"name", device.title},
                 {"core", device.core},
                 {"clock_hz", std::int64_t{device.clock_mhz} * 1'000'000},
                 {"ram", device.ram_bytes},
                 {"array", device.array_bytes},
                 {"flash", device.flash_bytes}};
    const Plan plan = make_plan(read_sound_model(at("int8.tflite")).main(), compile_options());
    const bool measured = firmware.contains("static_ram_bytes");
    const MemoryCost memory = measured ? memory_of(firmware) : estimate_memory(plan, choose_target("", device.name));
    const DeviceFit on_board = fit(memory, device);
    if (measured) json["fits"] = on_board.fits();
    if (on_board.milliseconds) json["milliseconds"] = *on_board.milliseconds;
    if (on_board.millijoules) json["millijoules"] = *on_board.millijoules;
    if (!on_board.fits()) json["why_not"] = why_not(plan, memory, device);
    return json;
  }

  /// The measurements of the emulated core.
  static MemoryCost memory_of(const Json& firmware) {
    const auto of = [&](const char* key) { return firmware.at(key).get<std::int64_t>(); };
    return {.target = firmware.at("target").get<std::string>(),
            .arena_bytes = of("arena_bytes"),
            .static_ram_bytes = of("static_ram_bytes"),
            .stack_bytes = of("stack_bytes"),
            .constant_bytes = of("constant_bytes"),
            .code_bytes = of("code_bytes"),
            .stack_is_estimate = false,
            .code_is_estimate = false,
            .instructions = of("instructions_per_inference")};
  }

  /// Adds the results of the comparison and of the emulated board to the int8 model's layers.
  void add_to_layers(Json& layers, const Json& comparison, const Json& instructions) const {
    std::map<std::string, Json> decibels;
    for (const Json& layer : comparison["layers"]) {
      if (layer.contains("signal_to_noise_db")) decibels[layer["name"]] = layer["signal_to_noise_db"];
    }
    const Graph graph = read_sound_model(at("int8.tflite")).main();
    for (std::size_t i = 0; i < std::min(layers.size(), graph.nodes.size()); ++i) {
      const Node& node = graph.nodes[i];
      if (node.outputs.empty()) continue;
      const auto found = decibels.find(graph[node.outputs[0]].name);
      if (found != decibels.end()) layers[i]["signal_to_noise_db"] = found->second;
    }
    if (instructions.empty()) return;
    const Plan plan = make_plan(graph, compile_options());
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
  Json quantization_json(const Json& floats, const Json& integers) const {
    Json json = Json::parse(quantization_);
    if (floats.contains("accuracy") && integers.contains("accuracy")) {
      const double lost = 100 * (floats["accuracy"].get<double>() - integers["accuracy"].get<double>());
      json["lost_points"] = lost;
      json["lost_much"] = lost > kMuchLost;
    }
    return json;
  }

  Json run_json(const Json& firmware, const std::string& seeds) const {
    Json json = {{"mirim", kVersion}, {"recipe", recipe_.name + ".toml"}, {"name", recipe_.name}};
    json["recipe_text"] = recipe_.text;
    json["seed"] = recipe_.seed;
    json["commands"] = commands_of(recipe_, folder_);
    double seconds = 0;
    for (const StepRecord& record : result_.steps) seconds += record.seconds;
    json["seconds"] = seconds;
    json["data"] = Json::parse(facts_);
    json["history"] = Json::parse(training_);
    json["models"] = {model_json("float32", "float.tflite", float_scores_),
                      model_json("int8", "int8.tflite", int8_scores_)};
    for (const Branch& branch : branches_) {
      json["models"].push_back(model_json(branch.step->name, branch.step->name + ".tflite", branch.scores));
      json["models"].back()["made_by"] = branch.step->verb->name();
      json["models"].back()["from"] = branch.step->from;
      json["models"].back()["found"] = Json::parse(branch.found);
    }
    const Json steps = firmware.contains("instructions_of_steps") ? firmware["instructions_of_steps"] : Json::array();
    add_to_layers(json["models"][1]["layers"], Json::parse(comparison_), steps);
    if (!seeds.empty()) json["seeds"] = Json::parse(seeds);
    json["quantization"] = quantization_json(json["models"][0], json["models"][1]);
    json["device"] = device_json(firmware);
    json["firmware"] = firmware;
    json["firmware"].erase("instructions_of_steps");
    json["arena"] = arena_json();
    constexpr std::size_t kLargestPicture = 400'000;  // nobody looks at a larger picture
    if (std::string svg = picture(read_sound_model(at("int8.tflite"))); svg.size() <= kLargestPicture) {
      json["graph"] = std::move(svg);
    }
    return json;
  }

  void write_report(const std::string& seeds) {
    facts_ = data_.facts();
    std::string depends = fmt::format("{}\n", kReportVersion) + facts_ + recipe_.text + seeds +
                          fmt::format("\n{}\n", fmt::join(commands_of(recipe_, folder_), "\n"));
    for (const StepRecord& record : result_.steps) depends += fmt::format("{} {}\n", record.key, record.seconds);
    std::vector<path> models{at("float.tflite"), at("int8.tflite")};
    for (const BranchStep& branch : recipe_.steps) models.push_back(at(branch.name + ".tflite"));
    std::vector<path> writes{at("run.json"), at("report.html")};
    if (!seeds.empty()) writes.push_back(at("seeds.csv"));
    step({.name = "report", .depends = depends, .reads = models, .writes = writes, .work = [&] {
            Json json = run_json(Json::parse(firmware_), seeds);
            json["made"] = now();
            const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace);
            write_file(at("run.json"), text + "\n");
            write_file(at("report.html"), report::render_report(text));
            std::error_code ignored;
            std::filesystem::remove(at("seeds.csv"), ignored);  // of a run with more seeds
            if (!seeds.empty()) write_file(at("seeds.csv"), seeds_csv(seeds));
            return std::string("{}");
          }});
    result_.run_json = read_text(at("run.json"));
    result_.report = at("report.html");
    const Json device = Json::parse(result_.run_json).value("device", Json::object());
    result_.does_not_fit = device.value("why_not", "");
  }

  /// What a [[step]] made and how well it does.
  struct Branch {
    const BranchStep* step;
    std::string found{};
    std::string scores{};
  };

  const Recipe& recipe_;
  path folder_;
  const MakeWatcher& watcher_;
  RecipeData& data_;
  std::string facts_;                                               // of the data, as JSON
  std::string float_scores_, int8_scores_, comparison_, firmware_;  // what these steps found, as JSON
  std::string training_;                                            // the history, as JSON
  std::string quantization_;                                        // what int8 has lost, as JSON
  std::vector<Branch> branches_;
  MakeResult result_;
};

/// Tells of a seed's steps as "seed 2: train".
MakeWatcher of_seed(const MakeWatcher& watcher, std::int64_t seed) {
  const std::string prefix = fmt::format("seed {}: ", seed);
  MakeWatcher told = watcher;
  if (watcher.begins)
    told.begins = [&watcher, prefix](std::string_view step) { watcher.begins(prefix + std::string(step)); };
  if (watcher.ended) {
    told.ended = [&watcher, prefix](const StepRecord& record) {
      StepRecord named = record;
      named.name = prefix + record.name;
      watcher.ended(named);
    };
  }
  return told;
}

/// The models again with each further seed; a seed's folder keeps its steps as the run's own does.
std::string make_other_seeds(const Recipe& recipe, Maker& first, const path& folder, const MakeWatcher& watcher,
                             RecipeData& data) {
  std::vector<SeedFigures> runs{{recipe.seed, first.figures()}};
  for (std::int64_t k = 1; k < recipe.seeds; ++k) {
    const Recipe other = with_raised_seeds(recipe, k);
    const MakeWatcher told = of_seed(watcher, other.seed);
    Maker maker(other, folder / "seeds" / std::to_string(other.seed), told, data);
    maker.run_models();
    runs.push_back({other.seed, maker.figures()});
  }
  return seeds_json(runs);
}

}  // namespace

MakeResult make(const Recipe& recipe, const std::filesystem::path& folder, const MakeWatcher& watcher) {
  RecipeData data(recipe.data, folder);
  Maker maker(recipe, folder, watcher, data);
  maker.run();
  return maker.report(recipe.seeds > 1 ? make_other_seeds(recipe, maker, folder, watcher, data) : "");
}

}  // namespace mirim
