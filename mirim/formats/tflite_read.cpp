#include <fmt/format.h>
#include <tflite_generated.h>

#include <algorithm>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_options.hpp"
#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

template <class T>
std::uint32_t count(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

std::string text(const flatbuffers::String* string, TfliteBuffers& buffers) {
  if (string == nullptr) return {};
  buffers.spend(string->size());
  return string->str();
}

/// The operator that a file's code stands for, with default options.
const Op& find_operator(const tflite::OperatorCode& code) {
  // Codes from 127 on are in the wider field only, and old files have only the narrow one.
  const int number = std::max(static_cast<int>(code.deprecated_builtin_code()), static_cast<int>(code.builtin_code()));
  if (number == static_cast<int>(tflite::BuiltinOperator::CUSTOM)) {
    fail("custom operator '{}' is not supported", printable(code.custom_code() ? code.custom_code()->str() : ""));
  }
  if (const Op* op = all_operators().find(number)) return *op;
  const char* known_name = tflite::EnumNameBuiltinOperator(static_cast<tflite::BuiltinOperator>(number));
  std::string supported;
  for (const Op& op : all_operators().all()) {
    if (op.tflite_code() >= 0) supported += fmt::format("{}{}", supported.empty() ? "" : " ", op.name());
  }
  fail("operator {} is not supported, supported are: {}",
       *known_name != '\0' ? known_name : "number " + std::to_string(number), supported);
}

class GraphReader {
 public:
  GraphReader(const tflite::Model& model, const tflite::SubGraph& subgraph, TfliteBuffers& buffers)
      : model_(model), subgraph_(subgraph), buffers_(buffers) {}

  Graph read() {
    graph_.name = text(subgraph_.name(), buffers_);
    for (std::uint32_t i = 0; i < count(subgraph_.tensors()); ++i) {
      const tflite::Tensor* tensor = subgraph_.tensors()->Get(i);
      const std::string name = tensor->name() ? printable(tensor->name()->c_str()) : "";
      graph_.add(
          in_context(fmt::format("tensor {} '{}'", i, name), [&] { return read_tflite_tensor(*tensor, buffers_); }));
    }
    graph_.inputs = in_context("inputs of the graph", [&] { return ids(subgraph_.inputs(), false); });
    graph_.outputs = in_context("outputs of the graph", [&] { return ids(subgraph_.outputs(), false); });
    for (std::uint32_t i = 0; i < count(subgraph_.operators()); ++i) read_node(i, *subgraph_.operators()->Get(i));
    make_empty_constants();
    return std::move(graph_);
  }

 private:
  std::vector<ValueId> ids(const flatbuffers::Vector<std::int32_t>* stored, bool may_leave_out) {
    std::vector<ValueId> result;
    if (stored == nullptr) return result;
    buffers_.spend(stored->size() * sizeof(ValueId));
    for (const std::int32_t id : *stored) {
      const bool left_out = id == kNoValue && may_leave_out;
      if (!left_out && (id < 0 || static_cast<std::size_t>(id) >= graph_.values.size())) {
        fail("names tensor {}, there are {}", id, graph_.values.size());
      }
      result.push_back(id);
    }
    return result;
  }

  void read_node(std::uint32_t index, const tflite::Operator& stored) {
    in_context(where(index, stored), [&] {
      if (stored.opcode_index() >= count(model_.operator_codes())) {
        fail("names operator code {}, the file has {}", stored.opcode_index(), count(model_.operator_codes()));
      }
      const Op& plain = find_operator(*model_.operator_codes()->Get(stored.opcode_index()));
      in_context(std::string(plain.name()), [&] {
        Node node{.op = plain, .inputs = ids(stored.inputs(), true), .outputs = ids(stored.outputs(), true)};
        read_options(stored, node);
        keep_extras(stored, node.extras);
        graph_.nodes.push_back(std::move(node));
      });
    });
  }

  // A node has no name in the file; its first result's says most to the reader of a message.
  std::string where(std::uint32_t index, const tflite::Operator& stored) const {
    std::string result = fmt::format("node {}", index);
    if (count(stored.outputs()) == 0) return result;
    const std::int32_t id = stored.outputs()->Get(0);
    if (id < 0 || static_cast<std::size_t>(id) >= graph_.values.size()) return result;
    return fmt::format("{} '{}'", result, printable(graph_[id].name));
  }

  void read_options(const tflite::Operator& stored, Node& node) const {
    Op& op = node.op;
    const bool has_output = !node.outputs.empty() && node.outputs[0] != kNoValue;
    const DType output = has_output ? graph_[node.outputs[0]].type.dtype : DType::float32;
    const auto tag = static_cast<int>(stored.builtin_options_type());
    if (tag != 0 && stored.builtin_options() != nullptr) {
      if (tag != op.tflite_options()) {
        fail("its options are {}, expected {}", tflite::EnumNameBuiltinOptions(stored.builtin_options_type()),
             tflite::EnumNameBuiltinOptions(static_cast<tflite::BuiltinOptions>(op.tflite_options())));
      }
      in_context(tflite::EnumNameBuiltinOptions(stored.builtin_options_type()), [&] {
        read_tflite_options(op, *static_cast<const flatbuffers::Table*>(stored.builtin_options()), output);
      });
    } else {
      // Without a table every field is at the schema's default, which need not be that of the operator.
      const std::uint8_t empty_table[] = {4, 0, 4, 0, 4, 0, 0, 0};
      alignas(4) std::uint8_t aligned[sizeof(empty_table)];
      std::memcpy(aligned, empty_table, sizeof(empty_table));
      read_tflite_options(op, *reinterpret_cast<const flatbuffers::Table*>(aligned + 4), output);
    }
    if (stored.builtin_options_2() != nullptr) {
      fail("its options are {}, which is not supported",
           tflite::EnumNameBuiltinOptions2(stored.builtin_options_2_type()));
    }
    if (count(stored.custom_options()) > 0 || stored.large_custom_options_offset() > 1) {
      fail("has options of a custom operator");
    }
  }

  void keep_extras(const tflite::Operator& stored, Extras& extras) {
    if (count(stored.intermediates()) > 0) {
      extras[tflite_extra::intermediates] = copy(ids(stored.intermediates(), true));
    }
    if (const auto* mutating = stored.mutating_variable_inputs(); count(mutating) > 0) {
      buffers_.spend(mutating->size());
      extras[tflite_extra::mutating_variable_inputs] =
          copy(std::vector<std::uint8_t>(mutating->begin(), mutating->end()));
    }
  }

  template <class T>
  static Bytes copy(const std::vector<T>& values) {
    const BytesView view = bytes_of(values);
    return {view.begin(), view.end()};
  }

  // A constant without elements (the axes of a MEAN over none) has an empty buffer, as what a node makes has.
  void make_empty_constants() {
    std::vector<char> made(graph_.values.size(), 0);
    for (const ValueId id : graph_.inputs) made[static_cast<std::size_t>(id)] = 1;
    for (const Node& node : graph_.nodes) {
      for (const ValueId id : node.outputs) {
        if (id != kNoValue) made[static_cast<std::size_t>(id)] = 1;
      }
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
      Value& value = graph_.values[i];
      if (made[i] || value.constant || value.variable || value.type.shape.elements() > 0) continue;
      Bytes nothing;
      nothing.reserve(1);  // so that the constant has an address, by which it is known to be one
      value.constant = make_constant(std::move(nothing));
    }
  }

  const tflite::Model& model_;
  const tflite::SubGraph& subgraph_;
  TfliteBuffers& buffers_;
  Graph graph_;
};

std::vector<std::pair<std::string, ValueId>> read_names(
    const flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>* stored, const Graph& graph,
    TfliteBuffers& buffers) {
  std::vector<std::pair<std::string, ValueId>> result;
  for (std::uint32_t i = 0; i < count(stored); ++i) {
    const tflite::TensorMap* entry = stored->Get(i);
    const std::string name = text(entry->name(), buffers);
    if (entry->tensor_index() >= graph.values.size()) {
      fail("'{}' names tensor {}, there are {}", printable(name), entry->tensor_index(), graph.values.size());
    }
    result.emplace_back(name, static_cast<ValueId>(entry->tensor_index()));
  }
  return result;
}

Signature read_signature(const tflite::SignatureDef& stored, const Model& model, TfliteBuffers& buffers) {
  Signature signature;
  signature.key = text(stored.signature_key(), buffers);
  if (stored.subgraph_index() >= model.graphs.size()) {
    fail("names graph {}, there are {}", stored.subgraph_index(), model.graphs.size());
  }
  signature.graph = static_cast<int>(stored.subgraph_index());
  const Graph& graph = model.graphs[stored.subgraph_index()];
  signature.inputs = read_names(stored.inputs(), graph, buffers);
  signature.outputs = read_names(stored.outputs(), graph, buffers);
  return signature;
}

Model read_verified(BytesView bytes) {
  const tflite::Model& stored = *tflite::GetModel(bytes.data());
  if (stored.version() != 3) fail("is of schema version {}, only 3 is supported", stored.version());
  TfliteBuffers buffers(bytes, stored);
  Model model;
  model.description = text(stored.description(), buffers);
  const std::uint32_t graphs = count(stored.subgraphs());
  if (graphs == 0) fail("has no graph");
  for (std::uint32_t i = 0; i < graphs; ++i) {
    const auto read = [&] { return GraphReader(stored, *stored.subgraphs()->Get(i), buffers).read(); };
    model.graphs.push_back(graphs == 1 ? read() : in_context(fmt::format("graph {}", i), read));
  }
  for (std::uint32_t i = 0; i < count(stored.signature_defs()); ++i) {
    model.signatures.push_back(in_context(fmt::format("signature {}", i), [&] {
      return read_signature(*stored.signature_defs()->Get(i), model, buffers);
    }));
  }
  for (std::uint32_t i = 0; i < count(stored.metadata()); ++i) {
    in_context(fmt::format("metadata {}", i), [&] {
      const tflite::Metadata* entry = stored.metadata()->Get(i);
      const Constant data = buffers.get(entry->buffer());
      if (data != nullptr) buffers.spend(data->size());
      model.metadata.emplace(text(entry->name(), buffers), data ? *data : Bytes{});
    });
  }
  verify_or_throw(model);
  return model;
}

}  // namespace

Model read_tflite(BytesView bytes, const std::string& name) {
  return in_context(name, [&] {
    constexpr std::size_t kIdentifierEnd = 8;
    if (bytes.size() < kIdentifierEnd || !tflite::ModelBufferHasIdentifier(bytes.data())) {
      fail("is no .tflite file: the letters TFL3 are missing at byte 4");
    }
    // Only the first 2 GiB can be a FlatBuffer; larger files have their buffers behind it.
    const std::size_t length = std::min(bytes.size(), std::size_t{FLATBUFFERS_MAX_BUFFER_SIZE} - 1);
    flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), length);
    if (!tflite::VerifyModelBuffer(verifier)) fail("is damaged or truncated: an offset or length in it points outside");
    // Numbers in the file are aligned as the file's start is.
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 16 != 0) {
      const Bytes aligned(bytes.begin(), bytes.end());
      return read_verified(aligned);
    }
    return read_verified(bytes);
  });
}

Model read_tflite_file(const std::filesystem::path& path) { return read_tflite(read_file(path), path.string()); }

}  // namespace mirim
