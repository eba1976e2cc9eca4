#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "mirim/base/text.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/text.hpp"

namespace mirim {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

bool is_identifier(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (!std::isalnum(byte) && c != '_' && c != '/' && c != '.' && c != ':' && c != '-')) return false;
  }
  // What could merge with the punctuation after it, or with a suffix.
  return text.back() != ':' && text.find("->") == std::string_view::npos;
}

std::string hexadecimal(BytesView bytes) {
  std::string result = "bytes(0x";
  for (const std::byte byte : bytes) result += fmt::format("{:02x}", std::to_integer<int>(byte));
  return result + ")";
}

template <class T>
std::string listed(std::span<const T> values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

template <class T>
std::string elements(BytesView bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.begin(), values.size() * sizeof(T), std::as_writable_bytes(std::span(values)).begin());
  if constexpr (std::is_floating_point_v<T>) {
    for (const T value : values) {
      if (std::isnan(value)) return hexadecimal(bytes);
    }
  }
  return listed(std::span<const T>(values));
}

std::string elements(DType dtype, BytesView bytes) {
  switch (dtype) {
    case DType::float32:
      return elements<float>(bytes);
    case DType::float64:
      return elements<double>(bytes);
    case DType::int8:
      return elements<std::int8_t>(bytes);
    case DType::uint8:
      return elements<std::uint8_t>(bytes);
    case DType::int16:
      return elements<std::int16_t>(bytes);
    case DType::uint16:
      return elements<std::uint16_t>(bytes);
    case DType::int32:
      return elements<std::int32_t>(bytes);
    case DType::uint32:
      return elements<std::uint32_t>(bytes);
    case DType::int64:
      return elements<std::int64_t>(bytes);
    case DType::uint64:
      return elements<std::uint64_t>(bytes);
    default:
      return hexadecimal(bytes);
  }
}

// The short form of a list is its first numbers; of equal numbers, that number.
std::string type_text(const Value& value, bool in_short) {
  std::string text = fmt::format("{}[{}]", name(value.type.dtype), to_string(value.type.shape));
  const Quantization& q = value.quantization;
  if (q == Quantization{}) return text;
  const auto one_or_list = [&](const auto& values) {
    const bool equal = !values.empty() && std::equal(values.begin() + 1, values.end(), values.begin());
    if (values.size() == 1 || (in_short && equal)) return fmt::format("{}", values[0]);
    if (!in_short || values.size() <= 4) return fmt::format("[{}]", fmt::join(values, ", "));
    return fmt::format("[{}, ... {}]", fmt::join(values.begin(), values.begin() + 2, ", "), values.size());
  };
  text += fmt::format("{{scale={}, zero_point={}", one_or_list(q.scale), one_or_list(q.zero_point));
  if (q.per_channel() || q.dimension != 0) text += fmt::format(", axis={}", q.dimension);
  return text + "}";
}

class OptionPrinter final : public Options {
 public:
  explicit OptionPrinter(bool bytes) : bytes_(bytes) {}

  std::string text;

  void field(int, std::string_view name, bool& value, bool fallback) override {
    if (value != fallback) append(name, value ? "true" : "false");
  }
  void field(int, std::string_view name, std::int32_t& value, std::int32_t fallback) override {
    if (value != fallback) append(name, fmt::format("{}", value));
  }
  void field(int, std::string_view name, float& value, float fallback) override {
    if (value != fallback) append(name, fmt::format("{}", value));
  }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override {
    if (!value.empty()) append(name, listed(std::span<const std::int32_t>(value)));
  }
  void field(int, std::string_view name, std::vector<std::int64_t>& value) override {
    if (!value.empty()) append(name, listed(std::span<const std::int64_t>(value)));
  }
  void field(int, std::string_view name, std::vector<float>& value) override {
    if (!value.empty()) append(name, listed(std::span<const float>(value)));
  }
  void field(int, std::string_view name, Bytes& value) override {
    if (bytes_ && !value.empty()) append(name, hexadecimal(value));
  }
  void field(int, std::string_view name, std::string& value) override {
    if (!value.empty()) append(name, quoted(value));
  }

 protected:
  void enumeration(int, std::string_view name, int& value, int fallback,
                   std::span<const std::string_view> names) override {
    if (value == fallback) return;
    const auto index = static_cast<std::size_t>(value);
    append(name, index < names.size() ? std::string(names[index]) : fmt::format("{}", value));
  }

 private:
  void append(std::string_view name, std::string_view value) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  }

  bool bytes_;
};

