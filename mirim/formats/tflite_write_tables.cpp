#include "mirim/formats/tflite_write_tables.hpp"

#include <flatbuffers/minireflect.h>
#include <tflite_generated.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/formats/flexbuffer_options.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_node.hpp"
#include "mirim/formats/tflite_options.hpp"
#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

void write_type(Builder& builder, const TensorType& type, TableFields& fields) {
  const std::vector<std::int32_t> shape(type.shape.begin(), type.shape.end());
  fields.reference(slot_of(tflite::Tensor::VT_SHAPE), builder.CreateVector(shape).o);
  fields.scalar(slot_of(tflite::Tensor::VT_TYPE), static_cast<std::int8_t>(type.dtype));
  fields.scalar(slot_of(tflite::Tensor::VT_HAS_RANK), std::uint8_t{1});  // without it a scalar has no known shape
}

void write_quantization(Builder& builder, const Value& value, ValueId block_scales, TableFields& fields) {
  const Quantization& q = value.quantization;
  if (q.empty()) {
    // As TensorFlow's converter: some readers take the table for granted.
    fields.reference(slot_of(tflite::Tensor::VT_QUANTIZATION), tflite::CreateQuantizationParameters(builder).o);
    return;
  }
  if (is_in_blocks(q)) {
    const auto size = static_cast<std::int32_t>(block_size(q, value.type.shape));
    const auto blocks = tflite::CreateBlockwiseQuantization(builder, block_scales, -1, size);
    const auto table = tflite::CreateQuantizationParameters(
        builder, 0, 0, 0, 0, tflite::QuantizationDetails::BlockwiseQuantization, blocks.Union(), 0);
    fields.reference(slot_of(tflite::Tensor::VT_QUANTIZATION), table.o);
    return;
  }
  const auto scale = builder.CreateVector(q.scale);
  const auto zero_point = builder.CreateVector(q.zero_point);
  const auto table = tflite::CreateQuantizationParameters(builder, 0, 0, scale, zero_point,
                                                          tflite::QuantizationDetails::NONE, 0, q.dimension);
  fields.reference(slot_of(tflite::Tensor::VT_QUANTIZATION), table.o);
}

// Whether the table still agrees with the value's type: directly, or by the shape that replaced its own.
bool has_type_of(const tflite::Tensor& stored, const Value& value) {
  const TensorType type = tensor_type(stored);
  const auto taken = value.extras.find(tflite_extra::shape);
  if (type == value.type || taken == value.extras.end()) return type == value.type;
  const std::vector<std::int64_t> shape(value.type.shape.begin(), value.type.shape.end());
  return type.dtype == value.type.dtype && std::ranges::equal(bytes_of(shape), taken->second);
}

bool has_quantization_of(const tflite::Tensor& stored, const Value& value, ValueId scales) {
  Quantization kept = tensor_quantization(stored, value.type);
  if (kept.dimension == kInBlocks) {
    if (value.quantization.empty()) return true;  // those that mirim does not compute with
    const Blocks blocks = stored_blocks(stored);
    return is_in_blocks(value.quantization) && blocks.scales == scales &&
           blocks.size == block_size(value.quantization, value.type.shape);
  }
  return kept == value.quantization;
}

/// The operator and its code as in the file; null without one.
struct Kept {
  const tflite::Operator* node = nullptr;
  const tflite::OperatorCode* code = nullptr;
};

Kept kept_operator(const Node& node) {
  const auto* opaque = node.op.as<Opaque>();
  const auto* model = opaque != nullptr ? kept_table<tflite::Model>(opaque->content)
                                        : kept_table<tflite::Model>(node.extras, tflite_extra::node);
  const auto one = [](const auto* vector) { return vector != nullptr && vector->size() == 1; };
  if (model == nullptr || !one(model->operator_codes()) || !one(model->subgraphs())) return {};
  const auto* nodes = model->subgraphs()->Get(0)->operators();
  if (!one(nodes)) return {};
  return {nodes->Get(0), model->operator_codes()->Get(0)};
}

