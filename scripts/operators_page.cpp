// Prints docs/operators.md: mirim_operators_page > docs/operators.md
// What an operator takes is tried, not declared: an example of each, from tests/golden, is given every type of
// elements.

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/densify.hpp"
#include "mirim/ops/detection_postprocess.hpp"
#include "mirim/ops/lookup_table.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/signal_fft.hpp"
#include "mirim/ops/svdf.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/while.hpp"

namespace mirim {
namespace {

const std::filesystem::path kRoot = MIRIM_SOURCE_DIR;

/// One column of the table: the types of data, weights and bias.
struct Column {
  std::string_view name;
  DType data, weights, bias;
};
constexpr Column kColumns[] = {
    {"float32", DType::float32, DType::float32, DType::float32},
    {"hybrid", DType::float32, DType::int8, DType::float32},
    {"int8", DType::int8, DType::int8, DType::int32},
    {"int16", DType::int16, DType::int8, DType::int64},
    {"uint8", DType::uint8, DType::uint8, DType::int32},
    {"int32", DType::int32, DType::int32, DType::int32},
    {"int64", DType::int64, DType::int64, DType::int64},
    {"bool", DType::boolean, DType::boolean, DType::boolean},
};

/// None, for what needs no scale; what does for most that do; and what some operators want of their inputs or outputs.
const Quantization kQuantizations[] = {{},
                                       {{0.05F}, {0}},
                                       {{1 / 256.0F}, {-128}},
                                       {{1 / 256.0F}, {0}},
                                       {{1 / 128.0F}, {0}},
                                       {{1 / 128.0F}, {128}},
                                       {{16 / 256.0F}, {127}},
                                       {{16 / 256.0F}, {255}},
                                       {{1 / 32768.0F}, {0}}};

/// A node that runs: its operator and operands. What is not constant is zeros; an operand left out has no type.
struct Example {
  Op op;
  std::vector<std::optional<Tensor>> inputs;
  std::vector<bool> constant;
};

using Examples = std::map<std::string, std::vector<Example>, std::less<>>;

void add_examples(const Graph& graph, Examples& to) {
  for (const Node& node : graph.nodes) {
    Example example{.op = node.op, .inputs = {}, .constant = {}};
    for (const ValueId id : node.inputs) {
      example.constant.push_back(id != kNoValue && graph[id].is_constant());
      if (id == kNoValue) {
        example.inputs.emplace_back();
        continue;
      }
      Tensor tensor(graph[id].type, graph[id].quantization);
      if (graph[id].is_constant()) tensor.bytes = *graph[id].constant;
      example.inputs.emplace_back(std::move(tensor));
    }
    to[std::string(node.op.name())].push_back(std::move(example));
  }
}

/// What tests/golden has not: floats of layers whose integers have several types, and what .tflite has not.
std::vector<std::pair<std::string, Example>> more_examples() {
  const auto zeros = [](DType dtype, Shape shape) { return Tensor({dtype, std::move(shape)}); };
  const auto example = [](Op op, std::vector<std::optional<Tensor>> inputs,
                          std::initializer_list<std::size_t> variable) {
    std::vector<bool> constant(inputs.size(), true);
    for (const std::size_t i : variable) constant[i] = false;
    std::string name(op.name());
    return std::pair(std::move(name), Example{std::move(op), std::move(inputs), std::move(constant)});
  };
  const auto floats = [&](Shape shape) { return zeros(DType::float32, std::move(shape)); };
  const auto int8 = [](Shape shape) { return Tensor({DType::int8, std::move(shape)}, kQuantizations[1]); };
  std::vector<std::optional<Tensor>> lstm(24);
  lstm[0] = floats({1, 2, 3});
  for (std::size_t gate = 0; gate < 4; ++gate) {
    lstm[1 + gate] = floats({4, 3});
    lstm[5 + gate] = floats({4, 4});
    lstm[12 + gate] = floats({4});
  }
  lstm[18] = lstm[19] = floats({1, 4});
  std::vector<std::optional<Tensor>> dynamic_lstm = lstm;
  for (std::size_t gate = 0; gate < 4; ++gate) {
    dynamic_lstm[1 + gate] = int8({4, 3});
    dynamic_lstm[5 + gate] = int8({4, 4});
  }
  return {example(UnidirectionalSequenceLstm{}, lstm, {0, 18, 19}),
          example(UnidirectionalSequenceLstm{}, dynamic_lstm, {0, 18, 19}),
          example(Svdf{}, {floats({1, 4}), floats({2, 4}), floats({2, 3}), std::nullopt, floats({1, 6})}, {0, 4}),
          example(Svdf{}, {floats({1, 4}), int8({2, 4}), int8({2, 3}), std::nullopt, floats({1, 6})}, {0, 4}),
          example(BatchNorm{}, {floats({2, 8}), floats({8}), floats({8}), floats({8}), floats({8})}, {0}),
          example(DetectionPostprocess{.max_detections = 2,
                                       .max_classes_per_detection = 1,
                                       .nms_iou_threshold = 0.5F,
                                       .num_classes = 1,
                                       .y_scale = 1,
                                       .x_scale = 1,
                                       .h_scale = 1,
                                       .w_scale = 1},
                  {floats({1, 3, 4}), floats({1, 3, 1}), floats({3, 4})}, {0, 1, 2}),
          example(SignalRfft{.type = 0, .fft_length = 8}, {floats({8})}, {0}),
          example(SignalIrfft{.type = 0, .fft_length = 8}, {floats({10})}, {0}),
          example(Densify{}, {floats({4, 8})}, {}),
          example(LookupTable{}, {zeros(DType::int8, {8}), zeros(DType::int8, {256})}, {0})};
}

Examples examples() {
  Examples result;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "tests/golden")) {
    if (entry.path().extension() != ".tflite") continue;
    for (const Graph& graph : read_tflite_file(entry.path()).graphs) add_examples(graph, result);
  }
  for (const auto& [name, example] : more_examples()) result[name].push_back(example);
  for (const Op& op : all_operators().all()) {
    if (result.contains(op.name())) continue;
    const Tensor x({DType::float32, Shape{1, 4, 4, 8}});  // what is left is element by element
    result[std::string(op.name())] = {{.op = op, .inputs = {x}, .constant = {false}}};
  }
  return result;
}