// The values on lines of their own. Entry n: those that no node makes and that node n reads first. Last entry: the
// rest.
std::vector<std::vector<ValueId>> own_lines(const Graph& graph) {
  std::vector<std::vector<ValueId>> lines(graph.nodes.size() + 1);
  std::vector<char> declared(graph.values.size(), 0);
  for (const ValueId id : graph.inputs) declared[static_cast<std::size_t>(id)] = 1;
  const auto made = producers(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const auto* ids : {&graph.nodes[n].inputs, &graph.nodes[n].intermediates}) {
      for (const ValueId id : *ids) {
        if (id == kNoValue || made[static_cast<std::size_t>(id)] >= 0) continue;
        if (!std::exchange(declared[static_cast<std::size_t>(id)], 1)) lines[n].push_back(id);
      }
    }
    for (const ValueId id : graph.nodes[n].outputs) {
      if (id != kNoValue) declared[static_cast<std::size_t>(id)] = 1;
    }
  }
  for (std::size_t i = 0; i < declared.size(); ++i) {
    if (!declared[i]) lines.back().push_back(static_cast<ValueId>(i));
  }
  return lines;
}

class Printer {
 public:
  Printer(const Graph& graph, const TextOptions& options)
      : graph_(graph), options_(options), own_lines_(own_lines(graph)), labels_(graph.values.size()) {
    label_all();
  }

  std::string print() {
    std::string inputs;
    for (const ValueId id : graph_.inputs) inputs += (inputs.empty() ? "" : ", ") + declaration(id);
    out_ = fmt::format("graph {} ({}) -> ({}) {{\n", quoted(graph_.name), inputs, labels(graph_.outputs));
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      for (const ValueId id : own_lines_[n]) print_value(id);
      print_node(graph_.nodes[n]);
    }
    for (const ValueId id : own_lines_.back()) print_value(id);
    return out_ + "}" + extras_text(graph_.extras) + "\n";
  }

 private:
  // The converter joins the names of everything that it fused with semicolons; the short form is the first one.
  std::string shown(const std::string& name) const { return options_.constants ? name : std::string(short_name(name)); }

  // Values of one name are numbered in the order of declaration, as a parser numbers them.
  void label_all() {
    std::map<std::string, int> count;
    const auto number = [&](const std::vector<ValueId>& ids) {
      for (const ValueId id : ids) {
        if (id == kNoValue || !labels_[static_cast<std::size_t>(id)].empty()) continue;
        const std::string name = shown(graph_[id].name);
        std::string label = "%" + (is_identifier(name) ? name : quoted(name));
        const int nth = ++count[name];
        if (nth > 1) label += fmt::format("@{}", nth);
        labels_[static_cast<std::size_t>(id)] = std::move(label);
      }
    };
    number(graph_.inputs);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      number(own_lines_[n]);
      number(graph_.nodes[n].outputs);
    }
    number(own_lines_.back());
  }

  std::string label(ValueId id) const { return id == kNoValue ? "_" : labels_[static_cast<std::size_t>(id)]; }

  std::string labels(const std::vector<ValueId>& ids) const {
    std::string text;
    for (const ValueId id : ids) text += (text.empty() ? "" : ", ") + label(id);
    return text;
  }

  std::string declaration(ValueId id) const {
    if (id == kNoValue) return "_";
    const Value& value = graph_[id];
    return fmt::format("{}{}: {}{}", value.variable ? "variable " : "", label(id),
                       type_text(value, !options_.constants), extras_text(value.extras));
  }

  std::string extras_text(const Extras& extras) const {
    std::string text;
    if (!options_.constants) return text;
    for (const auto& [key, bytes] : extras) {
      text += fmt::format("{}{}={}", text.empty() ? " extras(" : ", ", quoted(key), hexadecimal(bytes));
    }
    return text.empty() ? text : text + ")";
  }

  void print_value(ValueId id) {
    const Value& value = graph_[id];
    out_ += "  " + declaration(id);
    if (value.constant) out_ += " = " + (options_.constants ? elements(value.type.dtype, *value.constant) : "...");
    out_ += '\n';
  }

  void print_node(const Node& node) {
    std::string left;
    for (const ValueId id : node.outputs) left += (left.empty() ? "" : ", ") + declaration(id);
    OptionPrinter printer(options_.constants);
    node.op.options(printer);
    const std::string op = node.op.is<Opaque>() ? quoted(node.op.name()) : std::string(node.op.name());
    out_ += fmt::format("  {}{}{}({})", left, left.empty() ? "" : " = ", op, labels(node.inputs));
    if (!printer.text.empty()) out_ += fmt::format(" {{{}}}", printer.text);
    if (!node.intermediates.empty()) out_ += fmt::format(" intermediates({})", labels(node.intermediates));
    const bool own_name = !node.name.empty() && (node.outputs.empty() || node.outputs[0] == kNoValue ||
                                                 graph_[node.outputs[0]].name != node.name);
    if (own_name) out_ += " @" + quoted(shown(node.name));
    out_ += extras_text(node.extras) + "\n";
  }

  const Graph& graph_;
  const TextOptions& options_;
  std::vector<std::vector<ValueId>> own_lines_;
  std::vector<std::string> labels_;
  std::string out_;
};

}  // namespace

std::string to_text(const Graph& graph, const TextOptions& options) { return Printer(graph, options).print(); }

}  // namespace mirim
