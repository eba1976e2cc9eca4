#include "mirim/formats/tflite_tensor.hpp"

#include <tflite_generated.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/float16.hpp"
#include "mirim/formats/tflite_sparse.hpp"
#include "mirim/graph/blocks.hpp"

namespace mirim {
namespace {

bool is_narrow(DType dtype) { return bits(dtype) > 0 && bits(dtype) < 8; }

bool is_integer(DType dtype) {
  switch (dtype) {
    case DType::int8:
    case DType::uint8:
    case DType::int16:
    case DType::uint16:
    case DType::int32:
    case DType::uint32:
    case DType::int64:
    case DType::uint64:
    case DType::int4:
    case DType::int2:
    case DType::uint4:
      return true;
    default:
      return false;
  }
}

std::size_t element_bytes(DType dtype) { return static_cast<std::size_t>(byte_size(dtype)); }

// The stored elements of a sparse tensor at their positions, and zeros.
Bytes scatter(BytesView stored, const std::vector<std::int64_t>& positions, std::size_t bytes, std::size_t width) {
  Bytes dense(bytes);
  for (std::size_t k = 0; k < positions.size(); ++k) {
    std::memcpy(dense.data() + static_cast<std::size_t>(positions[k]) * width, stored.data() + k * width, width);
  }
  return dense;
}

Constant read_sparse(const tflite::Tensor& tensor, const TensorType& type, const Bytes& stored, Budget& budget) {
  if (bits(type.dtype) < 8) fail("is stored sparse, which {} cannot be", name(type.dtype));
  const std::size_t width = element_bytes(type.dtype);
  // Real ones are about a tenth full; a few bytes for a gigabyte are no model.
  budget.spend(static_cast<std::size_t>(type.bytes()) / 4);
  const auto most = static_cast<std::int64_t>(stored.size() / width);
  const auto positions = sparse_positions(*tensor.sparsity(), type.shape, most);
  if (positions.size() * width != stored.size()) {
    fail("is stored sparse with {} places, its buffer {} has {} bytes", positions.size(), tensor.buffer(),
         stored.size());
  }
  return make_constant(scatter(stored, positions, static_cast<std::size_t>(type.bytes()), width));
}

}  // namespace

std::uint32_t TfliteBuffers::count() const { return model_.buffers() == nullptr ? 0 : model_.buffers()->size(); }

bool TfliteBuffers::is_outside(std::uint32_t index) const {
  const tflite::Buffer* buffer = model_.buffers()->Get(index);
  // Writers put 1 there before they know the position.
  return (buffer->data() == nullptr || buffer->data()->size() == 0) && buffer->offset() > 1;
}

bool TfliteBuffers::has_empty_data(std::uint32_t index) const {
  const auto* data = model_.buffers()->Get(index)->data();
  return data != nullptr && data->size() == 0;
}

BytesView TfliteBuffers::outside(std::uint64_t offset, std::uint64_t size) const {
  if (offset > file_.size() || size > file_.size() - offset) {
    fail("{} bytes from byte {} on, in a file of {}: the file is truncated", size, offset, file_.size());
  }
  return file_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

Constant TfliteBuffers::get(std::uint32_t index) {
  if (index == 0 && count() == 0) return nullptr;
  if (index >= count()) fail("names buffer {}, the file has {}", index, count());
  used_.insert(index);
  const tflite::Buffer* buffer = model_.buffers()->Get(index);
  BytesView data;
  if (is_outside(index)) {
    data = in_context(fmt::format("its buffer {}", index), [&] { return outside(buffer->offset(), buffer->size()); });
  } else if (buffer->data() != nullptr) {
    data = std::as_bytes(std::span(buffer->data()->data(), buffer->data()->size()));
  }
  if (data.empty()) return nullptr;
  Constant& copy = copies_[{data.data(), data.size()}];
  if (copy == nullptr) {
    budget.spend(data.size());
    copy = make_constant(Bytes(data.begin(), data.end()));
  }
  return copy;
}

std::string tensor_name(const tflite::Tensor& tensor) { return tensor.name() == nullptr ? "" : tensor.name()->str(); }

TensorType tensor_type(const tflite::Tensor& tensor) {
  TensorType type{static_cast<DType>(tensor.type()), {}};
  if (const auto* shape = tensor.shape()) {
    type.shape = Shape(std::vector<std::int64_t>(shape->begin(), shape->end()));
  }
  return type;
}

Quantization tensor_quantization(const tflite::Tensor& tensor, const TensorType& type, std::vector<std::string>* odd) {
  const auto note = [&](std::string line) {
    if (odd != nullptr) odd->push_back(std::move(line));
  };
  const auto* stored = tensor.quantization();
  if (stored == nullptr) return {};
  Quantization q;
  if (const auto* blocks = stored->details_as_BlockwiseQuantization();
      blocks != nullptr && blocks->zero_points() <= 0) {
    q.dimension = kInBlocks;
    return q;
  }
  if (stored->details_type() != tflite::QuantizationDetails::NONE) {
    note(fmt::format("is quantized as {}, which mirim keeps and does not compute with",
                     tflite::EnumNameQuantizationDetails(stored->details_type())));
  }
  if (stored->scale() == nullptr || stored->scale()->size() == 0) return q;
  const auto count = stored->scale()->size();
  q.scale.assign(stored->scale()->begin(), stored->scale()->end());
  const bool sound = std::ranges::all_of(q.scale, [](float scale) { return std::isfinite(scale) && scale > 0; });
  if (!sound && !is_integer(type.dtype)) {
    note(fmt::format("has scales that are not positive, without meaning for {}", name(type.dtype)));
    return {};
  }
  const auto* zero_points = stored->zero_point();
  if (zero_points == nullptr || zero_points->size() == 0) {
    q.zero_point.assign(count, 0);  // older writers leave them out when all are 0
  } else {
    // Byte by byte: the verifier lets a file put these 64-bit numbers at any address.
    q.zero_point.resize(zero_points->size());
    std::memcpy(q.zero_point.data(), zero_points->Data(), zero_points->size() * sizeof(std::int64_t));
  }
  q.dimension = stored->quantized_dimension();
  // With one scale or one axis the number has no meaning; writers leave the weights' number there: 3 in a tensor of
  // [1,7,7,256], or in a bias of [8].
  const bool in_range = q.dimension >= 0 && q.dimension < std::max(type.shape.rank(), 1);
  const bool axis_fits = in_range && type.shape.rank() > 0 && type.shape[q.dimension] == 1;
  if ((count == 1 && !axis_fits) || type.shape.rank() == 1) {
    if (!in_range || (count == 1 && q.dimension != 0)) {
      note(fmt::format("has one scale, or one axis, and says that it is quantized along axis {}", q.dimension));
    }
    q.dimension = 0;
  }
  return q;
}

Blocks stored_blocks(const tflite::Tensor& tensor) {
  const auto* stored = tensor.quantization();
  const auto* blocks = stored == nullptr ? nullptr : stored->details_as_BlockwiseQuantization();
  return blocks == nullptr ? Blocks{} : Blocks{blocks->scales(), blocks->block_size()};
}

std::vector<float> block_scales(const Value& scales, const TensorType& type, std::int32_t block_size) {
  if (!scales.is_constant() || scales.type.dtype != DType::float16) {
    fail("their scales are {}, expected a constant of float16",
         scales.is_constant() ? name(scales.type.dtype) : "computed at run time");
  }
  const std::int64_t elements = type.shape.elements();
  if (type.shape.rank() != 2 || elements == 0 || block_size < 1 || type.shape[1] % block_size != 0) {
    fail("{} elements each do not divide the rows of [{}]", block_size, to_string(type.shape));
  }
  std::vector<float> result(scales.constant->size() / sizeof(std::uint16_t));
  if (static_cast<std::int64_t>(result.size()) != elements / block_size) {
    fail("there are {} scales for {} of them", result.size(), elements / block_size);
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, scales.constant->data() + i * sizeof half, sizeof half);
    result[i] = float16_to_float(half);
    if (!std::isfinite(result[i]) || result[i] < 0) fail("the scale {} is negative or not finite", result[i]);
  }
  return result;
}

Constant tensor_constant(const tflite::Tensor& tensor, const TensorType& type, TfliteBuffers& buffers) {
  Constant data = buffers.get(tensor.buffer());
  if (data == nullptr || bits(type.dtype) == 0) return data;
  if (tensor.sparsity() != nullptr) return read_sparse(tensor, type, *data, buffers.budget);
  if (!is_narrow(type.dtype)) return data;
  const auto per_byte = 8 / bits(type.dtype);
  const std::int64_t elements = type.shape.elements();
  const auto held = static_cast<std::int64_t>(data->size()) * per_byte;
  const bool fits = held >= elements && held < elements + per_byte;
  buffers.budget.spend(static_cast<std::size_t>(held));
  return make_constant(unpack_bits(*data, type.dtype, fits ? elements : held));
}

Bytes stored_constant(const Value& value, const tflite::Tensor* tensor, bool& sparse) {
  const Bytes& dense = *value.constant;
  sparse = tensor != nullptr && tensor->sparsity() != nullptr && bits(value.type.dtype) >= 8 &&
           tensor_type(*tensor) == value.type;
  if (sparse && !dense.empty()) {  // the order of an empty tensor was not checked
    const std::size_t width = element_bytes(value.type.dtype);
    const auto positions = sparse_positions(*tensor->sparsity(), value.type.shape, value.type.shape.elements());
    Bytes stored(positions.size() * width);
    for (std::size_t k = 0; k < positions.size(); ++k) {
      std::memcpy(stored.data() + k * width, dense.data() + static_cast<std::size_t>(positions[k]) * width, width);
    }
    sparse = scatter(stored, positions, dense.size(), width) == dense;
    if (sparse) return stored;
  }
  return is_narrow(value.type.dtype) ? pack_bits(dense, value.type.dtype) : dense;
}

Bytes unpack_bits(BytesView packed, DType dtype, std::int64_t elements) {
  const int width = bits(dtype);
  const bool is_signed = dtype == DType::int4 || dtype == DType::int2;
  const auto per_byte = static_cast<std::size_t>(8 / width);
  Bytes result(static_cast<std::size_t>(elements));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(packed[i / per_byte]);
    const unsigned low = (byte >> (static_cast<int>(i % per_byte) * width)) & ((1U << width) - 1U);
    const bool negative = is_signed && (low >> (width - 1)) != 0;
    result[i] = static_cast<std::byte>(negative ? low | (0xffU << width) : low);
  }
  return result;
}

Bytes pack_bits(BytesView elements, DType dtype) {
  const int width = bits(dtype);
  const auto per_byte = static_cast<std::size_t>(8 / width);
  Bytes result((elements.size() + per_byte - 1) / per_byte);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const unsigned low = std::to_integer<unsigned>(elements[i]) & ((1U << width) - 1U);
    result[i / per_byte] |= static_cast<std::byte>(low << (static_cast<int>(i % per_byte) * width));
  }
  return result;
}

}  // namespace mirim