// Whether the table still agrees with the operator.
bool has_options_of(const tflite::Operator& stored, const Graph& graph, const Node& node) {
  Op op = node.op;  // reading sets all but what no table has
  const ValueId first = node.outputs.empty() ? kNoValue : node.outputs[0];
  const auto large = node.extras.find(tflite_extra::large_options);
  const BytesView large_options = large == node.extras.end() ? BytesView() : BytesView(large->second);
  try {
    read_options(stored, large_options, first == kNoValue ? DType::float32 : graph[first].type.dtype, op);
  } catch (const Error&) {
    return false;
  }
  return op == node.op;
}

std::int32_t kept_version(const Node& node, std::int32_t otherwise) {
  const auto found = node.extras.find(tflite_extra::version);
  std::int32_t version = otherwise;
  if (found != node.extras.end() && found->second.size() == sizeof version) {
    std::memcpy(&version, found->second.data(), sizeof version);
  }
  return version;
}

}  // namespace

const tflite::Tensor* kept_tensor(const Value& value) {
  return kept_table<tflite::Tensor>(value.extras, tflite_extra::tensor);
}

std::uint32_t write_tensor(Builder& builder, const Value& value, std::uint32_t buffer, bool sparse,
                           ValueId block_scales) {
  using Table = tflite::Tensor;
  const Table* kept = kept_tensor(value);
  const bool same_type = kept != nullptr && has_type_of(*kept, value);
  const bool same_name = kept != nullptr && tensor_name(*kept) == value.name;
  const bool same_quantization = kept != nullptr && has_quantization_of(*kept, value, block_scales);
  std::vector<int> changed = {slot_of(Table::VT_BUFFER), slot_of(Table::VT_IS_VARIABLE)};
  if (!same_type) {
    for (const int slot :
         {Table::VT_SHAPE, Table::VT_TYPE, Table::VT_SHAPE_SIGNATURE, Table::VT_HAS_RANK, Table::VT_VARIANT_TENSORS}) {
      changed.push_back(slot_of(slot));
    }
  }
  if (!same_name) changed.push_back(slot_of(Table::VT_NAME));
  if (!same_quantization) changed.push_back(slot_of(Table::VT_QUANTIZATION));
  if (!sparse && value.constant) changed.push_back(slot_of(Table::VT_SPARSITY));

  TableFields fields(builder);
  if (kept != nullptr) fields.copy(plain(*kept), *tflite::TensorTypeTable(), changed);
  if (!same_type) write_type(builder, value.type, fields);
  // Readers expect a name even if it is empty.
  if (!same_name) fields.reference(slot_of(Table::VT_NAME), builder.CreateString(value.name).o);
  if (!same_quantization) write_quantization(builder, value, block_scales, fields);
  if (buffer != 0) fields.scalar(slot_of(Table::VT_BUFFER), buffer);
  if (value.variable) fields.scalar(slot_of(Table::VT_IS_VARIABLE), std::uint8_t{1});
  return fields.finish();
}

OperatorCodeEntry operator_code(const Graph& graph, const Node& node) {
  const Kept kept = kept_operator(node);
  Builder builder;
  TableFields fields(builder);
  const bool opaque = node.op.is<Opaque>();
  if (opaque && kept.code == nullptr) fail("is not of a .tflite file: nobody knows how to write it");
  if (!opaque && node.op.tflite_code() < 0) {
    fail("is for training only and has no place in a .tflite file: fold or expand it first");
  }
  const bool same = kept.code != nullptr && (opaque || is_operator_of(*kept.code, node.op));
  const bool asks = !opaque && !(same && !node.extras.contains(tflite_extra::version));
  const int version = asks ? node.op.tflite_version(operands(graph, node.inputs), operands(graph, node.outputs)) : 0;
  if (same && (!asks || version == kept_version(node, version))) {
    fields.copy(plain(*kept.code), *tflite::OperatorCodeTypeTable());
    return {finish_apart(builder, fields), kept.node->opcode_index()};
  }
  if (node.op.tflite_code() == kCustomOperator) {
    fields.reference(slot_of(tflite::OperatorCode::VT_CUSTOM_CODE), builder.CreateString(node.op.name()).o);
  }
  // Older readers, without the wider field, see "greater than what fits" for codes from 127 on.
  fields.scalar(slot_of(tflite::OperatorCode::VT_DEPRECATED_BUILTIN_CODE),
                static_cast<std::int8_t>(std::min(node.op.tflite_code(), 127)));
  fields.scalar(slot_of(tflite::OperatorCode::VT_VERSION), static_cast<std::int32_t>(version));
  fields.scalar(slot_of(tflite::OperatorCode::VT_BUILTIN_CODE), static_cast<std::int32_t>(node.op.tflite_code()));
  return {finish_apart(builder, fields), -1};
}

