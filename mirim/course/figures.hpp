#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "mirim/base/language.hpp"
#include "mirim/recipe/recipe.hpp"

namespace mirim::course {

/// What a figure may need: the chapter's run, made before.
struct FigureWork {
  const Recipe& recipe;
  std::filesystem::path folder;  ///< of the run: float.tflite, int8.tflite
  std::filesystem::path models;  ///< the project's models/*.toml
  Language language = Language::en;
  std::function<bool()> stop{};
};

/// The data of a figure that stands in a chapter as <!-- figure: NAME -->, as JSON; "" if the page draws it from the
/// run, or from nothing. Throws Error, also for a figure that no page knows.
std::string figure_data(std::string_view figure, const FigureWork& work);

/// The weights along a training: the recipe's own, once more, with at most 60 of its epochs kept.
/// {"layers": [{"inputs", "units", "activation"}], "points": [[x, y, label]], "frames": [{"epoch", "loss", "accuracy",
/// "weights": [...]}]}; each layer's weights, unit by unit, then its biases. Throws Error for a model that is not fully
/// connected layers and activations on two inputs.
std::string film(const FigureWork& work);

/// What activations cost on a Cortex-M4 in int8, behind a layer of 64 neurons: [{"name", "cycles", "bytes"}], cycles an
/// element more than without activation, by the kernels' prices, and bytes of constants more.
std::string activation_costs();

/// What the run's int8 model costs on each core: [{"name", "cycles", "constant_bytes", "arena_bytes"}], by the
/// kernels' prices.
std::string core_costs(const FigureWork& work);

/// What a .tflite holds: {"bytes", "head": its first 16 bytes, "tensors": [{"name", "type", "shape", "bytes", "scales",
/// "scale", "zero_point"}]}.
std::string file_parts(const FigureWork& work);

/// The networks from LeNet-5 to EfficientNet side by side, as `mirim cost` counts them: [{"name", "parameters",
/// "macs"}].
std::string network_costs(const FigureWork& work);

}  // namespace mirim::course
