#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/exec/player.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/learn/rule.hpp"

namespace mirim {

/// A model to work on: MODEL.toml (weights initialised from `seed`) or MODEL.tflite. Sound (verify). Throws Error.
Model read_any_model(const std::filesystem::path& path, std::uint64_t seed = 1);

/// The same for display: it may also have operators or types that mirim cannot run. `warnings` gets what is odd, and
/// why it cannot be run, one line each. The graph of `signature` becomes the main one. A MODEL.toml gets no weights at
/// all (graph/hollow.hpp) unless there is a `seed` for them. Throws Error for a broken file.
Model read_to_look_at(const std::filesystem::path& path, std::optional<std::uint64_t> seed,
                      std::vector<std::string>& warnings, std::string_view signature = "");

/// A line that says which signature the main graph is, if the model has others that name other graphs; else "".
std::string hint_at_signatures(const Model& model);

/// What is wrong or odd about a .tflite file, and what in it mirim cannot run; of its main graph also once it is made
/// runnable. Throws Error if it cannot be read.
Findings examine_model(const std::filesystem::path& path);

/// Makes the main graph what `read_runnable_model` makes of it; if that fails, it stays unchanged.
void resolve_variables_if_possible(Model& model, std::int32_t most_rounds = kMostRounds);

/// A .tflite file, sound, with the forms of its constants; weights that no integer sum can take are floats
/// (`widen_weights_of_other_axes`). `warnings` gets a line for each form that the numbers do not
/// obey any more. Throws Error.
Model read_sound_model(const std::filesystem::path& path, std::vector<std::string>* warnings = nullptr);

/// Writes a .tflite file, with the forms of its constants in the metadata, the signatures that its main graph has kept
/// (`keep_signatures`), and what other tools want (`complete_tflite`). Whole or not at all.
void write_model(const std::filesystem::path& path, Model model);

/// What of a file is to run.
struct Runnable {
  std::string signature{};                 ///< the graph of this signature; empty for the first
  std::int32_t most_rounds = kMostRounds;  ///< of each loop
  bool layers = true;                      ///< loops that are recurrent layers become these (`recognise_recurrent`)
};

/// The same to run or to compile: resource variables, CALL_ONCE, WHILE and IF are resolved in its main graph
/// (`resolve_variables`).
Model read_runnable_model(const std::filesystem::path& path, const Runnable& what = {});

/// A model to train: batch norm and activations that write_trained spelt in other operators are one operator again. The
/// graph keeps the file's signatures. Throws Error for a description with rules of its own.
Graph read_for_training(const std::filesystem::path& path, std::uint64_t seed,
                        std::vector<std::string>* warnings = nullptr);

/// A network as it begins to learn: its graph, and the rules of its description by which it learns before, or in place
/// of, backpropagation.
struct Pupil {
  Graph graph;
  Rules rules{};
  Players players{};
};

/// The same with the rules of a description.
Pupil read_pupil(const std::filesystem::path& path, std::uint64_t seed, std::vector<std::string>* warnings = nullptr);

/// Writes a trained graph so that other tools can run it: without DROPOUT; batch norm as the MUL and ADD of inference,
/// with its statistics in the metadata; activations that TFLite lacks as its operators. Whole or not at all.
void write_trained(const std::filesystem::path& path, Graph graph);

}  // namespace mirim
