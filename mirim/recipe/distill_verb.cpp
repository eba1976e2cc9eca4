#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/recipe/distillation.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/recipe/verbs.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

struct DistillSettings {
  std::string teachers;
  DistillationSettings distillation;
  TrainSettings train = fine_tuning(10, 0.001);

  void settings(Settings& s) {
    s.field("teachers", teachers, "the teacher, .tflite; several with commas: the student learns their mean");
    distillation.settings(s);
    train.settings(s);
  }
};

class Distill final : public Verb {
 public:
  std::string_view name() const override { return "distill"; }
  std::string_view help() const override {
    return "Trains a small model (the student) on what a large one (the teacher) answers.\n"
           "MODEL is the student: a description (.toml) or a .tflite to go on with. It learns the labels, the "
           "teacher's\n"
           "softened answers, and, where asked for, its inner values (--hints) or where it looks (--attention). A\n"
           "pruned, clustered or quantized student keeps its form. See docs/compression.md.";
  }
  std::string_view example() const override {
    return "mirim distill models/fashion_cnn.toml --teachers large.tflite --data fashion-mnist -o student.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    std::string placed;
    for (const std::filesystem::path& path : teachers()) placed += (placed.empty() ? "" : ",") + place(path.string());
    settings_.teachers = placed;
  }
  std::vector<std::filesystem::path> reads() const override { return teachers(); }

  VerbResult run(const VerbWork& work) override {
    if (settings_.teachers.empty()) fail("no teacher is named; write --teachers FILE.tflite");
    Graph student = read_model_of(work, static_cast<std::uint64_t>(settings_.train.seed));
    const Splits data = matched(student, *work.data);
    std::vector<Teacher> teachers_read;
    for (const std::filesystem::path& path : teachers()) {
      teachers_read.push_back({path.string(), read_runnable_model(path).main()});
    }
    Distillation distillation(student, std::move(teachers_read), settings_.distillation, settings_.train,
                              data.training.data->sample.dtype);
    const FineTuned tuned = fine_tune(distillation.student(), data, settings_.train, work, distillation.shaping());
    const Graph trained = distillation.without_helpers(tuned.graph);
    write_trained(work.output, trained);
    const Score after = score(trained, judging_samples(data), settings_.train.loss, work);
    Json json{{"output", work.output.string()},
              {"parameters", count(trained).parameters},
              {"score", after.is_accuracy ? "accuracy" : "rmse"},
              {"after", after.value}};
    json["history"] = Json::parse(tuned.history);
    return {fmt::format("{}: {} parameters, {}\n", work.output.string(), with_commas(count(trained).parameters),
                        after.text()),
            json.dump()};
  }

 private:
  std::vector<std::filesystem::path> teachers() const {
    std::vector<std::filesystem::path> paths;
    for (const std::string& part : parts_of(settings_.teachers)) {
      if (!part.empty()) paths.emplace_back(part);
    }
    return paths;
  }

  DistillSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_distill() { return std::make_unique<Distill>(); }

}  // namespace mirim
