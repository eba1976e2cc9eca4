#include "mirim/formats/tflite_metadata.hpp"

#include <fmt/format.h>
#include <tflite_metadata_generated.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "mirim/base/text.hpp"
#include "mirim/formats/tflite_extras.hpp"

namespace mirim {
namespace {

namespace fb = tflite_metadata;
using Tensors = std::vector<std::unique_ptr<fb::TensorMetadataT>>;
using Files = std::map<std::string, Bytes>;

/// What both the entry and a value can express.
struct Meaning {
  std::vector<std::string> labels{};
  Scaling scaling{};
  bool operator==(const Meaning&) const = default;
};

/// Null if there is no entry, or it is damaged.
const fb::ModelMetadata* entry_of(const Model& model) {
  const auto found = model.metadata.find(kTfliteMetadata);
  if (found == model.metadata.end() || found->second.size() < 8) return nullptr;
  const Bytes& bytes = found->second;
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return fb::VerifyModelMetadataBuffer(verifier) ? fb::GetModelMetadata(bytes.data()) : nullptr;
}

std::vector<std::string> lines_of(const Bytes& text) {
  std::vector<std::string> lines(1);
  for (const std::byte byte : text) {
    const char c = std::to_integer<char>(byte);
    if (c == '\n') {
      lines.emplace_back();
    } else if (c != '\r') {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

Bytes text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  const BytesView bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

std::string name_of(const flatbuffers::String* text) { return text == nullptr ? std::string() : text->str(); }

bool is_labels(const std::unique_ptr<fb::AssociatedFileT>& file) {
  return file && file->type == fb::AssociatedFileType_TENSOR_AXIS_LABELS && file->locale.empty();
}

bool is_normalization(const std::unique_ptr<fb::ProcessUnitT>& unit) {
  return unit && unit->options.AsNormalizationOptions() != nullptr;
}

/// The name of the file with the labels; empty if there is none.
std::string labels_file(const fb::TensorMetadata& tensor) {
  if (tensor.associated_files() == nullptr) return {};
  for (const fb::AssociatedFile* file : *tensor.associated_files()) {
    const bool any_language = file->locale() == nullptr || file->locale()->size() == 0;
    if (file->type() == fb::AssociatedFileType_TENSOR_AXIS_LABELS && any_language) return name_of(file->name());
  }
  return {};
}

const fb::NormalizationOptions* normalization(const fb::TensorMetadata& tensor) {
  if (tensor.process_units() == nullptr) return nullptr;
  for (const fb::ProcessUnit* unit : *tensor.process_units()) {
    if (const auto* options = unit->options_as_NormalizationOptions()) return options;
  }
  return nullptr;
}

/// Empty unless it is sound and changes something.
Scaling sound_scaling(const fb::NormalizationOptions& options, std::size_t channels) {
  if (options.mean() == nullptr || options.std() == nullptr) return {};
  const auto count = options.mean()->size();
  if (options.std()->size() != count || (count != 1 && count != channels)) return {};
  const Scaling scaling{{options.mean()->begin(), options.mean()->end()},
                        {options.std()->begin(), options.std()->end()}};
  const bool sound = std::ranges::all_of(scaling.mean, [](float m) { return std::isfinite(m); }) &&
                     std::ranges::all_of(scaling.deviation, [](float d) { return std::isfinite(d) && d > 0; });
  const bool nothing = std::ranges::all_of(scaling.mean, [](float m) { return m == 0; }) &&
                       std::ranges::all_of(scaling.deviation, [](float d) { return d == 1; });
  return sound && !nothing ? scaling : Scaling{};
}

using Spend = std::function<void(std::size_t)>;

Meaning meaning_of(const fb::TensorMetadata* tensor, const Files& files, const Value& value, const Spend& spend) {
  Meaning result;
  if (tensor == nullptr) return result;
  const std::int64_t last = value.type.shape.rank() == 0 ? 1 : value.type.shape.back();
  const auto channels = static_cast<std::size_t>(std::max<std::int64_t>(last, 1));
  if (const auto file = files.find(labels_file(*tensor)); file != files.end()) {
    spend(file->second.size() * sizeof(std::string));
    auto labels = lines_of(file->second);
    const bool fits = labels.size() == channels || (channels == 1 && labels.size() == 2);
    if (fits && std::ranges::all_of(labels, is_text)) result.labels = std::move(labels);
  }
  if (const auto* options = normalization(*tensor)) {
    spend(channels * 2 * sizeof(float));
    result.scaling = sound_scaling(*options, channels);
  }
  return result;
}

using Side = flatbuffers::Vector<flatbuffers::Offset<fb::TensorMetadata>>;

/// The entry's part about input or output `index` of the main graph; null if there is none.
const fb::TensorMetadata* find(const fb::ModelMetadata* entry, bool input, std::size_t index) {
  if (entry == nullptr || entry->subgraph_metadata() == nullptr || entry->subgraph_metadata()->size() == 0)
    return nullptr;
  const fb::SubGraphMetadata& graph = *entry->subgraph_metadata()->Get(0);
  const Side* tensors = input ? graph.input_tensor_metadata() : graph.output_tensor_metadata();
  return tensors != nullptr && index < tensors->size() ? tensors->Get(static_cast<std::uint32_t>(index)) : nullptr;
}

template <class F>
void for_each_port(Graph& graph, F f) {
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) f(graph[graph.inputs[i]], true, i);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) f(graph[graph.outputs[i]], false, i);
}

void say_labels(fb::TensorMetadataT& tensor, Files& files, const Meaning& meaning, const std::string& file) {
  auto named = std::ranges::find_if(tensor.associated_files, is_labels);
  if (meaning.labels.empty()) {
    if (named != tensor.associated_files.end()) tensor.associated_files.erase(named);
    return;
  }
  if (named == tensor.associated_files.end()) {
    auto made = std::make_unique<fb::AssociatedFileT>();
    made->name = file;
    made->type = fb::AssociatedFileType_TENSOR_AXIS_LABELS;
    named = tensor.associated_files.insert(named, std::move(made));
  }
  files[(*named)->name] = text_of(meaning.labels);
}

void say_scaling(fb::TensorMetadataT& tensor, const Meaning& meaning) {
  std::erase_if(tensor.process_units, is_normalization);
  if (meaning.scaling.empty()) return;
  fb::NormalizationOptionsT options;
  options.mean = meaning.scaling.mean;
  options.std = meaning.scaling.deviation;
  auto unit = std::make_unique<fb::ProcessUnitT>();
  unit->options.Set(std::move(options));
  tensor.process_units.push_back(std::move(unit));
}

Bytes packed(const fb::ModelMetadataT& entry) {
  flatbuffers::FlatBufferBuilder builder;
  fb::FinishModelMetadataBuffer(builder, fb::ModelMetadata::Pack(builder, &entry));
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

/// The tables about the main graph, at least one for each input and output; the n-th belongs to the n-th.
fb::SubGraphMetadataT& main_of(fb::ModelMetadataT& entry, const Graph& graph) {
  if (entry.subgraph_metadata.empty()) entry.subgraph_metadata.push_back(std::make_unique<fb::SubGraphMetadataT>());
  fb::SubGraphMetadataT& main = *entry.subgraph_metadata[0];
  const auto fill = [&](Tensors& tensors, const std::vector<ValueId>& ids) {
    for (std::size_t i = tensors.size(); i < ids.size(); ++i) {
      tensors.push_back(std::make_unique<fb::TensorMetadataT>());
      tensors.back()->name = graph[ids[i]].name;
    }
  };
  fill(main.input_tensor_metadata, graph.inputs);
  fill(main.output_tensor_metadata, graph.outputs);
  return main;
}

}  // namespace

Files associated_files(const Model& model) {
  const std::string prefix = tflite_extra::file;
  Files files;
  for (auto it = model.extras.lower_bound(prefix); it != model.extras.end() && it->first.starts_with(prefix); ++it) {
    files[it->first.substr(prefix.size())] = it->second;
  }
  return files;
}

void set_associated_files(Model& model, const Files& files) {
  const std::string prefix = tflite_extra::file;
  std::erase_if(model.extras, [&](const auto& extra) { return extra.first.starts_with(prefix); });
  for (const auto& [name, content] : files) model.extras[prefix + name] = content;
}

void read_meaning(Model& model, const Spend& spend) {
  const fb::ModelMetadata* entry = entry_of(model);
  if (entry == nullptr || model.graphs.empty()) return;
  const Files files = associated_files(model);
  for_each_port(model.main(), [&](Value& value, bool input, std::size_t index) {
    const Meaning meaning = meaning_of(find(entry, input, index), files, value, spend);
    set_labels(value, meaning.labels);
    set_scaling(value, meaning.scaling);
  });
}

void write_meaning(Model& model) {
  if (model.graphs.empty()) return;
  const fb::ModelMetadata* said = entry_of(model);
  std::unique_ptr<fb::ModelMetadataT> entry;  // set once something changes
  const Files files = associated_files(model);
  Files changed = files;
  for_each_port(model.main(), [&](Value& value, bool input, std::size_t index) {
    const Meaning meaning{labels_of(value), scaling_of(value)};
    if (meaning == meaning_of(find(said, input, index), files, value, [](std::size_t) {})) return;
    if (!entry) {
      entry.reset(said != nullptr ? said->UnPack() : new fb::ModelMetadataT);
      if (said == nullptr) entry->name = model.main().name;
      if (entry->min_parser_version.empty()) entry->min_parser_version = "1.0.0";
    }
    fb::SubGraphMetadataT& main = main_of(*entry, model.main());
    fb::TensorMetadataT& tensor = *(input ? main.input_tensor_metadata : main.output_tensor_metadata)[index];
    const std::string file = input ? "features" : "labels";
    say_labels(tensor, changed, meaning,
               index == 0 ? fmt::format("{}.txt", file) : fmt::format("{}_{}.txt", file, index));
    say_scaling(tensor, meaning);
  });
  if (!entry) return;
  model.metadata[kTfliteMetadata] = packed(*entry);
  set_associated_files(model, changed);
}

}  // namespace mirim
