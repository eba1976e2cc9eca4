#include "mirim/ops/strided_slice.hpp"

#include <algorithm>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 8;

struct Slice {
  Shape shape;
  StridedView view;
  std::vector<RunTimePosition> moves;  // for each entry of a begin that is computed at run time
};

// Whether positions that are known must be inside: infer asks so. Whoever runs the operator knows all positions, also
// those that a device computes; one outside becomes the nearest inside.
enum class Outside { refused, held_inside };

// Reads the entries of begin, end and strides in order, each with its axes of x.
class Slicer {
 public:
  Slicer(const StridedSlice& op, Types in, Outside outside)
      : op_(op), outside_(outside), x_(in[0].shape()), x_strides_(dense_strides(x_)) {
    begin_ = positions(in, 1);
    end_ = positions(in, 2);
    strides_ = require_constant_indices(StridedSlice::name, in, 3);
    const std::int64_t begins = in[1].shape().elements(), ends = in[2].shape().elements();
    const auto entries = static_cast<std::int64_t>(strides_.size());
    if (begins != ends || begins != entries) {
      fail("{}: begin, end and strides have {}, {} and {} entries, expected as many", StridedSlice::name, begins, ends,
           entries);
    }
    if (x_.rank() > kMostDimensions || entries > kMostDimensions) {
      fail("{}: {} and {} entries, supported are {} dimensions", StridedSlice::name, describe_input(in, 0), entries,
           kMostDimensions);
    }
    if (!begin_) slice_.moves.resize(strides_.size());
  }

  Slice read() {
    int left = 0;  // remaining entries that take one axis of x each
    for (std::size_t i = 0; i < strides_.size(); ++i) left += is_ellipsis(i) || is_new_axis(i) ? 0 : 1;
    for (std::size_t i = 0; i < strides_.size(); ++i) {
      if (is_ellipsis(i)) {
        while (axis_ + left < x_.rank()) take(x_[axis_], 0, 1);
      } else if (is_new_axis(i)) {
        append(1, 0);
      } else {
        if (axis_ >= x_.rank()) fail("{}: more entries than [{}] has axes", StridedSlice::name, to_string(x_));
        take_entry(i);
        --left;
      }
    }
    while (axis_ < x_.rank()) take(x_[axis_], 0, 1);
    slice_.shape = Shape(slice_.view.size);
    return std::move(slice_);
  }

 private:
  // Nothing if they are computed at run time.
  static std::optional<std::vector<std::int64_t>> positions(Types in, int i) {
    require_dtype(StridedSlice::name, in, i, {DType::int32, DType::int64});
    if (in[i].shape().elements() > 0 && !in[i].is_constant()) return std::nullopt;
    return require_constant_indices(StridedSlice::name, in, i);
  }

  static std::int64_t known(const std::optional<std::vector<std::int64_t>>& positions, std::size_t i) {
    if (positions) return (*positions)[i];
    fail_unsupported(
        "{}: entry {} begins or ends at a position that is computed at run time, so that the length of the result is "
        "unknown: take one position (shrink_axis_mask), or write SLICE or GATHER with a constant size",
        StridedSlice::name, i);
  }

  static bool bit(std::int32_t mask, std::size_t i) { return (static_cast<std::uint32_t>(mask) >> i & 1U) != 0; }
  bool is_ellipsis(std::size_t i) const { return bit(op_.ellipsis_mask, i); }
  bool is_new_axis(std::size_t i) const { return !is_ellipsis(i) && bit(op_.new_axis_mask, i); }

  void append(std::int64_t size, std::int64_t stride) {
    slice_.view.size.push_back(size);
    slice_.view.stride.push_back(stride);
  }

  // The next axis of x: `count` elements from `first` on, each `step` further.
  void take(std::int64_t count, std::int64_t first, std::int64_t step) {
    const std::int64_t stride = x_strides_[static_cast<std::size_t>(axis_++)];
    if (count > 0) slice_.view.first += first * stride;
    append(count, count > 1 ? step * stride : 0);
  }

