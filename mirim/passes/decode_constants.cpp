#include "mirim/passes/decode_constants.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/signatures.hpp"

namespace mirim {
namespace {

constexpr std::size_t kHeader = 16;
// Of all constants of a model together: a few bytes can stand for very many.
constexpr std::int64_t kMostDecoded = std::int64_t{1} << 28;

/// Takes numbers off bytes, the highest bit first.
class HighBits {
 public:
  explicit HighBits(BytesView bytes) : bytes_(bytes), size_(8 * bytes.size()) {}
  /// The next `bits`, at most 31; zeros behind the end, where at most one number may reach.
  std::uint32_t take(std::size_t bits) {
    if (at_ >= size_) fail("its codes end early");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bits; ++i, ++at_) {
      const unsigned byte = at_ < size_ ? std::to_integer<unsigned>(bytes_[at_ / 8]) : 0U;
      value = value << 1 | (byte >> (7 - at_ % 8) & 1);
    }
    return value;
  }
  void put_back(std::size_t bits) { at_ -= bits; }
  void require_not_beyond_end() const {
    if (at_ > size_) fail("its codes end early");
  }

 private:
  BytesView bytes_;
  std::size_t size_;
  std::size_t at_ = 0;
};

std::size_t byte_at(BytesView bytes, std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); }

/// What one output of a DECODE node is made of.
struct Encoded {
  BytesView codes;
  BytesView header;
  BytesView tables;
  const Value& result;

  std::size_t elements() const { return static_cast<std::size_t>(result.type.shape.elements()); }
  std::size_t width() const { return static_cast<std::size_t>(byte_size(result.type.dtype)); }
};

/// The i-th stored number of the tables becomes element `to`.
void copy_number(const Encoded& from, std::size_t i, Bytes& result, std::size_t to) {
  const std::size_t width = from.width();
  if (i >= from.tables.size() / width)
    fail("its table has {} numbers, number {} is asked for", from.tables.size() / width, i);
  std::memcpy(&result[to * width], &from.tables[i * width], width);
}

/// The axis of the channels of which each has a table; -1 for one table. The axis in the header is newer than the
/// format: older files say 0, and the scales give the axis. How many tables there are tells the files apart.
int axis_of_tables(const Encoded& from, std::size_t stride) {
  const Shape& shape = from.result.type.shape;
  constexpr int kNoAxis = 15;
  const int named = static_cast<int>(byte_at(from.header, 5) >> 4);
  const std::size_t tables = stride == 0 ? 0 : from.tables.size() / from.width() / stride;
  const auto has_tables_for = [&](int axis) {
    return axis >= 0 && axis < shape.rank() && std::cmp_greater_equal(tables, shape[axis]);
  };
  if (named == kNoAxis) return -1;
  const Quantization& q = from.result.quantization;
  if (named == 0 && q.per_channel() && has_tables_for(q.dimension)) return q.dimension;
  if (has_tables_for(named)) return named;
  if (named == 0 && tables == 1) return -1;
  fail("it has {} tables, which are too few for axis {} of [{}]", tables, named, to_string(shape));
}

Bytes decode_lut(const Encoded& from, WeightForm& form) {
  const std::size_t bits = byte_at(from.header, 5) & 7;
  const std::size_t stride = byte_at(from.header, 6);
  if (bits == 0) fail("its numbers have 0 bits");
  const int axis = axis_of_tables(from, stride);
  const RowsOf rows = rows_of(from.result, axis);
  Bytes result(from.elements() * from.width());
  HighBits codes(from.codes);
  for (std::size_t i = 0; i < from.elements(); ++i) {
    const std::size_t code = codes.take(bits);
    codes.require_not_beyond_end();
    if (code >= stride) fail("its tables have {} numbers, number {} is asked for", stride, code);
    const auto row = static_cast<std::size_t>(rows.row(static_cast<std::int64_t>(i)));
    copy_number(from, row * stride + code, result, i);
  }
  form.codebook = {.centroids = static_cast<std::int64_t>(std::max<std::size_t>(1, stride)), .per_row = axis >= 0};
  if (axis >= 0) form.axis = axis;
  return result;
}

Bytes decode_huffman(const Encoded& from) {
  const DType dtype = from.result.type.dtype;
  const bool wide = (byte_at(from.header, 5) & 1) != 0;
  if (dtype != DType::int8 && (dtype != DType::int16 || !wide)) {
    fail("Huffman codes of {} with {} bits an entry, expected int8, or int16 with 32 bits", name(dtype),
         wide ? 32 : 16);
  }
  const std::size_t first_bits = (byte_at(from.header, 5) >> 4) + 1;
  const std::size_t entry_size = wide ? 4 : 2;
  const std::uint32_t found = wide ? 1U << 31 : 1U << 15;
  const int count_shift = wide ? 27 : 11;
  Bytes result(from.elements() * from.width());
  HighBits codes(from.codes);
  for (std::size_t i = 0; i < from.elements(); ++i) {
    std::size_t bits = first_bits, at = 0;
    std::uint32_t entry = 0;
    while (true) {
      at += codes.take(bits);
      if (at >= from.tables.size() / entry_size)
        fail("its table has {} entries, entry {} is asked for", from.tables.size() / entry_size, at);
      entry = 0;
      std::memcpy(&entry, &from.tables[at * entry_size], entry_size);
      const std::size_t count = entry >> count_shift & 15;
      if ((entry & found) != 0) {
        if (bits > count) codes.put_back(bits - count);
        break;
      }
      bits = count + 1;
      at += entry & ((1U << count_shift) - 1);
    }
    codes.require_not_beyond_end();
    std::memcpy(&result[i * from.width()], &entry, from.width());
  }
  return result;
}

