#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators y = f(x) on every element, a row each:
///   X(type, name, TFLite's code or -1, its options table or 0, its version for int8, its name as a layer, f(x), f'(x))
/// x and y are the element and its result, floats. float32, or int8, where the kernel is one look-up in a table of 256
/// bytes that lowering makes of f; some also uint8, int16 or plain int32 and int64 (`supported` in the .cpp). Training-only rows (-1) are expanded into TFLite's operators before a file is written.
#define MIRIM_ELEMENTWISE_UNARY(X)                                                                                     \
  X(Abs,       "ABS",        101,  78, 2, kNoActivation,                  std::fabs(x),                          x < 0 ? -1.0F : 1.0F)                 \
  X(Ceil,      "CEIL",       104,   0, 1, kNoActivation,                  std::ceil(x),                          0.0F)                                 \
  X(Cos,       "COS",        108,  84, 1, kNoActivation,                  std::cos(x),                           -std::sin(x))                         \
  X(Elu,       "ELU",        111,   0, 1, rectifier_called("elu"),        x < 0 ? std::expm1(x) : x,             x < 0 ? y + 1 : 1.0F)                 \
  X(Exp,       "EXP",         47,  33, 2, kNoActivation,                  std::exp(x),                           y)                                    \
  X(Floor,     "FLOOR",        8,   0, 1, kNoActivation,                  std::floor(x),                         0.0F)                                 \
  X(HardSwish, "HARD_SWISH", 117,  91, 1, rectifier_called("hard_swish"), x * clamp(x + 3, 0, 6) / 6,            x <= -3 ? 0.0F : x >= 3 ? 1.0F : (2 * x + 3) / 6) \
  X(Log,       "LOG",         73,   0, 2, kNoActivation,                  std::log(x),                           1 / x)                                \
  X(Logistic,  "LOGISTIC",    14,   0, 2, activation_called("sigmoid"),   logistic(x),                           y * (1 - y))                          \
  X(Mish,      "MISH",        -1,   0, 1, rectifier_called("mish"),       x * std::tanh(softplus(x)),            mish_slope(x))                        \
  X(Neg,       "NEG",         59,  42, 1, kNoActivation,                  -x,                                    -1.0F)                                \
  X(Relu,      "RELU",        19,   0, 2, rectifier_called("relu"),       x < 0 ? 0.0F : x,                      x > 0 ? 1.0F : 0.0F)                  \
  X(Relu0To1,  "RELU_0_TO_1", 152,  0, 1, rectifier_called("relu_0_to_1"), clamp(x, 0, 1),                      x > 0 && x < 1 ? 1.0F : 0.0F)         \
  X(Relu6,     "RELU6",       21,   0, 2, rectifier_called("relu6"),      clamp(x, 0, 6),                        x > 0 && x < 6 ? 1.0F : 0.0F)         \
  X(ReluN1To1, "RELU_N1_TO_1", 20,  0, 1, kNoActivation,                  clamp(x, -1, 1),                       x > -1 && x < 1 ? 1.0F : 0.0F)        \
  X(Round,     "ROUND",      116,   0, 1, kNoActivation,                  std::nearbyint(x),                     0.0F)                                 \
  X(Rsqrt,     "RSQRT",       76,   0, 2, kNoActivation,                  1 / std::sqrt(x),                      -y / (2 * x))                         \
  X(Selu,      "SELU",        -1,   0, 1, activation_called("selu"),      kSeluScale * (x < 0 ? kSeluAlpha * std::expm1(x) : x), x < 0 ? y + kSeluScale * kSeluAlpha : kSeluScale) \
  X(Sign,      "SIGN",       158, 123, 1, kNoActivation,                  x > 0 ? 1.0F : x < 0 ? -1.0F : x,      0.0F)                                 \
  X(Sin,       "SIN",         66,   0, 1, kNoActivation,                  std::sin(x),                           std::cos(x))                          \
  X(Softplus,  "SOFTPLUS",    -1,   0, 1, activation_called("softplus"),  softplus(x),                           logistic(x))                          \
  X(Softsign,  "SOFTSIGN",    -1,   0, 1, activation_called("softsign"),  x / (1 + std::fabs(x)),                1 / ((1 + std::fabs(x)) * (1 + std::fabs(x)))) \
  X(Sqrt,      "SQRT",        75,   0, 1, kNoActivation,                  std::sqrt(x),                          1 / (2 * y))                          \
  X(Square,    "SQUARE",      92,  66, 1, kNoActivation,                  x * x,                                 2 * x)                                \
  X(Step,      "STEP",        -1,   0, 1, activation_called("step"),      x > 0 ? 1.0F : 0.0F,                   0.0F)                                 \
  X(Swish,     "SWISH",       -1,   0, 1, rectifier_called("swish"),      x * logistic(x),                       y + logistic(x) * (1 - y))            \
  X(Tanh,      "TANH",        28,   0, 2, activation_called("tanh"),      std::tanh(x),                          1 - y * y)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, table, version_int8, known_as, f, slope)          \
  struct Type {                                                                      \
    static constexpr std::string_view name = tflite_name;                            \
    static constexpr int tflite_code = code;                                         \
    static constexpr int tflite_options = table;                                     \
    static constexpr ActivationName activation_name = known_as;                      \
    static constexpr bool elementwise = true;                                        \
    std::vector<TensorType> infer(Types in) const;                                   \
    Cost cost(Types in) const;                                                       \
    void forward(Inputs x, Outputs y) const;                                         \
    void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const; \
    std::optional<QuantizationRule> quantization(Types in) const;                    \
    KernelCall lower(Types in, Types out) const;                                     \
    int tflite_version(Types in, Types out) const;                                   \
    void options(Options&) {}                                                        \
    bool operator==(const Type&) const = default;                                    \
  };
MIRIM_ELEMENTWISE_UNARY(X)
#undef X

}  // namespace mirim
