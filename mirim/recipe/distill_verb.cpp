#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/teaching.hpp"
#include "mirim/recipe/verbs.hpp"
#include "mirim/recipe/work_data.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

struct DistillSettings {
  TeachingSettings teaching;
  TrainSettings train = fine_tuning(10, 0.001);

  void settings(Settings& s) {
    teaching.settings(s);
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
           "softened answers, and, where asked for, its inner values (--hints) or where it looks (--attention). "
           "Without\n"
           "augmentation the teacher is asked once for each sample; --keep-answers keeps that in a file. A\n"
           "pruned, clustered or quantized student keeps its form. See docs/compression.md.";
  }
  std::string_view example() const override {
    return "mirim distill models/fashion_cnn.toml --teachers large.tflite --data fashion-mnist -o student.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }
  std::vector<std::filesystem::path> reads() const override { return settings_.teaching.paths(); }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    settings_.teaching.place(place);
  }

  int version() const override { return 2; }

  VerbResult run(const VerbWork& work) override {
    if (settings_.teaching.teachers.empty()) fail("no teacher is named; write --teachers FILE.tflite");
    Graph student = read_model_of(work, static_cast<std::uint64_t>(settings_.train.seed));
    const Splits data = matched(student, work);
    const FineTuned tuned = fine_tune(std::move(student), data, settings_.train, work, {}, settings_.teaching);
    write_trained(work.output, tuned.graph);
    const Score after = score(tuned.graph, judging_samples(data), settings_.train.loss, work);
    const std::int64_t parameters = count(tuned.graph).parameters;
    return {fmt::format("{}: {} parameters, {}\n", work.output.string(), with_commas(parameters), after.text()),
            result_json(work, {}, after, tuned, Json{{"parameters", parameters}}.dump())};
  }

 private:
  DistillSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_distill() { return std::make_unique<Distill>(); }

}  // namespace mirim
