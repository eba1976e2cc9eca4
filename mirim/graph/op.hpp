#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "mirim/graph/kernel_call.hpp"
#include "mirim/graph/options.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

/// The cost of one run of an operator, counted, not measured.
struct Cost {
  std::int64_t macs = 0;        ///< multiply-accumulates, as MLPerf Tiny counts them
  std::int64_t operations = 0;  ///< other arithmetic: comparisons, additions, table look-ups; one for each

  Cost& operator+=(const Cost& other) {
    macs += other.macs;
    operations += other.operations;
    return *this;
  }
  bool operator==(const Cost&) const = default;
};

/// The role of an operator's input. Quantization, training and parameter counts use it, so that none of them knows
/// operators by name.
struct OperandRole {
  enum class Kind {
    activation,  ///< data; int8: one scale, from calibration
    weights,     ///< trained, with decay; int8: symmetric, a scale for each index of `axis` (-1: one for all)
    bias,        ///< trained; int32 at scale input 0 * weights, zero point 0
    scale,       ///< trained, initially 1: gamma of a batch norm
    shift,       ///< trained, initially 0: its beta
    slope,       ///< trained, initially 0.25: for negative numbers
    mean,        ///< a running statistic, initially 0
    variance,    ///< a running statistic, initially 1
    index,       ///< shapes, axes, paddings, conditions: neither trained nor quantized
    table,       ///< the results of a look-up
  };
  Kind kind = Kind::activation;
  int axis = -1;  ///< of weights: that of the outputs
};

namespace role {
inline constexpr OperandRole activation{};
constexpr OperandRole weights(int axis = -1) { return {OperandRole::Kind::weights, axis}; }
inline constexpr OperandRole bias{OperandRole::Kind::bias};
inline constexpr OperandRole scale{OperandRole::Kind::scale};
inline constexpr OperandRole shift{OperandRole::Kind::shift};
inline constexpr OperandRole slope{OperandRole::Kind::slope};
inline constexpr OperandRole mean{OperandRole::Kind::mean};
inline constexpr OperandRole variance{OperandRole::Kind::variance};
inline constexpr OperandRole index{OperandRole::Kind::index};
inline constexpr OperandRole table{OperandRole::Kind::table};
}  // namespace role

/// What an operator does to its data, for the picture of a network. An operator with weights is recognised by its MACs.
enum class OperatorKind { arithmetic, pool, activation, move, type, state };

/// The name of an activation as a layer of a network's TOML ("relu"); none for other operators.
struct ActivationName {
  std::string_view name{};
  bool rectifier = false;  ///< of the ReLU family: weights before it are initialised as by He et al.
};
inline constexpr ActivationName kNoActivation{};
constexpr ActivationName activation_called(std::string_view name) { return {name, false}; }
constexpr ActivationName rectifier_called(std::string_view name) { return {name, true}; }

/// How full-integer quantization treats an operator (TFLite, "8-bit quantization specification").
struct QuantizationRule {
  bool same_scale = false;               ///< inputs with role activation and outputs share one quantization
  std::optional<Quantization> output{};  ///< fixed for the output: softmax is 1/256 at -128
};

/// Memory and random seed of one training step, for operators that need them (Dropout's mask, BatchNorm's batch
/// statistics). `bytes` has the size that `saved_bytes` returned and is kept from forward_training to backward.
struct TrainingState {
  std::span<std::byte> bytes;
  std::uint64_t seed = 0;  ///< differs for every node and step; the same when a run is repeated
};

/// BuiltinOperator's CUSTOM: a file names such an operator by text.
inline constexpr int kCustomOperator = 32;

