#include "mirim/data/nudge.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/data/parts.hpp"

namespace mirim {
namespace {

struct Move {
  std::int64_t down = 0;
  std::int64_t right = 0;
};

constexpr std::array kMoves = {Move{}, Move{.right = -1}, Move{.right = 1}, Move{.down = -1}, Move{.down = 1}};
constexpr auto kCopies = static_cast<std::int64_t>(kMoves.size());

/// The image on a ground of zeros.
void copy_moved(BytesView from, Move move, std::int64_t height, std::int64_t row_bytes, std::int64_t pixel_bytes,
                std::span<std::byte> to) {
  const std::int64_t skipped = std::max<std::int64_t>(0, -move.right) * pixel_bytes;
  const std::int64_t shifted = std::max<std::int64_t>(0, move.right) * pixel_bytes;
  for (std::int64_t row = 0; row < height; ++row) {
    const std::int64_t source = row - move.down;
    if (source < 0 || source >= height) continue;
    std::copy_n(from.begin() + source * row_bytes + skipped, row_bytes - skipped - shifted,
                to.begin() + row * row_bytes + shifted);
  }
}

template <class T>
void repeat(std::vector<T>& values, std::int64_t samples) {
  const std::vector<T> once = std::move(values);
  values.clear();
  const std::int64_t each = std::ssize(once) / samples;
  for (std::int64_t i = 0; i < samples; ++i) {
    for (std::int64_t copy = 0; copy < kCopies; ++copy) {
      values.insert(values.end(), once.begin() + i * each, once.begin() + (i + 1) * each);
    }
  }
}

Dataset nudged(const Dataset& images) {
  const Shape& shape = images.sample.shape;
  if (shape.rank() != 3 || shape[0] < 2 || shape[1] < 2) {
    fail("nudge moves images [height, width, channels], samples are {}; a table has them with shape=HEIGHTxWIDTH",
         to_string(shape));
  }
  Dataset result = images;
  const std::int64_t count = images.size(), bytes = images.sample.bytes();
  const std::int64_t row_bytes = bytes / shape[0], pixel_bytes = row_bytes / shape[1];
  result.samples.assign(images.samples.size() * kMoves.size(), std::byte{});
  std::span<std::byte> to(result.samples);
  for (std::int64_t i = 0; i < count; ++i) {
    for (const Move move : kMoves) {
      copy_moved(images[i], move, shape[0], row_bytes, pixel_bytes, to.first(static_cast<std::size_t>(bytes)));
      to = to.subspan(static_cast<std::size_t>(bytes));
    }
  }
  repeat(result.labels, count);
  repeat(result.targets, count);
  repeat(result.groups, count);
  result.notes.push_back("each image is there five times: as it is, and moved left, right, up and down");
  return result;
}

void repeat_index(Subset& part) {
  std::vector<std::int64_t> index;
  for (const std::int64_t i : part.index) {
    for (std::int64_t copy = 0; copy < kCopies; ++copy) index.push_back(i * kCopies + copy);
  }
  part.index = std::move(index);
}

}  // namespace

Splits nudged(Splits splits) {
  splits = with_each_part(std::move(splits), [](Subset part) {
    if (part.data) part.data = std::make_shared<const Dataset>(nudged(*part.data));
    return part;
  });
  for (Subset* part : {&splits.training, &splits.validation, &splits.test}) repeat_index(*part);
  return splits;
}

}  // namespace mirim
