#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Samples of one type, one after the other, each with a class, or target values, or nothing (for an autoencoder).
/// Values are unchanged: normalisation is part of a model.
struct Dataset {
  TensorType sample{};  ///< of one, without a batch: uint8 [28,28,1]
  Bytes samples{};
  std::vector<std::int32_t> labels{};      ///< one each, in [0, class_names.size()); or empty
  std::vector<std::string> class_names{};  ///< the numbers as text ("0", "1", ...) if the source has no names
  /// The source has names: the texts of a CSV, Fashion-MNIST, CIFAR-10. False if labels are only numbers.
  bool named_classes = false;
  std::vector<float> targets{};  ///< `target_size` each; or empty
  std::int64_t target_size = 0;
  std::vector<std::string> target_names{};   ///< of a table's target columns, `target_size` of them; or empty
  std::vector<std::string> feature_names{};  ///< of a table's columns, in the order of a sample's elements; or empty
  /// Of a recording or a speaker, one each: a split keeps samples of one group together; or empty.
  std::vector<std::int32_t> groups{};
  /// The samples follow each other in time: a network with state keeps it from one to the next.
  bool series = false;
  /// Samples are sequences, [steps, ...], of any number of steps: a test set may have longer ones.
  bool sequences = false;
  /// Samples are the steps of sequences, so many of each, which follow each other (data/steps.hpp); 0: of none.
  std::int64_t steps = 0;
  /// A target that is NaN is one that nobody asks for: it counts in no loss and no figure. Else NaN is a fault.
  bool partly_asked = false;
  std::int64_t warm_up = 0;  ///< of a series: so many samples at its beginning only fill the state, and are not scored
  /// How the source was read, one line each, for people: "label: column 4 'species', 3 classes: setosa, ...".
  std::vector<std::string> notes{};

  std::int64_t size() const;
  BytesView operator[](std::int64_t i) const;
};

/// Some samples of a data set, by index; copies share the data.
struct Subset {
  std::shared_ptr<const Dataset> data{};
  std::vector<std::int64_t> index{};

  std::int64_t size() const { return static_cast<std::int64_t>(index.size()); }
  BytesView sample(std::int64_t i) const { return (*data)[index[static_cast<std::size_t>(i)]]; }
  std::int32_t label(std::int64_t i) const {
    return data->labels[static_cast<std::size_t>(index[static_cast<std::size_t>(i)])];
  }
  /// The first `count` of them, or all when there are fewer.
  Subset first(std::int64_t count) const;
};

struct Splits {
  Subset training;
  Subset validation;
  Subset test;
};

struct SplitOptions {
  double validation = 0.1;  ///< of the training samples, drawn by `seed`
  double test = 0.2;        ///< of all samples, drawn by `seed`, if the source has no test set of its own
  std::uint64_t seed = 1;
  /// Read only the test set, if the source has its own; training and validation then stay empty.
  bool test_only = false;
  /// Another source as the test set, matched to the first: columns and classes by name.
  std::string test_set{};
  /// Not 0: instead of a part the test samples are one of so many folds (`fold_of_each`), the one with number `fold`
  /// from 1 on. Throws Error for a source with a test set of its own.
  std::int64_t folds = 0;
  std::int64_t fold = 1;
};

/// Reads the data that `spec` names, KIND or KIND:PLACE with options; docs/data.md lists the kinds. Files may be packed
/// as .gz or .xz and folders may be read-only. The notes say how the source was read. Throws Error that names the file
/// and what to do.
Splits load_data(std::string_view spec, const SplitOptions& options = {});

/// Splits one data set: test and validation drawn by seed, the rest for training; of a series the last parts instead.
/// Groups are drawn as a whole: so many that their samples come nearest to the part, but at least one of two. Throws
/// Error for parts that are not in [0, 1) or leave nothing to train on.
Splits split(std::shared_ptr<const Dataset> data, const SplitOptions& options);

/// Throws Error that names the first label outside [0, class_names.size()) and its sample.
void check_labels(const Dataset& data);

}  // namespace mirim
