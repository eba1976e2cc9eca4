#include "mirim/passes/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/layer_name.hpp"

namespace mirim {
namespace {

/// An operator's types: f float32, b int8, h int16, u uint8, i int32, l int64, o bool; * all.
using Row = std::pair<std::string_view, std::string_view>;

/// tflite-micro 0.dev20261023182759: which of the random models of tests/judge its interpreter runs.
constexpr std::array kTflm = {
    Row{"ABS", "fbh"},
    Row{"ADD", "fbhi"},
    Row{"ARG_MAX", "fb"},
    Row{"ARG_MIN", "fb"},
    Row{"ASSIGN_VARIABLE", "*"},
    Row{"AVERAGE_POOL_2D", "fbh"},
    Row{"BATCH_MATMUL", "fbh"},
    Row{"BATCH_TO_SPACE_ND", "fb"},
    Row{"BROADCAST_TO", "*"},
    Row{"CALL_ONCE", "*"},
    Row{"CAST", "fbhio"},
    Row{"CEIL", "f"},
    Row{"CONCATENATION", "fbhilo"},
    Row{"CONV_2D", "fbh"},
    Row{"COS", "f"},
    Row{"CUMSUM", "fb"},
    Row{"DEPTHWISE_CONV_2D", "fbh"},
    Row{"DEPTH_TO_SPACE", "fb"},
    Row{"DEQUANTIZE", "bhu"},
    Row{"DIV", "fbi"},
    Row{"ELU", "fb"},
    Row{"EQUAL", "fbilo"},
    Row{"EXP", "f"},
    Row{"EXPAND_DIMS", "fbh"},
    Row{"FILL", "fbi"},
    Row{"FLOOR", "f"},
    Row{"FLOOR_DIV", "f"},
    Row{"FLOOR_MOD", "f"},
    Row{"FULLY_CONNECTED", "fbh"},
    Row{"GATHER", "fb"},
    Row{"GATHER_ND", "fb"},
    Row{"GREATER", "fbil"},
    Row{"GREATER_EQUAL", "fbil"},
    Row{"HARD_SWISH", "fb"},
    Row{"IF", "*"},
    Row{"L2_NORMALIZATION", "fb"},
    Row{"LEAKY_RELU", "fbh"},
    Row{"LESS", "fbil"},
    Row{"LESS_EQUAL", "fbil"},
    Row{"LOG", "f"},
    Row{"LOGICAL_AND", "o"},
    Row{"LOGICAL_NOT", "o"},
    Row{"LOGICAL_OR", "o"},
    Row{"LOGISTIC", "fbh"},
    Row{"LOG_SOFTMAX", "fb"},
    Row{"MAXIMUM", "fbhil"},
    Row{"MAX_POOL_2D", "fbh"},
    Row{"MEAN", "fbh"},
    Row{"MINIMUM", "fbhil"},
    Row{"MIRROR_PAD", "fb"},
    Row{"MUL", "fbhi"},
    Row{"NEG", "f"},
    Row{"NOT_EQUAL", "fbilo"},
    Row{"PACK", "fbhil"},
    Row{"PAD", "fbhi"},
    Row{"PADV2", "fbhi"},
    Row{"PRELU", "fb"},
    Row{"QUANTIZE", "fbhu"},
    Row{"READ_VARIABLE", "*"},
    Row{"REDUCE_ALL", "o"},
    Row{"REDUCE_MAX", "fb"},
    Row{"REDUCE_MIN", "fb"},
    Row{"RELU", "fbh"},
    Row{"RELU6", "fbh"},
    Row{"RESHAPE", "*"},
    Row{"RESIZE_BILINEAR", "fb"},
    Row{"RESIZE_NEAREST_NEIGHBOR", "fbh"},
    Row{"REVERSE_V2", "*"},
    Row{"ROUND", "f"},
    Row{"RSQRT", "fbh"},
    Row{"SELECT_V2", "fbh"},
    Row{"SHAPE", "fhiluo"},
    Row{"SIN", "f"},
    Row{"SLICE", "fbhio"},
    Row{"SOFTMAX", "fbh"},
    Row{"SPACE_TO_BATCH_ND", "fb"},
    Row{"SPACE_TO_DEPTH", "fb"},
    Row{"SPLIT", "fbhi"},
    Row{"SPLIT_V", "fbhi"},
    Row{"SQRT", "f"},
    Row{"SQUARE", "f"},
    Row{"SQUARED_DIFFERENCE", "fbhi"},
    Row{"SQUEEZE", "*"},
    Row{"STRIDED_SLICE", "fbhio"},
    Row{"SUB", "fbhi"},
    Row{"SUM", "fbh"},
    Row{"SVDF", "fb"},
    Row{"TANH", "fbh"},
    Row{"TRANSPOSE", "fbh"},
    Row{"TRANSPOSE_CONV", "fbh"},
    Row{"UNIDIRECTIONAL_SEQUENCE_LSTM", "fbh"},
    Row{"UNPACK", "fbhi"},
    Row{"VAR_HANDLE", "*"},
    Row{"WHILE", "*"},
    Row{"ZEROS_LIKE", "fbil"},
};

/// What Vela 5.2.0 gives to an Ethos-U55 or U65, by its report of supported operators.
constexpr std::array kVela = {
    Row{"ABS", "bh"},
    Row{"ADD", "bh"},
    Row{"ARG_MAX", "bh"},
    Row{"AVERAGE_POOL_2D", "bh"},
    Row{"BATCH_MATMUL", "b"},
    Row{"CONCATENATION", "bh"},
    Row{"CONV_2D", "bh"},
    Row{"DEPTHWISE_CONV_2D", "bh"},
    Row{"ELU", "b"},
    Row{"EXP", "bh"},
    Row{"EXPAND_DIMS", "bh"},
    Row{"FULLY_CONNECTED", "bh"},
    Row{"GELU", "b"},
    Row{"HARD_SWISH", "bh"},
    Row{"LEAKY_RELU", "bh"},
    Row{"LOG", "bh"},
    Row{"LOGISTIC", "bh"},
    Row{"MAXIMUM", "bh"},
    Row{"MAX_POOL_2D", "bh"},
    Row{"MEAN", "bh"},
    Row{"MINIMUM", "bh"},
    Row{"MIRROR_PAD", "bh"},
    Row{"MUL", "bh"},
    Row{"NEG", "bh"},
    Row{"PACK", "bh"},
    Row{"PAD", "bh"},
    Row{"PADV2", "bh"},
    Row{"PRELU", "bh"},
    Row{"QUANTIZE", "bh"},
    Row{"REDUCE_MAX", "bh"},
    Row{"REDUCE_MIN", "bh"},
    Row{"RELU", "bh"},
    Row{"RELU6", "bh"},
    Row{"RELU_0_TO_1", "bh"},
    Row{"RELU_N1_TO_1", "bh"},
    Row{"RESHAPE", "bh"},
    Row{"RESIZE_BILINEAR", "bh"},
    Row{"RESIZE_NEAREST_NEIGHBOR", "bh"},
    Row{"REVERSE_V2", "bh"},
    Row{"RSQRT", "bh"},
    Row{"SLICE", "bh"},
    Row{"SOFTMAX", "bh"},
    Row{"SPLIT", "bh"},
    Row{"SPLIT_V", "bh"},
    Row{"SQUARED_DIFFERENCE", "bh"},
    Row{"SQUEEZE", "bh"},
    Row{"STRIDED_SLICE", "bh"},
    Row{"SUB", "bh"},
    Row{"SUM", "bh"},
    Row{"TANH", "bh"},
    Row{"TILE", "bh"},
    Row{"TRANSPOSE", "bh"},
    Row{"TRANSPOSE_CONV", "bh"},
    Row{"UNIDIRECTIONAL_SEQUENCE_LSTM", "bh"},
    Row{"UNPACK", "bh"},
};

/// What ai-edge-litert 2.3.0 lacks of what mirim has, by the same random models.
constexpr std::array kNotLitert = {
    Row{"CUMSUM", "b"},     Row{"SQUARED_DIFFERENCE", "h"}, Row{"SUM", "h"}, Row{"UNIDIRECTIONAL_SEQUENCE_LSTM", "h"},
    Row{"ZEROS_LIKE", "b"},
};

char letter(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return 'f';
    case DType::int8:
      return 'b';
    case DType::int16:
      return 'h';
    case DType::uint8:
      return 'u';
    case DType::int32:
      return 'i';
    case DType::int64:
      return 'l';
    case DType::boolean:
      return 'o';
    default:
      return '?';
  }
}

/// The row's types; none for an operator that is not there.
template <std::size_t n>
const std::string_view* types_of(const std::array<Row, n>& rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::first);
  return found == rows.end() ? nullptr : &found->second;
}

