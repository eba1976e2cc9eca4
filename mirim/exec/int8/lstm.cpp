#include <algorithm>
#include <charconv>
#include <memory>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/exec/int8/layers.hpp"
#include "mirim/exec/int8/packing.hpp"
#include "mirim/micro/unidirectional_sequence_lstm.hpp"

namespace mirim::int8 {
namespace {

using Params = micro::UnidirectionalSequenceLstmParams;
constexpr std::int64_t kGates = 4;

/// The parameters of a call as numbers.
Params parameters(const KernelCall& call) {
  Params params{};
  // `fields` shows the members as const, but they are this function's own.
  const auto read = [](std::string_view& text, const std::int32_t& member) {
    auto& number = const_cast<std::int32_t&>(member);
    text.remove_prefix(std::min(text.find_first_of("-0123456789"), text.size()));
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  };
  fields(
      [&]<class T>(std::string_view name, const T& member) {
        const auto p = std::ranges::find(call.parameters, name, &KernelCall::Parameter::name);
        if (p == call.parameters.end()) fail("{} has no parameter {}", call.function, name);
        std::string_view text = p->value;
        if constexpr (std::is_array_v<T>) {
          for (const std::int32_t& number : member) read(text, number);
        } else {
          read(text, member);
        }
      },
      params);
  return params;
}

template <class T>
std::vector<T> values(const KernelConstant& constant) {
  const auto* first = reinterpret_cast<const T*>(constant.bytes.data());
  return {first, first + constant.bytes.size() / sizeof(T)};
}

/// Gate sums of all units over vectors of one kind: [rows][units][gates] from x [rows][size].
class Gates {
 public:
  Gates(const Kernels& kernels, const KernelConstant& weights, const std::int32_t* bias, std::int64_t units,
        std::int64_t size, std::int64_t rows)
      : kernels_(kernels),
        size_(size),
        step_(round_up(size, 4)),
        order_{kGates * units, size, 1, size, 1},
        packed_(pack_product(reinterpret_cast<const std::int8_t*>(weights.bytes.data()), order_, kernels)),
        // The zero point is in the bias; only the flip's share is subtracted here.
        bias_(int8::sums(reinterpret_cast<const std::int8_t*>(weights.bytes.data()), order_, bias, 0, kernels).bias),
        x_(static_cast<std::size_t>(rows * step_ + kernels.slack)),
        sums_(static_cast<std::size_t>(rows * kGates * units)) {
    const std::int64_t fours = step_ / 4;
    product_ = {.segments = 1,
                .segment_step = 0,
                .fours = fours,
                .packed_fours = round_up(fours, kernels.fours),
                .channels = order_.channels,
                .weights = packed_.data(),
                .bias = bias_.data(),
                .rescale = {}};
  }

  const std::int32_t* run(const std::int8_t* x, std::int64_t rows) {
    for (std::int64_t row = 0; row < rows; ++row) kernels_.copy(x + row * size_, x_.data() + row * step_, size_);
    kernels_.product_sums(product_, x_.data(), step_, rows, sums_.data());
    return sums_.data();
  }

 private:
  const Kernels& kernels_;
  std::int64_t size_, step_;
  WeightOrder order_;
  AlignedVector<std::int8_t> packed_;
  std::vector<std::int32_t> bias_;
  Product product_{};
  AlignedVector<std::int8_t> x_;
  std::vector<std::int32_t> sums_;
};

/// The sums over the inputs of all steps are one matrix product; the rest goes step by step.
class Lstm {
 public:
  Lstm(const BoundNode& bound, const KernelCall& call, const Kernels& kernels)
      : p_(parameters(call)),
        bias_(values<std::int32_t>(call.constants[2])),
        table_(values<std::uint16_t>(call.constants[3])),
        x_(bound.x[0].as<std::int8_t>().data()),
        y_(bound.y[0].as<std::int8_t>().data()),
        state_(bound.y[1].as<std::int8_t>().data()),
        cell_(bound.y[2].as<std::int16_t>().data()),
        input_(kernels, call.constants[0], bias_.data(), p_.units, p_.inputs, std::int64_t{p_.batches} * p_.steps),
        recurrent_(kernels, call.constants[1], bias_.data() + kGates * p_.units, p_.units, p_.units, 1) {}

  void run() {
    const std::int64_t batches = p_.batches, steps = p_.steps, units = p_.units;
    const std::int32_t* from_input = input_.run(x_, batches * steps);
    for (std::int64_t b = 0; b < batches; ++b) {
      for (std::int64_t t = 0; t < steps; ++t) {
        const std::int64_t at = p_.time_major != 0 ? t * batches + b : b * steps + t;
        step(from_input + at * kGates * units, state_ + b * units, cell_ + b * units);
        std::copy_n(state_ + b * units, units, y_ + at * units);
      }
    }
  }

 private:
  void step(const std::int32_t* from_input, std::int8_t* state, std::int16_t* cell) {
    const std::int32_t* from_state = recurrent_.run(state, 1);
    for (std::int64_t u = 0; u < p_.units; ++u, from_input += kGates, from_state += kGates) {
      std::int16_t input[kGates], last[kGates];
      for (int g = 0; g < kGates; ++g) {
        input[g] = rescaled(from_input[g], p_.input_multiplier[g], p_.input_shift[g]);
        last[g] = rescaled(from_state[g], p_.recurrent_multiplier[g], p_.recurrent_shift[g]);
      }
      state[u] = static_cast<std::int8_t>(micro::lstm_unit(p_, input, last, table_.data(), cell[u]));
    }
  }
  static std::int16_t rescaled(std::int32_t sum, std::int32_t multiplier, std::int32_t shift) {
    return micro::clamp_int16(micro::multiply_by_quantized_multiplier(sum, multiplier, shift));
  }

  Params p_;
  std::vector<std::int32_t> bias_;
  std::vector<std::uint16_t> table_;
  const std::int8_t* x_;
  std::int8_t* y_;
  std::int8_t* state_;
  std::int16_t* cell_;
  Gates input_, recurrent_;
};

}  // namespace

std::function<void()> prepare_lstm(const BoundNode& bound, const Kernels& kernels) {
  const Node& node = bound.node;
  if (node.op.name() != "UNIDIRECTIONAL_SEQUENCE_LSTM" || bound.x[0].dtype() != DType::int8) return {};
  if (bound.y[0].shape().elements() == 0 || bound.x[0].shape().elements() == 0) return {};
  // Lowering has checked everything that the kernels rely on, constant weights included.
  const auto in = operands(bound.graph, node.inputs), out = operands(bound.graph, node.outputs);
  const auto layer = std::make_shared<Lstm>(bound, node.op.lower(Types(in), Types(out)), kernels);
  return [layer] { layer->run(); };
}

}  // namespace mirim::int8
