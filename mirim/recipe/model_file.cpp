#include "mirim/recipe/model_file.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compress/form_metadata.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_bidirectional.hpp"
#include "mirim/formats/tflite_complete.hpp"
#include "mirim/graph/calls.hpp"
#include "mirim/graph/signatures.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/batch_norm_metadata.hpp"
#include "mirim/passes/contract_activations.hpp"
#include "mirim/passes/decode_constants.hpp"
#include "mirim/passes/expand_activations.hpp"
#include "mirim/passes/expand_recurrent.hpp"
#include "mirim/passes/make_batch_major.hpp"
#include "mirim/passes/mark_metadata.hpp"
#include "mirim/passes/recognise_recurrent.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/store_calls.hpp"
#include "mirim/passes/store_variables.hpp"
#include "mirim/passes/widen_weights.hpp"
#include "mirim/passes/zero_bias.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {

namespace {

void choose(Model& model, std::string_view signature, const std::filesystem::path& path) {
  if (!signature.empty()) in_context(path.string(), [&] { choose_signature(model, signature); });
}

Graph runnable(const Model& model, std::int32_t most_rounds, bool layers) {
  Graph graph = resolve_variables(model, most_rounds);
  if (model.graphs.size() == 1) return graph;
  verify_or_throw(graph);
  if (layers) recognise_recurrent(graph);
  return graph;
}

/// What a file stores in a way that only its writer's runtime computes with becomes plain constants, and operators that
/// are several of mirim's become those.
void make_plain(Model& model) {
  decode_constants(model);
  widen_weights_of_other_axes(model);
  split_bidirectional_lstms(model);
}

/// The file as its reader finds it, made plain if it is sound.
TfliteFile examine_plain(const std::filesystem::path& path) {
  TfliteFile file = examine_tflite(read_tflite_bytes(path));
  if (!file.findings.problems.empty()) return file;
  make_plain(file.model);
  Findings now = examine(file.model);
  file.findings.problems = std::move(now.problems);
  file.findings.unsupported = std::move(now.unsupported);
  return file;
}

}  // namespace

Model read_sound_model(const std::filesystem::path& path, std::vector<std::string>* warnings) {
  if (path.extension() == ".toml" && std::filesystem::exists(path)) {
    fail(
        "{}: describes a network that is not trained yet; write a .tflite first: mirim train {} --data SET -o "
        "float.tflite",
        path.string(), path.string());
  }
  Model model = read_tflite_file(path);
  in_context(path.string(), [&] {
    make_plain(model);
    verify_or_throw(model);
    restore_marks(model);
    for (std::string& line : restore_forms(model)) {
      if (warnings) warnings->push_back(path.string() + ": " + line);
    }
  });
  return model;
}

void write_model(const std::filesystem::path& path, Model model) {
  restore_signatures(model);
  complete_tflite(model);
  save_forms(model);
  save_marks(model);
  write_tflite_file(path, model);
}

Model read_runnable_model(const std::filesystem::path& path, const Runnable& what) {
  Model model = read_sound_model(path);
  choose(model, what.signature, path);
  in_context(path.string(), [&] { model.main() = runnable(model, what.most_rounds, what.layers); });
  return model;
}

Model read_any_model(const std::filesystem::path& path, std::uint64_t seed) {
  if (path.extension() != ".toml") return read_sound_model(path);
  Model model;
  model.graphs.push_back(read_model(path, {.seed = seed}));
  return model;
}