/// What a type must have to be an operator of a Graph. Values and options only: no tensors, no scratch.
///
/// Required static members besides: `tflite_code` (BuiltinOperator, or -1 if TFLite has none: training only;
/// kCustomOperator: a custom operator of this name, its options a FlexBuffer's map by name) and `tflite_options` (its
/// number in the union BuiltinOptions, 0 for none).
///
/// Optional static members:
///   std::array roles             of the inputs (OperandRole), the last for all further ones; without it all are data
///   int tflite_options_2         its number in the union BuiltinOptions2, if its options are there
///   OperatorKind kind            arithmetic by default
///   bool elementwise             each element of the result depends only on the same element of the operands
///   ActivationName activation_name
///
/// Optional functions:
///   Cost cost(Types in) const
///       of one run; nothing by default, as for an operator that only moves elements
///   void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const
///       writes (not adds) dL/dx for every dx that is present
///   std::int64_t saved_bytes(Types in) const,
///   void forward_training(Inputs x, Outputs y, TrainingState s) const
///       if training computes differently from inference
///   QuantizationRule quantization(Types in) const
///   KernelCall lower(Types in, Types out) const
///       the device kernel for these types; throws Error that says why there is none
///   std::vector<int> variables(Types in) const
///       the inputs that it also writes, each a variable of the graph: its state, kept from run to run. They follow the
///       outputs in `forward`'s `y`, in this order
///   std::vector<TensorType> hidden_states(Types in) const
///       the state for which its file has no tensor. A variable of each type, zeros at first, follows its inputs when a
///       model is read to be run (`mirim/passes/resolve_variables.hpp`); nothing if `in` has them already
///   int tflite_version(Types in, Types out) const
///       the version that TFLite requires for these types; 1 by default
///   std::string_view own_name() const
///       if the name depends on the value and not on the type (Opaque)
template <class T>
concept Operator = std::copyable<T> && std::equality_comparable<T> &&
                   requires(const T& op, T& mut, Types in, Inputs x, Outputs y, Options& o) {
                     { T::name } -> std::convertible_to<std::string_view>;  // TFLite's: "CONV_2D"
                     { T::tflite_code } -> std::convertible_to<int>;
                     { T::tflite_options } -> std::convertible_to<int>;
                     { op.infer(in) } -> std::same_as<std::vector<TensorType>>;  // or an Error that says why not
                     op.forward(x, y);                                           // picks its arithmetic by the types
                     mut.options(o);
                   };

/// Any operator, by value: `Op op = Conv2d{.stride = {2, 2}};`. Copies, compares, and asks the operator inside.
class Op {
 public:
  // Op itself is excluded first: asking whether it is an Operator would ask this very constraint.
  template <class T>
    requires(!std::same_as<T, Op>) && Operator<T>
  Op(T op) : inside_(std::make_unique<Model<T>>(std::move(op))) {}  // NOLINT: an operator is an Op
  Op(const Op& other) : inside_(other.inside_->clone()) {}
  Op(Op&&) noexcept = default;
  Op& operator=(const Op& other) {
    inside_ = other.inside_->clone();
    return *this;
  }
  Op& operator=(Op&&) noexcept = default;
  ~Op() = default;

  std::string_view name() const { return inside_->name(); }
  int tflite_code() const { return inside_->tflite_code(); }
  int tflite_options() const { return inside_->tflite_options(); }
  int tflite_options_2() const { return inside_->tflite_options_2(); }
  int tflite_version(Types in, Types out) const { return inside_->tflite_version(in, out); }

  OperandRole role(std::size_t input) const { return inside_->role(input); }
  OperatorKind kind() const { return inside_->kind(); }
  bool elementwise() const { return inside_->elementwise(); }
  ActivationName activation_name() const { return inside_->activation_name(); }

  std::vector<TensorType> infer(Types in) const { return inside_->infer(in); }
  Cost cost(Types in) const { return inside_->cost(in); }
  void forward(Inputs x, Outputs y) const {
    if (!makes_nothing(y)) inside_->forward(x, y);
  }
  void options(Options& o) { inside_->options(o); }
  /// The same for a visitor that only reads.
  void options(Options& o) const { inside_->clone()->options(o); }

  bool differentiable() const { return inside_->differentiable(); }
  std::int64_t saved_bytes(Types in) const { return inside_->saved_bytes(in); }
  void forward_training(Inputs x, Outputs y, TrainingState s) const { inside_->forward_training(x, y, s); }
  /// Throws Error when the operator has no gradient.
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const {
    inside_->backward(x, y, dy, dx, s);
  }

