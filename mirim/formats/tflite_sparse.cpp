#include "mirim/formats/tflite_sparse.hpp"

#include <tflite_generated.h>

#include <optional>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

/// The indices of a sparse dimension, in one of three widths.
class Indices {
 public:
  Indices(const tflite::DimensionMetadata& level, bool segments)
      : type_(segments ? level.array_segments_type() : level.array_indices_type()),
        table_(segments ? level.array_segments() : level.array_indices()) {}

  std::optional<std::int64_t> at(std::int64_t i) const {
    if (table_ == nullptr || i < 0) return std::nullopt;
    switch (type_) {
      case tflite::SparseIndexVector::Int32Vector:
        return at(static_cast<const tflite::Int32Vector*>(table_)->values(), i);
      case tflite::SparseIndexVector::Uint16Vector:
        return at(static_cast<const tflite::Uint16Vector*>(table_)->values(), i);
      case tflite::SparseIndexVector::Uint8Vector:
        return at(static_cast<const tflite::Uint8Vector*>(table_)->values(), i);
      default:
        return std::nullopt;
    }
  }

 private:
  template <class T>
  static std::optional<std::int64_t> at(const flatbuffers::Vector<T>* values, std::int64_t i) {
    if (values == nullptr || i >= values->size()) return std::nullopt;
    return values->Get(static_cast<flatbuffers::uoffset_t>(i));
  }

  tflite::SparseIndexVector type_;
  const void* table_;
};

class Walker {
 public:
  Walker(const tflite::SparsityParameters& sparsity, const Shape& shape, std::int64_t most)
      : sparsity_(sparsity), shape_(shape), most_(most) {
    read_order();
    read_blocks();
  }

  std::vector<std::int64_t> walk() {
    // Below an empty dimension the loops would never end.
    if (shape_.elements() > 0) level(0, 0);
    return std::move(positions_);
  }

 private:
  void read_order() {
    const auto* order = sparsity_.traversal_order();
    const auto* metadata = sparsity_.dim_metadata();
    const auto* map = sparsity_.block_map();
    rank_ = static_cast<std::size_t>(shape_.rank());
    const std::size_t levels = rank_ + (map == nullptr ? 0 : map->size());
    constexpr std::size_t kMostLevels = 16;
    if (levels > kMostLevels) fail("is stored sparse in {} levels, at most {} make sense", levels, kMostLevels);
    if (order == nullptr || metadata == nullptr || order->size() != levels || metadata->size() != levels) {
      fail("is stored sparse, without an order and a description for each of its {} levels", levels);
    }
    std::vector<char> seen(levels, 0);
    for (std::size_t i = 0; i < levels; ++i) {
      const std::int32_t dimension = order->Get(static_cast<flatbuffers::uoffset_t>(i));
      // Blocks come after the dimensions that they divide.
      const bool fits = dimension >= 0 && static_cast<std::size_t>(dimension) < levels &&
                        (i < rank_) == (static_cast<std::size_t>(dimension) < rank_);
      if (!fits || seen[static_cast<std::size_t>(dimension)]++ != 0) {
        fail("is stored sparse in an order of dimensions that is none");
      }
      order_.push_back(static_cast<std::size_t>(dimension));
    }
    indices_.resize(levels);
  }

  const tflite::DimensionMetadata& metadata(std::size_t level) const {
    return *sparsity_.dim_metadata()->Get(static_cast<flatbuffers::uoffset_t>(level));
  }

  void read_blocks() {
    sizes_.assign(shape_.begin(), shape_.end());
    sizes_.resize(order_.size());
    block_of_.resize(order_.size());
    for (std::size_t l = rank_; l < order_.size(); ++l) {
      const std::size_t block = order_[l];
      const std::int32_t dimension = sparsity_.block_map()->Get(static_cast<flatbuffers::uoffset_t>(block - rank_));
      const std::int64_t size = metadata(l).dense_size();
      if (dimension < 0 || static_cast<std::size_t>(dimension) >= rank_ || size <= 0 ||
          sizes_[static_cast<std::size_t>(dimension)] % size != 0) {
        fail("is stored sparse in blocks that do not divide [{}]", to_string(shape_));
      }
      sizes_[static_cast<std::size_t>(dimension)] /= size;
      sizes_[block] = size;
      block_of_[block] = static_cast<std::size_t>(dimension);
    }
  }

  // `row` counts the entries of the levels above. Recurses to the last level.
  void level(std::size_t l, std::int64_t row) {
    if (l == order_.size()) {
      if (static_cast<std::int64_t>(positions_.size()) == most_)
        fail("is stored sparse with more places than elements");
      positions_.push_back(position());
      return;
    }
    const tflite::DimensionMetadata& dimension = metadata(l);
    const std::int64_t size = sizes_[order_[l]];
    if (dimension.format() == tflite::DimensionType::DENSE) {
      if (dimension.dense_size() != size) {
        fail("is stored sparse with a dimension of {} where [{}] has {}", dimension.dense_size(), to_string(shape_),
             size);
      }
      for (std::int64_t i = 0; i < size; ++i) {
        indices_[l] = i;
        level(l + 1, row * size + i);
      }
      return;
    }
    const Indices segments(dimension, true);
    const Indices places(dimension, false);
    const auto first = segments.at(row);
    const auto end = segments.at(row + 1);
    if (!first || !end || *first < 0 || *end < *first) fail("is stored sparse with segments that make no sense");
    for (std::int64_t i = *first; i < *end; ++i) {
      const auto place = places.at(i);
      if (!place || *place < 0 || *place >= size) fail("is stored sparse with an index outside of its shape");
      indices_[l] = *place;
      level(l + 1, i);
    }
  }

  std::int64_t position() const {
    std::int64_t at[16] = {};
    for (std::size_t l = 0; l < order_.size(); ++l) {
      const std::size_t d = order_[l];
      if (l < rank_) {
        at[d] = indices_[l];
      } else {
        at[block_of_[d]] = at[block_of_[d]] * sizes_[d] + indices_[l];
      }
    }
    std::int64_t result = 0;
    for (std::size_t d = 0; d < rank_; ++d) result = result * shape_[static_cast<int>(d)] + at[d];
    return result;
  }

  const tflite::SparsityParameters& sparsity_;
  const Shape& shape_;
  std::int64_t most_;
  std::size_t rank_ = 0;
  std::vector<std::size_t> order_;     // by level: the dimension, or rank + the block, that it walks
  std::vector<std::int64_t> sizes_;    // by dimension, in blocks where it has them, then by block
  std::vector<std::size_t> block_of_;  // by block: the dimension that it divides
  std::vector<std::int64_t> indices_;  // by level: current position of the walk
  std::vector<std::int64_t> positions_;
};

}  // namespace

std::vector<std::int64_t> sparse_positions(const tflite::SparsityParameters& sparsity, const Shape& shape,
                                           std::int64_t most) {
  return Walker(sparsity, shape, most).walk();
}

}  // namespace mirim