std::uint32_t write_operator(Builder& builder, const Graph& graph, const Node& node, std::uint32_t code) {
  using Table = tflite::Operator;
  const Kept kept = kept_operator(node);
  const bool same_options = node.op.is<Opaque>() || (kept.node != nullptr && has_options_of(*kept.node, graph, node));
  const auto large = node.extras.find(tflite_extra::large_options);
  std::vector<int> changed = {slot_of(Table::VT_OPCODE_INDEX), slot_of(Table::VT_INPUTS), slot_of(Table::VT_OUTPUTS),
                              slot_of(Table::VT_INTERMEDIATES)};
  if (!same_options) {
    for (const int slot : {Table::VT_BUILTIN_OPTIONS_TYPE, Table::VT_BUILTIN_OPTIONS, Table::VT_BUILTIN_OPTIONS_2_TYPE,
                           Table::VT_BUILTIN_OPTIONS_2, Table::VT_CUSTOM_OPTIONS}) {
      changed.push_back(slot_of(slot));
    }
  }
  if (large != node.extras.end()) {
    changed.push_back(slot_of(Table::VT_LARGE_CUSTOM_OPTIONS_OFFSET));
    changed.push_back(slot_of(Table::VT_LARGE_CUSTOM_OPTIONS_SIZE));
  }

  TableFields fields(builder);
  if (kept.node != nullptr) fields.copy(plain(*kept.node), *tflite::OperatorTypeTable(), changed);
  const auto list = [&](int field, const std::vector<ValueId>& ids, bool expected) {
    if (ids.empty() && !expected) return;
    fields.reference(slot_of(field), builder.CreateVector(ids).o);
  };
  list(Table::VT_INPUTS, node.inputs, kept.node == nullptr || kept.node->inputs() != nullptr);
  list(Table::VT_OUTPUTS, node.outputs, kept.node == nullptr || kept.node->outputs() != nullptr);
  list(Table::VT_INTERMEDIATES, node.intermediates, kept.node != nullptr && kept.node->intermediates() != nullptr);
  if (!same_options && node.op.tflite_options() > 0) {
    fields.scalar(slot_of(Table::VT_BUILTIN_OPTIONS_TYPE), static_cast<std::uint8_t>(node.op.tflite_options()));
    fields.reference(slot_of(Table::VT_BUILTIN_OPTIONS), write_tflite_options(builder, node.op));
  }
  if (!same_options && node.op.tflite_options_2() > 0) {
    fields.scalar(slot_of(Table::VT_BUILTIN_OPTIONS_2_TYPE), static_cast<std::uint8_t>(node.op.tflite_options_2()));
    fields.reference(slot_of(Table::VT_BUILTIN_OPTIONS_2), write_tflite_options(builder, node.op));
  }
  if (!same_options && node.op.tflite_code() == kCustomOperator) {
    const Bytes options = write_flexbuffer_options(node.op);
    const auto* first = reinterpret_cast<const std::uint8_t*>(options.data());
    if (!options.empty()) {
      fields.reference(slot_of(Table::VT_CUSTOM_OPTIONS), builder.CreateVector(first, options.size()).o);
    }
  }
  if (large != node.extras.end()) {
    fields.scalar(slot_of(Table::VT_LARGE_CUSTOM_OPTIONS_OFFSET), std::uint64_t{1});
    fields.scalar(slot_of(Table::VT_LARGE_CUSTOM_OPTIONS_SIZE), static_cast<std::uint64_t>(large->second.size()));
  }
  if (code != 0) fields.scalar(slot_of(Table::VT_OPCODE_INDEX), code);
  return fields.finish();
}

}  // namespace mirim