  void take_entry(std::size_t i) {
    const std::int64_t size = x_[axis_], step = strides_[i];
    if (step == 0 || step < INT32_MIN || step > INT32_MAX) {
      fail("{}: entry {} has the stride {}", StridedSlice::name, i, step);
    }
    // Positions before the first and after the last element, where a walk in this direction may begin or end.
    const std::int64_t least = step > 0 ? 0 : -1, most = step > 0 ? size : size - 1;
    const auto inside = [&](std::int64_t position) {
      position = std::clamp<std::int64_t>(position, INT32_MIN, INT32_MAX);
      return std::clamp(position < 0 ? position + size : position, least, most);
    };
    const bool shrinks = bit(op_.shrink_axis_mask, i), from_begin = bit(op_.begin_mask, i);
    if (shrinks && size == 0) fail("{}: entry {} takes an element of an empty axis", StridedSlice::name, i);
    if (shrinks && !from_begin && !begin_) {
      slice_.moves[i] = {.stride = x_strides_[static_cast<std::size_t>(axis_++)], .most = size - 1, .from_end = size};
      return;
    }
    const std::int64_t first = from_begin ? (step > 0 ? least : most) : inside(known(begin_, i));
    if (shrinks) {
      if (outside_ == Outside::refused && (first < 0 || first >= size)) {
        fail("{}: entry {} takes element {} of an axis of {}", StridedSlice::name, i, known(begin_, i), size);
      }
      const std::int64_t stride = x_strides_[static_cast<std::size_t>(axis_++)];
      slice_.view.first += std::clamp<std::int64_t>(first, 0, size - 1) * stride;
      return;
    }
    const auto end = [&] {
      return std::clamp<std::int64_t>(known(end_, i), INT32_MIN, INT32_MAX) + (op_.offset ? first : 0);
    };
    const std::int64_t last = bit(op_.end_mask, i) ? (step > 0 ? most : least) : inside(end());
    const std::int64_t distance = step > 0 ? last - first : first - last;
    const std::int64_t length = std::abs(step);
    take(std::max<std::int64_t>((distance + length - 1) / length, 0), first, step);
  }

  const StridedSlice& op_;
  Outside outside_;
  const Shape& x_;
  std::vector<std::int64_t> x_strides_;
  std::optional<std::vector<std::int64_t>> begin_, end_;
  std::vector<std::int64_t> strides_;
  int axis_ = 0;  // of x, the next one
  Slice slice_{};
};

}  // namespace

std::vector<TensorType> StridedSlice::infer(Types in) const {
  require_inputs(name, in, 4);
  require_element_type(name, in, 0);
  return {{in[0].dtype(), Slicer(*this, in, Outside::refused).read().shape}};
}

void StridedSlice::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void StridedSlice::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const auto in = operands_of(x);
  backward_strided_copy(Slicer(*this, Types(in), Outside::held_inside).read().view, dy[0], dx[0]);
}

QuantizationRule StridedSlice::quantization(Types) const { return {.same_scale = true}; }

KernelCall StridedSlice::lower(Types in, Types) const {
  const Slice slice = Slicer(*this, in, Outside::held_inside).read();
  if (!slice.moves.empty()) return lower_strided_copy_at(name, in, 0, slice.view, 1, slice.moves);
  return lower_strided_copy(name, in, 0, slice.view);
}

int StridedSlice::tflite_version(Types in, Types) const {
  if (offset) return 8;
  if (ellipsis_mask != 0 || new_axis_mask != 0) return 6;
  if (in[0].shape().rank() > 4) return 4;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::boolean, 3}});
}

void StridedSlice::options(Options& o) {
  o.field(0, "begin_mask", begin_mask, 0);
  o.field(1, "end_mask", end_mask, 0);
  o.field(2, "ellipsis_mask", ellipsis_mask, 0);
  o.field(3, "new_axis_mask", new_axis_mask, 0);
  o.field(4, "shrink_axis_mask", shrink_axis_mask, 0);
  o.field(5, "offset", offset, false);
}

template <>
Op default_op<StridedSlice>() {
  return StridedSlice{};
}

}  // namespace mirim
