#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/meaning.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

/// The content of a folder written by `compile`, stored in mirim.json beside the code for the tools that use the folder
/// later.
struct Firmware {
  struct Port {
    std::string name;
    TensorType type;
    Quantization quantization;                ///< empty for float
    std::vector<std::string> labels{};        ///< labels_of the value
    std::vector<std::string> value_labels{};  ///< value_labels_of it
    Scaling scaling{};                        ///< scaling_of it
    std::optional<Distribution> random{};     ///< distribution_of it
    bool operator==(const Port&) const = default;
  };
  /// A step of the plan, for profiles.
  struct Layer {
    std::string name;
    std::string op;      ///< TFLite's: "CONV_2D"
    std::string kernel;  ///< Step::kernel; empty if nothing is called
    std::int64_t macs = 0;
    bool operator==(const Layer&) const = default;
  };
  std::string name;    ///< prefix of the functions, stem of the files
  std::string target;  ///< Target::name
  bool reentrant = false;
  bool input_rows = false;  ///< its input comes row by row (CompileOptions::input_rows)
  std::int64_t arena_bytes = 0;
  std::int64_t constant_bytes = 0;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  /// Of a model that learns (CompileOptions::learn): what each sample should be answered, and what it has learnt.
  std::optional<Port> target_of_learning{};
  std::int64_t learnt_bytes = 0;
  std::vector<Layer> layers{};       ///< in the order of the plan's steps
  std::vector<std::string> files{};  ///< that were written with this description, relative to the folder

  /// Bytes of one sample: all inputs, one after the other.
  std::int64_t sample_bytes() const;
  /// Rows of input 0, and bytes of each; of a model whose input comes row by row.
  std::int64_t rows() const { return inputs[0].type.shape[1]; }
  std::int64_t row_bytes() const { return inputs[0].type.bytes() / rows(); }
  /// Bytes of one result: all outputs, one after the other.
  std::int64_t answer_bytes() const;

  bool operator==(const Firmware&) const = default;
};

inline constexpr std::string_view kFirmwareFile = "mirim.json";

std::string to_json(const Firmware& firmware);

/// Reads mirim.json of the folder. Throws Error when there is none or it is broken.
Firmware read_firmware(const std::filesystem::path& folder);

/// `name` in capitals, as in the macros of model.h.
std::string macro_prefix(std::string_view name);

}  // namespace mirim
