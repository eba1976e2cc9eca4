#include "mirim/formats/tflite_node.hpp"

#include <flatbuffers/minireflect.h>
#include <tflite_generated.h>

#include <algorithm>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/formats/flexbuffer_options.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_options.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/signal_frames.hpp"

namespace mirim {
namespace {

// A model with only this operator and its code, without operands: what a node keeps of its file.
Bytes keep_apart(const TfliteNode& from) {
  auto& builder = from.builder;
  TableFields code(builder, &from.buffers.budget);
  code.copy(plain(from.code), *tflite::OperatorCodeTypeTable());
  const flatbuffers::Offset<void> code_offset(code.finish());
  TableFields node(builder, &from.buffers.budget);
  using Table = tflite::Operator;
  const int operands[] = {slot_of(Table::VT_INPUTS), slot_of(Table::VT_OUTPUTS), slot_of(Table::VT_INTERMEDIATES)};
  const int number[] = {slot_of(Table::VT_OPCODE_INDEX)};
  node.copy(plain(from.stored), *tflite::OperatorTypeTable(), number, operands);
  node.scalar(number[0], from.stored.opcode_index());  // also when it is 0: equal operators are equal bytes
  const flatbuffers::Offset<void> node_offset(node.finish());
  const auto nodes = builder.CreateVector(&node_offset, 1);
  TableFields graph(builder);
  graph.reference(slot_of(tflite::SubGraph::VT_OPERATORS), nodes.o);
  const flatbuffers::Offset<void> graph_offset(graph.finish());
  const auto graphs = builder.CreateVector(&graph_offset, 1);
  const auto codes = builder.CreateVector(&code_offset, 1);
  TableFields model(builder);
  model.reference(slot_of(tflite::Model::VT_OPERATOR_CODES), codes.o);
  model.reference(slot_of(tflite::Model::VT_SUBGRAPHS), graphs.o);
  return finish_apart(builder, model);
}

std::string title_of(const tflite::OperatorCode& code) {
  const int number = builtin_code(code);
  if (number == static_cast<int>(tflite::BuiltinOperator::CUSTOM)) {
    std::string name = code.custom_code() == nullptr ? "" : code.custom_code()->str();
    if (name.empty()) fail("is a custom operator without a name");
    return name;
  }
  const char* name = tflite::EnumNameBuiltinOperator(static_cast<tflite::BuiltinOperator>(number));
  if (*name == '\0') fail("is operator number {}, the .tflite schema has none", number);
  return name;
}

// The graphs that an options table names, for any operator: the schema calls such fields ...subgraph_index.
void add_called_graphs(const void* options, const flatbuffers::TypeTable& members, int tag,
                       std::vector<std::int32_t>& calls) {
  if (options == nullptr || tag <= 0 || tag >= static_cast<int>(members.num_elems)) return;
  const flatbuffers::TypeTable& kind = *members.type_refs[members.type_codes[tag].sequence_ref]();
  const auto& table = *static_cast<const flatbuffers::Table*>(options);
  for (int slot = 0; slot < static_cast<int>(kind.num_elems); ++slot) {
    if (!std::string_view(kind.names[slot]).ends_with("subgraph_index")) continue;
    calls.push_back(table.GetField<std::int32_t>(flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot)), 0));
  }
}

// An option from a newer schema changes what the operator computes, and could not be written again.
void require_known_options(const void* options, const flatbuffers::TypeTable& members, int tag) {
  if (options == nullptr || tag <= 0 || tag >= static_cast<int>(members.num_elems)) return;
  const flatbuffers::TypeTable& kind = *members.type_refs[members.type_codes[tag].sequence_ref]();
  const auto& table = *static_cast<const flatbuffers::Table*>(options);
  const int slots = (flatbuffers::ReadScalar<flatbuffers::voffset_t>(table.GetVTable()) - 4) / 2;
  for (int slot = static_cast<int>(kind.num_elems); slot < slots; ++slot) {
    if (!table.CheckField(flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot)))) continue;
    fail("has option {} in {}, the .tflite schema has none", slot, members.names[tag]);
  }
}

