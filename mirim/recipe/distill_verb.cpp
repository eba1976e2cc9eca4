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
  std::string keep_answers;
  TrainSettings train;

  void settings(Settings& s) {
    s.field("teachers", teachers, "the teacher, .tflite; several with commas: the student learns their mean");
    distillation.settings(s);
    s.field("keep_answers", keep_answers,
            "a file for the teachers' answers: written once, used again by every run on the same samples; not with "
            "--shift, --flip or --cutout");
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
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    std::string placed;
    for (const std::filesystem::path& path : teachers()) placed += (placed.empty() ? "" : ",") + place(path.string());
    settings_.teachers = placed;
  }
  std::vector<std::filesystem::path> reads() const override { return teachers(); }

  int version() const override { return 2; }

  VerbResult run(const VerbWork& work) override {
    if (settings_.teachers.empty()) fail("no teacher is named; write --teachers FILE.tflite");
    Graph student = read_model_of(work, static_cast<std::uint64_t>(settings_.train.seed));
    const Splits data = matched(student, *work.data);
    std::vector<Teacher> teachers_read;
    for (const std::filesystem::path& path : teachers()) {
      teachers_read.push_back({path.string(), read_runnable_model(path).main()});
    }
    for (const Teacher& teacher : teachers_read) require_same_meaning(teacher, data.training);
    Distillation distillation(student, std::move(teachers_read), settings_.distillation, settings_.train,
                              data.training.data->sample.dtype);
    if (!augments()) {
      if (settings_.train.epochs > 0) distillation.ask(data.training, settings_.keep_answers, work.stop);
    } else if (!settings_.keep_answers.empty()) {
      fail("--keep-answers needs samples that are the same in every epoch; leave out --shift, --flip and --cutout");
    }
    const FineTuned tuned = fine_tune(distillation.student(), data, settings_.train, work, distillation.shaping());
    const Graph trained = distillation.without_helpers(tuned.graph);
    write_trained(work.output, trained);
    const Score after = score(trained, judging_samples(data), settings_.train.loss, work);
    return {fmt::format("{}: {} parameters, {}\n", work.output.string(), with_commas(count(trained).parameters),
                        after.text()),
            result_json(work, {}, after, tuned, Json{{"parameters", count(trained).parameters}}.dump())};
  }

 private:
  std::vector<std::filesystem::path> teachers() const {
    std::vector<std::filesystem::path> paths;
    for (const std::string& part : parts_of(settings_.teachers)) {
      if (!part.empty()) paths.emplace_back(part);
    }
    return paths;
  }

  bool augments() const { return settings_.train.shift > 0 || settings_.train.flip || settings_.train.cutout > 0; }

  /// A teacher that counts classes or features in another order would teach the wrong ones.
  static void require_same_meaning(const Teacher& teacher, const Subset& samples) {
    const Subset own = in_context(teacher.name, [&] { return matched(teacher.graph, samples); });
    if (own.data == samples.data) return;
    if (own.data->class_names != samples.data->class_names) {
      fail("{}: the teacher's classes are in another order than the student's", teacher.name);
    }
    if (own.data->feature_names != samples.data->feature_names) {
      fail("{}: the teacher's features are in another order than the student's", teacher.name);
    }
  }

  DistillSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_distill() { return std::make_unique<Distill>(); }

}  // namespace mirim
