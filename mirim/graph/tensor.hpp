#pragma once

#include <algorithm>
#include <cassert>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "mirim/base/bytes.hpp"
#include "mirim/graph/dtype.hpp"
#include "mirim/graph/quantization.hpp"
#include "mirim/graph/shape.hpp"

namespace mirim {

struct TensorType {
  DType dtype = DType::float32;
  Shape shape{};

  /// Bytes of the elements, densely, as every tensor of a Graph is held. Throws as Shape::elements.
  std::int64_t bytes() const { return shape.elements() * byte_size(dtype); }

  bool operator==(const TensorType&) const = default;
};

/// What an operator knows of an operand before the run: its type, its quantization and, if it is one, its constant. An
/// optional operand that a node omits (a bias) is absent.
struct Operand {
  const TensorType* type = nullptr;
  const Quantization* quantization = nullptr;
  BytesView constant;  ///< empty unless known

  bool present() const { return type != nullptr; }
  bool is_constant() const { return constant.data() != nullptr; }
  DType dtype() const { return type->dtype; }
  const Shape& shape() const { return type->shape; }

  /// The constant's elements; it must be a constant of type T (assert).
  template <class T>
  std::span<const T> values() const {
    assert(is_constant() && dtype() == dtype_of<T>());
    return {reinterpret_cast<const T*>(constant.data()), constant.size() / sizeof(T)};
  }
};

/// A tensor's elements with type and quantization. Byte is `std::byte` for outputs, `const std::byte` for inputs.
template <class Byte>
struct BasicTensorView {
  const TensorType* type = nullptr;
  const Quantization* quantization = nullptr;
  std::span<Byte> bytes;

  bool present() const { return type != nullptr; }
  DType dtype() const { return type->dtype; }
  const Shape& shape() const { return type->shape; }

  /// The elements; the tensor must be of type T (assert).
  template <class T>
  auto as() const {
    assert(dtype() == dtype_of<T>());
    using Element = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    return std::span<Element>(reinterpret_cast<Element*>(bytes.data()), bytes.size() / sizeof(T));
  }

  operator BasicTensorView<const std::byte>() const { return {type, quantization, bytes}; }
};
using TensorView = BasicTensorView<std::byte>;
using ConstTensorView = BasicTensorView<const std::byte>;

/// The operands of one node, in TFLite's order; borrowed.
template <class T>
class OperandList {
 public:
  OperandList() = default;
  OperandList(const std::vector<T>& operands) : operands_(operands) {}  // NOLINT: borrowed like a span
  OperandList(std::span<const T> operands) : operands_(operands) {}     // NOLINT

  int size() const { return static_cast<int>(operands_.size()); }
  /// Whether operand i is present: a node may omit optional ones at the end, or mark them as absent.
  bool has(int i) const { return i < size() && operands_[static_cast<std::size_t>(i)].present(); }
  const T& operator[](int i) const {
    assert(i < size());
    return operands_[static_cast<std::size_t>(i)];
  }
  auto begin() const { return operands_.begin(); }
  auto end() const { return operands_.end(); }

 private:
  std::span<const T> operands_;
};
using Types = OperandList<Operand>;
using Inputs = OperandList<ConstTensorView>;
using Outputs = OperandList<TensorView>;

/// Whether there are outputs and none has an element. Then there is nothing to do, and a loop over the other
/// dimensions, which files may make huge, would not end.
inline bool makes_nothing(Outputs y) {
  return y.size() > 0 && std::all_of(y.begin(), y.end(), [](const TensorView& tensor) { return tensor.bytes.empty(); });
}

/// A tensor that owns its elements.
struct Tensor {
  TensorType type;
  Quantization quantization;
  Bytes bytes;

  /// Zeros.
  explicit Tensor(TensorType t, Quantization q = {}) : type(std::move(t)), quantization(std::move(q)) {
    bytes.resize(static_cast<std::size_t>(type.bytes()));
  }
  /// The values, as many as the shape has elements (assert).
  template <class T>
  Tensor(Shape shape, const std::vector<T>& values, Quantization q = {})
      : type{dtype_of<T>(), std::move(shape)}, quantization(std::move(q)) {
    assert(static_cast<std::int64_t>(values.size()) == type.shape.elements());
    const BytesView view = bytes_of(values);
    bytes.assign(view.begin(), view.end());
  }
  Tensor() = default;

  TensorView view() { return {&type, &quantization, bytes}; }
  ConstTensorView view() const { return {&type, &quantization, bytes}; }
  /// The operand as a constant.
  Operand operand() const { return {&type, &quantization, bytes}; }

  template <class T>
  std::span<T> as() {
    return view().as<T>();
  }
  template <class T>
  std::span<const T> as() const {
    return view().as<T>();
  }
};

}  // namespace mirim