  /// Empty when the operator cannot be quantized.
  std::optional<QuantizationRule> quantization(Types in) const { return inside_->quantization(in); }
  /// Which inputs it also writes; empty for an operator without state.
  std::vector<int> variables(Types in) const { return inside_->variables(in); }
  /// The state that these inputs lack; see `hidden_states` above.
  std::vector<TensorType> hidden_states(Types in) const { return inside_->hidden_states(in); }
  bool deployable() const { return inside_->deployable(); }
  /// Throws Error when there is no device kernel for it.
  KernelCall lower(Types in, Types out) const { return inside_->lower(in, out); }

  /// The operator inside when it is a T, else null: `if (const auto* conv = node.op.as<Conv2d>())`.
  template <Operator T>
  const T* as() const {
    const auto* model = dynamic_cast<const Model<T>*>(inside_.get());
    return model ? &model->op : nullptr;
  }
  template <Operator T>
  T* as() {
    auto* model = dynamic_cast<Model<T>*>(inside_.get());
    return model ? &model->op : nullptr;
  }
  template <Operator T>
  bool is() const {
    return as<T>() != nullptr;
  }

  bool operator==(const Op& other) const { return inside_->equals(*other.inside_); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual bool equals(const Interface& other) const = 0;
    virtual std::string_view name() const = 0;
    virtual int tflite_code() const = 0;
    virtual int tflite_options() const = 0;
    virtual int tflite_options_2() const = 0;
    virtual int tflite_version(Types in, Types out) const = 0;
    virtual OperandRole role(std::size_t input) const = 0;
    virtual OperatorKind kind() const = 0;
    virtual bool elementwise() const = 0;
    virtual ActivationName activation_name() const = 0;
    virtual std::vector<TensorType> infer(Types in) const = 0;
    virtual Cost cost(Types in) const = 0;
    virtual void forward(Inputs x, Outputs y) const = 0;
    virtual void options(Options& o) = 0;
    virtual bool differentiable() const = 0;
    virtual std::int64_t saved_bytes(Types in) const = 0;
    virtual void forward_training(Inputs x, Outputs y, TrainingState s) const = 0;
    virtual void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const = 0;
    virtual std::optional<QuantizationRule> quantization(Types in) const = 0;
    virtual std::vector<int> variables(Types in) const = 0;
    virtual std::vector<TensorType> hidden_states(Types in) const = 0;
    virtual bool deployable() const = 0;
    virtual KernelCall lower(Types in, Types out) const = 0;
  };

  [[noreturn]] static void fail_without(std::string_view name, std::string_view ability);

  template <Operator T>
  struct Model final : Interface {
    explicit Model(T o) : op(std::move(o)) {}
    T op;

    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(op); }
    bool equals(const Interface& other) const override {
      const auto* same = dynamic_cast<const Model*>(&other);
      return same && same->op == op;
    }
    std::string_view name() const override {
      if constexpr (requires { op.own_name(); }) {
        return op.own_name();
      } else {
        return T::name;
      }
    }
    int tflite_code() const override { return T::tflite_code; }
    int tflite_options() const override { return T::tflite_options; }
    int tflite_options_2() const override {
      if constexpr (requires { T::tflite_options_2; }) {
        return T::tflite_options_2;
      } else {
        return 0;
      }
    }
    int tflite_version(Types in, Types out) const override {
      if constexpr (requires { op.tflite_version(in, out); }) {
        return op.tflite_version(in, out);
      } else {
        return 1;
      }
    }
    OperandRole role(std::size_t input) const override {
      if constexpr (requires { T::roles; }) {
        return T::roles[std::min(input, T::roles.size() - 1)];
      } else {
        return {};
      }
    }
    OperatorKind kind() const override {
      if constexpr (requires { T::kind; }) {
        return T::kind;
      } else {
        return activation_name().name.empty() ? OperatorKind::arithmetic : OperatorKind::activation;
      }
    }
    bool elementwise() const override {
      if constexpr (requires { T::elementwise; }) {
        return T::elementwise;
      } else {
        return false;
      }
    }
    ActivationName activation_name() const override {
      if constexpr (requires { T::activation_name; }) {
        return T::activation_name;
      } else {
        return kNoActivation;
      }
    }
    std::vector<TensorType> infer(Types in) const override { return op.infer(in); }
    Cost cost(Types in) const override {
      if constexpr (requires { op.cost(in); }) {
        return op.cost(in);
      } else {
        return {};
      }
    }
    void forward(Inputs x, Outputs y) const override { op.forward(x, y); }
    void options(Options& o) override { op.options(o); }

