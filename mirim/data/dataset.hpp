#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Samples in memory, one after another, with what each should give: a class (`labels`) or numbers (`targets`), or
/// neither. Pixels stay bytes here: batches make floats of them.
struct Samples {
  TensorType sample;                 ///< of one sample, without a batch axis: uint8 28x28x1; uint8, int8 or float32
  Bytes bytes;                       ///< the samples, densely
  std::vector<std::int32_t> labels;  ///< the class of each, in [0, class_names.size()); empty for targets
  Shape target;                      ///< of one target
  std::vector<float> targets;        ///< the targets, densely; empty for labels
  std::vector<std::string> class_names{};  ///< one for each class; empty without labels
};

/// Rows of Samples in an order of their own, which they share with other splits. Cheap to copy apart from `rows`.
struct Dataset {
  std::string name;                        ///< for messages: "fashion-mnist train"
  std::shared_ptr<const Samples> samples;  ///< not null
  std::vector<std::int64_t> rows;          ///< which samples, in which order

  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
  bool empty() const { return rows.empty(); }
  const TensorType& sample() const { return samples->sample; }
  const std::vector<std::string>& class_names() const { return samples->class_names; }
  int classes() const { return static_cast<int>(samples->class_names.size()); }
  bool has_labels() const { return !samples->labels.empty(); }
  bool has_targets() const { return !samples->targets.empty(); }

  /// The bytes of sample i, i in [0, size()).
  BytesView bytes(std::int64_t i) const;
  std::int32_t label(std::int64_t i) const { return samples->labels[static_cast<std::size_t>(row(i))]; }
  std::span<const float> target(std::int64_t i) const;
  std::int64_t row(std::int64_t i) const { return rows[static_cast<std::size_t>(i)]; }
};

/// What a network learns from, is chosen by, and is judged by.
struct Splits {
  Dataset train;
  Dataset validation;
  Dataset test;
};

struct SplitOptions {
  /// Shares of the training samples, and of all samples where the source has no test split of its own.
  double validation = 0.1;
  double test = 0.2;
  std::uint64_t seed = 1;
};

/// All samples in their order. Throws Error when lengths disagree or a label is out of range; says which sample.
Dataset make_dataset(std::string name, Samples samples);

/// The first n samples (all when there are fewer).
Dataset first(const Dataset& data, std::int64_t n);

/// Two disjoint parts of `data`, `share` of it (rounded) in the second, drawn by `seed`; each keeps the order of
/// `data`.
std::pair<Dataset, Dataset> split(const Dataset& data, double share, std::uint64_t seed);

/// The data set that `spec` names, with its splits; a part that is not there is drawn from the training samples:
///   fashion-mnist           Debian's package dataset-fashion-mnist
///   fashion-mnist:FOLDER    idx:FOLDER, mnist:FOLDER   {train,t10k}-{images-idx3,labels-idx1}-ubyte
///   idx:IMAGES,LABELS       one pair of IDX files
///   cifar10:FOLDER          data_batch_1..5.bin and test_batch.bin; the folder is only read
///   csv:FILE[,label=COLUMN][,separator=C][,header=yes|no]
///                           COLUMN is a name or an index, by default the last; label=none for none;
///                           targets=COLUMN[+COLUMN...] for numbers instead of a class
///   npy:X,Y  or  X.npy,Y.npy   Y of integers of one axis are labels, anything else targets; npy:X has neither
/// Each file may also be FILE.gz or FILE.xz. Throws Error that says what is missing and what to do.
Splits load_dataset(std::string_view spec, const SplitOptions& options = {});

/// The spec forms above, one a line, for `--help` and messages.
std::string_view dataset_help();

}  // namespace mirim
