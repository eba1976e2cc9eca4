#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

/// Common form of slices, transpositions and repetitions: element d of the output is element first + sum(d[k] *
/// stride[k]) of the input.
namespace mirim {

struct StridedView {
  std::vector<std::int64_t> size;    ///< of the output
  std::vector<std::int64_t> stride;  ///< of the input, in elements; negative to walk backwards, 0 to repeat
  std::int64_t first = 0;            ///< index of the first element in the input

  std::int64_t elements() const;
  /// Drops axes of size 1 and merges neighbours that the input walks without a gap.
  StridedView merged() const;

  /// Calls f(index in the output, index in the input) for every element of the output, in order.
  template <class F>
  void for_each(F f) const {
    std::vector<std::int64_t> at(size.size(), 0);
    const std::int64_t total = elements();
    std::int64_t from = first;
    for (std::int64_t to = 0; to < total; ++to) {
      f(static_cast<std::size_t>(to), static_cast<std::size_t>(from));
      for (std::size_t d = size.size(); d-- > 0;) {
        from += stride[d];
        if (++at[d] < size[d]) break;
        from -= stride[d] * size[d];
        at[d] = 0;
      }
    }
  }
};

/// The strides of a dense tensor, one for each dimension.
std::vector<std::int64_t> dense_strides(const Shape& shape);

/// The kernel call that makes output 0 from `view` of input `i`: a plain copy if the view is the whole input. Throws
/// Error when more than six axes remain or a size leaves 32 bits.
KernelCall lower_strided_copy(std::string_view op, Types in, int i, const StridedView& view);

/// A position that is computed at run time, for which a view's first element moves.
struct RunTimePosition {
  std::int64_t stride = 0;    ///< elements of the input for each step; 0 if it is not read
  std::int64_t most = 0;      ///< the last at which the view is inside; one outside becomes the nearest inside
  std::int64_t from_end = 0;  ///< added to a negative one
};

/// The same with the view's first element moved by the elements of input `positions`, int32 or int64, one for each of
/// `moves`. Throws Error when there are more than eight.
KernelCall lower_strided_copy_at(std::string_view op, Types in, int i, const StridedView& view, int positions,
                                 const std::vector<RunTimePosition>& moves);

/// The kernel call that copies input i to output 0, in place if possible.
KernelCall lower_copy(std::string_view op, Types in, int i);

/// dL/dx from dL/dy: every element of the input gets the sum over its copies in the output. float32.
void backward_strided_copy(const StridedView& view, const ConstTensorView& dy, const TensorView& dx);

}  // namespace mirim