std::vector<Operand> operands(const Example& example) {
  std::vector<Operand> result;
  for (std::size_t i = 0; i < example.inputs.size(); ++i) {
    if (!example.inputs[i]) {
      result.emplace_back();
      continue;
    }
    Operand operand = example.inputs[i]->operand();
    if (!example.constant[i]) operand.constant = {};
    result.push_back(operand);
  }
  return result;
}

/// The type of the example's data: that of its first input that is not a constant, or of a constant alone; a condition
/// aside.
std::optional<DType> data_type(const Example& example) {
  std::optional<DType> result;
  for (std::size_t i = 0; i < example.inputs.size(); ++i) {
    if (!example.inputs[i] || (example.constant[i] && i > 0)) continue;
    const bool first_was_constant = result && example.constant[0];
    if (!result || first_was_constant || *result == DType::boolean) result = example.inputs[i]->type.dtype;
  }
  return result;
}

/// The example with the column's types; empty where it has no weights for them.
std::optional<Example> retyped(const Example& from, const Column& column, const Quantization& q) {
  using Role = OperandRole::Kind;
  Example result = from;
  const std::vector<Operand> before = operands(from);
  const std::optional<QuantizationRule> rule = from.op.quantization(Types(before));
  const std::optional<DType> data = data_type(from);
  bool weighted = false;
  for (std::size_t i = 0; i < result.inputs.size(); ++i) {
    if (!result.inputs[i]) continue;
    Tensor& tensor = *result.inputs[i];
    const Role role = rule ? from.op.role(i).kind : tensor.type.dtype == data ? Role::activation : Role::index;
    // An operator without a rule stays as the example has it: int8 beside floats are weights.
    if (!rule && data == DType::float32 && tensor.type.dtype == DType::int8) weighted = true;
    if (role == Role::index) continue;
    // Its second input may be weights beside floats.
    const bool multiplied = column.name == "hybrid" && i == 1 && from.op.is<BatchMatMul>();
    const bool weights = role == Role::weights || multiplied;
    const DType dtype = weights ? column.weights : role == Role::bias ? column.bias : column.data;
    weighted = weighted || weights;
    const bool same = tensor.type.dtype == dtype;
    tensor.type.dtype = dtype;
    if (!same) tensor.bytes.assign(static_cast<std::size_t>(tensor.type.bytes()), std::byte{0});
    if (!same || tensor.quantization.empty()) tensor.quantization = weights ? kQuantizations[1] : q;
    if (dtype == DType::float32) tensor.quantization = {};
  }
  if (column.name == "hybrid" && !weighted) return std::nullopt;
  return result;
}

