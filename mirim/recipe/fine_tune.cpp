#include "mirim/recipe/fine_tune.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim {

namespace {

template <class F>
auto with_warnings(const VerbWork& work, F&& read) {
  std::vector<std::string> warnings;
  auto result = read(&warnings);
  for (const std::string& line : warnings) work.tell("warning: " + line);
  return result;
}

}  // namespace

Graph read_model_of(const VerbWork& work, std::uint64_t seed) {
  return with_warnings(work, [&](auto* warnings) { return read_for_training(work.model, seed, warnings); });
}

Pupil read_pupil_of(const VerbWork& work, std::uint64_t seed) {
  return with_warnings(work, [&](auto* warnings) { return read_pupil(work.model, seed, warnings); });
}

TrainSettings fine_tuning(std::int64_t epochs, double learning_rate) {
  TrainSettings settings;
  settings.epochs = epochs;
  settings.learning_rate = learning_rate;
  settings.steps = "auto";
  return settings;
}

void check_fine_tuning(const TrainSettings& settings) {
  if (settings.epochs < 0) fail("epochs is {}; it must not be negative (0: no training)", settings.epochs);
}

FineTuned fine_tune(Graph graph, const Splits& data, const TrainSettings& settings, const VerbWork& work,
                    Shaping shaping) {
  check_fine_tuning(settings);
  if (settings.epochs == 0) return {.graph = std::move(graph)};
  const TrainFiles files{.checkpoint = work.checkpoint, .resume = work.resume, .stop = work.stop, .say = work.say};
  TrainResult trained = train(std::move(graph), data, settings, files, work.progress, std::move(shaping));
  return {.graph = std::move(trained.graph),
          .ranges = std::move(trained.fit.ranges),
          .history = to_json(trained.fit.history, trained.task, data.validation.size() > 0)};
}

std::string Score::text() const {
  return is_accuracy ? fmt::format("{:.2f} %", 100 * value) : fmt::format("RMSE {:.4g}", value);
}

Evaluation measure(const Graph& graph, const Subset& samples, const std::string& loss, const VerbWork& work) {
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return evaluate(graph, samples, {.loss = loss_named(loss), .threads = threads, .stop = work.stop});
}

Score score(const Graph& graph, const Subset& samples, const std::string& loss, const VerbWork& work) {
  const Evaluation found = measure(graph, samples, loss, work);
  if (found.accuracy) return {*found.accuracy, true};
  return {found.error ? found.error->root_mean_squared_error : found.loss, false};
}

std::string result_json(const VerbWork& work, const std::optional<Score>& before, const Score& after,
                        const FineTuned& tuned, const std::string& more) {
  nlohmann::ordered_json json{{"output", work.output.string()}};
  if (before) json["before"] = before->value;
  json["after"] = after.value;
  json["score"] = after.is_accuracy ? "accuracy" : "rmse";
  json["history"] = nlohmann::ordered_json::parse(tuned.history);
  return merge_json(json.dump(), more);
}

const Subset& judging_samples(const Splits& data) {
  return data.validation.size() > 0 ? data.validation : data.training;
}

}  // namespace mirim
