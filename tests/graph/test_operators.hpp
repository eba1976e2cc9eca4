#pragma once

#include "mirim/base/error.hpp"
#include "mirim/graph/op.hpp"

namespace mirim::test {

enum class Mode { plain = 0, fancy = 1 };
inline std::span<const std::string_view> enum_names(Mode) {
  static constexpr std::string_view kNames[] = {"PLAIN", "FANCY"};
  return kNames;
}

/// y = x0 (+ x1): as little as an operator can be, with an option of every kind. tests/graph may not use mirim/ops.
struct Sum {
  static constexpr std::string_view name = "SUM_OF";
  static constexpr int tflite_code = 1000;
  static constexpr int tflite_options = 0;

  bool flag = false;
  std::int32_t count = 1;
  float factor = 0;
  std::vector<std::int32_t> list{};
  Mode mode = Mode::plain;

  std::vector<TensorType> infer(Types in) const {
    if (in.size() < 1 || !in.has(0)) fail("expected an input");
    if (in.has(1) && !(*in[1].type == *in[0].type)) fail("the inputs differ in type");
    return {*in[0].type};
  }
  Cost cost(Types) const { return {}; }
  void forward(Inputs x, Outputs y) const {
    for (std::size_t i = 0; i < x[0].as<float>().size(); ++i) {
      y[0].as<float>()[i] = x[0].as<float>()[i] + (x.has(1) ? x[1].as<float>()[i] : 0.0F);
    }
  }
  void options(Options& o) {
    o.field(0, "flag", flag, false);
    o.field(1, "count", count, 1);
    o.field(2, "factor", factor, 0);
    o.field(3, "list", list);
    o.field(4, "mode", mode, Mode::plain);
  }
  bool operator==(const Sum&) const = default;
};

/// y = state += x: as little as an operator with a state can be.
struct Accumulate {
  static constexpr std::string_view name = "ACCUMULATE";
  static constexpr int tflite_code = 1001;
  static constexpr int tflite_options = 0;

  std::vector<TensorType> infer(Types in) const {
    if (in.size() != 2 || !in.has(0) || !in.has(1)) fail("expected x and the state");
    return {*in[0].type};
  }
  Cost cost(Types) const { return {}; }
  void forward(Inputs x, Outputs y) const {
    for (std::size_t i = 0; i < x[0].as<float>().size(); ++i) {
      y[0].as<float>()[i] = y[1].as<float>()[i] += x[0].as<float>()[i];
    }
  }
  std::vector<int> variables(Types) const { return {1}; }
  void options(Options&) {}
  bool operator==(const Accumulate&) const = default;
};

inline const OperatorTable& operators() {
  static const OperatorTable table({Sum{}, Accumulate{}});
  return table;
}

}  // namespace mirim::test
