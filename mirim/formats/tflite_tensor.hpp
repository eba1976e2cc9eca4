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

/// The buffers of a .tflite file as constants, each copied once however many tensors name it.
class TfliteBuffers {
 public:
  /// `file` is all of the bytes, which `model` lies in.
  TfliteBuffers(BytesView file, const tflite::Model& model) : budget(file.size()), file_(file), model_(model) {}

  Budget budget;

  /// The data of buffer `index`; null when it has none. Throws Error when there is no such buffer, or when its data
  /// lies outside of the file.
  Constant get(std::uint32_t index);

  /// Bytes of the file behind the FlatBuffer, where large things stand. Throws Error when they are not in the file.
  BytesView outside(std::uint64_t offset, std::uint64_t size) const;

  std::uint32_t count() const;
  bool is_outside(std::uint32_t index) const;
  bool has_empty_data(std::uint32_t index) const;
  /// Whether `get` was asked for it.
  bool is_used(std::uint32_t index) const { return used_.contains(index); }

 private:
  BytesView file_;
  const tflite::Model& model_;
  std::map<std::pair<const void*, std::size_t>, Constant> copies_;
  std::set<std::uint32_t> used_;
};

/// What a tensor's table says of name, type and quantization. Nothing is checked: that is for `verify`.
std::string tensor_name(const tflite::Tensor& tensor);
TensorType tensor_type(const tflite::Tensor& tensor);
/// A scale or axis without meaning, as real files have them, is left out and told in `odd`.
Quantization tensor_quantization(const tflite::Tensor& tensor, const TensorType& type,
                                 std::vector<std::string>* odd = nullptr);

/// The constant of a tensor, dense, a byte for each element of fewer bits; null when it has none. Its size may be
/// wrong. Throws Error when its buffer or its sparse encoding makes no sense.
Constant tensor_constant(const tflite::Tensor& tensor, const TensorType& type, TfliteBuffers& buffers);

/// The other way round: the buffer's bytes of a constant. Where `tensor` stands it may be sparse; then `sparse` says
/// whether it still is, which it is not once an element outside of the stored places is no longer zero.
Bytes stored_constant(const Value& value, const tflite::Tensor* tensor, bool& sparse);

/// Elements of 2 or 4 bits, the low ones of a byte first, as one byte each (sign extended where the type has one).
Bytes unpack_bits(BytesView packed, DType dtype, std::int64_t elements);
/// The other way round.
Bytes pack_bits(BytesView elements, DType dtype);

}  // namespace mirim
