#include <tflite_generated.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <unordered_map>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_options.hpp"
#include "mirim/formats/tflite_tensor.hpp"

namespace mirim {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T>
using Offset = flatbuffers::Offset<T>;
template <class T>
using OffsetOfVector = Offset<flatbuffers::Vector<T>>;

template <class T>
OffsetOfVector<T> vector_or_none(Builder& builder, const std::vector<T>& values) {
  return values.empty() ? OffsetOfVector<T>() : builder.CreateVector(values);
}

// Names are where most files' strings repeat least, and readers expect one even if empty.
Offset<flatbuffers::String> string_or_none(Builder& builder, const std::string& text) {
  return text.empty() ? Offset<flatbuffers::String>() : builder.CreateString(text);
}

/// Buffers of a file, each content once. Number 0 is empty, by TFLite's convention.
class Buffers {
 public:
  std::uint32_t add(BytesView bytes) {
    if (bytes.empty()) return 0;
    const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto [entry, is_new] = numbers_.try_emplace(content, static_cast<std::uint32_t>(contents_.size() + 1));
    if (is_new) contents_.push_back(bytes);
    return entry->second;
  }
  /// The same for bytes that nobody else keeps.
  std::uint32_t add_own(Bytes bytes) {
    kept_.push_back(std::make_unique<Bytes>(std::move(bytes)));
    return add(*kept_.back());
  }

  OffsetOfVector<Offset<tflite::Buffer>> write(Builder& builder) const {
    // Offsets in a FlatBuffer are 31 bits; a little room is for all that is not constants.
    constexpr std::size_t kMost = (std::size_t{1} << 31) - (std::size_t{64} << 20);
    std::size_t total = 0;
    for (const BytesView bytes : contents_) total += bytes.size();
    if (total > kMost) fail("the constants have {} bytes, a .tflite file holds at most {}", total, kMost);
    std::vector<Offset<tflite::Buffer>> buffers = {tflite::CreateBuffer(builder)};
    for (const BytesView bytes : contents_) {
      builder.ForceVectorAlignment(bytes.size(), 1, 16);
      const auto data = builder.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      buffers.push_back(tflite::CreateBuffer(builder, data));
    }
    return builder.CreateVector(buffers);
  }

 private:
  std::vector<BytesView> contents_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::unique_ptr<Bytes>> kept_;
};

/// The operators that a file uses, each with the version it asks for, in order of first use.
class OperatorCodes {
 public:
  std::uint32_t add(const Op& op, int version) {
    const auto [entry, is_new] =
        numbers_.try_emplace({op.tflite_code(), version}, static_cast<std::uint32_t>(codes_.size()));
    if (is_new) codes_.push_back(entry->first);
    return entry->second;
  }

  OffsetOfVector<Offset<tflite::OperatorCode>> write(Builder& builder) const {
    std::vector<Offset<tflite::OperatorCode>> result;
    for (const auto& [code, version] : codes_) {
      // Readers from before the wider field see "greater than what fits" for codes from 127 on.
      const auto narrow = static_cast<std::int8_t>(std::min(code, 127));
      result.push_back(
          tflite::CreateOperatorCode(builder, narrow, 0, version, static_cast<tflite::BuiltinOperator>(code)));
    }
    return builder.CreateVector(result);
  }

 private:
  std::map<std::pair<int, int>, std::uint32_t> numbers_;
  std::vector<std::pair<int, int>> codes_;
};

class ModelWriter {
 public:
  explicit ModelWriter(const Model& model) : model_(model) {}

  Bytes write() {
    std::vector<Offset<tflite::SubGraph>> graphs;
    for (const Graph& graph : model_.graphs) graphs.push_back(write_graph(graph));
    const auto all_graphs = builder_.CreateVector(graphs);
    const auto signatures = write_signatures();
    const auto metadata = write_metadata();
    const auto description = string_or_none(builder_, model_.description);
    const auto codes = codes_.write(builder_);
    const auto buffers = buffers_.write(builder_);
    constexpr std::uint32_t kVersion = 3;
    const auto root =
        tflite::CreateModel(builder_, kVersion, codes, all_graphs, description, buffers, 0, metadata, signatures);
    tflite::FinishModelBuffer(builder_, root);
    const auto* begin = reinterpret_cast<const std::byte*>(builder_.GetBufferPointer());
    return {begin, begin + builder_.GetSize()};
  }

 private:
  Offset<tflite::SubGraph> write_graph(const Graph& graph) {
    std::vector<Offset<tflite::Tensor>> tensors;
    for (const Value& value : graph.values) tensors.push_back(write_value(value));
    std::vector<Offset<tflite::Operator>> nodes;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      nodes.push_back(
          in_context(describe(graph, static_cast<int>(n)), [&] { return write_node(graph, graph.nodes[n]); }));
    }
    const auto all_tensors = builder_.CreateVector(tensors);
    const auto inputs = builder_.CreateVector(graph.inputs);
    const auto outputs = builder_.CreateVector(graph.outputs);
    const auto all_nodes = builder_.CreateVector(nodes);
    return tflite::CreateSubGraph(builder_, all_tensors, inputs, outputs, all_nodes,
                                  string_or_none(builder_, graph.name));
  }

