#include "mirim/data/tensor_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/float16.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/labels.hpp"

namespace mirim {
namespace {

/// "sample 17, column 2", or ", element [3, 4, 0]" where samples have more axes.
std::string place(const Shape& sample, std::int64_t element) {
  const std::int64_t size = sample.elements();
  std::string text = fmt::format("sample {}", element / size);
  if (size == 1) return text;
  std::int64_t rest = element % size;
  if (sample.rank() == 1) return text + fmt::format(", column {}", rest);
  std::vector<std::int64_t> index(static_cast<std::size_t>(sample.rank()));
  for (int axis = sample.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = rest % sample[axis];
    rest /= sample[axis];
  }
  return text + fmt::format(", element [{}]", fmt::join(index, ", "));
}

/// float16 and bool too, as the integers that hold them.
template <class T>
std::span<const T> elements(const Tensor& tensor) {
  return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
}

/// As float32, checked.
template <class T, class F>
std::vector<float> floats(const Tensor& tensor, const Shape& sample, const F& to_double) {
  std::vector<float> result;
  const auto values = elements<T>(tensor);
  result.reserve(values.size());
  for (const T element : values) {
    const double value = to_double(element);
    if (!std::isfinite(value)) {
      fail("{} is {}; fill it in or leave the sample out", place(sample, std::ssize(result)), value);
    }
    if (std::fabs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
      fail("{} is {}, too large for a float32", place(sample, std::ssize(result)), value);
    }
    result.push_back(static_cast<float>(value));
  }
  return result;
}

bool is_floating(DType dtype) { return dtype == DType::float16 || dtype == DType::float32 || dtype == DType::float64; }

std::vector<float> floats(const Tensor& tensor, const Shape& sample) {
  switch (tensor.type.dtype) {
    case DType::float16:
      return floats<std::uint16_t>(tensor, sample, [](std::uint16_t bits) { return double{float16_to_float(bits)}; });
    case DType::float64:
      return floats<double>(tensor, sample, [](double value) { return value; });
    default:
      return floats<float>(tensor, sample, [](float value) { return double{value}; });
  }
}

template <class T>
std::vector<std::int64_t> widened(const Tensor& tensor) {
  std::vector<std::int64_t> numbers;
  for (const T value : elements<T>(tensor)) {
    if (!std::in_range<std::int64_t>(value)) fail("has the label {}", value);
    numbers.push_back(static_cast<std::int64_t>(value));
  }
  return numbers;
}

/// How many of the integers a float32 would round.
std::int64_t inexact(const std::vector<std::int64_t>& numbers) {
  return std::count_if(numbers.begin(), numbers.end(), [](std::int64_t number) {
    return static_cast<double>(static_cast<float>(number)) != static_cast<double>(number);
  });
}

bool is_wide(DType dtype) {
  return dtype == DType::int32 || dtype == DType::uint32 || dtype == DType::int64 || dtype == DType::uint64;
}

void set_whole_labels(Dataset& data, std::vector<std::int64_t> labels) {
  std::vector<std::int64_t> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (!look_like_classes(static_cast<double>(sorted.front()), static_cast<double>(sorted.back()), sorted.size(),
                         labels.size())) {
    data.targets.assign(labels.begin(), labels.end());
    data.target_size = 1;
    data.notes.push_back(fmt::format("labels: {} different whole numbers from {} to {}, taken as numbers to predict",
                                     sorted.size(), sorted.front(), sorted.back()));
    return;
  }
  const NumberClasses classes(std::move(sorted));
  data.notes.push_back(fmt::format("labels: {} classes: {}", classes.names.size(), listed(classes.names)));
  set_labels(data, labels, classes);
}

}  // namespace

void set_samples(Dataset& data, Tensor tensor) {
  std::vector<std::int64_t> dimensions = tensor.type.shape.dimensions();
  if (dimensions.empty()) fail("is a single number, expected samples along the first axis");
  if (dimensions[0] == 0) fail("holds no samples");
  dimensions.erase(dimensions.begin());
  if (dimensions.empty()) dimensions.push_back(1);
  if (dimensions.size() == 2) dimensions.push_back(1);
  const DType dtype = tensor.type.dtype;
  data.sample = {is_floating(dtype) ? DType::float32 : dtype, Shape(std::move(dimensions))};
  if (data.sample.bytes() == 0) fail("holds samples without elements");
  if (is_floating(dtype)) {
    const std::vector<float> values = floats(tensor, data.sample.shape);
    const BytesView bytes = bytes_of(values);
    tensor.bytes.assign(bytes.begin(), bytes.end());
    if (dtype != DType::float32) data.notes.push_back(fmt::format("samples: {}, read as float32", name(dtype)));
  } else if (is_wide(dtype)) {
    if (const std::int64_t count = inexact(whole_numbers(tensor)); count > 0) {
      data.notes.push_back(fmt::format("samples: {}, of which {} are rounded in a float32", name(dtype), count));
    }
  }
  data.samples = std::move(tensor.bytes);
}

void set_answers(Dataset& data, const Tensor& tensor) {
  const Shape& shape = tensor.type.shape;
  if (shape.rank() < 1 || shape[0] != data.size()) {
    fail("has shape [{}] for {} samples, expected one label or row for each", to_string(shape), data.size());
  }
  const std::int64_t each = shape.elements() / data.size();
  if (each == 0) fail("has shape [{}], without any number", to_string(shape));
  if (!is_floating(tensor.type.dtype)) {
    std::vector<std::int64_t> numbers = whole_numbers(tensor);
    if (each == 1) return set_whole_labels(data, std::move(numbers));
    data.targets.assign(numbers.begin(), numbers.end());
  } else {
    std::vector<std::int64_t> dimensions = shape.dimensions();
    dimensions.erase(dimensions.begin());
    data.targets = floats(tensor, Shape(std::move(dimensions)));
  }
  data.target_size = each;
  data.notes.push_back(each == 1 ? "a number to predict for each sample"
                                 : fmt::format("{} numbers to predict for each sample", each));
}

std::vector<std::int64_t> whole_numbers(const Tensor& tensor) {
  switch (tensor.type.dtype) {
    case DType::boolean:
    case DType::uint8:
      return widened<std::uint8_t>(tensor);
    case DType::int8:
      return widened<std::int8_t>(tensor);
    case DType::uint16:
      return widened<std::uint16_t>(tensor);
    case DType::int16:
      return widened<std::int16_t>(tensor);
    case DType::uint32:
      return widened<std::uint32_t>(tensor);
    case DType::int32:
      return widened<std::int32_t>(tensor);
    case DType::uint64:
      return widened<std::uint64_t>(tensor);
    case DType::int64:
      return widened<std::int64_t>(tensor);
    default:
      fail("holds {}, expected whole numbers as labels", name(tensor.type.dtype));
  }
}

}  // namespace mirim
