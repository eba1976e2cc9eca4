#include "mirim/formats/tflite_tensor.hpp"

#include <tflite_generated.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite_extras.hpp"

namespace mirim {
namespace {

template <class T>
void keep(Extras& extras, const char* name, const flatbuffers::Vector<T>* values, TfliteBuffers& buffers) {
  if (values == nullptr || values->size() == 0) return;
  buffers.spend(values->size() * sizeof(T));
  const auto* begin = reinterpret_cast<const std::byte*>(values->data());
  extras[name] = Bytes(begin, begin + values->size() * sizeof(T));
}

TensorType read_type(const tflite::Tensor& tensor, TfliteBuffers& buffers) {
  const auto number = static_cast<int>(tensor.type());
  if (name(static_cast<DType>(number)) == "?") fail("there is no type {}", number);
  std::vector<std::int64_t> dimensions;
  if (const auto* shape = tensor.shape()) {
    constexpr flatbuffers::uoffset_t kMostDimensions = 64;
    if (shape->size() > kMostDimensions)
      fail("has {} dimensions, at most {} make sense", shape->size(), kMostDimensions);
    buffers.spend(shape->size() * sizeof(std::int64_t));
    dimensions.assign(shape->begin(), shape->end());
  }
  TensorType type{static_cast<DType>(number), Shape(std::move(dimensions))};
  type.shape.elements();  // throws where they make no sense
  return type;
}

// What integers of the type can be; none for a type that has no zero point.
std::pair<std::int64_t, std::int64_t> zero_point_range(DType dtype) {
  switch (dtype) {
    case DType::int8:
      return {-128, 127};
    case DType::uint8:
      return {0, 255};
    case DType::int16:
      return {-32768, 32767};
    case DType::uint16:
      return {0, 65535};
    case DType::int4:
      return {-8, 7};
    case DType::int2:
      return {-2, 1};
    case DType::uint4:
      return {0, 15};
    default:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  }
}

void check(const Quantization& q, const TensorType& type) {
  for (const float scale : q.scale) {
    if (!std::isfinite(scale) || scale <= 0) fail("its scale {} is not a positive number", scale);
  }
  const auto [least, most] = zero_point_range(type.dtype);
  for (const std::int64_t zero_point : q.zero_point) {
    if (zero_point < least || zero_point > most) {
      fail("its zero point {} is no {}, expected {} to {}", zero_point, name(type.dtype), least, most);
    }
  }
  if (!q.per_channel()) return;
  if (q.dimension < 0 || q.dimension >= type.shape.rank()) {
    fail("has {} scales along axis {}, its shape is [{}]", q.scale.size(), q.dimension, to_string(type.shape));
  }
  if (type.shape[q.dimension] != static_cast<std::int64_t>(q.scale.size())) {
    fail("has {} scales along axis {} of [{}], expected one or {}", q.scale.size(), q.dimension, to_string(type.shape),
         type.shape[q.dimension]);
  }
}

Quantization read_quantization(const tflite::Tensor& tensor, const TensorType& type, TfliteBuffers& buffers) {
  const auto* stored = tensor.quantization();
  if (stored == nullptr) return {};
  if (stored->details_type() != tflite::QuantizationDetails::NONE) {
    fail("is quantized as {}, only scales and zero points are supported",
         tflite::EnumNameQuantizationDetails(stored->details_type()));
  }
  Quantization q;
  if (stored->scale() == nullptr || stored->scale()->size() == 0) return q;
  const auto count = stored->scale()->size();
  buffers.spend(count * (sizeof(float) + sizeof(std::int64_t)));
  q.scale.assign(stored->scale()->begin(), stored->scale()->end());
  // Older writers leave the zero points out when all of them are 0.
  const auto* zero_points = stored->zero_point();
  if (zero_points == nullptr || zero_points->size() == 0) {
    q.zero_point.assign(count, 0);
  } else if (zero_points->size() == count) {
    // Byte by byte: the verifier lets a file put these 64-bit numbers at any address.
    q.zero_point.resize(count);
    std::memcpy(q.zero_point.data(), zero_points->Data(), count * sizeof(std::int64_t));
  } else {
    fail("has {} scales and {} zero points, expected as many", count, zero_points->size());
  }
  q.dimension = stored->quantized_dimension();
  // With one scale or one axis the number says nothing, and writers leave there what the weights had: 3 in a tensor of
  // [1,7,7,256], or in a bias of [8].
  const bool axis_fits = q.dimension >= 0 && q.dimension < type.shape.rank() && type.shape[q.dimension] == 1;
  if ((count == 1 && !axis_fits) || type.shape.rank() == 1) q.dimension = 0;
  check(q, type);
  return q;
}

Constant read_constant(const tflite::Tensor& tensor, const TensorType& type, TfliteBuffers& buffers) {
  Constant data = buffers.get(tensor.buffer());
  if (data == nullptr || bits(type.dtype) == 0) return data;
  const std::int64_t elements = type.shape.elements();
  const std::int64_t expected = (elements * bits(type.dtype) + 7) / 8;
  if (static_cast<std::int64_t>(data->size()) != expected) {
    fail("its buffer {} has {} bytes, its type {}[{}] needs {}", tensor.buffer(), data->size(), name(type.dtype),
         to_string(type.shape), expected);
  }
  if (bits(type.dtype) >= 8) return data;
  buffers.spend(static_cast<std::size_t>(elements));
  return make_constant(unpack_bits(*data, type.dtype, elements));
}

}  // namespace

Constant TfliteBuffers::get(std::uint32_t index) {
  const auto* all = model_.buffers();
  const std::uint32_t count = all == nullptr ? 0 : all->size();
  if (index == 0 && count == 0) return nullptr;
  if (index >= count) fail("names buffer {}, the file has {}", index, count);
  const tflite::Buffer* buffer = all->Get(index);
  BytesView data;
  if (buffer->data() != nullptr && buffer->data()->size() > 0) {
    data = std::as_bytes(std::span(buffer->data()->data(), buffer->data()->size()));
  } else if (buffer->offset() > 1) {  // behind the FlatBuffer, as files above 2 GiB have it
    if (buffer->offset() > file_.size() || buffer->size() > file_.size() - buffer->offset()) {
      fail("its buffer {} is at bytes {} to {} of a file of {}: the file is truncated", index, buffer->offset(),
           buffer->offset() + buffer->size(), file_.size());
    }
    data = file_.subspan(static_cast<std::size_t>(buffer->offset()), static_cast<std::size_t>(buffer->size()));
  }
  if (data.empty()) return nullptr;
  Constant& copy = copies_[{data.data(), data.size()}];
  if (copy == nullptr) {
    spend(data.size());
    copy = make_constant(Bytes(data.begin(), data.end()));
  }
  return copy;
}

void TfliteBuffers::spend(std::size_t bytes) {
  constexpr std::size_t kTimes = 8;
  constexpr std::size_t kFree = std::size_t{16} << 20;
  spent_ += bytes;
  if (spent_ > kTimes * file_.size() + kFree) fail("names the same bytes of the file too many times");
}

Value read_tflite_tensor(const tflite::Tensor& tensor, TfliteBuffers& buffers) {
  if (tensor.sparsity() != nullptr) fail("is stored sparse, only dense tensors are supported");
  if (tensor.external_buffer() != 0) fail("has its values in another file, which is not supported");
  if (tensor.variant_tensors() != nullptr && tensor.variant_tensors()->size() > 0) {
    fail("is a variant of other tensors, which is not supported");
  }
  Value value;
  if (tensor.name() != nullptr) {
    buffers.spend(tensor.name()->size());
    value.name = tensor.name()->str();
  }
  value.type = read_type(tensor, buffers);
  value.quantization = read_quantization(tensor, value.type, buffers);
  value.constant = read_constant(tensor, value.type, buffers);
  value.variable = tensor.is_variable();
  keep(value.extras, tflite_extra::shape_signature, tensor.shape_signature(), buffers);
  if (tensor.has_rank()) value.extras[tflite_extra::has_rank] = Bytes(1, std::byte{1});
  if (const auto* quantization = tensor.quantization()) {
    keep(value.extras, tflite_extra::minimum, quantization->min(), buffers);
    keep(value.extras, tflite_extra::maximum, quantization->max(), buffers);
  }
  return value;
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

std::string printable(std::string_view name) {
  constexpr std::size_t kMost = 80;
  return name.size() > kMost ? std::string(name.substr(0, kMost)) + "..." : std::string(name);
}

}  // namespace mirim
