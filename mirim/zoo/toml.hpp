#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "mirim/exec/player.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/learn/rule.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/expression.hpp"
#include "mirim/zoo/transformer.hpp"

namespace mirim {

struct TomlModelOptions {
  Parameters parameters{};  ///< replace the values in the file's [parameters]
  std::uint64_t seed = 1;   ///< of the initial weights
  WeightContent weights = WeightContent::initialised;
};

/// The network that a TOML text describes, built by a Builder:
///
///     name = "tiny"
///     [parameters]                    # whole numbers; sizes may be written with them: "2*width"
///     width = 16
///     [input]
///     shape = [28, 28, 1]             # one sample
///     normalize = { scale = 0.0039 }  # with offset; or { mean = [...], deviation = [...] }: one number or per
///     channel;
///                                     # or "data": mean and deviation of the training samples
///     [[layer]]
///     type = "conv2d"                 # keys as the members of Conv2dLayer; sizes n or [n, m]
///     filters = "width"
///     activation = "relu"
///     [[layer]]
///     type = "add"
///     from = ["conv2d_1", "input"]    # names of layers; the layer before unless given
///
/// `[output]` with normalize = "data" scales the targets. `outputs = ["name", ...]` at the top names the results if
/// they are not the last layer's. `[training]` is for `read_description`. Messages begin with `file` and the line.
/// Throws Error, one line that says where, which key and what to do, for text that is no TOML, unknown keys, layers and
/// activations (with the nearest known one), sizes out of range and whatever the operators refuse. Any text is safe:
/// nesting, sizes, layers and the total of all tensors are limited.
Graph parse_model(std::string_view text, const std::string& file, const TomlModelOptions& options = {});

/// The same from a file.
Graph read_model(const std::filesystem::path& path, const TomlModelOptions& options = {});

/// What the authors of a network trained it with.
struct TrainingRun {
  std::int64_t samples = 0;  ///< of the training set
  double epochs = 0;
};

/// All that a TOML text says: a network of layers, or a transformer by its sizes,
///
///     [transformer]
///     layers = 12
///     width = 768
///     heads = 12                      # may be left out
///     context = 1024
///     vocabulary = 50257
///     tokens = 300_000_000_000        # of its training; may be left out
///
/// by what it learns, if not by backpropagation: `[learn]`, or several `[[learn]]` in order, each with `rule` and its
/// settings; and how it was trained, if it says so: `[training]` with samples and epochs (of layers).
struct Description {
  std::string name;
  Graph graph{};                             ///< without nodes if it is a transformer
  std::optional<Transformer> transformer{};  ///< its figures fit (`cost_of` does not throw)
  std::optional<TrainingRun> training{};
  Rules rules{};      ///< by which it learns, in order; none: by backpropagation
  Players players{};  ///< who train against each other; none: one network learns
};

/// Throws Error if it is a transformer's, which has no graph; `file` is what it was read from.
void refuse_transformer(const Description& description, const std::string& file);

/// The description in a TOML text. Throws Error as `parse_model`, which refuses a transformer.
Description parse_description(std::string_view text, const std::string& file, const TomlModelOptions& options = {});

/// The same from a file.
Description read_description(const std::filesystem::path& path, const TomlModelOptions& options = {});

}  // namespace mirim