struct Support {
  bool host = false;
  bool device = false;
};

/// Operators that no one runs: the graph has a variable, or the nodes of other graphs, in their place
/// (mirim/passes/resolve_variables.hpp, resolve_calls.hpp).
bool is_resolved(const Op& op) {
  return op.is<CallOnce>() || op.is<VarHandle>() || op.is<ReadVariable>() || op.is<AssignVariable>() ||
         op.is<While>() || op.is<If>();
}

/// The example with the state that its operator keeps.
Example with_state(Example example) {
  const std::vector<Operand> in = operands(example);
  for (const TensorType& state : example.op.hidden_states(Types(in))) {
    example.inputs.emplace_back(Tensor(state));
    example.constant.push_back(false);
  }
  return example;
}

void try_with(const Example& stateless, const Quantization& output, Support& support) {
  const Example example = with_state(stateless);
  const std::vector<Operand> in = operands(example);
  std::vector<Tensor> outputs;
  std::vector<Operand> out;
  try {
    for (const TensorType& type : example.op.infer(Types(in))) {
      outputs.emplace_back(type, type.dtype == DType::float32 ? Quantization{} : output);
    }
    for (const Tensor& tensor : outputs) out.push_back({&tensor.type, &tensor.quantization, {}});
  } catch (const Error&) {
    return;
  }
  try {
    if (example.op.deployable()) {
      example.op.lower(Types(in), Types(out));
      support.device = true;
    }
  } catch (const Error&) {  // there may be a host's way
  }
  try {
    std::vector<Tensor> content;
    content.reserve(example.inputs.size());
    std::vector<ConstTensorView> x;
    for (const auto& tensor : example.inputs) {
      content.push_back(tensor ? *tensor : Tensor{});
      x.push_back(tensor ? std::as_const(content.back()).view() : ConstTensorView{});
    }
    std::vector<TensorView> y;
    for (Tensor& tensor : outputs) y.push_back(tensor.view());
    for (const int state : example.op.variables(Types(in)))
      y.push_back(content[static_cast<std::size_t>(state)].view());
    example.op.forward(Inputs(x), Outputs(y));
    support.host = true;
  } catch (const Error&) {  // not in this type
  }
}

Support support_of(const std::vector<Example>& examples, const Column& column) {
  Support result;
  for (const Example& from : examples) {
    for (const Quantization& input : kQuantizations) {
      const std::optional<Example> example = retyped(from, column, input);
      if (!example) break;
      for (const Quantization& output : kQuantizations) {
        try_with(*example, output, result);
        if (result.device && result.host) return result;
      }
    }
  }
  return result;
}

/// What it takes of types that have no column: "uint32 ●".
std::string other_types(const std::vector<Example>& examples) {
  std::map<std::string, Support> support;
  for (const Example& example : examples) {
    const std::optional<DType> data = data_type(example);
    const auto is_data = [&](const Column& column) { return column.data == data; };
    if (data && std::none_of(std::begin(kColumns), std::end(kColumns), is_data)) {
      try_with(example, {}, support[std::string(name(*data))]);
    }
  }
  std::string text;
  for (const auto& [type, found] : support) {
    if (!found.host) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", type, found.device ? "●" : "○");
  }
  return text;
}

/// Where each type of operator is declared: "conv2d.hpp". A family's types stand in its table, X(Type, ....
std::string file_of(std::string_view type) {
  std::vector<std::filesystem::path> headers;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "mirim/ops")) {
    if (entry.path().extension() == ".hpp" && entry.path().filename() != "all.hpp") headers.push_back(entry.path());
  }
  std::sort(headers.begin(), headers.end());
  for (const std::filesystem::path& header : headers) {
    const std::string text = read_text(header);
    for (const std::string& sign : {fmt::format("struct {} {{", type), fmt::format("X({},", type)}) {
      if (text.find(sign) != std::string::npos) return header.filename().string();
    }
  }
  fail("no header of mirim/ops declares {}", type);
}

/// Collects "name = default" of every option.
class OptionNames : public Options {
 public:
  std::string text;