  Offset<tflite::Tensor> write_value(const Value& value) {
    std::uint32_t buffer = 0;
    if (value.constant) {
      const int width = bits(value.type.dtype);
      buffer = width > 0 && width < 8 ? buffers_.add_own(pack_bits(*value.constant, value.type.dtype))
                                      : buffers_.add(*value.constant);
    }
    const std::vector<std::int32_t> shape(value.type.shape.begin(), value.type.shape.end());
    const auto stored_shape = builder_.CreateVector(shape);
    const auto signature =
        vector_or_none(builder_, extra_values<std::int32_t>(value.extras, tflite_extra::shape_signature));
    const auto name = builder_.CreateString(value.name);
    const auto quantization = write_quantization(value);
    tflite::TensorBuilder tensor(builder_);
    tensor.add_shape(stored_shape);
    tensor.add_type(static_cast<tflite::TensorType>(value.type.dtype));
    tensor.add_buffer(buffer);
    tensor.add_name(name);
    tensor.add_quantization(quantization);
    tensor.add_is_variable(value.variable);
    tensor.add_shape_signature(signature);
    tensor.add_has_rank(value.extras.contains(tflite_extra::has_rank));
    return tensor.Finish();
  }

  Offset<tflite::QuantizationParameters> write_quantization(const Value& value) {
    const auto minimum = extra_values<float>(value.extras, tflite_extra::minimum);
    const auto maximum = extra_values<float>(value.extras, tflite_extra::maximum);
    const Quantization& q = value.quantization;
    if (q.empty() && minimum.empty() && maximum.empty()) return 0;
    const auto stored_minimum = vector_or_none(builder_, minimum);
    const auto stored_maximum = vector_or_none(builder_, maximum);
    const auto scale = vector_or_none(builder_, q.scale);
    const auto zero_point = vector_or_none(builder_, q.zero_point);
    return tflite::CreateQuantizationParameters(builder_, stored_minimum, stored_maximum, scale, zero_point,
                                                tflite::QuantizationDetails::NONE, 0, q.dimension);
  }

  Offset<tflite::Operator> write_node(const Graph& graph, const Node& node) {
    if (node.op.tflite_code() < 0) {
      fail("is for training only and has no place in a .tflite file: fold or expand it first");
    }
    const int version = node.op.tflite_version(operands(graph, node.inputs), operands(graph, node.outputs));
    const std::uint32_t code = codes_.add(node.op, version);
    const auto inputs = builder_.CreateVector(node.inputs);
    const auto outputs = builder_.CreateVector(node.outputs);
    Offset<void> options;
    if (node.op.tflite_options() > 0) options = Offset<void>(write_tflite_options(builder_, node.op));
    const auto mutating =
        vector_or_none(builder_, extra_values<std::uint8_t>(node.extras, tflite_extra::mutating_variable_inputs));
    const auto intermediates =
        vector_or_none(builder_, extra_values<std::int32_t>(node.extras, tflite_extra::intermediates));
    return tflite::CreateOperator(builder_, code, inputs, outputs,
                                  static_cast<tflite::BuiltinOptions>(node.op.tflite_options()), options, 0,
                                  tflite::CustomOptionsFormat::FLEXBUFFERS, mutating, intermediates);
  }

  OffsetOfVector<Offset<tflite::SignatureDef>> write_signatures() {
    std::vector<Offset<tflite::SignatureDef>> result;
    for (const Signature& signature : model_.signatures) {
      const auto inputs = write_names(signature.inputs);
      const auto outputs = write_names(signature.outputs);
      const auto key = builder_.CreateString(signature.key);
      result.push_back(
          tflite::CreateSignatureDef(builder_, inputs, outputs, key, static_cast<std::uint32_t>(signature.graph)));
    }
    return result.empty() ? 0 : builder_.CreateVector(result);
  }

  OffsetOfVector<Offset<tflite::TensorMap>> write_names(const std::vector<std::pair<std::string, ValueId>>& names) {
    std::vector<Offset<tflite::TensorMap>> result;
    for (const auto& [name, id] : names) {
      result.push_back(tflite::CreateTensorMap(builder_, builder_.CreateString(name), static_cast<std::uint32_t>(id)));
    }
    return builder_.CreateVector(result);
  }

  OffsetOfVector<Offset<tflite::Metadata>> write_metadata() {
    std::vector<Offset<tflite::Metadata>> result;
    for (const auto& [name, bytes] : model_.metadata) {
      result.push_back(tflite::CreateMetadata(builder_, builder_.CreateString(name), buffers_.add(bytes)));
    }
    return result.empty() ? 0 : builder_.CreateVector(result);
  }

  const Model& model_;
  Builder builder_;
  Buffers buffers_;
  OperatorCodes codes_;
};

}  // namespace

Bytes write_tflite(const Model& model) { return ModelWriter(model).write(); }

void write_tflite_file(const std::filesystem::path& path, const Model& model) {
  write_file(path, in_context(path.string(), [&] { return write_tflite(model); }));
}

}  // namespace mirim