Bytes decode_pruned(const Encoded& from, WeightForm& form) {
  const Quantization& q = from.result.quantization;
  const bool has_zero_points = from.result.type.dtype == DType::int8 && !q.zero_point.empty();
  const RowsOf rows = rows_of(from.result, q.per_channel() ? q.dimension : -1);
  Bytes result(from.elements() * from.width());
  HighBits codes(from.codes);
  std::size_t next = 0;
  for (std::size_t i = 0; i < from.elements(); ++i) {
    if (codes.take(1) != 0) {
      copy_number(from, next++, result, i);
    } else if (has_zero_points) {
      const auto row = q.per_channel() ? static_cast<std::size_t>(rows.row(static_cast<std::int64_t>(i))) : 0;
      result[i] = static_cast<std::byte>(q.zero_point[row]);
    }
  }
  if (std::ranges::all_of(q.zero_point, [](auto z) { return z == 0; })) form.sparsity = WeightForm::Sparsity{};
  return result;
}

/// Decoded constants, so that several readers of an encoded tensor share one.
class Decoder {
 public:
  void decode(Graph& graph) {
    std::erase_if(graph.nodes, [&](Node& node) {
      auto* opaque = node.op.as<Opaque>();
      if (!opaque || opaque->title != kTflmDecode) return false;
      try {
        std::vector<Value> results = results_of(graph, node);
        for (std::size_t i = 0; i < results.size(); ++i) graph[node.outputs[i]] = std::move(results[i]);
        return changed_ = true;
      } catch (const Error& error) {
        opaque->reason = fmt::format("{}; take the file from before tflite-micro's compress", error.what());
        return false;
      }
    });
  }

  bool changed() const { return changed_; }

 private:
  static const Value& constant_of(const Graph& graph, ValueId id) {
    if (id < 0 || static_cast<std::size_t>(id) >= graph.values.size() || !graph[id].is_constant()) {
      fail("its encoded tensor is no constant");
    }
    return graph[id];
  }

  std::vector<Value> results_of(const Graph& graph, const Node& node) {
    if (node.outputs.empty() || node.inputs.size() != 2 * node.outputs.size()) {
      fail("has {} inputs for {} results, expected two for each", node.inputs.size(), node.outputs.size());
    }
    std::vector<Value> results;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId id = node.outputs[i];
      if (id < 0 || static_cast<std::size_t>(id) >= graph.values.size() || graph[id].constant || graph[id].variable) {
        fail("its result is no value to be computed");
      }
      results.push_back(graph[id]);
      decode(constant_of(graph, node.inputs[2 * i]), constant_of(graph, node.inputs[2 * i + 1]), results.back());
    }
    return results;
  }

  void decode(const Value& codes, const Value& ancillary, Value& result) {
    const BytesView bytes = *ancillary.constant;
    if (bytes.size() < kHeader)
      fail("its ancillary tensor has {} bytes, at least {} belong there", bytes.size(), kHeader);
    const DType dtype = result.type.dtype;
    if (bits(dtype) % 8 != 0 || bits(dtype) == 0) fail("{} cannot be decoded", name(dtype));
    for (const std::int64_t d : result.type.shape) {
      if (d < 0) fail("its result has an unknown shape");
    }
    const std::int64_t size = result.type.bytes();
    if (size > kMostDecoded - decoded_) fail("decoded constants would have more than {} bytes", kMostDecoded);
    decoded_ += size;
    const Encoded from{*codes.constant, bytes.first(kHeader), bytes.subspan(kHeader), result};
    if (byte_at(bytes, 1) != 1 || byte_at(bytes, 4) != 1) {
      fail("is encoded by version {}.{}, only 1.1 is supported", byte_at(bytes, 1), byte_at(bytes, 4));
    }
    WeightForm form{.axis = result.quantization.per_channel() ? result.quantization.dimension : 0};
    const std::size_t type = byte_at(bytes, 0);
    Bytes numbers;
    if (type == 0) {
      numbers = decode_lut(from, form);
    } else if (type == 1) {
      numbers = decode_huffman(from);
    } else if (type == 2) {
      numbers = decode_pruned(from, form);
    } else {
      fail("is encoded as type {}, {}", type, type < 128 ? "which is unknown" : "which an application has of its own");
    }
    result.constant = make_constant(std::move(numbers));
    if (form.empty() || (dtype != DType::int8 && dtype != DType::float32)) return;
    // Tables of the rows that together have no more numbers than one are one.
    result.form = form;
    if (form.codebook) result.form->codebook->per_row = false;
    drop_broken_parts(result);
    if (!form.codebook || (result.form && result.form->codebook)) return;
    result.form = form;
    drop_broken_parts(result);
  }

  std::int64_t decoded_ = 0;
  bool changed_ = false;
};

}  // namespace

void decode_constants(Model& model) {
  Decoder decoder;
  for (Graph& graph : model.graphs) decoder.decode(graph);
  if (decoder.changed()) remove_unused_values(model);
}

}  // namespace mirim
