#include "mirim/train/data_source.hpp"

#include <algorithm>
#include <utility>

namespace mirim {
namespace {

BatchOptions with_targets_of(Task::Kind kind, BatchOptions options) {
  options.itself = kind == Task::Kind::sample;
  return options;
}

BatchOptions without_reading_ahead(BatchOptions options) {
  options.read_ahead = false;
  options.augmentation = {};
  return options;
}

}  // namespace

DataSource::DataSource(Subset samples, const BatchOptions& options, const Task& task, Scaling targets)
    : data_(samples.data),
      kind_(task.kind),
      batches_(samples, with_targets_of(task.kind, options)),
      scaling_(std::move(targets)) {
  if (kind_ == Task::Kind::sample && !data_->targets.empty()) {
    numbers_.emplace(std::move(samples), without_reading_ahead(options));
  }
}

void DataSource::fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) {
  if (kind_ != Task::Kind::classes) {
    batches_.fill(epoch, first, count, to.x, {}, to.targets);
    if (!to.varying.empty()) find_varying(epoch, first, count, to);
    for (std::size_t i = 0; i < to.targets.size() && !scaling_.empty(); ++i) {
      to.targets[i] = scaling_.to_real(i, to.targets[i]);
    }
    return;
  }
  const auto of_samples = classes(epoch, first, count, to.x);
  if (!to.labels.empty()) std::ranges::copy(of_samples, to.labels.begin());
  const std::size_t outputs = to.targets.size() / static_cast<std::size_t>(count);
  for (std::size_t i = 0; outputs > 0 && i < of_samples.size(); ++i) {
    write_one_hot(of_samples[i], to.targets.subspan(i * outputs, outputs));
  }
}

void DataSource::find_varying(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) {
  std::ranges::fill(to.varying, 0.0F);
  if (!numbers_) return;
  const auto size = static_cast<std::size_t>(data_->target_size);
  std::vector<float> x(to.x.size());
  rows_.resize(static_cast<std::size_t>(count) * size);
  numbers_->fill(epoch, first, count, x, {}, rows_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i] != rows_[i % size]) to.varying[i % size] = 1;
  }
}

std::span<const std::int32_t> DataSource::classes(int epoch, std::int64_t first, std::int64_t count,
                                                  std::span<float> x) {
  classes_.resize(static_cast<std::size_t>(count));
  if (!data_->labels.empty() || data_->targets.empty()) {
    batches_.fill(epoch, first, count, x, classes_, {});
    return classes_;
  }
  const auto size = static_cast<std::size_t>(data_->target_size);
  rows_.resize(classes_.size() * size);
  batches_.fill(epoch, first, count, x, {}, rows_);
  for (std::size_t i = 0; i < classes_.size(); ++i) classes_[i] = class_of(std::span(rows_).subspan(i * size, size));
  return classes_;
}

}  // namespace mirim
