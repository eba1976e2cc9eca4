#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mirim/recipe/distillation.hpp"
#include "mirim/recipe/fine_tune.hpp"

namespace mirim {

/// Teachers of a training that has another purpose: a verb prunes, clusters or rounds, and the student learns the
/// teachers' answers meanwhile.
struct TeachingSettings {
  std::string teachers;
  DistillationSettings distillation;
  std::string keep_answers;

  void settings(Settings& s) {
    s.field("teachers", teachers, "the teacher, .tflite; several with commas: the student learns their mean");
    distillation.settings(s);
    s.field("keep_answers", keep_answers,
            "a file for the teachers' answers: written once, used again by every run on the same samples; not with "
            "--shift, --flip or --cutout");
  }

  std::vector<std::filesystem::path> paths() const;
  /// Replaces each file's name by where it is.
  void place(const std::function<std::string(const std::string&)>& where);
  /// Reads the files. Throws Error.
  std::vector<Teacher> read() const;
};

/// As the other fine_tune, by the teachers too where there are any. Without augmentation they are asked once for each
/// sample. The result has the graph's own values and nodes, by the same ids. Throws Error for teachers that do not fit
/// the student or count classes in another order.
FineTuned fine_tune(Graph graph, const Splits& data, const TrainSettings& settings, const VerbWork& work,
                    Shaping shaping, const TeachingSettings& teaching);

}  // namespace mirim