  void field(int, std::string_view name, bool& value, bool) override { add(name, value ? "true" : "false"); }
  void field(int, std::string_view name, std::int32_t& value, std::int32_t) override {
    add(name, fmt::to_string(value));
  }
  void field(int, std::string_view name, float& value, float) override { add(name, fmt::format("{:g}", value)); }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override {
    add(name, fmt::format("[{}]", fmt::join(value, ", ")));
  }
  void field(int, std::string_view name, std::vector<std::int64_t>& value) override {
    add(name, fmt::format("[{}]", fmt::join(value, ", ")));
  }
  void field(int, std::string_view name, std::vector<float>& value) override {
    add(name, fmt::format("[{}]", fmt::join(value, ", ")));
  }

 protected:
  void enumeration(int, std::string_view name, int& value, int, std::span<const std::string_view> names) override {
    add(name, names[static_cast<std::size_t>(value)]);
  }

 private:
  void add(std::string_view name, std::string_view value) {
    text += fmt::format("{}`{} = {}`", text.empty() ? "" : " ", name, value);
  }
};

void row(std::string_view type, const Op& op, const std::vector<Example>& examples) {
  fmt::print("| `{}` |", op.name());
  for (const Column& column : kColumns) {
    const Support support = support_of(examples, column);
    const bool known = op.is<LookupTable>() || column.name != "hybrid";
    fmt::print(" {} |", is_resolved(op)                  ? (known ? "v" : "")
                        : support.host && support.device ? "●"
                        : support.host                   ? "○"
                                                         : "");
  }
  fmt::print(" {} | {} |\n", op.differentiable() ? "yes" : "", file_of(type));
}

void options_row(std::string_view type, const Op& op) {
  OptionNames options;
  op.options(options);
  fmt::print("| `{}` | `{}` | {} | {} |\n", op.name(), type,
             op.tflite_code() < 0 ? "" : fmt::to_string(op.tflite_code()), options.text);
}

void print_page() {
#define X(Type) #Type,
  constexpr std::string_view types[] = {MIRIM_OPERATORS(X)};
#undef X
  // The registry is in the order of the list.
  const std::vector<Op>& operators = all_operators().all();
  const Examples of = examples();
  fmt::print(
      "# Operators\n\n"
      "Made by `mirim_operators_page > docs/operators.md`, which gives an example of each operator every type of "
      "elements\n"
      "and notes what it takes; a test holds the page to it.\n\n"
      "● runs on the host and compiles for a device, ○ on the host alone. Hybrid: float activations with int8 "
      "weights.\n"
      "Weights of 4 and 2 bits count as int8, those of float16 as float32. v: before it is run or compiled it becomes "
      "a variable\n"
      "of the graph, or the nodes of the graphs that it runs, of any type. A gradient is that of float32. The file is "
      "the\n"
      "header in `mirim/ops/`, with the .cpp beside it. An operator of code 32 is a custom one: a file has its "
      "name.\n\n"
      "| operator |");
  for (const Column& column : kColumns) fmt::print(" {} |", column.name);
  fmt::print(" gradient | file |\n|---|");
  for (std::size_t i = 0; i < std::size(kColumns); ++i) fmt::print("---|");
  fmt::print("---|---|\n");
  for (std::size_t i = 0; i < std::size(types); ++i)
    row(types[i], operators[i], of.at(std::string(operators[i].name())));
  fmt::print("\nTypes that have no column:\n\n| operator | types |\n|---|---|\n");
  for (const Op& op : operators) {
    const std::string types_without = is_resolved(op) ? "" : other_types(of.at(std::string(op.name())));
    if (!types_without.empty()) fmt::print("| `{}` | {} |\n", op.name(), types_without);
  }
  fmt::print(
      "\n## Names and options\n\n"
      "The name is what the text form and TensorFlow Lite call the operator, the type what C++ calls it\n"
      "(`mirim/ops/all.hpp`). An operator without a .tflite code is one that TensorFlow Lite lacks: it is for "
      "training\n"
      "and written in TFLite's operators, or, LOOKUP_TABLE, made by the compiler. The options are those of the "
      ".tflite\n"
      "schema, with mirim's defaults.\n\n"
      "| name | type | .tflite code | options |\n"
      "|---|---|---|---|\n");
  for (std::size_t i = 0; i < std::size(types); ++i) options_row(types[i], operators[i]);
}

}  // namespace
}  // namespace mirim

int main() {
  try {
    mirim::print_page();
  } catch (const mirim::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
