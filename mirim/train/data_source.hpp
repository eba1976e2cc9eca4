#pragma once

#include "mirim/data/batches.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/train/fit.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// The samples of a data set for `fit`, with the targets of a task; regression targets are scaled by `targets` unless
/// it is empty.
class DataSource final : public BatchSource {
 public:
  /// Throws what Batches throws.
  DataSource(Subset samples, const BatchOptions& options, const Task& task = {}, Scaling targets = {});

  std::int64_t samples() const override { return batches_.samples(); }
  void fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) override;

 private:
  void find_varying(int epoch, std::int64_t first, std::int64_t count, const BatchView& to);
  /// The classes of the batch that is also written to x.
  std::span<const std::int32_t> classes(int epoch, std::int64_t first, std::int64_t count, std::span<float> x);

  std::shared_ptr<const Dataset> data_;
  Task::Kind kind_;
  Batches batches_;
  std::optional<Batches> numbers_{};  // of the samples, where an autoencoder's data have them
  Scaling scaling_;
  std::vector<std::int32_t> classes_{};
  std::vector<float> rows_{};  // targets that encode the class
};

}  // namespace mirim
