#include <fmt/format.h>
#include <tflite_generated.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/formats/c_array.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/tflite_bodies.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/formats/tflite_metadata.hpp"
#include "mirim/formats/tflite_node.hpp"
#include "mirim/formats/tflite_shapes.hpp"
#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/formats/zip.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/opaque.hpp"

namespace mirim {
namespace {

template <class T>
std::uint32_t count(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

/// Findings about a file, and how much may still be copied from it.
class Reading {
 public:
  Reading(BytesView bytes, const tflite::Model& model) : stored(model), buffers(bytes, model) {}

  const tflite::Model& stored;
  TfliteBuffers buffers;
  Findings findings;
  flatbuffers::FlatBufferBuilder builder;  // for the kept tables, one after the other

  /// Runs f(); records an Error that it throws as a problem of `where` and returns false.
  template <class F>
  bool attempt(const std::string& where, F&& f) {
    try {
      f();
      return true;
    } catch (const Error& error) {
      if (buffers.budget.overdrawn()) throw;
      report(fmt::format("{}: {}", where, error.what()));
      return false;
    }
  }

  void report(const std::string& line) { add(findings.problems, line); }
  void warn(const std::string& line) { add(findings.warnings, line); }

  std::string text(const flatbuffers::String* string) {
    if (string == nullptr) return {};
    buffers.budget.spend(string->size());
    return string->str();
  }

  Bytes keep(const flatbuffers::Table& table, const flatbuffers::TypeTable& kind, std::span<const int> except,
             std::span<const int> emptied) {
    TableFields fields(builder, &buffers.budget);
    fields.copy(table, kind, except, emptied);
    return finish_apart(builder, fields);
  }

 private:
  static void add(std::vector<std::string>& lines, const std::string& line) {
    if (lines.size() < kMostFindings) lines.emplace_back(Error(line).what());
  }
};

class GraphReader {
 public:
  GraphReader(Reading& file, const tflite::SubGraph& subgraph, std::string prefix)
      : file_(file), subgraph_(subgraph), prefix_(std::move(prefix)) {}

  Graph read() {
    graph_.name = file_.text(subgraph_.name());
    for (std::uint32_t i = 0; i < count(subgraph_.tensors()); ++i) read_tensor(i, *subgraph_.tensors()->Get(i));
    graph_.inputs = ids(subgraph_.inputs());
    graph_.outputs = ids(subgraph_.outputs());
    for (std::uint32_t i = 0; i < count(subgraph_.operators()); ++i) read_node(i, *subgraph_.operators()->Get(i));
    make_empty_constants();
    for (std::uint32_t i = 0; i < count(subgraph_.tensors()); ++i) read_blocks(i, *subgraph_.tensors()->Get(i));
    settle_shapes();
    using Table = tflite::SubGraph;
    const int lists[] = {slot_of(Table::VT_TENSORS), slot_of(Table::VT_INPUTS), slot_of(Table::VT_OUTPUTS),
                         slot_of(Table::VT_OPERATORS)};
    graph_.extras[tflite_extra::subgraph] = file_.keep(plain(subgraph_), *tflite::SubGraphTypeTable(), {}, lists);
    return std::move(graph_);
  }

 private:
  void read_tensor(std::uint32_t index, const tflite::Tensor& tensor) {
    Value value;
    file_.buffers.budget.spend(sizeof(Value) + (tensor.name() == nullptr ? 0 : tensor.name()->size()));
    value.name = tensor_name(tensor);
    const std::string where = fmt::format("{}tensor {} '{}'", prefix_, index, shortened(value.name));
    file_.attempt(where, [&] {
      constexpr std::uint32_t kMostDimensions = 64;
      if (count(tensor.shape()) > kMostDimensions) {
        fail("has {} dimensions, at most {} make sense", tensor.shape()->size(), kMostDimensions);
      }
      if (tensor.external_buffer() != 0) fail("has its values in another file, which is not supported");
      value.extras[tflite_extra::tensor] = file_.keep(plain(tensor), *tflite::TensorTypeTable(), {}, {});
      value.type = tensor_type(tensor);
      value.variable = tensor.is_variable();
      std::vector<std::string> odd;
      value.quantization = tensor_quantization(tensor, value.type, &odd);
      for (const std::string& line : odd) file_.warn(fmt::format("{}: {}", where, line));
      value.constant = tensor_constant(tensor, value.type, file_.buffers);
    });
    graph_.add(std::move(value));
  }

  // The scales of blocks are a tensor, which may come later than those that have the blocks.
  void read_blocks(std::uint32_t index, const tflite::Tensor& tensor) {
    Value& value = graph_.values[index];
    if (value.quantization.dimension != kInBlocks) return;
    try {
      const Blocks blocks = stored_blocks(tensor);
      if (blocks.scales < 0 || static_cast<std::size_t>(blocks.scales) >= graph_.values.size()) {
        fail("their scales are tensor {}, there are {}", blocks.scales, graph_.values.size());
      }
      const Value& stored = graph_[blocks.scales];
      if (stored.constant) file_.buffers.budget.spend(6 * stored.constant->size());
      value.quantization.scale = block_scales(stored, value.type, blocks.size);
      value.quantization.zero_point.assign(value.quantization.scale.size(), 0);
    } catch (const Error& error) {
      if (file_.buffers.budget.overdrawn()) throw;
      value.quantization = {};
      file_.warn(fmt::format("{}tensor {} '{}': its blocks are kept and not computed with: {}", prefix_, index,
                             shortened(value.name), error.what()));
    }
  }

  std::vector<ValueId> ids(const flatbuffers::Vector<std::int32_t>* stored) {
    if (stored == nullptr) return {};
    file_.buffers.budget.spend(stored->size() * sizeof(ValueId));
    return {stored->begin(), stored->end()};
  }

  void read_node(std::uint32_t index, const tflite::Operator& stored) {
    // Replaces a node that cannot be read, so that its results are not reported missing too.
    Node node{.op = Opaque{.title = "?", .reason = {}}};
    file_.buffers.budget.spend(sizeof(Node));
    node.inputs = ids(stored.inputs());
    node.outputs = ids(stored.outputs());
    node.intermediates = ids(stored.intermediates());
    file_.attempt(where(index, node), [&] {
      if (stored.opcode_index() >= count(file_.stored.operator_codes())) {
        fail("names operator code {}, the file has {}", stored.opcode_index(), count(file_.stored.operator_codes()));
      }
      const tflite::OperatorCode& code = *file_.stored.operator_codes()->Get(stored.opcode_index());
      read_tflite_node({stored, code, graph_, file_.builder, file_.buffers}, node);
    });
    graph_.nodes.push_back(std::move(node));
  }

  // A node has no name in the file; its first result's name says most in a message.
  std::string where(std::uint32_t index, const Node& node) const {
    std::string result = fmt::format("{}node {}", prefix_, index);
    if (node.outputs.empty() || node.outputs[0] < 0) return result;
    const auto id = static_cast<std::size_t>(node.outputs[0]);
    return id < graph_.values.size() ? fmt::format("{} '{}'", result, shortened(graph_.values[id].name)) : result;
  }

  // A constant without elements (the axes of a MEAN over none) has an empty buffer, like the result of a node.
  void make_empty_constants() {
    std::vector<char> made(graph_.values.size(), 0);
    const auto mark = [&](const std::vector<ValueId>& ids) {
      for (const ValueId id : ids) {
        if (id >= 0 && static_cast<std::size_t>(id) < made.size()) made[static_cast<std::size_t>(id)] = 1;
      }
    };
    mark(graph_.inputs);
    for (const Node& node : graph_.nodes) mark(node.outputs);
    for (std::size_t i = 0; i < made.size(); ++i) {
      Value& value = graph_.values[i];
      const auto& shape = value.type.shape;
      if (made[i] || value.constant || value.variable || std::ranges::find(shape, 0) == shape.end()) continue;
      Bytes nothing;
      nothing.reserve(1);  // so that the constant has an address, which marks it as known
      value.constant = make_constant(std::move(nothing));
    }
  }

  void settle_shapes() {
    std::vector<std::string> odd;
    mirim::settle_shapes(subgraph_, graph_, odd);
    for (const std::string& line : odd) file_.warn(prefix_ + line);
  }

  Reading& file_;
  const tflite::SubGraph& subgraph_;
  std::string prefix_;
  Graph graph_;
};

std::vector<std::pair<std::string, ValueId>> read_names(
    const flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>* stored, Reading& file) {
  std::vector<std::pair<std::string, ValueId>> result;
  for (std::uint32_t i = 0; i < count(stored); ++i) {
    const tflite::TensorMap* entry = stored->Get(i);
    file.buffers.budget.spend(sizeof(result[0]));
    result.emplace_back(file.text(entry->name()), static_cast<ValueId>(entry->tensor_index()));
  }
  return result;
}

void read_signatures(Reading& file, Model& model) {
  for (std::uint32_t i = 0; i < count(file.stored.signature_defs()); ++i) {
    const tflite::SignatureDef& stored = *file.stored.signature_defs()->Get(i);
    file.buffers.budget.spend(sizeof(Signature));
    model.signatures.push_back({file.text(stored.signature_key()), static_cast<int>(stored.subgraph_index()),
                                read_names(stored.inputs(), file), read_names(stored.outputs(), file)});
  }
}

void read_metadata(Reading& file, Model& model) {
  for (std::uint32_t i = 0; i < count(file.stored.metadata()); ++i) {
    const tflite::Metadata* entry = file.stored.metadata()->Get(i);
    file.attempt(fmt::format("metadata {}", i), [&] {
      const std::string name = file.text(entry->name());
      if (!is_text(name)) fail("its name '{}' is not text", shortened(name));
      const Constant data = file.buffers.get(entry->buffer());
      if (data != nullptr) file.buffers.budget.spend(data->size());
      const Bytes bytes = data ? *data : Bytes{};
      if (model.metadata.emplace(name, bytes).second) return;
      file.warn(fmt::format("metadata {}: there is one of the name '{}' before it", i, shortened(name)));
      model.extras[tflite_extra::metadata + std::to_string(i)] = bytes;
    });
  }
}

void read_associated_files(BytesView bytes, Reading& file, Model& model) {
  if (ends_inside_zip(bytes)) fail("ends too early: the archive of files behind the model is cut");
  try {
    const auto files = read_zip(bytes);
    for (const auto& [name, content] : files) file.buffers.budget.spend(name.size() + content.size());
    set_associated_files(model, files);
  } catch (const Error& error) {
    if (file.buffers.budget.overdrawn()) throw;
    file.warn(fmt::format("the archive of files behind it is damaged and left out: {}", error.what()));
  }
}

Bytes bytes_of_numbers(const std::vector<std::int32_t>& numbers) {
  const BytesView view = bytes_of(numbers);
  return {view.begin(), view.end()};
}

// The parts of the file that nothing in the model refers to.
void keep_rest(Reading& file, Model& model) {
  using Table = tflite::Model;
  const int except[] = {slot_of(Table::VT_BUFFERS)};
  const int emptied[] = {slot_of(Table::VT_SUBGRAPHS)};
  model.extras[tflite_extra::model] = file.keep(plain(file.stored), *tflite::ModelTypeTable(), except, emptied);
  std::set<std::uint32_t> codes;
  for (std::uint32_t g = 0; g < count(file.stored.subgraphs()); ++g) {
    const auto* operators = file.stored.subgraphs()->Get(g)->operators();
    for (std::uint32_t n = 0; n < count(operators); ++n) codes.insert(operators->Get(n)->opcode_index());
  }
  std::vector<std::int32_t> unused_codes, outside, empty;
  for (std::uint32_t i = 0; i < count(file.stored.operator_codes()); ++i) {
    if (!codes.contains(i)) unused_codes.push_back(static_cast<std::int32_t>(i));
  }
  for (std::uint32_t i = 0; i < file.buffers.count(); ++i) {
    if (file.buffers.is_outside(i)) outside.push_back(static_cast<std::int32_t>(i));
    if (file.buffers.has_empty_data(i)) empty.push_back(static_cast<std::int32_t>(i));
    if (i == 0 || file.buffers.is_used(i)) continue;
    file.attempt(fmt::format("buffer {}", i), [&] {
      const Constant data = file.buffers.get(i);
      if (data != nullptr) file.buffers.budget.spend(data->size());
      model.extras[tflite_extra::unused_buffer + std::to_string(i)] = data ? *data : Bytes{};
    });
  }
  if (!unused_codes.empty()) model.extras[tflite_extra::unused_code] = bytes_of_numbers(unused_codes);
  if (!outside.empty()) model.extras[tflite_extra::outside_buffers] = bytes_of_numbers(outside);
  if (!empty.empty()) model.extras[tflite_extra::empty_buffers] = bytes_of_numbers(empty);
}

bool is_free_text(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return is_text(text);
}

// The version that the writer would choose. The file's own is right as long as that does not change.
void keep_versions(Model& model) {
  for (Graph& graph : model.graphs) {
    for (Node& node : graph.nodes) {
      if (node.op.is<Opaque>()) continue;
      const auto in = operands(graph, node.inputs), out = operands(graph, node.outputs);
      try {
        node.op.infer(in);
      } catch (const Error&) {
        continue;
      }
      node.extras[tflite_extra::version] = bytes_of_numbers({node.op.tflite_version(in, out)});
    }
  }
}

TfliteFile read_verified(BytesView bytes) {
  const tflite::Model& stored = *tflite::GetModel(bytes.data());
  Reading file(bytes, stored);
  Model model;
  if (stored.version() != 3) file.report(fmt::format("is of schema version {}, only 3 is supported", stored.version()));
  model.description = file.text(stored.description());
  if (!is_free_text(model.description)) file.report("its description is not text");
  const std::uint32_t graphs = count(stored.subgraphs());
  for (std::uint32_t i = 0; i < graphs; ++i) {
    const std::string prefix = graphs == 1 ? "" : fmt::format("graph {}: ", i);
    file.buffers.budget.spend(sizeof(Graph));
    model.graphs.push_back(GraphReader(file, *stored.subgraphs()->Get(i), prefix).read());
  }
  read_reduce_bodies(model);
  read_signatures(file, model);
  read_metadata(file, model);
  read_associated_files(bytes, file, model);
  keep_rest(file, model);
  Findings more = examine(model);
  auto& problems = file.findings.problems;
  problems.insert(problems.end(), more.problems.begin(), more.problems.end());
  // Its tensors hold fewer bytes than their types say, which would be the first thing told.
  if (!problems.empty() && model.metadata.contains("COMPRESSION_METADATA")) {
    problems.insert(
        problems.begin(),
        "its constants are compressed in an older form of tflite-micro (COMPRESSION_METADATA), which today's "
        "has given up; take the file from before compress, or compress that with today's (TFLM_DECODE)");
  }
  if (problems.empty()) keep_versions(model);
  if (problems.empty()) read_meaning(model, [&](std::size_t size) { file.buffers.budget.spend(size); });
  auto& warnings = file.findings.warnings;
  warnings.insert(warnings.end(), more.warnings.begin(), more.warnings.end());
  return {std::move(model), {std::move(problems), std::move(more.unsupported), std::move(warnings)}};
}

TfliteFile broken(const std::string& problem) { return {{}, {{problem}, {}, {}}}; }

}  // namespace

TfliteFile examine_tflite(BytesView bytes) {
  constexpr std::size_t kIdentifierEnd = 8;
  if (bytes.size() < kIdentifierEnd || !tflite::ModelBufferHasIdentifier(bytes.data())) {
    return broken("is no .tflite file: the letters TFL3 are missing at byte 4");
  }
  // Numbers in the file are aligned relative to the file's start.
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 16 != 0) {
    const Bytes aligned(bytes.begin(), bytes.end());
    return examine_tflite(aligned);
  }
  // Only the first 2 GiB can be a FlatBuffer; larger files have their buffers after it.
  const std::size_t length = std::min(bytes.size(), std::size_t{FLATBUFFERS_MAX_BUFFER_SIZE} - 1);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), length);
  if (!tflite::VerifyModelBuffer(verifier)) {
    return broken("is damaged or truncated: an offset or length in it points outside");
  }
  try {
    return read_verified(bytes);
  } catch (const Error& error) {
    return broken(error.what());
  }
}

Model read_tflite(BytesView bytes, const std::string& name) {
  TfliteFile file = examine_tflite(bytes);
  in_context(name, [&] { throw_first(file.findings.problems); });
  return std::move(file.model);
}

Bytes read_tflite_bytes(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 7> kSource = {".h", ".hpp", ".c", ".cc", ".cpp", ".cxx", ".ino"};
  Bytes bytes = read_file(path);
  if (std::ranges::find(kSource, path.extension().string()) == kSource.end()) return bytes;
  std::optional<Bytes> array = tflite_in_c_array({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!array) fail("{}: holds no array of bytes that is a .tflite file (TFL3 from byte 4 on)", path.string());
  return std::move(*array);
}

Model read_tflite_file(const std::filesystem::path& path) {
  return read_tflite(read_tflite_bytes(path), path.string());
}

}  // namespace mirim
