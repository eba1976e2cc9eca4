#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "mirim/data/augment.hpp"
#include "mirim/data/dataset.hpp"

namespace mirim {

struct BatchOptions {
  std::optional<std::uint64_t> shuffle_seed{};  ///< a new order in each epoch; none: the data's order
  Augmentation augmentation{};                  ///< by the seed; without one the same in each epoch
  bool read_ahead = true;                       ///< makes the next batch on a thread while the last one is used
  bool itself = false;  ///< the targets are the samples, even where the data has others: of an autoencoder
  /// The new order is one of groups (Dataset::groups), whose samples follow each other.
  bool whole_groups = false;
};

/// The samples of a subset as floats, in batches. A batch's content depends only on seed, epoch and position, so
/// resumed training sees the same. A thread prepares the batch after the last one requested, in buffers that stay.
class Batches {
 public:
  /// Throws Error if the samples cannot be augmented, or have a type that to_floats lacks.
  Batches(Subset samples, const BatchOptions& options);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  std::int64_t samples() const;

  /// Writes the samples at positions [first, first + count) of this epoch's order: elements to x, classes to labels and
  /// numbers to targets, each only if it is not empty. If the data has no targets, or for `itself`, `targets`
  /// gets x itself (an autoencoder), without its noise. The spans must have room for exactly `count` (assert); the
  /// positions must exist.
  void fill(int epoch, std::int64_t first, std::int64_t count, std::span<float> x, std::span<std::int32_t> labels,
            std::span<float> targets);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// The elements of one sample, float32, bool or integers, as the nearest floats, which is exact up to 2^24. Throws
/// Error for another type.
void to_floats(const TensorType& type, BytesView sample, std::span<float> to);

}  // namespace mirim
