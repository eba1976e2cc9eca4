#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mirim/data/augment.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

struct BatchOptions {
  std::int64_t batch = 32;
  bool shuffle = false;    ///< a new order each epoch, by `seed`
  bool drop_last = false;  ///< leave out an epoch's last, smaller batch
  std::uint64_t seed = 1;
  Augmentation augmentation{};
};

/// One batch. Its buffers always hold `BatchOptions::batch` samples; from `size` on, x and targets are 0 and labels -1.
struct Batch {
  std::int64_t epoch = 0;
  std::int64_t index = 0;  ///< within the epoch
  std::int64_t size = 0;
  Tensor x;                          ///< float32, batch x sample: raw values, 0..255 for pixels
  std::vector<std::int32_t> labels;  ///< batch of them; empty when the data has none
  Tensor targets;                    ///< float32, batch x target; empty when the data has none
};

/// Batches without end, epoch after epoch, made on a thread ahead of need into two buffers that take turns, with no
/// allocation per batch. The content of batch (epoch, index) depends on data, options and these two numbers alone, so
/// work goes on with the very same batches wherever it was stopped.
class Batches {
 public:
  /// Throws Error when there are fewer samples than one batch needs (none; or, with drop_last, less than `batch`).
  Batches(Dataset data, BatchOptions options);
  ~Batches();
  Batches(Batches&&) noexcept;
  Batches& operator=(Batches&&) noexcept;

  std::int64_t per_epoch() const;
  /// The next batch; valid until the next call. Throws what its making threw.
  const Batch& next();
  /// Makes `next` give this batch.
  void seek(std::int64_t epoch, std::int64_t index);

 private:
  class Maker;
  std::unique_ptr<Maker> maker_;
};

}  // namespace mirim
