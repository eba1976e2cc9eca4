#include "mirim/recipe/make.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/version.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/devices.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/recipe/firmware_job.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/report/report.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;
using std::filesystem::path;

/// Samples, labels and split as one hash: other data under the same name is other data.
std::string fingerprint(const Splits& splits) {
  std::string all;
  for (const Subset* part : {&splits.training, &splits.validation, &splits.test}) {
    if (!part->data) continue;
    const Dataset& data = *part->data;
    for (const BytesView bytes :
         {BytesView(data.samples), bytes_of(data.labels), bytes_of(data.targets), bytes_of(part->index)}) {
      all += hash_text(bytes);
    }
    for (const std::string& name : data.class_names) all += name + '\n';
  }
  return hash_text(bytes_of(all));
}

std::string program_hash() {
  static const std::string hash = hash_text(read_file("/proc/self/exe"));
  return hash;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

class Maker {
 public:
  Maker(const Recipe& recipe, path folder, const MakeWatcher& watcher)
      : recipe_(recipe), folder_(std::move(folder)), watcher_(watcher), splits_(load(recipe.data)) {}

  MakeResult run() {
    train_model();
    quantize_model();
    const std::string float_scores = score("evaluate float32", "float.tflite");
    const std::string int8_scores = score("evaluate int8", "int8.tflite");
    compile_model();
    const std::string firmware = run_firmware_samples();
    write_report(float_scores, int8_scores, firmware);
    return std::move(result_);
  }

 private:
  path at(std::string_view name) const { return folder_ / name; }

  /// Everything beside files that any step depends on.
  std::string common() const { return program_hash() + "\n" + data_; }

  std::string step(RecipeStep s) {
    if (watcher_.stop && watcher_.stop()) fail("stopped; the same command goes on where it was");
    s.depends = common() + "\n" + s.depends;
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

  void train_model() {
    const std::string settings = settings_text(recipe_.train) + std::to_string(recipe_.seed);
    // Another training's checkpoint is another file: it is neither refused nor taken for ours.
    const std::string key = hash_text(bytes_of(common() + settings + hash_of_files({recipe_.model})));
    const path checkpoint = folder_ / ("training-" + key.substr(0, 16) + ".checkpoint");
    training_ = step(
        {.name = "train", .depends = settings, .reads = {recipe_.model}, .writes = {at("float.tflite")}, .work = [&] {
           Model model = read_any_model(recipe_.model, static_cast<std::uint64_t>(recipe_.seed));
           const TrainFiles files{.checkpoint = checkpoint, .resume = true, .stop = watcher_.stop};
           TrainResult trained = train(std::move(model.main()), splits_, recipe_.train, files, watcher_.training);
           write_trained(at("float.tflite"), std::move(trained.graph));
           const bool classifier = !splits_.training.data->labels.empty();
           return to_json(trained.fit.history, classifier, splits_.validation.size() > 0);
         }});
    std::error_code ignored;
    std::filesystem::remove(checkpoint, ignored);
  }

  void quantize_model() {
    step({.name = "quantize",
          .depends = settings_text(recipe_.quantize),
          .reads = {at("float.tflite")},
          .writes = {at("int8.tflite")},
          .work = [&] {
            Model model = read_sound_model(at("float.tflite"));
            Model integer;
            integer.graphs.push_back(quantize(std::move(model.main()), splits_.training, recipe_.quantize));
            write_tflite_file(at("int8.tflite"), integer);
            return std::string("{}");
          }});
  }

  std::string score(const std::string& name, const std::string& file) {
    return step({.name = name, .reads = {at(file)}, .work = [&] {
                   const Model model = read_sound_model(at(file));
                   const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
                   const Evaluation scores =
                       evaluate(model.main(), splits_.test, {.threads = threads, .stop = watcher_.stop});
                   return to_json(scores, splits_.test.data->class_names);
                 }});
  }

  CompileOptions compile_options() const {
    const FirmwareSettings& f = recipe_.firmware;
    return {.target = f.target, .name = f.name, .reentrant = f.reentrant, .device = f.device};
  }

  void compile_model() {
    step({.name = "compile",
          .depends = settings_text(recipe_.firmware),
          .reads = {at("int8.tflite")},
          .writes = {at("firmware")},
          .work = [&] {
            // A folder of another model would leave its files beside the new ones.
            std::filesystem::remove_all(at("firmware"));
            write_artifact(at("firmware"), compile(read_sound_model(at("int8.tflite")).main(), compile_options()));
            return std::string("{}");
          }});
  }

  std::string run_firmware_samples() {
    return step({.name = "run",
                 .depends = settings_text(recipe_.firmware),
                 .reads = {at("int8.tflite"), at("firmware")},
                 .work = [&] {
                   const Model model = read_sound_model(at("int8.tflite"));
                   const Bytes samples =
                       firmware_samples(read_firmware(at("firmware")), splits_.test, recipe_.firmware.samples);
                   return run_and_compare(at("firmware"), samples, &model.main()).json;
                 }});
  }

  Json model_json(const std::string& name, const std::string& file, const std::string& scores) const {
    const Model model = read_sound_model(at(file));
    Json json = {{"name", name}, {"file", file}, {"bytes", std::filesystem::file_size(at(file))}};
    json.update(Json::parse(layers_json(model.main())));
    json.update(Json::parse(scores));
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

  Json device_json(const Json& firmware) const {
    const Device& device = find_device(recipe_.firmware.device);
    Json json = {{"name", device.title},
                 {"core", device.core},
                 {"clock_hz", std::int64_t{device.clock_mhz} * 1'000'000},
                 {"ram", device.ram_bytes},
                 {"flash", device.flash_bytes}};
    const auto of = [&](const char* key) { return firmware.contains(key) ? firmware[key].get<std::int64_t>() : 0; };
    if (firmware.contains("static_ram_bytes")) {
      json["fits"] = of("static_ram_bytes") + of("stack_bytes") <= device.ram_bytes &&
                     of("code_bytes") + of("constant_bytes") <= device.flash_bytes;
    }
    return json;
  }

  void write_report(const std::string& float_scores, const std::string& int8_scores, const std::string& firmware_run) {
    const Json firmware = Json::parse(firmware_run);
    double seconds = 0;
    for (const StepRecord& record : result_.steps) seconds += record.seconds;
    const Dataset& data = *splits_.training.data;
    Json json = {{"mirim", kVersion}, {"recipe", recipe_.name + ".toml"}, {"name", recipe_.name}};
    json["seconds"] = seconds;
    json["data"] = {{"name", recipe_.data.set},
                    {"train", splits_.training.size()},
                    {"validation", splits_.validation.size()},
                    {"test", splits_.test.size()},
                    {"input_shape", data.sample.shape.dimensions()}};
    json["history"] = Json::parse(training_);
    json["models"] = {model_json("float32", "float.tflite", float_scores),
                      model_json("int8", "int8.tflite", int8_scores)};
    json["device"] = device_json(firmware);
    json["firmware"] = firmware;
    json["arena"] = arena_json();
    const std::string body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    // When it was made is no part of what the step depends on: an unchanged run keeps its report as it is.
    step({.name = "report", .depends = body, .writes = {at("run.json"), at("report.html")}, .work = [&] {
            json["made"] = now();
            const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace);
            write_file(at("run.json"), text + "\n");
            write_file(at("report.html"), report::render_report(text));
            return std::string("{}");
          }});
    result_.run_json = read_text(at("run.json"));
    result_.report = at("report.html");
  }

  const Recipe& recipe_;
  path folder_;
  const MakeWatcher& watcher_;
  Splits splits_;
  std::string data_ = recipe_.data.set + "\n" + settings_text(recipe_.data) + fingerprint(splits_);
  std::string training_;  // the history, as JSON
  MakeResult result_;
};

}  // namespace

MakeResult make(const Recipe& recipe, const std::filesystem::path& folder, const MakeWatcher& watcher) {
  return Maker(recipe, folder, watcher).run();
}

}  // namespace mirim
