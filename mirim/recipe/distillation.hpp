#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mirim/base/settings.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim {

/// What a student learns of its teachers.
struct DistillationSettings {
  double temperature = 4;
  double soft_weight = 0.7;
  std::string hints;
  double hint_weight = 1;
  std::string attention;
  double attention_weight = 100;

  void settings(Settings& s) {
    s.field("temperature", temperature, "softens the answers of both: softmax(z / temperature); at least 1");
    s.field("soft_weight", soft_weight, "share of the teacher's answers in the loss, 0 to 1; the labels have the rest");
    s.field("hints", hints,
            "inner layers to be like the teacher's: STUDENT_LAYER=TEACHER_LAYER, several with commas; a projection is "
            "learnt where they have other channels");
    s.field("hint_weight", hint_weight, "of hints in the loss");
    s.field("attention", attention,
            "layers that are to look where the teacher's look: STUDENT_LAYER=TEACHER_LAYER,...");
    s.field("attention_weight", attention_weight, "of attention in the loss");
  }
};

struct Teacher {
  std::string name;  ///< for messages: its file
  Graph graph;       ///< float or integer
};

/// The student's graph and training for a distillation on data whose samples are of a type (bytes reach a teacher as
/// `eval` hands them over). Teachers see the very batches that the student learns from, after augmentation, or, where
/// there is none, each sample once (`ask`). Several teachers are one whose answers are the mean of theirs; hints and
/// attention are the first's.
class Distillation {
 public:
  /// Throws Error for a teacher whose inputs or outputs do not match the student's, for layers that are not there or do
  /// not match in height and width, and for settings out of range.
  Distillation(Graph student, std::vector<Teacher> teachers, const DistillationSettings& settings,
               const TrainSettings& training, DType samples);
  ~Distillation();

  /// Asks the teachers for all training samples now, so that training looks their answers up. Only without
  /// augmentation: samples must be the same in every epoch. With `file` the answers are read from there, or written
  /// there where it does not exist; they are the same numbers. Throws Error when the file is of other teachers or
  /// samples or damaged, and when `stop` asks for it.
  void ask(const Subset& training, const std::filesystem::path& file, const std::function<bool()>& stop = {});

  /// The student, with a projection behind each hint of other channels, after the student's own nodes and values.
  const Graph& student() const;
  /// Valid as long as this lives.
  Shaping shaping();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mirim
