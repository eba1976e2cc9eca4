// Any .tflite that is let through, run and compiled as the commands do it, the graph of its last signature too: answers
// or one line, in bounded time. Models too large to run here thousands of times are left out.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "fuzz/mutate_tflite.hpp"
#include "mirim/base/error.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_bidirectional.hpp"
#include "mirim/graph/signatures.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/decode_constants.hpp"
#include "mirim/passes/recognise_recurrent.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "mirim/passes/widen_weights.hpp"

namespace {

bool is_small(const mirim::Graph& graph) {
  constexpr std::int64_t kBytes = 1 << 20;
  constexpr std::int64_t kOperations = 20'000'000;
  std::int64_t bytes = 0;
  for (const mirim::Value& value : graph.values) {
    bytes += value.type.bytes();
    if (bytes > kBytes) return false;
  }
  std::int64_t operations = 0;
  for (const mirim::Node& node : graph.nodes) {
    const mirim::Cost cost = node.op.cost(mirim::operands(graph, node.inputs));
    if (cost.macs > kOperations || cost.operations > kOperations) return false;
    operations += cost.macs + cost.operations;
    if (operations > kOperations) return false;
  }
  return true;
}

void fill(const mirim::TensorView& tensor) {
  if (tensor.dtype() == mirim::DType::float32) {
    float value = -1.5F;
    for (float& element : tensor.as<float>()) element = (value = value > 2 ? -2 : value + 0.37F);
    return;
  }
  const bool is_bool = tensor.dtype() == mirim::DType::boolean;
  for (std::size_t i = 0; i < tensor.bytes.size(); ++i) {
    tensor.bytes[i] = static_cast<std::byte>(is_bool ? i & 1U : i * 37);
  }
}

/// Of nested loops the numbers of rounds multiply.
constexpr std::int32_t kMostRounds = 8;

void run_and_compile(const mirim::Model& model, bool layers) {
  mirim::Graph graph;
  try {
    graph = mirim::resolve_variables(model, kMostRounds);
    if (!mirim::verify(graph).empty()) return;
    if (layers) mirim::recognise_recurrent(graph);
    if (!is_small(graph)) return;
    mirim::Interpreter interpreter(graph);
    for (int run = 0; run < 2; ++run) {
      for (std::size_t i = 0; i < graph.inputs.size(); ++i) fill(interpreter.input(static_cast<int>(i)));
      interpreter.run();
    }
  } catch (const mirim::Error&) {
    return;
  }
  try {
    mirim::compile(graph, {});
  } catch (const mirim::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mirim::Model model;
  try {
    model = mirim::read_tflite(std::as_bytes(std::span(data, size)));
    mirim::decode_constants(model);
    mirim::widen_weights_of_other_axes(model);
    mirim::split_bidirectional_lstms(model);
    if (!mirim::verify(model).empty()) return 0;
  } catch (const mirim::Error&) {
    return 0;
  }
  run_and_compile(model, model.graphs.size() > 1);
  if (model.signatures.empty() || model.signatures.back().graph == 0) return 0;
  try {
    mirim::choose_signature(model, model.signatures.back().key);
  } catch (const mirim::Error&) {
    return 0;
  }
  run_and_compile(model, false);
  return 0;
}