/// Texts and numbers by key: LiteRT keeps such a table outside of the arena.
bool is_hash_table(int code) {
  using enum tflite::BuiltinOperator;
  for (const auto kin : {HASHTABLE, HASHTABLE_FIND, HASHTABLE_IMPORT, HASHTABLE_SIZE, HASHTABLE_LOOKUP}) {
    if (code == static_cast<int>(kin)) return true;
  }
  return false;
}

Opaque opaque_of(const TfliteNode& from) {
  Opaque opaque{.title = title_of(from.code)};
  if (opaque.title.starts_with("Flex")) {
    opaque.reason =
        "needs TensorFlow itself; convert the model without SELECT_TF_OPS: with unroll=True in recurrent layers and a "
        "fixed batch size";
  }
  if (opaque.title == "ethos-u") {
    opaque.reason =
        "holds commands for an Ethos-U by Vela, which only that unit runs; take the .tflite from before Vela";
  }
  if (opaque.title == "edgetpu-custom-op") {
    opaque.reason =
        "holds commands for an Edge TPU, which only that runs; take the .tflite from before edgetpu_compiler";
  }
  from.buffers.budget.spend(opaque.title.size());
  const auto& stored = from.stored;
  const auto known = [](const auto& names, auto tag) { return static_cast<std::size_t>(tag) < std::size(names); };
  if (!known(tflite::EnumValuesBuiltinOptions(), stored.builtin_options_type()) ||
      !known(tflite::EnumValuesBuiltinOptions2(), stored.builtin_options_2_type())) {
    fail("{}: its options are of a kind that the .tflite schema has not", shortened(opaque.title));
  }
  add_called_graphs(stored.builtin_options(), *tflite::BuiltinOptionsTypeTable(),
                    static_cast<int>(stored.builtin_options_type()), opaque.subgraph_indices);
  add_called_graphs(stored.builtin_options_2(), *tflite::BuiltinOptions2TypeTable(),
                    static_cast<int>(stored.builtin_options_2_type()), opaque.subgraph_indices);
  opaque.content = keep_apart(from);
  if (is_hash_table(builtin_code(from.code))) {
    opaque.reason = "a device has no hash tables: look keys up before the model, and give it their numbers";
  }
  return opaque;
}

bool has_table(const tflite::Operator& stored) {
  return stored.builtin_options_type() != tflite::BuiltinOptions::NONE && stored.builtin_options() != nullptr;
}

const Op* find_operator(const tflite::OperatorCode& code) {
  if (const Op* builtin = all_operators().find(builtin_code(code))) return builtin;
  const Op* custom = code.custom_code() == nullptr ? nullptr : all_operators().find(code.custom_code()->string_view());
  return custom != nullptr && is_operator_of(code, *custom) ? custom : nullptr;
}

/// Reads the options into `op`; returns what of them mirim does not support, empty if nothing.
std::string why_unsupported(const tflite::Operator& stored, BytesView large_options, DType output, Op& op) {
  try {
    read_options(stored, large_options, output, op);
  } catch (const Unsupported& reason) {
    return reason.what();
  }
  return {};
}

}  // namespace

int builtin_code(const tflite::OperatorCode& code) {
  // Codes from 127 on are in the wider field only, and old files have only the narrow one.
  return std::max(static_cast<int>(code.deprecated_builtin_code()), static_cast<int>(code.builtin_code()));
}

bool is_operator_of(const tflite::OperatorCode& code, const Op& op) {
  if (builtin_code(code) != op.tflite_code()) return false;
  return op.tflite_code() != kCustomOperator ||
         (code.custom_code() != nullptr && code.custom_code()->string_view() == op.name());
}

