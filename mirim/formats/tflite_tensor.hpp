#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "mirim/formats/tflite_table.hpp"
#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct Model;
struct Tensor;
}  // namespace tflite

namespace mirim {

/// The buffers of a .tflite file as constants, each copied once even if several tensors refer to it.
class TfliteBuffers {
 public:
  /// `file` is all of the bytes, which contain `model`.
  TfliteBuffers(BytesView file, const tflite::Model& model) : budget(file.size()), file_(file), model_(model) {}

  Budget budget;

  /// The data of buffer `index`; null if it has none. Throws Error if there is no such buffer, or its data is outside
  /// of the file.
  Constant get(std::uint32_t index);

  /// Bytes of the file after the FlatBuffer, where large objects are. Throws Error if they are not in the file.
  BytesView outside(std::uint64_t offset, std::uint64_t size) const;

  std::uint32_t count() const;
  bool is_outside(std::uint32_t index) const;
  bool has_empty_data(std::uint32_t index) const;
  /// Whether `get` was called for it.
  bool is_used(std::uint32_t index) const { return used_.contains(index); }

 private:
  BytesView file_;
  const tflite::Model& model_;
  std::map<std::pair<const void*, std::size_t>, Constant> copies_;
  std::set<std::uint32_t> used_;
};

/// Name, type and quantization in a tensor's table. Nothing is checked: that is for `verify`.
std::string tensor_name(const tflite::Tensor& tensor);
TensorType tensor_type(const tflite::Tensor& tensor);
/// A meaningless scale or axis, as in some real files, is left out and reported in `odd`. Of blocks (graph/blocks.hpp)
/// only the dimension is set: their scales are in another tensor.
Quantization tensor_quantization(const tflite::Tensor& tensor, const TensorType& type,
                                 std::vector<std::string>* odd = nullptr);

/// The blocks of a tensor: the number of the tensor with their scales, negative without blocks, and their size.
struct Blocks {
  std::int32_t scales = -1;
  std::int32_t size = 0;
};
Blocks stored_blocks(const tflite::Tensor& tensor);
/// What that tensor says of one of this type. Throws Error if it does not fit.
std::vector<float> block_scales(const Value& scales, const TensorType& type, std::int32_t block_size);

/// The constant of a tensor: dense, with a byte for each element of fewer bits; null if it has none. Its size may be
/// wrong. Throws Error if its buffer or its sparse encoding is invalid.
Constant tensor_constant(const tflite::Tensor& tensor, const TensorType& type, TfliteBuffers& buffers);

/// The reverse: the buffer's bytes of a constant. `tensor` may be sparse; then `sparse` says whether the result still
/// is. It is not once an element outside of the stored positions is no longer zero.
Bytes stored_constant(const Value& value, const tflite::Tensor* tensor, bool& sparse);

/// Elements of 2 or 4 bits, the low ones of a byte first, as one byte each (sign extended where the type has one).
Bytes unpack_bits(BytesView packed, DType dtype, std::int64_t elements);
/// The reverse.
Bytes pack_bits(BytesView elements, DType dtype);

}  // namespace mirim
