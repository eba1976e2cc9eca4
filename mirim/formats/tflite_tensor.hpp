#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

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
  TfliteBuffers(BytesView file, const tflite::Model& model) : file_(file), model_(model) {}

  /// The data of buffer `index`; null when it has none. Throws Error when there is no such buffer, or when its data
  /// lies outside of the file.
  Constant get(std::uint32_t index);

  /// Counts bytes copied out of the file. A file can name one long string a million times: throws Error when far more
  /// is copied than the file holds.
  void spend(std::size_t bytes);

 private:
  BytesView file_;
  const tflite::Model& model_;
  std::map<std::pair<const void*, std::size_t>, Constant> copies_;
  std::size_t spent_ = 0;
};

/// A tensor of a file whose bytes the verifier has passed. Checks type, shape, buffer length and quantization; throws
/// Error that says what is wrong with it, without its number.
Value read_tflite_tensor(const tflite::Tensor& tensor, TfliteBuffers& buffers);

/// Elements of 2 or 4 bits, the low ones of a byte first, as one byte each (sign extended where the type has one).
Bytes unpack_bits(BytesView packed, DType dtype, std::int64_t elements);
/// The other way round.
Bytes pack_bits(BytesView elements, DType dtype);

/// A name from a file, fit for a message: at most 80 characters.
std::string printable(std::string_view name);

}  // namespace mirim
