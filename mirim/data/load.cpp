#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/data/shuffle.hpp"
#include "mirim/formats/cifar.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/csv.hpp"
#include "mirim/formats/idx.hpp"
#include "mirim/formats/npy.hpp"

namespace mirim {
namespace {

using std::filesystem::path;

constexpr std::array kFashionNames{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                   "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
constexpr std::array kCifarNames{"airplane", "automobile", "bird",  "cat",  "deer",
                                 "dog",      "frog",       "horse", "ship", "truck"};

/// The samples of a tensor along its first axis; images without a channel axis get one.
void set_samples(Dataset& data, Tensor tensor) {
  std::vector<std::int64_t> dimensions = tensor.type.shape.dimensions();
  if (dimensions.empty() || dimensions[0] == 0) fail("holds no samples");
  dimensions.erase(dimensions.begin());
  if (dimensions.size() == 2) dimensions.push_back(1);
  data.sample = {tensor.type.dtype, Shape(std::move(dimensions))};
  if (data.sample.bytes() == 0) fail("holds samples without elements");
  data.samples = std::move(tensor.bytes);
}

template <class T>
void append_integers(const Tensor& tensor, std::vector<std::int32_t>& to) {
  for (const T value : tensor.as<T>()) {
    if (!std::in_range<std::int32_t>(value)) fail("has the label {}", value);
    to.push_back(static_cast<std::int32_t>(value));
  }
}

std::vector<std::int32_t> integer_labels(const Tensor& tensor) {
  std::vector<std::int32_t> labels;
  switch (tensor.type.dtype) {
    case DType::uint8:
      append_integers<std::uint8_t>(tensor, labels);
      break;
    case DType::int8:
      append_integers<std::int8_t>(tensor, labels);
      break;
    case DType::int16:
      append_integers<std::int16_t>(tensor, labels);
      break;
    case DType::int32:
      append_integers<std::int32_t>(tensor, labels);
      break;
    case DType::int64:
      append_integers<std::int64_t>(tensor, labels);
      break;
    default:
      fail("holds {}, expected integers as labels", name(tensor.type.dtype));
  }
  return labels;
}

/// As many classes as there are labels to number them.
std::int32_t class_count(const std::vector<std::int32_t>& labels) {
  if (labels.empty()) return 0;
  const std::int32_t largest = *std::max_element(labels.begin(), labels.end());
  constexpr std::int32_t kMostClasses = 100000;
  if (largest >= kMostClasses) fail("has the label {}; classes are numbered from 0", largest);
  return largest + 1;
}

void set_labels(Dataset& data, std::vector<std::int32_t> labels) {
  if (static_cast<std::int64_t>(labels.size()) != data.size()) {
    fail("has {} labels for {} samples", labels.size(), data.size());
  }
  data.labels = std::move(labels);
  if (data.class_names.empty()) data.class_names = numbered_classes(class_count(data.labels));
  check_labels(data);
}

Dataset idx_pair(const path& images, const path& labels, std::vector<std::string> class_names) {
  Dataset data;
  data.class_names = std::move(class_names);
  data.named_classes = !data.class_names.empty();
  const Bytes bytes = read_unpacked(images);
  in_context(images.string(), [&] { set_samples(data, parse_idx(bytes)); });
  const Tensor tensor = read_idx(labels);
  in_context(labels.string(), [&] { set_labels(data, integer_labels(tensor)); });
  return data;
}

Subset all_of(Dataset data) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return {std::make_shared<const Dataset>(std::move(data)), std::move(all)};
}

/// A source with a test set of its own: validation comes out of the training samples.
Splits with_test(Dataset training, Dataset test, SplitOptions options) {
  if (training.sample != test.sample) fail("training and test samples differ in type");
  options.test = 0;
  Splits splits = split(std::make_shared<const Dataset>(std::move(training)), options);
  splits.test = all_of(std::move(test));
  return splits;
}

Splits load_idx_folder(const path& folder, std::vector<std::string> class_names, const SplitOptions& options) {
  const auto file = [&](const std::string& part) { return find_packed(folder / (part + "-ubyte")); };
  const auto pair = [&](const std::string& part) {
    return idx_pair(file(part + "-images-idx3"), file(part + "-labels-idx1"), class_names);
  };
  if (options.test_only) {
    Dataset test = pair("t10k");
    if (class_names.empty()) {  // those of both files of labels
      const path labels = file("train-labels-idx1");
      const Tensor tensor = read_idx(labels);
      const auto classes = in_context(labels.string(), [&] { return class_count(integer_labels(tensor)); });
      test.class_names = std::max(test.class_names, numbered_classes(classes));
    }
    return {.training = {}, .validation = {}, .test = all_of(std::move(test))};
  }
  Dataset training = pair("train"), test = pair("t10k");
  if (class_names.empty()) training.class_names = test.class_names = std::max(training.class_names, test.class_names);
  return with_test(std::move(training), std::move(test), options);
}

Splits load_fashion_mnist(path folder, const SplitOptions& options) {
  if (folder.empty()) {
    folder = "/usr/share/datasets/fashion-mnist";
    if (!std::filesystem::exists(folder)) {
      fail(
          "{}: Fashion-MNIST is not there; install Debian's package dataset-fashion-mnist, or say fashion-mnist:FOLDER",
          folder.string());
    }
  }
  return load_idx_folder(folder, {kFashionNames.begin(), kFashionNames.end()}, options);
}

Dataset load_cifar_files(const path& folder, const std::vector<std::string>& names) {
  CifarRecords records;
  for (const std::string& file : names) {
    const path at = find_packed(folder / file);
    const Bytes bytes = read_unpacked(at);
    in_context(at.string(), [&] { append_cifar10(bytes, records); });
  }
  return {.sample = {DType::uint8, {32, 32, 3}},
          .samples = std::move(records.images),
          .labels = std::move(records.labels),
          .class_names = {kCifarNames.begin(), kCifarNames.end()},
          .named_classes = true};
}

Splits load_cifar10(const path& folder, const SplitOptions& options) {
  if (folder.empty()) fail("cifar10 needs its folder: cifar10:FOLDER with data_batch_1.bin to 5 and test_batch.bin");
  Dataset test = load_cifar_files(folder, {"test_batch.bin"});
  if (options.test_only) return {.training = {}, .validation = {}, .test = all_of(std::move(test))};
  std::vector<std::string> training;
  for (int i = 1; i <= 5; ++i) training.push_back(fmt::format("data_batch_{}.bin", i));
  return with_test(load_cifar_files(folder, training), std::move(test), options);
}

Dataset load_npy_pair(const path& x, const path& y) {
  Dataset data;
  Tensor samples = read_npy(x);
  in_context(x.string(), [&] { set_samples(data, std::move(samples)); });
  if (y.empty()) return data;
  const Tensor answers = read_npy(y);
  in_context(y.string(), [&] {
    if (answers.type.dtype != DType::float32) return set_labels(data, integer_labels(answers));
    if (answers.type.shape.rank() < 1 || answers.type.shape[0] != data.size()) {
      fail("has shape [{}] for {} samples", to_string(answers.type.shape), data.size());
    }
    data.targets.assign(answers.as<float>().begin(), answers.as<float>().end());
    data.target_size = answers.type.shape.elements() / data.size();
  });
  return data;
}

float number_in(const std::string& text, std::size_t row, std::size_t column) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    fail("row {}, column {}: '{}' is no finite number", row + 1, column, text);
  }
  return value;
}

