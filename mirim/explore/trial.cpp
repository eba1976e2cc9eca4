#include "mirim/explore/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::string>;

/// Gives settings the values of this map, by name.
class Given final : public Settings {
 public:
  explicit Given(const Values& values) : values_(values) {}
  void field(std::string_view name, bool& value, std::string_view) override {
    if (const std::string* text = of(name)) value = *text == "true";
  }
  void field(std::string_view name, std::int64_t& value, std::string_view) override { number(name, value); }
  void field(std::string_view name, double& value, std::string_view) override { number(name, value); }
  void field(std::string_view name, std::string& value, std::string_view) override {
    if (const std::string* text = of(name)) value = *text;
  }

 private:
  const std::string* of(std::string_view name) const {
    const auto found = values_.find(std::string(name));
    return found == values_.end() ? nullptr : &found->second;
  }
  template <class T>
  void number(std::string_view name, T& value) const {
    if (const std::string* text = of(name)) std::from_chars(text->data(), text->data() + text->size(), value);
  }

  const Values& values_;
};

/// A verb, and what it gets beside the training's settings.
struct Step {
  std::string verb;
  Values values;
};

/// NAME=VALUE with commas, as the verbs read it. Names that this form cannot have stay without an exception.
void add_exception(std::string& list, const std::string& layer, const std::string& value) {
  if (layer.find_first_of(",=") != std::string::npos) return;
  list += fmt::format("{}{}={}", list.empty() ? "" : ",", layer, value);
}

std::vector<Step> steps_of(const Candidate& candidate) {
  std::vector<Step> steps;
  if (candidate.channels > 0) {
    steps.push_back({"prune", {{"channels", "magnitude"}, {"sparsity", fmt::format("{}", candidate.channels)}}});
  }
  if (candidate.sparsity > 0) {
    std::string layers;
    for (const auto& [layer, mix] : candidate.layers) {
      if (mix.sparsity) add_exception(layers, layer, fmt::format("{}", *mix.sparsity));
    }
    steps.push_back({"prune", {{"sparsity", fmt::format("{}", candidate.sparsity)}, {"layers", layers}}});
  }
  if (candidate.clusters > 0) steps.push_back({"cluster", {{"clusters", fmt::format("{}", candidate.clusters)}}});
  steps.push_back({"quantize", {{"weights", fmt::format("{}", candidate.bits)}}});
  return steps;
}

/// The clusters of single layers, of the model as the steps before left it: a layer that has no more weights than
/// clusters is left alone.
std::string clusters_of_layers(const fs::path& model, const Candidate& candidate) {
  std::string list;
  const Graph graph = read_for_training(model, 1);
  for (const PrunableWeights& weights : prunable_weights(graph)) {
    const auto own = candidate.layers.find(weights.layer);
    const bool has_own = own != candidate.layers.end() && own->second.clusters;
    const std::int64_t clusters = has_own ? *own->second.clusters : candidate.clusters;
    if (graph[weights.value].type.shape.elements() <= clusters)
      add_exception(list, weights.layer, "0");
    else if (has_own)
      add_exception(list, weights.layer, fmt::format("{}", clusters));
  }
  return list;
}

/// The bits of single layers. `quantize` fuses activations first, and a fused layer bears the activation's name: the
/// layers are found by their order.
std::string bits_of_layers(const fs::path& model, const Candidate& candidate) {
  const Graph graph = read_for_training(model, 1);
  Graph prepared = read_sound_model(model).main();
  prepare_for_quantization(prepared, {});
  const std::vector<PrunableWeights> names = prunable_weights(graph), fused = prunable_weights(prepared);
  std::string list;
  for (std::size_t i = 0; i < names.size() && names.size() == fused.size(); ++i) {
    const auto own = candidate.layers.find(names[i].layer);
    if (own == candidate.layers.end() || !own->second.bits) continue;
    add_exception(list, fused[i].layer, fmt::format("{}", *own->second.bits));
  }
  return list;
}

}  // namespace

Trial try_candidate(const fs::path& model, const Candidate& candidate, const TrialTraining& training,
                    const std::string& target, const VerbWork& work) {
  const TemporaryFolder folder;
  // The verbs judge themselves before and after: on few samples, because only the end counts.
  constexpr std::int64_t kGlance = 64;
  Splits data = *work.data;
  data.validation = data.validation.first(kGlance);

  fs::path now = model;
  std::vector<Step> steps = steps_of(candidate);
  const auto count = static_cast<std::int64_t>(steps.size());
  for (std::int64_t i = 0; i < count; ++i) {
    Step& step = steps[static_cast<std::size_t>(i)];
    const std::int64_t even = training.epochs / count, rest = training.epochs - even * (count - 1);
    const std::int64_t least = training.epochs > 0 ? 1 : 0;
    const std::int64_t epochs = std::max(least, i + 1 < count ? even : rest);
    step.values["epochs"] = fmt::format("{}", epochs);
    step.values["batch"] = fmt::format("{}", training.batch);
    step.values["learning_rate"] = fmt::format("{}", training.learning_rate);
    step.values["seed"] = fmt::format("{}", training.seed);
    step.values["threads"] = fmt::format("{}", training.threads);
    if (step.verb == "cluster") step.values["layers"] = clusters_of_layers(now, candidate);
    if (step.verb == "quantize") step.values["layers"] = bits_of_layers(now, candidate);
    const std::unique_ptr<Verb> verb = verb_called(step.verb);
    Given given(step.values);
    verb->settings(given);
    const fs::path made = folder.path() / fmt::format("{}.tflite", i);
    verb->run({.model = now, .output = made, .data = &data, .stop = work.stop});
    now = made;
  }
  const Graph graph = read_sound_model(now).main();
  return {.score = score(graph, judging_samples(matched(graph, *work.data)), "auto", work),
          .price = price_of(graph, target),
          .file = read_file(now)};
}

}  // namespace mirim