void read_options(const tflite::Operator& stored, BytesView large_options, DType output, Op& op) {
  if (op.tflite_code() == kCustomOperator) {
    const auto* small = stored.custom_options();
    const BytesView options = !large_options.empty() || small == nullptr
                                  ? large_options
                                  : std::as_bytes(std::span(small->data(), small->size()));
    return read_flexbuffer_options(options, op);
  }
  // Options of the type NONE are none, whatever table they refer to.
  if (stored.builtin_options_2_type() != tflite::BuiltinOptions2::NONE && stored.builtin_options_2() != nullptr) {
    const char* kind = tflite::EnumNameBuiltinOptions2(stored.builtin_options_2_type());
    if (static_cast<int>(stored.builtin_options_2_type()) != op.tflite_options_2()) {
      fail_unsupported("its options are {}, which mirim does not read", kind);
    }
    return in_context(kind, [&] {
      read_tflite_options(op, *static_cast<const flatbuffers::Table*>(stored.builtin_options_2()), output);
    });
  }
  if (!has_table(stored)) {
    // Without a table every field has the schema's default, which may differ from the operator's.
    const std::uint8_t empty_table[] = {4, 0, 4, 0, 4, 0, 0, 0};
    alignas(4) std::uint8_t aligned[sizeof(empty_table)];
    std::memcpy(aligned, empty_table, sizeof(empty_table));
    read_tflite_options(op, *reinterpret_cast<const flatbuffers::Table*>(aligned + 4), output);
    return;
  }
  if (static_cast<int>(stored.builtin_options_type()) != op.tflite_options()) {
    fail("its options are {}, expected {}", tflite::EnumNameBuiltinOptions(stored.builtin_options_type()),
         tflite::EnumNameBuiltinOptions(static_cast<tflite::BuiltinOptions>(op.tflite_options())));
  }
  in_context(tflite::EnumNameBuiltinOptions(stored.builtin_options_type()), [&] {
    read_tflite_options(op, *static_cast<const flatbuffers::Table*>(stored.builtin_options()), output);
  });
}

void read_tflite_node(const TfliteNode& from, Node& node) {
  const auto& stored = from.stored;
  require_known_options(stored.builtin_options(), *tflite::BuiltinOptionsTypeTable(),
                        static_cast<int>(stored.builtin_options_type()));
  require_known_options(stored.builtin_options_2(), *tflite::BuiltinOptions2TypeTable(),
                        static_cast<int>(stored.builtin_options_2_type()));
  if (stored.large_custom_options_offset() > 1) {
    const BytesView large = in_context("its large custom options", [&] {
      return from.buffers.outside(stored.large_custom_options_offset(), stored.large_custom_options_size());
    });
    from.buffers.budget.spend(large.size());
    node.extras[tflite_extra::large_options] = Bytes(large.begin(), large.end());
  }
  const Op* known = find_operator(from.code);
  if (known == nullptr) {
    node.op = opaque_of(from);
    return;
  }
  const ValueId first = node.outputs.empty() ? kNoValue : node.outputs[0];
  const bool has_output = first >= 0 && static_cast<std::size_t>(first) < from.graph.values.size();
  const DType output = has_output ? from.graph[first].type.dtype : DType::float32;
  Op op = *known;
  const auto large = node.extras.find(tflite_extra::large_options);
  const BytesView large_options = large == node.extras.end() ? BytesView() : BytesView(large->second);
  const std::string unsupported =
      in_context(std::string(known->name()), [&] { return why_unsupported(stored, large_options, output, op); });
  if (!unsupported.empty()) {
    Opaque opaque = opaque_of(from);
    opaque.reason = unsupported;
    node.op = std::move(opaque);
    return;
  }
  if (auto* buffer = op.as<CircularBuffer>()) {
    // What it makes is told by its outputs alone.
    const Shape shape = has_output ? from.graph[first].type.shape : Shape{};
    buffer->num_slots = shape.rank() == 4 ? static_cast<std::int32_t>(shape[1]) : 0;
    buffer->tells_valid = node.outputs.size() == 2;
  }
  node.op = std::move(op);
  node.extras[tflite_extra::node] = keep_apart(from);
}

}  // namespace mirim