bool holds(std::string_view types, DType dtype) {
  return types == "*" || types.find(letter(dtype)) != std::string_view::npos;
}

template <std::size_t n>
std::string missing(std::string_view runtime, const std::array<Row, n>& rows, std::string_view name, DType dtype) {
  const std::string_view* types = types_of(rows, name);
  if (!types) return fmt::format("{} has no {}", runtime, name);
  if (holds(*types, dtype)) return {};
  return fmt::format("{} has no {} of {}", runtime, name, mirim::name(dtype));
}

}  // namespace

Runtime runtime_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Runtime>, 4> kNames = {
      {{"", Runtime::any}, {"tflm", Runtime::tflm}, {"litert", Runtime::litert}, {"vela", Runtime::vela}}};
  for (const auto& [known, runtime] : kNames) {
    if (known == name) return runtime;
  }
  fail("there is no runtime '{}'; write tflm, litert or vela", name);
}

std::string lacking(Runtime runtime, std::string_view operator_name, DType dtype) {
  switch (runtime) {
    case Runtime::any:
      return {};
    case Runtime::tflm:
      return missing("tflite-micro", kTflm, operator_name, dtype);
    case Runtime::vela: {
      const std::string line = missing("Ethos-U", kVela, operator_name, dtype);
      return line.empty() ? line : line + "; it runs on the CPU";
    }
    case Runtime::litert:
      break;
  }
  const std::string_view* types = types_of(kNotLitert, operator_name);
  if (!types || !holds(*types, dtype)) return {};
  return fmt::format("LiteRT has no {} of {}", operator_name, mirim::name(dtype));
}

DType data_type(const Graph& graph, const Node& node) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id != kNoValue && node.op.role(i).kind == OperandRole::Kind::activation) return graph[id].type.dtype;
  }
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) return graph[id].type.dtype;
  }
  return DType::float32;
}

std::vector<std::string> what_lacks(Runtime runtime, const Graph& graph) {
  std::map<std::string, std::vector<std::string>> layers;
  for (const Node& node : graph.nodes) {
    const std::string why = lacking(runtime, node.op.name(), data_type(graph, node));
    if (!why.empty()) layers[why].push_back(layer_name(graph, node));
  }
  std::vector<std::string> lines;
  for (const auto& [why, names] : layers) {
    const std::string more = names.size() > 1 ? fmt::format(" and {} more", names.size() - 1) : "";
    lines.push_back(fmt::format("'{}'{}: {}", names[0], more, why));
  }
  return lines;
}

}  // namespace mirim
