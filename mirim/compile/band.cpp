#include "mirim/compile/band.hpp"

#include <cassert>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/pool.hpp"
#include "mirim/offers/taken_rows.hpp"

namespace mirim {

namespace {

constexpr int kHeight = 1;

// One image with an element at least.
bool has_rows(const TensorType& type) { return type.shape.rank() == 4 && type.shape[0] == 1 && type.bytes() > 0; }

// A kernel on elements may read words, so each row must begin at one. One with a window cannot: where rows are no whole
// words, neither are its pixels.
bool has_rows_of_words(const TensorType& type) {
  return has_rows(type) && (type.bytes() / type.shape[kHeight]) % 4 == 0;
}

// Of the plain kernels with windows: their parameters name the vertical window alike.
struct Vertical {
  std::int32_t input_height, output_height, filter, stride, dilation, before;

  std::int32_t span() const { return (filter - 1) * dilation + 1; }
  std::int32_t after() const { return (output_height - 1) * stride + span() - before - input_height; }
};

std::optional<Vertical> vertical(const KernelCall& plain) {
  const auto of = [](const auto& p, std::int32_t dilation) {
    return Vertical{p.input_height, p.output_height, p.filter_height, p.stride_height, dilation, p.padding_top};
  };
  if (const auto* c = plain.parameters_as<micro::Conv2dParams>()) return of(*c, c->dilation_height);
  if (const auto* c = plain.parameters_as<micro::DepthwiseConv2dParams>()) return of(*c, c->dilation_height);
  if (const auto* p = plain.parameters_as<micro::Pool2dParams>()) return of(*p, 1);
  return std::nullopt;
}

// The same call for `rows` output rows, the padding being in the input.
KernelCall of_rows(const KernelCall& plain, std::int32_t rows) {
  const auto changed = [&](auto params) {
    params.input_height = (rows - 1) * params.stride_height + vertical(plain)->span();
    params.output_height = rows;
    params.padding_top = 0;
    return plain.with_parameters(params);
  };
  if (const auto* c = plain.parameters_as<micro::Conv2dParams>()) return changed(*c);
  if (const auto* c = plain.parameters_as<micro::DepthwiseConv2dParams>()) return changed(*c);
  return changed(*plain.parameters_as<micro::Pool2dParams>());
}

std::uint8_t zero_of(const Value& value) {
  return static_cast<std::uint8_t>(value.quantization.zero_point.empty() ? 0 : value.quantization.zero_point[0]);
}

std::optional<std::vector<RowReads>> reads_of_window(const Graph& graph, const Node& node, const KernelCall& plain) {
  const Value& input = graph[node.inputs[0]];
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != kNoValue && !graph[node.inputs[i]].is_constant()) return std::nullopt;
    // A float layer with int8 weights finds the scale of the whole image first.
    const bool weights = node.inputs[i] != kNoValue && node.op.role(i).kind == OperandRole::Kind::weights;
    if (weights && input.type.dtype == DType::float32 && graph[node.inputs[i]].type.dtype != DType::float32) {
      return std::nullopt;
    }
  }
  const std::optional<Vertical> v = vertical(plain);
  if (!v || !plain.run_with) return std::nullopt;
  RowReads reads{.input = 0, .span = v->span(), .stride = v->stride, .before = v->before, .after = v->after()};
  reads.padding = zero_of(input);
  const bool padded = reads.before > 0 || reads.after > 0;
  if (padded && plain.parameters_as<micro::Pool2dParams>()) return std::nullopt;  // it has no padding in its window
  return std::vector<RowReads>{reads};
}

std::optional<std::vector<RowReads>> reads_of_elements(const Graph& graph, const Node& node) {
  const Shape& made = graph[node.outputs[0]].type.shape;
  if (!has_rows_of_words(graph[node.outputs[0]].type)) return std::nullopt;
  std::vector<RowReads> all;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    const Value& input = graph[node.inputs[i]];
    const Shape& shape = input.type.shape;
    // One row for all is read again each time.
    const bool has_own = has_rows_of_words(input.type) && shape[kHeight] == made[kHeight];
    const bool one_for_all = shape.rank() < 3 || shape[shape.rank() - 3] == 1;
    if (!one_for_all && (input.is_constant() || !has_own)) return std::nullopt;
    if (input.is_constant()) continue;
    all.push_back({.input = static_cast<int>(i), .stride = has_own ? 1 : 0});
  }
  return all;
}

// The kernel that takes `rows` rows of an image at each call, if that has more than one and there is such a kernel.
std::optional<Choice> taken_rows(const Work& work, std::int32_t rows) {
  if (!has_rows(*work.in[0].type) || work.in[0].shape()[kHeight] == 1) return std::nullopt;
  std::optional<Offer> offer = offer_taken_rows(work, rows);
  if (!offer) return std::nullopt;
  const std::int64_t flash = flash_of(work, offer->call), height = work.in[0].shape()[kHeight];
  constexpr const char* kName = "rows as they come";
  return Choice{
      .call = std::move(offer->call),
      .kernel = kName,
      .considered = {{.kernel = kName, .cycles = offer->cycles, .flash = flash, .flash_read = flash * rows / height}}};
}

}  // namespace

std::optional<std::vector<RowReads>> reads_by_rows(const Graph& graph, const Node& node) {
  if (node.outputs.size() != 1 || node.inputs.empty() || node.inputs[0] == kNoValue) return std::nullopt;
  const bool makes_rows = has_rows(graph[node.outputs[0]].type) && written_variables(graph, node).empty();
  if (node.op.elementwise()) return makes_rows ? reads_of_elements(graph, node) : std::nullopt;
  const Value& input = graph[node.inputs[0]];
  if (input.is_constant() || !has_rows(input.type) || !node.op.deployable()) return std::nullopt;
  const std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
  const KernelCall plain = node.op.lower(Types(in), Types(out));
  if (taken_rows({node.op, Types(in), Types(out), plain}, 1)) return std::vector<RowReads>{{.input = 0, .taken = true}};
  return makes_rows ? reads_of_window(graph, node, plain) : std::nullopt;
}

Choice choose_kernel_for_rows(const Graph& graph, int index, std::int32_t rows, const Target& target,
                              Optimize optimize) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
  if (!node.op.elementwise()) {
    const KernelCall whole = node.op.lower(Types(in), Types(out));
    if (std::optional<Choice> taken = taken_rows({node.op, Types(in), Types(out), whole}, rows))
      return std::move(*taken);
    const KernelCall plain = of_rows(whole, rows);
    return choose_kernel({node.op, Types(in), Types(out), plain, out[0].shape()[kHeight] / rows}, target, optimize);
  }
  const std::int64_t height = out[0].shape()[kHeight];
  std::vector<TensorType> types;
  types.reserve(in.size() + out.size());
  const auto shorten = [&](Operand& operand) {
    if (!operand.present() || operand.shape().rank() != 4 || operand.shape()[kHeight] != height) return;
    types.push_back(*operand.type);
    types.back().shape[kHeight] = rows;
    operand.type = &types.back();
  };
  for (Operand& operand : in) shorten(operand);
  for (Operand& operand : out) shorten(operand);
  const KernelCall plain = node.op.lower(Types(in), Types(out));
  return choose_kernel({node.op, Types(in), Types(out), plain, height / rows}, target, optimize);
}

}  // namespace mirim
