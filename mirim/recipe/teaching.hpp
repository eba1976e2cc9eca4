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

  void settings(Settings& s) {
    s.field("teachers", teachers, "the teacher, .tflite; several with commas: the student learns their mean");
    distillation.settings(s);
  }

  std::vector<std::filesystem::path> paths() const;
  /// Replaces each file's name by where it is.
  void place(const std::function<std::string(const std::string&)>& where);
  /// Reads the files. Throws Error.
  std::vector<Teacher> read() const;
};

/// As the other fine_tune, by the teachers too where there are any. The result has the graph's own values and nodes, by
/// the same ids.
FineTuned fine_tune(Graph graph, const Splits& data, const TrainSettings& settings, const VerbWork& work,
                    Shaping shaping, const TeachingSettings& teaching);

}  // namespace mirim
