#include "mirim/data/source.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/labels.hpp"
#include "mirim/data/tensor_data.hpp"
#include "mirim/formats/cifar.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/idx.hpp"
#include "mirim/formats/npy.hpp"

namespace mirim {
namespace {

using std::filesystem::path;
using Numbers = std::vector<std::int64_t>;

constexpr std::array kFashionNames{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                   "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
constexpr std::array kCifarNames{"airplane", "automobile", "bird",  "cat",  "deer",
                                 "dog",      "frog",       "horse", "ship", "truck"};

Dataset read_images(const path& file) {
  Dataset data;
  Tensor tensor = read_idx(file);
  in_context(file.string(), [&] { set_samples(data, std::move(tensor)); });
  return data;
}

Numbers read_labels(const path& file, const Dataset& data) {
  const Tensor tensor = read_idx(file);
  return in_context(file.string(), [&] {
    Numbers labels = whole_numbers(tensor);
    if (std::ssize(labels) != data.size()) fail("has {} labels for {} samples", labels.size(), data.size());
    return labels;
  });
}

std::string classes_line(const std::vector<std::string>& names) {
  return fmt::format("labels: {} classes: {}", names.size(), listed(names));
}

/// Classes with the same numbers in training and test, even if one lacks some.
void set_classes(Dataset& data, const Numbers& labels, const NumberClasses& classes) {
  data.notes.push_back(classes_line(classes.names));
  set_labels(data, labels, classes);
}

NumberClasses classes_of(Numbers labels, const Numbers& others) {
  labels.insert(labels.end(), others.begin(), others.end());
  return NumberClasses(std::move(labels));
}

struct IdxFiles {
  path images, labels;
};

/// One of MNIST's files, packed or not, with a dash or a dot before "idx".
path idx_file(const path& folder, const std::string& set, const std::string& what) {
  const path dash = find_packed(folder / fmt::format("{}-{}-ubyte", set, what));
  std::string dotted = what;
  dotted[dotted.rfind('-')] = '.';
  const path dot = find_packed(folder / fmt::format("{}-{}-ubyte", set, dotted));
  std::error_code error;
  return !std::filesystem::exists(dash, error) && std::filesystem::exists(dot, error) ? dot : dash;
}

IdxFiles idx_files(const path& folder, const std::string& set) {
  return {idx_file(folder, set, "images-idx3"), idx_file(folder, set, "labels-idx1")};
}

Source load_idx_sets(const IdxFiles& training, const IdxFiles& test, bool test_only) {
  Source source;
  source.test = read_images(test.images);
  const Numbers test_labels = read_labels(test.labels, *source.test);
  Numbers labels;
  if (test_only) {
    const Tensor tensor = read_idx(training.labels);
    labels = in_context(training.labels.string(), [&] { return whole_numbers(tensor); });
  } else {
    source.samples = read_images(training.images);
    labels = read_labels(training.labels, source.samples);
  }
  const NumberClasses classes = in_context(training.labels.string(), [&] { return classes_of(labels, test_labels); });
  if (!test_only) set_classes(source.samples, labels, classes);
  set_classes(*source.test, test_labels, classes);
  return source;
}

Dataset load_named_idx(const IdxFiles& files, const std::vector<std::string>& names) {
  Dataset data = read_images(files.images);
  data.class_names = names;
  data.named_classes = true;
  const Numbers labels = read_labels(files.labels, data);
  data.labels.assign(labels.begin(), labels.end());
  in_context(files.labels.string(), [&] { check_labels(data); });
  data.notes.push_back(classes_line(names));
  return data;
}

Dataset load_cifar_files(const path& folder, const std::vector<std::string>& names) {
  CifarRecords records;
  for (const std::string& file : names) {
    const path at = find_packed(folder / file);
    const Bytes bytes = read_unpacked(at);
    in_context(at.string(), [&] { append_cifar10(bytes, records); });
  }
  Dataset data{.sample = {DType::uint8, {32, 32, 3}},
               .samples = std::move(records.images),
               .labels = std::move(records.labels),
               .class_names = {kCifarNames.begin(), kCifarNames.end()},
               .named_classes = true};
  data.notes.push_back(classes_line(data.class_names));
  return data;
}

Dataset load_npy_pair(const path& x, const path& y) {
  Dataset data;
  Tensor samples = read_npy(x);
  in_context(x.string(), [&] { set_samples(data, std::move(samples)); });
  if (y.empty()) return data;
  const Tensor answers = read_npy(y);
  in_context(y.string(), [&] { set_answers(data, answers); });
  return data;
}

}  // namespace

Source load_idx_folder(const path& folder, bool test_only) {
  return load_idx_sets(idx_files(folder, "train"), idx_files(folder, "t10k"), test_only);
}

Source load_idx_files(const std::vector<path>& files) {
  if (files.size() == 4) return load_idx_sets({files[0], files[1]}, {files[2], files[3]}, false);
  if (files.size() > 2) {
    fail("idx: {} files, expected IMAGES,LABELS or IMAGES,LABELS,TEST_IMAGES,TEST_LABELS", files.size());
  }
  Source source{.samples = read_images(files[0])};
  if (files.size() == 1) return source;
  const Numbers labels = read_labels(files[1], source.samples);
  in_context(files[1].string(), [&] { set_classes(source.samples, labels, NumberClasses(labels)); });
  return source;
}

Source load_fashion_mnist(path folder, bool test_only) {
  if (folder.empty()) {
    folder = "/usr/share/datasets/fashion-mnist";
    if (!std::filesystem::exists(folder)) {
      fail(
          "{}: Fashion-MNIST is not there; install Debian's package dataset-fashion-mnist, or say fashion-mnist:FOLDER",
          folder.string());
    }
  }
  const std::vector<std::string> names(kFashionNames.begin(), kFashionNames.end());
  Source source;
  if (!test_only) source.samples = load_named_idx(idx_files(folder, "train"), names);
  source.test = load_named_idx(idx_files(folder, "t10k"), names);
  return source;
}

Source load_cifar10(const path& folder, bool test_only) {
  if (folder.empty()) fail("cifar10 needs its folder: cifar10:FOLDER with data_batch_1.bin to 5 and test_batch.bin");
  Source source{.samples = {}, .test = load_cifar_files(folder, {"test_batch.bin"})};
  if (test_only) return source;
  std::vector<std::string> training;
  for (int i = 1; i <= 5; ++i) training.push_back(fmt::format("data_batch_{}.bin", i));
  source.samples = load_cifar_files(folder, training);
  return source;
}

Source load_npy_files(const std::vector<path>& files) {
  if (files.size() > 2 && files.size() != 4) {
    fail("npy: {} files, expected X, X,Y or X,Y,TEST_X,TEST_Y", files.size());
  }
  Source source{.samples = load_npy_pair(files[0], files.size() > 1 ? files[1] : path())};
  if (files.size() == 4) source.test = load_npy_pair(files[2], files[3]);
  return source;
}

}  // namespace mirim
