#include <flatbuffers/minireflect.h>
#include <tflite_generated.h>

#include <algorithm>
#include <deque>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/float16.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_bodies.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_metadata.hpp"
#include "mirim/formats/tflite_numbering.hpp"
#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/formats/tflite_write_tables.hpp"
#include "mirim/formats/zip.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/hollow.hpp"

namespace mirim {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

std::string_view text_of(BytesView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <class T>
std::uint32_t count(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

std::set<std::int64_t> kept_numbers(const Extras& extras, const char* name) {
  const auto found = extras.find(name);
  if (found == extras.end()) return {};
  std::vector<std::int32_t> numbers(found->second.size() / sizeof(std::int32_t));
  if (!numbers.empty()) std::memcpy(numbers.data(), found->second.data(), numbers.size() * sizeof(std::int32_t));
  return {numbers.begin(), numbers.end()};
}

/// Data after the FlatBuffer, each at a multiple of 16 bytes from the start of the file.
class Outside {
 public:
  /// The 64-bit number `field` of the table that begins `from_end` bytes before the end will be the position of
  /// `bytes`.
  void add(std::uint32_t table, flatbuffers::voffset_t field, BytesView bytes) {
    items_.push_back({table, field, bytes});
  }

  Bytes finish(Builder& builder) const {
    Bytes file(builder.GetSize());
    std::uint8_t* const end = builder.GetBufferPointer() + builder.GetSize();
    std::size_t at = file.size();
    const auto aligned = [](std::size_t offset) { return (offset + 15) / 16 * 16; };
    for (const Item& item : items_) {
      at = aligned(at);
      auto* table = reinterpret_cast<flatbuffers::Table*>(end - item.table);
      table->SetField<std::uint64_t>(item.field, at, 0);
      at += item.bytes.size();
    }
    std::memcpy(file.data(), builder.GetBufferPointer(), builder.GetSize());
    for (const Item& item : items_) {
      file.resize(aligned(file.size()));
      file.insert(file.end(), item.bytes.begin(), item.bytes.end());
    }
    return file;
  }

 private:
  struct Item {
    std::uint32_t table;
    flatbuffers::voffset_t field;
    BytesView bytes;
  };
  std::vector<Item> items_;
};

/// Whether `value` holds these scales, as a file stores them.
bool is_block_scales(const Value& value, const Bytes& halves) {
  return value.is_constant() && value.type.dtype == DType::float16 && *value.constant == halves;
}

/// For each value of the graph the constant with the scales of its blocks, kNoValue without blocks. One that is not
/// there any more is added.
std::vector<ValueId> settle_block_scales(Graph& graph) {
  std::vector<ValueId> result(graph.values.size(), kNoValue);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const Quantization q = graph.values[i].quantization;
    if (!is_in_blocks(q)) continue;
    Bytes halves(2 * q.scale.size());
    for (std::size_t k = 0; k < q.scale.size(); ++k) {
      const std::uint16_t half = float_to_float16(q.scale[k]);
      std::memcpy(halves.data() + 2 * k, &half, sizeof half);
    }
    const tflite::Tensor* kept = kept_tensor(graph.values[i]);
    const std::int64_t was = kept == nullptr ? -1 : stored_blocks(*kept).scales;
    const bool still = was >= 0 && was < static_cast<std::int64_t>(graph.values.size()) &&
                       is_block_scales(graph[static_cast<ValueId>(was)], halves);
    const Shape& shape = graph.values[i].type.shape;
    result[i] = still ? static_cast<ValueId>(was)
                      : graph.add({.name = graph.values[i].name + "_scales",
                                   .type = {DType::float16, {shape[0], shape[1] / block_size(q, shape)}},
                                   .constant = make_constant(std::move(halves))});
  }
  result.resize(graph.values.size(), kNoValue);
  return result;
}

class ModelWriter {
 public:
  /// Adds to the model the scales of blocks that it lacks.
  explicit ModelWriter(Model& model)
      : model_(model), kept_(kept_table<tflite::Model>(model.extras, tflite_extra::model)) {}

  Bytes write() {
    for (Graph& graph : model_.graphs) block_scales_.push_back(settle_block_scales(graph));
    claim_buffers();
    claim_codes();
    using Table = tflite::Model;
    std::vector<int> changed;
    for (const int slot : {Table::VT_OPERATOR_CODES, Table::VT_SUBGRAPHS, Table::VT_BUFFERS, Table::VT_METADATA_BUFFER,
                           Table::VT_METADATA, Table::VT_SIGNATURE_DEFS}) {
      changed.push_back(slot_of(slot));
    }
    const std::string described =
        kept_ != nullptr && kept_->description() != nullptr ? kept_->description()->str() : std::string();
    if (described != model_.description) changed.push_back(slot_of(Table::VT_DESCRIPTION));

    TableFields fields(builder_);
    if (kept_ != nullptr) {
      fields.copy(plain(*kept_), *tflite::ModelTypeTable(), changed);
    } else {
      fields.scalar(slot_of(Table::VT_VERSION), std::uint32_t{3});
    }
    if (described != model_.description) {
      fields.reference(slot_of(Table::VT_DESCRIPTION), builder_.CreateString(model_.description).o);
    }
    fields.reference(slot_of(Table::VT_SUBGRAPHS), write_graphs());
    fields.reference(slot_of(Table::VT_SIGNATURE_DEFS), write_signatures());
    fields.reference(slot_of(Table::VT_METADATA), write_metadata());
    fields.reference(slot_of(Table::VT_METADATA_BUFFER), write_metadata_buffer());
    fields.reference(slot_of(Table::VT_OPERATOR_CODES), write_codes());
    fields.reference(slot_of(Table::VT_BUFFERS), write_buffers());
    tflite::FinishModelBuffer(builder_, flatbuffers::Offset<Table>(fields.finish()));
    return outside_.finish(builder_);
  }

 private:
  struct ValueBuffer {
    Numbering::Claim claim = 0;
    bool sparse = false;
  };
  struct MetadataEntry {
    const tflite::Metadata* kept = nullptr;
    std::string name;
    Numbering::Claim claim = 0;
  };

  void claim_buffers() {
    buffers_.claim({}, 0);  // number 0 is empty, by TFLite's convention
    for (const Graph& graph : model_.graphs) {
      auto& claims = value_buffers_.emplace_back();
      for (const Value& value : graph.values) claims.push_back(claim_buffer(value));
    }
    std::set<std::string> seen;
    for (std::uint32_t i = 0; kept_ != nullptr && i < count(kept_->metadata()); ++i) {
      const tflite::Metadata* entry = kept_->metadata()->Get(i);
      const std::string name = entry->name() == nullptr ? "" : entry->name()->str();
      const auto again = model_.extras.find(tflite_extra::metadata + std::to_string(i));
      const auto found = model_.metadata.find(name);
      if (found == model_.metadata.end()) continue;
      const Bytes& bytes = again == model_.extras.end() ? found->second : again->second;
      metadata_.push_back({entry, name, buffers_.claim(text_of(bytes), entry->buffer())});
      seen.insert(name);
    }
    for (const auto& [name, bytes] : model_.metadata) {
      if (!seen.contains(name)) metadata_.push_back({nullptr, name, buffers_.claim(text_of(bytes), -1)});
    }
    const std::string unused = tflite_extra::unused_buffer;
    for (auto it = model_.extras.lower_bound(unused); it != model_.extras.end() && it->first.starts_with(unused);
         ++it) {
      buffers_.claim(text_of(it->second), std::stoll(it->first.substr(unused.size())));
    }
    buffers_.settle();
  }

  ValueBuffer claim_buffer(const Value& value) {
    const tflite::Tensor* kept = kept_tensor(value);
    ValueBuffer result;
    std::string_view content;
    if (value.constant) {
      Bytes stored = stored_constant(value, kept, result.sparse);
      // Most constants are stored unchanged: avoid a second copy.
      content = text_of(stored == *value.constant ? *value.constant : contents_.emplace_back(std::move(stored)));
    }
    result.claim = buffers_.claim(content, kept == nullptr ? -1 : std::int64_t{kept->buffer()});
    return result;
  }

  void claim_codes() {
    for (const Graph& graph : model_.graphs) {
      auto& claims = node_codes_.emplace_back();
      for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        OperatorCodeEntry entry =
            in_context(describe(graph, static_cast<int>(n)), [&] { return operator_code(graph, graph.nodes[n]); });
        claims.push_back(codes_.claim(text_of(contents_.emplace_back(std::move(entry.table))), entry.wanted));
      }
    }
    for (const std::int64_t unused : kept_numbers(model_.extras, tflite_extra::unused_code)) {
      if (kept_ == nullptr || unused < 0 || unused >= count(kept_->operator_codes())) continue;
      Builder builder;
      TableFields fields(builder);
      fields.copy(plain(*kept_->operator_codes()->Get(static_cast<std::uint32_t>(unused))),
                  *tflite::OperatorCodeTypeTable());
      codes_.claim(text_of(contents_.emplace_back(finish_apart(builder, fields))), unused);
    }
    codes_.settle();
  }

  std::uint32_t write_graphs() {
    std::vector<flatbuffers::Offset<void>> graphs;
    for (std::size_t g = 0; g < model_.graphs.size(); ++g) graphs.emplace_back(write_graph(g));
    return builder_.CreateVector(graphs).o;
  }

  std::uint32_t write_graph(std::size_t g) {
    using Table = tflite::SubGraph;
    const Graph& graph = model_.graphs[g];
    const auto* kept = kept_table<Table>(graph.extras, tflite_extra::subgraph);
    std::vector<flatbuffers::Offset<void>> tensors, nodes;
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const ValueBuffer& buffer = value_buffers_[g][i];
      tensors.emplace_back(
          write_tensor(builder_, graph.values[i], buffers_.number(buffer.claim), buffer.sparse, block_scales_[g][i]));
    }
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      const std::uint32_t offset = write_operator(builder_, graph, node, codes_.number(node_codes_[g][n]));
      nodes.emplace_back(offset);
      const auto large = node.extras.find(tflite_extra::large_options);
      if (large == node.extras.end()) continue;
      outside_.add(offset, tflite::Operator::VT_LARGE_CUSTOM_OPTIONS_OFFSET, large->second);
    }
    std::vector<int> changed = {slot_of(Table::VT_TENSORS), slot_of(Table::VT_INPUTS), slot_of(Table::VT_OUTPUTS),
                                slot_of(Table::VT_OPERATORS)};
    const std::string kept_name = kept != nullptr && kept->name() != nullptr ? kept->name()->str() : std::string();
    if (kept_name != graph.name) changed.push_back(slot_of(Table::VT_NAME));
    TableFields fields(builder_);
    if (kept != nullptr) fields.copy(plain(*kept), *tflite::SubGraphTypeTable(), changed);
    if (kept_name != graph.name) fields.reference(slot_of(Table::VT_NAME), builder_.CreateString(graph.name).o);
    // An empty list is written unless the file had none.
    const auto list = [&](int field, const auto& entries, bool expected) {
      if (!entries.empty() || expected) fields.reference(slot_of(field), builder_.CreateVector(entries).o);
    };
    list(Table::VT_TENSORS, tensors, kept == nullptr || kept->tensors() != nullptr);
    list(Table::VT_INPUTS, graph.inputs, kept == nullptr || kept->inputs() != nullptr);
    list(Table::VT_OUTPUTS, graph.outputs, kept == nullptr || kept->outputs() != nullptr);
    list(Table::VT_OPERATORS, nodes, kept == nullptr || kept->operators() != nullptr);
    return fields.finish();
  }

  std::uint32_t write_signatures() {
    const auto* kept = kept_ == nullptr ? nullptr : kept_->signature_defs();
    std::vector<flatbuffers::Offset<void>> result;
    for (std::size_t i = 0; i < model_.signatures.size(); ++i) {
      const Signature& signature = model_.signatures[i];
      if (i < count(kept) && is_same(*kept->Get(static_cast<std::uint32_t>(i)), signature)) {
        TableFields fields(builder_);
        // The verifier skips deprecated fields.
        const int deprecated[] = {3};
        fields.copy(plain(*kept->Get(static_cast<std::uint32_t>(i))), *tflite::SignatureDefTypeTable(), deprecated);
        result.emplace_back(fields.finish());
        continue;
      }
      const auto inputs = write_names(signature.inputs);
      const auto outputs = write_names(signature.outputs);
      const auto key = builder_.CreateString(signature.key);
      result.emplace_back(
          tflite::CreateSignatureDef(builder_, inputs, outputs, key, static_cast<std::uint32_t>(signature.graph)).o);
    }
    const bool expected = kept != nullptr && kept->size() == 0;
    return result.empty() && !expected ? 0 : builder_.CreateVector(result).o;
  }

  static bool is_same(const tflite::SignatureDef& kept, const Signature& signature) {
    const auto same_text = [](const flatbuffers::String* stored, const std::string& text) {
      return (stored == nullptr ? "" : stored->str()) == text;
    };
    const auto same_names = [&](const auto* stored, const auto& names) {
      if (count(stored) != names.size()) return false;
      for (std::uint32_t i = 0; i < names.size(); ++i) {
        const auto& [name, id] = names[i];
        if (!same_text(stored->Get(i)->name(), name)) return false;
        if (stored->Get(i)->tensor_index() != static_cast<std::uint32_t>(id)) return false;
      }
      return true;
    };
    return same_text(kept.signature_key(), signature.key) &&
           kept.subgraph_index() == static_cast<std::uint32_t>(signature.graph) &&
           same_names(kept.inputs(), signature.inputs) && same_names(kept.outputs(), signature.outputs);
  }

  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>> write_names(
      const std::vector<std::pair<std::string, ValueId>>& names) {
    std::vector<flatbuffers::Offset<tflite::TensorMap>> result;
    for (const auto& [name, id] : names) {
      result.push_back(tflite::CreateTensorMap(builder_, builder_.CreateString(name), static_cast<std::uint32_t>(id)));
    }
    return builder_.CreateVector(result);
  }

  std::uint32_t write_metadata() {
    std::vector<flatbuffers::Offset<void>> result;
    for (const MetadataEntry& entry : metadata_) {
      TableFields fields(builder_);
      const int number[] = {slot_of(tflite::Metadata::VT_BUFFER)};
      if (entry.kept != nullptr) {
        fields.copy(plain(*entry.kept), *tflite::MetadataTypeTable(), number);
      } else {
        fields.reference(slot_of(tflite::Metadata::VT_NAME), builder_.CreateString(entry.name).o);
      }
      fields.scalar(number[0], buffers_.number(entry.claim));
      result.emplace_back(fields.finish());
    }
    const bool expected = kept_ != nullptr && kept_->metadata() != nullptr && kept_->metadata()->size() == 0;
    return result.empty() && !expected ? 0 : builder_.CreateVector(result).o;
  }

  std::uint32_t write_metadata_buffer() {
    const auto* kept = kept_ == nullptr ? nullptr : kept_->metadata_buffer();
    if (kept == nullptr) return 0;
    std::vector<std::int32_t> numbers;
    for (const std::int32_t number : *kept) {
      const std::int64_t now = buffers_.number_of(number);
      if (now >= 0) numbers.push_back(static_cast<std::int32_t>(now));
    }
    return builder_.CreateVector(numbers).o;
  }

  std::uint32_t write_codes() {
    std::vector<flatbuffers::Offset<void>> result;
    for (const std::string_view entry : codes_.entries()) {
      TableFields fields(builder_);
      fields.copy(plain(*flatbuffers::GetRoot<tflite::OperatorCode>(entry.data())), *tflite::OperatorCodeTypeTable());
      result.emplace_back(fields.finish());
    }
    const bool expected = kept_ == nullptr || kept_->operator_codes() != nullptr;
    return result.empty() && !expected ? 0 : builder_.CreateVector(result).o;
  }

  std::uint32_t write_buffers() {
    // Offsets in a FlatBuffer have 31 bits; a little room is for everything but constants.
    constexpr std::size_t kMost = (std::size_t{1} << 31) - (std::size_t{64} << 20);
    std::size_t total = 0;
    for (const std::string_view entry : buffers_.entries()) total += entry.size();
    const auto empty = kept_numbers(model_.extras, tflite_extra::empty_buffers);
    const auto outside = kept_numbers(model_.extras, tflite_extra::outside_buffers);
    std::vector<flatbuffers::Offset<tflite::Buffer>> result;
    for (std::size_t i = 0; i < buffers_.entries().size(); ++i) {
      const BytesView bytes = bytes_of(buffers_.entries()[i]);
      const std::int64_t was = buffers_.wanted()[i];
      if (!bytes.empty() && (total > kMost || outside.contains(was))) {
        result.push_back(tflite::CreateBuffer(builder_, 0, 1, bytes.size()));
        outside_.add(result.back().o, tflite::Buffer::VT_OFFSET, bytes);
        continue;
      }
      flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> data;
      if (!bytes.empty() || empty.contains(was)) {
        builder_.ForceVectorAlignment(bytes.size(), 1, 16);
        data = builder_.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      }
      result.push_back(tflite::CreateBuffer(builder_, data));
    }
    return builder_.CreateVector(result).o;
  }

  Model& model_;
  const tflite::Model* kept_;  // the file's own, without graphs and buffers; null if not read from a file
  Builder builder_;
  Outside outside_;
  Numbering buffers_;
  Numbering codes_;
  std::vector<std::vector<ValueId>> block_scales_;         // by graph and value
  std::vector<std::vector<ValueBuffer>> value_buffers_;    // by graph and value
  std::vector<std::vector<Numbering::Claim>> node_codes_;  // by graph and node
  std::vector<MetadataEntry> metadata_;
  std::deque<Bytes> contents_;  // borrowed by claims
};

}  // namespace

Bytes write_tflite(const Model& model) {
  for (const Graph& graph : model.graphs) require_weights(graph, "written");
  Model described = model;
  write_meaning(described);
  add_reduce_bodies(described);
  Bytes file = ModelWriter(described).write();
  append_zip(file, associated_files(described));
  return file;
}

void write_tflite_file(const std::filesystem::path& path, const Model& model) {
  write_file(path, in_context(path.string(), [&] { return write_tflite(model); }));
}

}  // namespace mirim
