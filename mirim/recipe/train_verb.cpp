#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/verbs.hpp"
#include "mirim/recipe/work_data.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

class Train final : public Verb {
 public:
  std::string_view name() const override { return "train"; }
  std::string_view help() const override {
    return "Trains a network on a data set and writes it as a float .tflite.\n"
           "MODEL is a description (.toml, weights initialised from --seed) or a .tflite to train further. A "
           "checkpoint\n"
           "is written after each epoch; with --resume an interrupted training continues and ends with exactly the "
           "same\n"
           "weights.";
  }
  std::string_view example() const override {
    return "mirim train models/lenet5.toml --data fashion-mnist -o float.tflite --epochs 5 --threads 2";
  }
  void settings(Settings& s) override { settings_.settings(s); }

  VerbResult run(const VerbWork& work) override {
    Pupil pupil = read_pupil_of(work, static_cast<std::uint64_t>(settings_.seed));
    const Splits data = matched(pupil.graph, work);
    const bool by_rules = !pupil.rules.empty() && !pupil.rules.back()->pretrains();
    const TrainFiles files{.checkpoint = work.checkpoint, .resume = work.resume, .stop = work.stop, .say = work.say};
    const TrainResult result = learn(std::move(pupil), data, settings_, files, work.progress);
    write_trained(work.output, result.graph);
    const std::int64_t parameters = count(result.graph).parameters;
    Json json = {{"output", work.output.string()},
                 {"parameters", parameters},
                 {"loss_name", mirim::name(result.task.loss)},
                 {"epochs", result.fit.history.size()},
                 {"stopped_early", result.fit.stopped_early}};
    json["history"] = Json::parse(to_json(result.fit.history, result.task, data.validation.size() > 0));
    const std::string epochs = by_rules ? "" : fmt::format(", {} epochs", result.fit.history.size());
    return {fmt::format("{}: {} parameters{}\n", work.output.string(), with_commas(parameters), epochs), json.dump()};
  }

 private:
  TrainSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_train() { return std::make_unique<Train>(); }

}  // namespace mirim
