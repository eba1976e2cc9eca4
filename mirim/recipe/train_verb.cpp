#include "mirim/recipe/train_verb.hpp"

#include <nlohmann/json.hpp>

#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim {
namespace {

class Train final : public Verb {
 public:
  std::string_view name() const override { return "train"; }
  std::string_view help() const override { return "Trains a model."; }
  std::string_view example() const override {
    return "mirim train models/lenet5.toml --data fashion-mnist -o float.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }

  VerbResult run(const VerbWork& work) override {
    Graph graph = read_model_of(work, static_cast<std::uint64_t>(settings_.seed));
    const Splits data = matched(graph, *work.data);
    const FineTuned trained = fine_tune(std::move(graph), data, settings_, work);
    write_trained(work.output, trained.graph);
    const Score after = score(trained.graph, judging_samples(data), settings_.loss, work);
    nlohmann::ordered_json json{
        {"output", work.output.string()}, {"score", after.is_accuracy ? "accuracy" : "rmse"}, {"after", after.value}};
    json["history"] = nlohmann::ordered_json::parse(trained.history);
    return {fmt::format("{}: {}\n", work.output.string(), after.text()), json.dump()};
  }

 private:
  TrainSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_train_step() { return std::make_unique<Train>(); }

}  // namespace mirim
