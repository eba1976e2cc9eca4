#include "mirim/recipe/teaching.hpp"

#include <cstddef>

#include "mirim/base/error.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/parsed.hpp"

namespace mirim {

std::vector<std::filesystem::path> TeachingSettings::paths() const {
  std::vector<std::filesystem::path> paths;
  for (const std::string& part : parts_of(teachers)) {
    if (!part.empty()) paths.emplace_back(part);
  }
  return paths;
}

void TeachingSettings::place(const std::function<std::string(const std::string&)>& where) {
  std::string placed;
  for (const std::filesystem::path& path : paths()) {
    if (!placed.empty()) placed += ',';
    placed += where(path.string());
  }
  teachers = placed;
}

std::vector<Teacher> TeachingSettings::read() const {
  std::vector<Teacher> read;
  for (const std::filesystem::path& path : paths()) {
    read.push_back({path.string(), read_runnable_model(path).main()});
  }
  return read;
}

namespace {

/// A teacher that counts classes or features in another order would teach the wrong ones.
void require_same_meaning(const Teacher& teacher, const Subset& samples) {
  const Subset own = in_context(teacher.name, [&] { return matched(teacher.graph, samples); });
  if (own.data == samples.data) return;
  const std::size_t theirs = own.data->class_names.size(), ours = samples.data->class_names.size();
  if (theirs != ours) fail("{}: the teacher knows {} classes, the data have {}", teacher.name, theirs, ours);
  if (own.data->class_names != samples.data->class_names) {
    fail("{}: the teacher's classes are in another order than the student's", teacher.name);
  }
  if (own.data->feature_names != samples.data->feature_names) {
    fail("{}: the teacher's features are in another order than the student's", teacher.name);
  }
}

}  // namespace

FineTuned fine_tune(Graph graph, const Splits& data, const TrainSettings& settings, const VerbWork& work,
                    Shaping shaping, const TeachingSettings& teaching) {
  if (teaching.teachers.empty() || settings.epochs == 0) {
    return fine_tune(std::move(graph), data, settings, work, std::move(shaping));
  }
  const auto nodes = static_cast<std::ptrdiff_t>(graph.nodes.size()),
             values = static_cast<std::ptrdiff_t>(graph.values.size());
  std::vector<Teacher> teachers = teaching.read();
  for (const Teacher& teacher : teachers) require_same_meaning(teacher, data.training);
  Distillation distillation(std::move(graph), std::move(teachers), teaching.distillation, settings,
                            data.training.data->sample.dtype);
  if (augmentation_of(settings).none()) {
    distillation.ask(data.training, teaching.keep_answers, work.stop);
  } else if (!teaching.keep_answers.empty()) {
    fail(
        "--keep-answers needs samples that are the same in every epoch; leave out --shift, --flip, --cutout, --rotate "
        "and --noise");
  }
  Shaping taught = distillation.shaping();
  shaping.terms = std::move(taught.terms);
  shaping.loss_weight = taught.loss_weight;
  shaping.settings.insert(shaping.settings.end(), taught.settings.begin(), taught.settings.end());
  const auto shape = std::move(shaping.before_step);
  shaping.before_step = [shape, teach = std::move(taught.before_step)](TrainingPlan& plan, std::int64_t step,
                                                                       std::int64_t steps) {
    if (shape) shape(plan, step, steps);
    teach(plan, step, steps);
  };
  FineTuned tuned = fine_tune(distillation.student(), data, settings, work, std::move(shaping));
  // Helpers, projections of hints, stand behind what was there.
  Graph& trained = tuned.graph;
  trained.nodes.erase(trained.nodes.begin() + nodes, trained.nodes.end());
  trained.values.erase(trained.values.begin() + values, trained.values.end());
  return tuned;
}

}  // namespace mirim