Model read_to_look_at(const std::filesystem::path& path, std::optional<std::uint64_t> seed,
                      std::vector<std::string>& warnings, std::string_view signature) {
  if (path.extension() == ".toml") {
    Model model;
    model.graphs.push_back(seed ? read_model(path, {.seed = *seed})
                                : read_model(path, {.weights = WeightContent::hollow}));
    choose(model, signature, path);
    return model;
  }
  TfliteFile file = examine_plain(path);
  in_context(path.string(), [&] { throw_first(file.findings.problems); });
  for (const auto* lines : {&file.findings.warnings, &file.findings.unsupported}) {
    for (const std::string& line : *lines) warnings.push_back(fmt::format("{}: {}", path.string(), line));
  }
  in_context(path.string(), [&] { restore_marks(file.model); });
  for (const std::string& line : in_context(path.string(), [&] { return restore_forms(file.model); })) {
    warnings.push_back(fmt::format("{}: {}", path.string(), line));
  }
  choose(file.model, signature, path);
  return std::move(file.model);
}

Findings examine_model(const std::filesystem::path& path) {
  TfliteFile file = examine_plain(path);
  Findings& found = file.findings;
  if (!found.problems.empty() || !found.unsupported.empty()) return std::move(found);
  try {
    Findings runnable = examine(resolve_variables(file.model));
    found.problems = std::move(runnable.problems);
    found.unsupported = std::move(runnable.unsupported);
  } catch (const Unsupported& reason) {
    found.unsupported.emplace_back(reason.what());
  } catch (const Error& error) {
    found.problems.emplace_back(error.what());
  }
  return std::move(found);
}

std::string hint_at_signatures(const Model& model) {
  std::string own = "without a name", others;
  for (const Signature& signature : model.signatures) {
    if (signature.graph == 0) {
      own = fmt::format("'{}'", shortened(signature.key));
    } else {
      others += fmt::format("{}'{}'", others.empty() ? "" : ", ", shortened(signature.key));
    }
  }
  if (others.empty()) return "";
  return fmt::format("the model's first graph is the one {}; --signature chooses another: {}", own, others);
}

void resolve_variables_if_possible(Model& model, std::int32_t most_rounds) {
  try {
    model.main() = runnable(model, most_rounds, true);
  } catch (const Error&) {
    return;  // an attempt to run it reports the reason
  }
}

void write_trained(const std::filesystem::path& path, Graph graph) {
  remove_dropout(graph);
  give_unique_names(graph);  // the statistics of batch norm go by name
  Model model;
  model.graphs.push_back(std::move(graph));
  save_batch_norm(model);
  expand_activations(model.main());
  add_zero_biases(model.main());
  expand_gru(model.main());
  store_calls(model);
  store_variables(model);
  remove_unused_values(model.main());
  write_model(path, std::move(model));
}

Pupil read_pupil(const std::filesystem::path& path, std::uint64_t seed, std::vector<std::string>* warnings) {
  Pupil pupil;
  Model model;
  if (path.extension() == ".toml") {
    Description description = read_description(path, {.seed = seed});
    refuse_transformer(description, path.string());
    pupil.rules = std::move(description.rules);
    pupil.players = std::move(description.players);
    model.graphs.push_back(std::move(description.graph));
  } else {
    model = read_sound_model(path, warnings);
  }
  in_context(path.string(), [&] {
    restore_batch_norm(model);
    keep_signatures(model);
    if (model.graphs.size() == 1) return;
    model.main() = runnable(model, kMostRounds, false);
    recognise_gru(model.main());
  });
  contract_activations(model.main());
  remove_zero_biases(model.main());
  pupil.graph = std::move(model.main());
  return pupil;
}

Graph read_for_training(const std::filesystem::path& path, std::uint64_t seed, std::vector<std::string>* warnings) {
  Pupil pupil = read_pupil(path, seed, warnings);
  if (!pupil.rules.empty()) {
    fail(
        "{}: the network learns by the rule '{}', not by backpropagation alone; let 'mirim train' or a recipe learn "
        "it, "
        "and take the .tflite",
        path.string(), pupil.rules[0]->name());
  }
  if (!pupil.players.empty()) {
    fail("{}: the network is a game of players; let 'mirim train' or a recipe play it, and take the .tflite",
         path.string());
  }
  return std::move(pupil.graph);
}

}  // namespace mirim
