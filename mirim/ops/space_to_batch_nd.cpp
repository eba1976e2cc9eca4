#include "mirim/ops/space_to_batch_nd.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/space_to_batch.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

/// The constant inputs: for each spatial axis the block size, and the padding (or crop) at both ends.
struct Blocks {
  std::vector<std::int64_t> length, before, after;
  std::int64_t places = 1;  // in a block
};

Blocks blocks_of(std::string_view op, Types in) {
  require_inputs(op, in, 3);
  require_element_type(op, in, 0);
  const int rank = in[0].shape().rank();
  if (rank != 3 && rank != 4) fail("{}: {}, expected 3 or 4 dimensions", op, describe_input(in, 0));
  const auto axes = static_cast<std::size_t>(rank - 2);
  Blocks blocks{.length = require_constant_indices(op, in, 1), .before = {}, .after = {}};
  const auto ends = require_constant_indices(op, in, 2);
  if (blocks.length.size() != axes || ends.size() != 2 * axes) {
    fail("{}: a block of {} and {} paddings for {} spatial axes", op, blocks.length.size(), ends.size(), axes);
  }
  for (std::size_t d = 0; d < axes; ++d) {
    const std::int64_t before = ends[2 * d], after = ends[2 * d + 1];
    if (blocks.length[d] < 1 || blocks.length[d] > INT32_MAX) fail("{}: a block of length {}", op, blocks.length[d]);
    if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX) {
      fail("{}: axis {} has the paddings {} and {}", op, d + 1, before, after);
    }
    blocks.before.push_back(before);
    blocks.after.push_back(after);
    blocks.places = product_of({blocks.places, blocks.length[d]});
  }
  return blocks;
}

// From the shapes of the images and of the batches.
template <class T>
micro::SpaceToBatchParams<T> params_of(std::string_view op, const Shape& images, const Shape& batches,
                                       const Blocks& blocks, T padding) {
  const bool flat = images.rank() == 3;  // one row
  const std::size_t last = flat ? 0 : 1;
  for (const Shape* shape : {&images, &batches}) {
    device_int(op, product_of({shape->elements(), static_cast<std::int64_t>(sizeof(T))}));
  }
  if (!flat) device_int(op, product_of({batches[1], blocks.length[0]}));
  device_int(op, product_of({batches[batches.rank() - 2], blocks.length[last]}));
  const bool empty = batches.elements() == 0;  // there may be many empty places
  return {
      .batch = empty ? 0 : device_int(op, images[0]),
      .height = flat ? 1 : device_int(op, images[1]),
      .width = device_int(op, images[images.rank() - 2]),
      .channels = device_int(op, images.back()),
      .block_height = flat ? 1 : device_int(op, blocks.length[0]),
      .block_width = device_int(op, blocks.length[last]),
      .rows = flat ? 1 : device_int(op, batches[1]),
      .columns = device_int(op, batches[batches.rank() - 2]),
      .top = flat ? 0 : device_int(op, blocks.before[0]),
      .left = device_int(op, blocks.before[last]),
      .padding = padding,
  };
}

template <class T>
KernelCall call_of(const std::string& function, void (*kernel)(const micro::SpaceToBatchParams<T>&, const T*, T*),
                   const micro::SpaceToBatchParams<T>& params) {
  return make_kernel_call("mirim/micro/space_to_batch.hpp", function,
                          "SpaceToBatchParams<" + std::string(c_type_of<T>()) + ">", kernel, params,
                          {kernel_input(0), kernel_output(0)});
}

QuantizationRule moves_only() { return {.same_scale = true}; }

int version(Types in) { return in[0].shape().rank() == 3 ? 3 : in[0].dtype() == DType::int8 ? 2 : 1; }

}  // namespace

std::vector<TensorType> SpaceToBatchNd::infer(Types in) const {
  const Blocks blocks = blocks_of(name, in);
  Shape shape = in[0].shape();
  shape[0] = product_of({shape[0], blocks.places});
  for (int d = 1; d < shape.rank() - 1; ++d) {
    const auto k = static_cast<std::size_t>(d - 1);
    shape[d] += blocks.before[k] + blocks.after[k];
    if (shape[d] % blocks.length[k] != 0) {
      fail("{}: axis {} of [{}], padded to {}, does not divide into blocks of {}", name, d, to_string(in[0].shape()),
           shape[d], blocks.length[k]);
    }
    shape[d] /= blocks.length[k];
  }
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[0].dtype(), shape}};
}

std::vector<TensorType> BatchToSpaceNd::infer(Types in) const {
  const Blocks blocks = blocks_of(name, in);
  Shape shape = in[0].shape();
  if (shape[0] % blocks.places != 0) {
    fail("{}: {} batches are no multiple of a block's {}", name, shape[0], blocks.places);
  }
  shape[0] /= blocks.places;
  for (int d = 1; d < shape.rank() - 1; ++d) {
    const auto k = static_cast<std::size_t>(d - 1);
    shape[d] = product_of({shape[d], blocks.length[k]}) - blocks.before[k] - blocks.after[k];
    if (shape[d] < 0) fail("{}: axis {} is cropped by more than it has", name, d);
  }
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[0].dtype(), shape}};
}

void SpaceToBatchNd::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }
void BatchToSpaceNd::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule SpaceToBatchNd::quantization(Types) const { return moves_only(); }
QuantizationRule BatchToSpaceNd::quantization(Types) const { return moves_only(); }

KernelCall SpaceToBatchNd::lower(Types in, Types out) const {
  const Blocks blocks = blocks_of(name, in);
  std::int32_t zero = 0;
  if (is_quantized(out[0])) {
    require_same_quantization(name, in, out, 1);
    zero = per_tensor(name, "output", out[0]).zero_point;
  }
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return call_of<T>("space_to_batch", &micro::space_to_batch<T>,
                      params_of(name, in[0].shape(), out[0].shape(), blocks, static_cast<T>(zero)));
  });
}

KernelCall BatchToSpaceNd::lower(Types in, Types out) const {
  const Blocks blocks = blocks_of(name, in);
  if (is_quantized(out[0])) require_same_quantization(name, in, out, 1);
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return call_of<T>("batch_to_space", &micro::batch_to_space<T>,
                      params_of(name, out[0].shape(), in[0].shape(), blocks, T{}));
  });
}

int SpaceToBatchNd::tflite_version(Types in, Types) const { return version(in); }
int BatchToSpaceNd::tflite_version(Types in, Types) const { return version(in); }

template <>
Op default_op<SpaceToBatchNd>() {
  return SpaceToBatchNd{};
}
template <>
Op default_op<BatchToSpaceNd>() {
  return BatchToSpaceNd{};
}

}  // namespace mirim
