#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mirim/exec/training_plan.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// Everything that training needs to continue with the same bits. Orders and random numbers follow from seed, epoch and
/// step, so it has no generator's state.
struct Checkpoint {
  /// "key = value" lines of the network and the options; two trainings may share a checkpoint only if all are equal.
  std::vector<std::string> settings{};
  int epoch = 0;  ///< epochs finished
  Learnt learnt{};
  std::vector<EpochRecord> history{};
  int best_epoch = -1;
  Learnt best{};  ///< without moments; empty without a validation set

  bool operator==(const Checkpoint&) const = default;
};

/// The settings of a training with this graph and these options.
std::vector<std::string> settings_of(const Graph& graph, const FitOptions& options, std::int64_t samples);

/// Writes the file whole or not at all: magic, version, content, checksum.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error if it is missing, no checkpoint, truncated or damaged.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// Throws Error that names the first differing setting.
void require_same_settings(const std::filesystem::path& path, const std::vector<std::string>& of_checkpoint,
                           const std::vector<std::string>& now);

}  // namespace mirim
