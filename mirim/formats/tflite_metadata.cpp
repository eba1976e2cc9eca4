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
  std::vector<std::string> value_labels{};
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
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  constexpr std::string_view kMark = "\xEF\xBB\xBF";  // of UTF-8, by editors of Windows
  if (!lines.empty() && lines[0].starts_with(kMark)) lines[0].erase(0, kMark.size());
  return lines;
}

Bytes text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  const BytesView bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

std::string name_of(const flatbuffers::String* text) { return text == nullptr ? std::string() : text->str(); }

bool is_normalization(const std::unique_ptr<fb::ProcessUnitT>& unit) {
  return unit && unit->options.AsNormalizationOptions() != nullptr;
}

/// The lower the sooner a file of this language is taken.
int rank_of_language(std::string_view locale) {
  return locale.empty() ? 0 : locale == "en" ? 1 : locale.starts_with("en-") || locale.starts_with("en_") ? 2 : 3;
}

using FileList = flatbuffers::Vector<flatbuffers::Offset<fb::AssociatedFile>>;

/// The name of the file with the labels; empty if there is none.
std::string labels_file(const FileList* files, fb::AssociatedFileType type) {
  const fb::AssociatedFile* best = nullptr;
  int best_rank = 0;
  for (std::uint32_t i = 0; files != nullptr && i < files->size(); ++i) {
    const fb::AssociatedFile* file = files->Get(i);
    const int rank = rank_of_language(file->locale() == nullptr ? "" : file->locale()->string_view());
    if (file->type() != type || (best != nullptr && rank >= best_rank)) continue;
    best = file;
    best_rank = rank;
  }
  return best == nullptr ? std::string() : name_of(best->name());
}

/// A packed file by the name that the entry gives it, which may be its writer's path.
const Bytes* find_file(const Files& files, const std::string& name) {
  if (const auto found = files.find(name); found != files.end()) return &found->second;
  const auto found = files.find(name.substr(name.find_last_of("/\\") + 1));
  return found == files.end() || name.empty() ? nullptr : &found->second;
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

std::vector<std::string> names_in(const Bytes* file, const Spend& spend) {
  if (file == nullptr) return {};
  spend(file->size() * sizeof(std::string));
  auto names = lines_of(*file);
  return std::ranges::all_of(names, is_text) ? names : std::vector<std::string>();
}

std::size_t channels_of(const Value& value) {
  const std::int64_t last = value.type.shape.rank() == 0 ? 1 : value.type.shape.back();
  return static_cast<std::size_t>(std::max<std::int64_t>(last, 1));
}

std::vector<std::string> names_of_elements(const Bytes* file, const Value& value, const Spend& spend) {
  auto names = names_in(file, spend);
  const std::size_t channels = channels_of(value);
  const bool fits = names.size() == channels || (channels == 1 && names.size() == 2);
  return fits ? names : std::vector<std::string>();
}

Meaning meaning_of(const fb::TensorMetadata* tensor, const Files& files, const Value& value, const Spend& spend) {
  Meaning result;
  if (tensor == nullptr) return result;
  const std::size_t channels = channels_of(value);
  const auto file = [&](fb::AssociatedFileType type) {
    return find_file(files, labels_file(tensor->associated_files(), type));
  };
  result.labels = names_of_elements(file(fb::AssociatedFileType_TENSOR_AXIS_LABELS), value, spend);
  result.value_labels = names_in(file(fb::AssociatedFileType_TENSOR_VALUE_LABELS), spend);
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

/// The names of output 0's elements that other tools put elsewhere: with the graph, with the model, or in a file that
/// nothing refers to.
std::vector<std::string> labels_elsewhere(const fb::ModelMetadata* entry, const Files& files, const Value& value,
                                          const Spend& spend) {
  constexpr auto kType = fb::AssociatedFileType_TENSOR_AXIS_LABELS;
  const auto take = [&](const std::string& name) { return names_of_elements(find_file(files, name), value, spend); };
  if (entry != nullptr) {
    const auto* graphs = entry->subgraph_metadata();
    if (graphs != nullptr && graphs->size() > 0) {
      if (auto names = take(labels_file(graphs->Get(0)->associated_files(), kType)); !names.empty()) return names;
    }
    return take(labels_file(entry->associated_files(), kType));
  }
  for (const char* name : {"labels.txt", "label.txt", "labelmap.txt"}) {
    if (auto names = take(name); !names.empty()) return names;
  }
  return {};
}

/// What the file says of input or output `index`.
Meaning said_of(const fb::ModelMetadata* entry, const Files& files, const Value& value, bool input, std::size_t index,
                const Spend& spend) {
  Meaning meaning = meaning_of(find(entry, input, index), files, value, spend);
  if (!input && index == 0 && meaning.labels.empty() && meaning.value_labels.empty()) {
    meaning.labels = labels_elsewhere(entry, files, value, spend);
  }
  return meaning;
}

template <class F>
void for_each_port(Graph& graph, F f) {
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) f(graph[graph.inputs[i]], true, i);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) f(graph[graph.outputs[i]], false, i);
}

/// Those of other languages name what was there before, so they go.
void say_labels(fb::TensorMetadataT& tensor, Files& files, const std::vector<std::string>& labels,
                fb::AssociatedFileType type, const std::string& file) {
  std::string name = file;
  std::erase_if(tensor.associated_files, [&](const std::unique_ptr<fb::AssociatedFileT>& old) {
    if (!old || old->type != type) return false;
    if (old->locale.empty()) name = old->name;
    return true;
  });
  if (labels.empty()) return;
  auto made = std::make_unique<fb::AssociatedFileT>();
  made->name = name;
  made->type = type;
  tensor.associated_files.push_back(std::move(made));
  files[name] = text_of(labels);
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
  if (model.graphs.empty()) return;
  const Files files = associated_files(model);
  if (entry == nullptr && files.empty()) return;
  for_each_port(model.main(), [&](Value& value, bool input, std::size_t index) {
    const Meaning meaning = said_of(entry, files, value, input, index, spend);
    set_labels(value, meaning.labels);
    set_value_labels(value, meaning.value_labels);
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
    const Meaning meaning{labels_of(value), value_labels_of(value), scaling_of(value)};
    const Meaning before = said_of(said, files, value, input, index, [](std::size_t) {});
    if (meaning == before) return;
    if (!entry) {
      entry.reset(said != nullptr ? said->UnPack() : new fb::ModelMetadataT);
      if (said == nullptr) entry->name = model.main().name;
      if (entry->min_parser_version.empty()) entry->min_parser_version = "1.0.0";
    }
    fb::SubGraphMetadataT& main = main_of(*entry, model.main());
    fb::TensorMetadataT& tensor = *(input ? main.input_tensor_metadata : main.output_tensor_metadata)[index];
    const std::string number = index == 0 ? "" : fmt::format("_{}", index);
    if (meaning.labels != before.labels) {
      say_labels(tensor, changed, meaning.labels, fb::AssociatedFileType_TENSOR_AXIS_LABELS,
                 fmt::format("{}{}.txt", input ? "features" : "labels", number));
    }
    if (meaning.value_labels != before.value_labels) {
      say_labels(tensor, changed, meaning.value_labels, fb::AssociatedFileType_TENSOR_VALUE_LABELS,
                 fmt::format("{}{}.txt", input ? "input_values" : "values", number));
    }
    say_scaling(tensor, meaning);
  });
  if (!entry) return;
  model.metadata[kTfliteMetadata] = packed(*entry);
  set_associated_files(model, changed);
}

}  // namespace mirim
