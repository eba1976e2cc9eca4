#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

/// Kernel calls with any number of tensors: parts that are joined (CONCATENATION, PACK) or cut (SPLIT, SPLIT_V,
/// UNPACK). The whole is [outer, sum of part], part i is [outer, part[i]].
namespace mirim {

struct Parts {
  std::int64_t outer = 1;
  std::vector<std::int64_t> part;

  /// Size of the dimensions before `axis`, and for each length along it, that times the dimensions after it.
  Parts(const Shape& shape, int axis, std::vector<std::int64_t> lengths);
};

/// Output 0 from all inputs, which are of type `dtype`. Throws Error when a size leaves the device's 32 bits.
KernelCall lower_join(std::string_view op, DType dtype, const Parts& parts);

/// The same for uint8; `tables` has, for each input, the results of its 256 numbers.
KernelCall lower_rescaled_join(std::string_view op, const Parts& parts, const std::vector<std::uint8_t>& tables);

/// As many outputs as there are parts, from input i.
KernelCall lower_cut(std::string_view op, DType dtype, int i, const Parts& parts);

/// Gradients of float32 parts: cut from, and joined to, that of the whole. A part's gradient that is not needed is left
/// out; an absent one counts as zeros.
void backward_join(const Parts& parts, const ConstTensorView& dy, Outputs dx);
void backward_cut(const Parts& parts, Inputs dy, const TensorView& dx);

}  // namespace mirim
