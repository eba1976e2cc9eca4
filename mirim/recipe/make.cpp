#include "mirim/recipe/make.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/version.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/names.hpp"
#include "mirim/compress/stored_bytes.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/machine/tools.hpp"
#include "mirim/recipe/commands.hpp"
#include "mirim/recipe/firmware_job.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/recipe_data.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/recipe/run_json.hpp"
#include "mirim/recipe/seeds.hpp"
#include "mirim/recipe/worst_samples.hpp"
#include "mirim/report/report.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;

/// What the results of make's own steps depend on beside their inputs. Raised when a step's code gives other results
/// for the same ones, so that a run from before is done again; verbs have versions of their own.
constexpr int kStepsVersion = 2;

std::string program() { return fmt::format("mirim {} steps {}", kVersion, kStepsVersion); }

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
      : recipe_(recipe), folder_(std::move(folder)), watcher_(watcher), data_(data) {
    made_.folder = folder_;
  }

  /// The recipe but for its report.
  void run() {
    check_recipe();
    say_data();
    make_first_models();
    made_.comparison = compare_models();
    compile_model();
    made_.firmware = run_firmware_samples();
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
    std::string depends;
    for (const MadeRun::OneModel& model : made_.models) depends += model.scores + "\n";
    return step({.name = "figures", .depends = depends, .reads = model_files(), .work = [&] {
                   Json all = Json::array();
                   for (const MadeRun::OneModel& model : made_.models) {
                     Json one{{"name", model.name}};
                     const Json scores = Json::parse(model.scores);
                     for (const auto& [key, value] : scores.items()) {
                       if (value.is_number()) one[key] = value;
                     }
                     one["stored_bytes"] = stored_bytes(read_runnable_model(at(model.file)).main());
                     all.push_back(std::move(one));
                   }
                   return all.dump();
                 }});
  }

  /// `seeds`: as seeds_json gives it; "" of one seed.
  MakeResult report(const std::string& seeds) {
    write_report(seeds);
    MakeResult result;
    result.steps = std::move(made_.steps);
    result.report = at("report.html");
    result.run_json = read_text(at("run.json"));
    const Json device = Json::parse(result.run_json).value("device", Json::object());
    result.does_not_fit = device.value("why_not", "");
    return result;
  }

 private:
  path at(std::string_view name) const { return folder_ / name; }

  std::vector<path> model_files() const {
    std::vector<path> files;
    for (const MadeRun::OneModel& model : made_.models) files.push_back(at(model.file));
    return files;
  }

  // Finds errors here that would otherwise show only after the training.
  void check_recipe() const {
    const FirmwareSettings& f = recipe_.firmware;
    require_tools(find_target(compile_options(f).target));
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
    made_.steps.push_back(record);
    return record.found;
  }

  void make_first_models() {
    train_model();
    quantize_model();
    made_.models.push_back(
        {.name = "float32", .file = "float.tflite", .scores = score("evaluate float32", "float.tflite")});
    made_.models.push_back({.name = "int8", .file = "int8.tflite", .scores = score("evaluate int8", "int8.tflite")});
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
    made_.training = step(
        {.name = "train",
         .depends = data_.key() + settings,
         .reads = {recipe_.model},
         .writes = {at("float.tflite")},
         .work = [&] {
           Pupil pupil = read_pupil(recipe_.model, static_cast<std::uint64_t>(recipe_.seed));
           const Splits splits = matched(pupil.graph, data_.splits());
           const TrainFiles files{.checkpoint = checkpoint, .resume = true, .stop = watcher_.stop, .say = watcher_.say};
           TrainResult trained = learn(std::move(pupil), splits, recipe_.train, files, watcher_.training);
           write_trained(at("float.tflite"), std::move(trained.graph));
           return to_json(trained.fit.history, trained.task, splits.validation.size() > 0);
         }});
    std::error_code ignored;
    std::filesystem::remove(checkpoint, ignored);
  }

  /// A model that comes trained.
  void take_model() {
    made_.training = step({.name = "train", .reads = {recipe_.model}, .writes = {at("float.tflite")}, .work = [&] {
                             write_file(at("float.tflite"), read_tflite_bytes(recipe_.model));
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
    const std::string limit = branch.train_limit > 0 ? fmt::format(" of {} samples", branch.train_limit) : "";
    const std::string depends =
        fmt::format("{}{}\n{} {}\n{}", data_.key(), limit, verb.name(), verb.version(), settings.text);
    const path checkpoint =
        folder_ / fmt::format("{}-{}.checkpoint", branch.name,
                              hash_text(bytes_of(program() + depends + hash_of_files(reads))).substr(0, 16));
    MadeRun::OneModel made{.name = branch.name,
                           .file = branch.name + ".tflite",
                           .scores = "",
                           .made_by = std::string(verb.name()),
                           .from = branch.from};
    made.found = step({.name = branch.name, .depends = depends, .reads = reads, .writes = {to}, .work = [&] {
                         const Splits splits = with_train_limit(data_.splits(), branch.train_limit);
                         const VerbWork work{.model = from,
                                             .output = to,
                                             .checkpoint = checkpoint,
                                             .resume = true,
                                             .data = &splits,
                                             .stop = watcher_.stop,
                                             .say = watcher_.say,
                                             .progress = watcher_.training};
                         return verb.run(work).json;
                       }});
    std::error_code ignored;
    std::filesystem::remove(checkpoint, ignored);
    made.scores = score("evaluate " + branch.name, made.file);
    made_.models.push_back(std::move(made));
  }

  void quantize_model() {
    QuantizeSettings settings = recipe_.quantize;
    settings.teaching.place([&](const std::string& name) { return place(name).string(); });
    std::vector<path> reads{at("float.tflite")};
    for (const path& teacher : settings.teaching.paths()) reads.push_back(teacher);
    made_.quantization = step({.name = "quantize",
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

  std::string noise_text() const {
    return recipe_.train.noise > 0 ? fmt::format(" noise {}", recipe_.train.noise) : "";
  }

  std::string score(const std::string& name, const std::string& file) {
    return step(
        {.name = name, .depends = data_.key() + recipe_.train.loss + noise_text(), .reads = {at(file)}, .work = [&] {
           const Model model = read_runnable_model(at(file));
           const std::optional<Loss::Kind> loss = loss_named(recipe_.train.loss);
           const Subset test = matched(model.main(), data_.splits().test);
           const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
           WorstSamples worst(model.main(), test, loss);
           const Evaluation scores = evaluate(
               model.main(), test,
               {.loss = loss,
                .threads = threads,
                .noise = noise_in_evaluation(model.main(), *test.data, recipe_.train),
                .stop = watcher_.stop,
                .look = [&](std::int64_t sample, Interpreter& interpreter) { worst.look(sample, interpreter); }});
           Json json = Json::parse(to_json(scores, test.data->class_names));
           json["worst"] = Json::parse(worst.json());
           return json.dump();
         }});
  }

  std::string compare_models() {
    return step(
        {.name = "compare", .depends = data_.key(), .reads = {at("float.tflite"), at("int8.tflite")}, .work = [&] {
           constexpr std::int64_t kSamples = 100;
           const Model floats = read_runnable_model(at("float.tflite")),
                       integers = read_runnable_model(at("int8.tflite"));
           const Subset test = matched(floats.main(), data_.splits().test);
           return to_json(compare(floats.main(), integers.main(), test.first(kSamples)));
         }});
  }

  void compile_model() {
    step({.name = "compile",
          .depends = settings_text(recipe_.firmware),
          .reads = {at("int8.tflite")},
          .writes = {at("firmware")},
          .work = [&] {
            // Another model's folder would leave its files beside the new ones.
            std::filesystem::remove_all(at("firmware"));
            write_artifact(at("firmware"),
                           compile(read_runnable_model(at("int8.tflite")).main(), compile_options(recipe_.firmware)));
            return std::string("{}");
          }});
  }

  std::string run_firmware_samples() {
    return step({.name = "run",
                 .depends = data_.key() + settings_text(recipe_.firmware),
                 .reads = {at("int8.tflite"), at("firmware")},
                 .work = [&] {
                   const Model model = read_runnable_model(at("int8.tflite"));
                   const Subset test = matched(model.main(), data_.splits().test);
                   const Bytes samples = firmware_samples(read_firmware(at("firmware")), test,
                                                          std::min(recipe_.firmware.samples, test.size()));
                   return run_and_compare(at("firmware"), samples, &model.main(), true).json;
                 }});
  }

  void write_report(const std::string& seeds) {
    made_.data = data_.facts();
    made_.seeds = seeds;
    std::string depends = fmt::format("{}\n", run_json_version()) + made_.data + recipe_.text + seeds +
                          std::string(name(recipe_.language)) +
                          fmt::format("\n{}\n", fmt::join(commands_of(recipe_, folder_), "\n"));
    for (const StepRecord& record : made_.steps) depends += fmt::format("{} {}\n", record.key, record.seconds);
    std::vector<path> writes{at("run.json"), at("report.html")};
    if (!seeds.empty()) writes.push_back(at("seeds.csv"));
    step({.name = "report", .depends = depends, .reads = model_files(), .writes = writes, .work = [&] {
            const std::string text = run_json(recipe_, made_);
            write_file(at("run.json"), text);
            write_file(at("report.html"), report::render_report(text, recipe_.language));
            std::error_code ignored;
            std::filesystem::remove(at("seeds.csv"), ignored);  // of a run with more seeds
            if (!seeds.empty()) write_file(at("seeds.csv"), seeds_csv(seeds));
            return std::string("{}");
          }});
  }

  const Recipe& recipe_;
  path folder_;
  const MakeWatcher& watcher_;
  RecipeData& data_;
  MadeRun made_;
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
    const path seed_folder = folder / "seeds" / std::to_string(other.seed);
    RecipeData of_fold(other.data, seed_folder);
    Maker maker(other, seed_folder, told, recipe.data.folds > 0 ? of_fold : data);
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
