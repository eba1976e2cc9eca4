#pragma once

#include <filesystem>
#include <optional>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// The content of a data set's files, before it is split.
struct Source {
  Dataset samples{};              ///< for training, or all; without samples if only the test set was requested
  std::optional<Dataset> test{};  ///< its own test set
};

/// idx:FOLDER with {train,t10k}-{images-idx3,labels-idx1}-ubyte.
Source load_idx_folder(const std::filesystem::path& folder, bool test_only);

/// idx:IMAGES,LABELS or idx:IMAGES,LABELS,TEST_IMAGES,TEST_LABELS; also one file, without labels.
Source load_idx_files(const std::vector<std::filesystem::path>& files);

/// fashion-mnist; an empty folder is Debian's.
Source load_fashion_mnist(std::filesystem::path folder, bool test_only);

/// cifar10:FOLDER.
Source load_cifar10(const std::filesystem::path& folder, bool test_only);

/// npy:X, npy:X,Y or npy:X,Y,TEST_X,TEST_Y.
Source load_npy_files(const std::vector<std::filesystem::path>& files);

}  // namespace mirim
