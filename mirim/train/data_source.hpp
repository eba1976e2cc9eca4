#pragma once

#include "mirim/data/batches.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// The samples of a data set as `fit` wants them.
class DataSource final : public BatchSource {
 public:
  /// Throws what Batches throws.
  DataSource(Subset samples, const BatchOptions& options) : batches_(std::move(samples), options) {}

  std::int64_t samples() const override { return batches_.samples(); }
  void fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) override {
    batches_.fill(epoch, first, count, to.x, to.labels, to.targets);
  }

 private:
  Batches batches_;
};

}  // namespace mirim