    static constexpr bool kDifferentiable =
        requires(const T& t, Inputs i, Outputs o, TrainingState s) { t.backward(i, i, i, o, s); };
    bool differentiable() const override { return kDifferentiable; }
    std::int64_t saved_bytes(Types in) const override {
      if constexpr (requires { op.saved_bytes(in); }) {
        return op.saved_bytes(in);
      } else {
        return 0;
      }
    }
    void forward_training(Inputs x, Outputs y, TrainingState s) const override {
      if constexpr (requires { op.forward_training(x, y, s); }) {
        op.forward_training(x, y, s);
      } else {
        op.forward(x, y);
      }
    }
    void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const override {
      if constexpr (kDifferentiable) {
        op.backward(x, y, dy, dx, s);
      } else {
        fail_without(T::name, "gradient");
      }
    }
    std::optional<QuantizationRule> quantization(Types in) const override {
      if constexpr (requires { op.quantization(in); }) {
        return op.quantization(in);
      } else {
        return std::nullopt;
      }
    }
    std::vector<int> variables(Types in) const override {
      if constexpr (requires { op.variables(in); }) {
        return op.variables(in);
      } else {
        return {};
      }
    }
    std::vector<TensorType> hidden_states(Types in) const override {
      if constexpr (requires { op.hidden_states(in); }) {
        return op.hidden_states(in);
      } else {
        return {};
      }
    }
    static constexpr bool kDeployable = requires(const T& t, Types i) { t.lower(i, i); };
    bool deployable() const override { return kDeployable; }
    KernelCall lower(Types in, Types out) const override {
      if constexpr (kDeployable) {
        return op.lower(in, out);
      } else {
        fail_without(T::name, "device kernel");
      }
    }
  };

  std::unique_ptr<Interface> inside_;
};

/// Finds operators by TFLite's number or by name; the only table is in `mirim/ops/all.hpp`. Each entry is the operator
/// with its default options.
class OperatorTable {
 public:
  explicit OperatorTable(std::vector<Op> operators) : operators_(std::move(operators)) {}

  /// Null when there is none; custom operators are found by name only.
  const Op* find(int tflite_code) const;
  const Op* find(std::string_view name) const;
  const std::vector<Op>& all() const { return operators_; }

 private:
  std::vector<Op> operators_;
};

/// The pointers for the kernel's arguments: into these tensors, the call's constants, and `scratch`, which has
/// `call.scratch_bytes`. `call` must outlive them.
std::vector<void*> bind_arguments(const KernelCall& call, Inputs x, Outputs y, std::span<std::byte> scratch);

/// Runs `call` on these tensors, with scratch of its own.
void run(const KernelCall& call, Inputs x, Outputs y);

/// Forward with integer types for any operator that can be lowered: `run(lower(types of x, types of y), x, y)`. State
/// follows the outputs in `y`, where `lower` does not look.
template <class T>
void forward_lowered(const T& op, Inputs x, Outputs y) {
  std::vector<Operand> in;
  std::vector<Operand> out;
  for (const auto& tensor : x) in.push_back({tensor.type, tensor.quantization, tensor.bytes});
  for (const auto& tensor : y) out.push_back({tensor.type, tensor.quantization, {}});
  run(op.lower(Types(in), Types(out)), x, y);
}

}  // namespace mirim