std::optional<std::size_t> label_column(const CsvTable& table, std::string_view label) {
  const std::size_t columns = table.rows[0].size();
  if (label.empty()) return columns - 1;
  if (label == "none") return std::nullopt;
  const auto named = std::find(table.header.begin(), table.header.end(), label);
  if (named != table.header.end()) return static_cast<std::size_t>(named - table.header.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error == std::errc{} && end == label.data() + label.size() && number < columns) return number;
  fail("has no column '{}', the columns are {}", label,
       table.header.empty() ? fmt::format("0 to {}", columns - 1) : fmt::format("{}", fmt::join(table.header, ", ")));
}

/// Text as classes, in order of their names; whole numbers from 0 as they are.
void set_text_labels(Dataset& data, const std::vector<std::string>& texts) {
  std::vector<std::int32_t> labels;
  for (const std::string& text : texts) {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) break;
    labels.push_back(value);
  }
  if (labels.size() == texts.size()) return set_labels(data, std::move(labels));
  labels.clear();
  data.named_classes = true;
  std::map<std::string, std::int32_t> classes;
  for (const std::string& text : texts) classes.emplace(text, 0);
  for (auto& [text, number] : classes) {
    number = static_cast<std::int32_t>(data.class_names.size());
    data.class_names.push_back(text);
  }
  for (const std::string& text : texts) labels.push_back(classes.at(text));
  set_labels(data, std::move(labels));
}

Dataset load_csv(const path& file, std::string_view label) {
  const CsvTable table = read_csv(file);
  return in_context(file.string(), [&] {
    const auto column = label_column(table, label);
    std::vector<float> values;
    std::vector<std::string> labels;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      for (std::size_t c = 0; c < table.rows[r].size(); ++c) {
        if (c == column) {
          labels.push_back(table.rows[r][c]);
        } else {
          values.push_back(number_in(table.rows[r][c], r + (table.header.empty() ? 0 : 1), c));
        }
      }
    }
    const auto features = static_cast<std::int64_t>(values.size() / table.rows.size());
    if (features == 0) fail("has no columns beside the label");
    Dataset data{.sample = {DType::float32, {features}}};
    const BytesView bytes = bytes_of(values);
    data.samples.assign(bytes.begin(), bytes.end());
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      if (c != column) data.feature_names.push_back(table.header[c]);
    }
    if (column) set_text_labels(data, labels);
    return data;
  });
}

}  // namespace

Splits load_data(std::string_view spec, const SplitOptions& options) {
  const auto colon = spec.find(':');
  const std::string_view kind = spec.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : spec.substr(colon + 1);
  const auto comma = rest.find(',');
  const std::string_view first = rest.substr(0, comma);
  const std::string_view second = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  const auto one = [&](Dataset data) { return split(std::make_shared<const Dataset>(std::move(data)), options); };

  if (kind == "fashion-mnist") return load_fashion_mnist(rest, options);
  if (kind == "cifar10") return load_cifar10(rest, options);
  if (rest.empty() && (kind == "idx" || kind == "npy" || kind == "csv"))
    fail("data '{}' names no file, expected {}:FILE", spec, kind);
  if (kind == "idx") return second.empty() ? load_idx_folder(first, {}, options) : one(idx_pair(first, second, {}));
  if (kind == "npy") return one(load_npy_pair(first, second));
  if (kind == "csv") {
    constexpr std::string_view kLabel = "label=";
    if (!second.empty() && !second.starts_with(kLabel)) fail("data '{}': expected csv:FILE,label=COLUMN", spec);
    return one(load_csv(first, second.empty() ? second : second.substr(kLabel.size())));
  }
  fail("there is no data '{}', expected fashion-mnist, cifar10:FOLDER, idx:FOLDER, npy:X,Y or csv:FILE", spec);
}

}  // namespace mirim
