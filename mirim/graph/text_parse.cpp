#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/text_scanner.hpp"

namespace mirim {
namespace {

/// The text of an option's value: one word or quoted text, or the words of a list.
struct OptionText {
  std::string word;
  std::vector<std::string> list;
  Bytes bytes;
  bool used = false;
};

/// Assigns the written options to an operator's members.
class OptionParser final : public Options {
 public:
  std::map<std::string, OptionText, std::less<>> written;

  void field(int, std::string_view name, bool& value, bool fallback) override {
    value = fallback;
    if (const auto* text = find(name)) {
      if (*text != "true" && *text != "false") fail("option {} is '{}', expected true or false", name, *text);
      value = *text == "true";
    }
  }
  void field(int, std::string_view name, std::int32_t& value, std::int32_t fallback) override {
    assign(name, value, fallback);
  }
  void field(int, std::string_view name, float& value, float fallback) override { assign(name, value, fallback); }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override { assign(name, value); }
  void field(int, std::string_view name, std::vector<std::int64_t>& value) override { assign(name, value); }
  void field(int, std::string_view name, std::vector<float>& value) override { assign(name, value); }
  void field(int, std::string_view name, Bytes& value) override {
    value.clear();
    if (find(name)) value = written.find(name)->second.bytes;
  }
  void field(int, std::string_view name, std::string& value) override {
    const auto* text = find(name);
    value = text ? *text : "";
  }

 protected:
  void enumeration(int, std::string_view name, int& value, int fallback,
                   std::span<const std::string_view> names) override {
    value = fallback;
    const auto* text = find(name);
    if (!text) return;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == *text) {
        value = static_cast<int>(i);
        return;
      }
    }
    fail("option {} is '{}', expected one of {}", name, *text, fmt::join(names, ", "));
  }

 private:
  const std::string* find(std::string_view name) {
    const auto it = written.find(name);
    if (it == written.end()) return nullptr;
    it->second.used = true;
    return &it->second.word;
  }
  template <class T>
  void assign(std::string_view name, T& value, T fallback) {
    value = fallback;
    if (const auto* text = find(name)) value = number<T>(name, *text);
  }
  template <class T>
  void assign(std::string_view name, std::vector<T>& value) {
    value.clear();
    if (!find(name)) return;
    for (const std::string& text : written.find(name)->second.list) value.push_back(number<T>(name, text));
  }
  template <class T>
  static T number(std::string_view name, const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      fail("option {} is '{}', expected a number", name, text);
    }
    return value;
  }
};

class Parser {
 public:
  Parser(std::string_view text, const OperatorTable& operators) : scan_(text), operators_(operators) {}

  Graph parse() {
    scan_.expect("graph");
    graph_.name = scan_.quoted();
    scan_.expect("(");
    while (!scan_.accept(")")) {
      graph_.inputs.push_back(declaration());
      if (scan_.peek() != ')') scan_.expect(",");
    }
    scan_.expect("->");
    scan_.expect("(");
    std::vector<Label> outputs;
    while (!scan_.accept(")")) {
      outputs.push_back(scan_.label());
      if (scan_.peek() != ')') scan_.expect(",");
    }
    scan_.expect("{");
    while (!scan_.accept("}")) statement();
    graph_.extras = extras();
    for (const Label& output : outputs) graph_.outputs.push_back(find(output));
    if (!scan_.at_end()) scan_.fail_here("expected the end after the graph");
    return std::move(graph_);
  }

 private:
  void statement() {
    std::vector<ValueId> results;
    if (scan_.peek() == '%' || scan_.peek() == 'v' || scan_.peek() == '_') {
      do {
        results.push_back(declaration());
      } while (scan_.accept(","));
      if (!scan_.accept("=")) return;
      if (results.size() == 1 && results[0] != kNoValue && constant(graph_[results[0]])) return;
    }
    node(std::move(results));
  }

  ValueId declaration() {
    if (scan_.accept("_")) return kNoValue;
    Value value;
    value.variable = scan_.accept("variable");
    const Label label = scan_.label();
    value.name = label.name;
    scan_.expect(":");
    value.type = type();
    value.quantization = quantization();
    value.extras = extras();
    if (!names_.emplace(label, static_cast<ValueId>(graph_.values.size())).second) {
      scan_.fail_here("%{} is declared twice", value.name);
    }
    return graph_.add(std::move(value));
  }

  ValueId find(const Label& label) {
    const auto it = names_.find(label);
    if (it == names_.end()) scan_.fail_here("%{} is not declared", label.name);
    return it->second;
  }

  TensorType type() {
    const std::string_view dtype = scan_.word();
    const auto known = dtype_of(dtype);
    if (!known) scan_.fail_here("'{}' is no element type", dtype);
    scan_.expect("[");
    const std::string_view shape = scan_.word();
    scan_.expect("]");
    try {
      TensorType result{*known, parse_shape(shape)};
      result.shape.elements();
      return result;
    } catch (const Error& error) {
      scan_.fail_here("{}", error.what());
    }
  }

  template <class T>
  std::vector<T> numbers() {
    std::vector<T> values;
    if (!scan_.accept("[")) return {scan_.number<T>()};
    while (!scan_.accept("]")) {
      values.push_back(scan_.number<T>());
      if (scan_.peek() != ']') scan_.expect(",");
    }
    return values;
  }

  Quantization quantization() {
    Quantization q;
    if (!scan_.accept("{")) return q;
    scan_.expect("scale=");
    q.scale = numbers<float>();
    scan_.expect(",");
    scan_.expect("zero_point=");
    q.zero_point = numbers<std::int64_t>();
    if (scan_.accept(",")) {
      scan_.expect("axis=");
      q.dimension = scan_.number<int>();
    }
    scan_.expect("}");
    return q;
  }

  Bytes hexadecimal() {
    Bytes bytes;
    scan_.expect("(");
    scan_.expect("0x");
    while (scan_.peek() != ')') bytes.push_back(static_cast<std::byte>(scan_.hexadecimal_byte()));
    scan_.expect(")");
    return bytes;
  }

  Extras extras() {
    Extras result;
    if (!scan_.accept("extras(")) return result;
    do {
      std::string key = scan_.quoted();
      scan_.expect("=");
      scan_.expect("bytes");
      result.emplace(std::move(key), hexadecimal());
    } while (scan_.accept(","));
    scan_.expect(")");
    return result;
  }

  /// Reads the elements of a constant into `value`; false if an operator follows instead.
  bool constant(Value& value) {
    Bytes bytes;
    if (scan_.accept("...")) {
      scan_.fail_here("the elements of %{} were left out; print the graph with its constants", value.name);
    } else if (scan_.accept("bytes")) {
      bytes = hexadecimal();
    } else if (scan_.accept("random(")) {
      bytes = made(value, true, scan_.number<std::int64_t>());
      scan_.expect(")");
    } else if (scan_.accept("fill(")) {
      bytes = made(value, false, scan_.number<double>());
      scan_.expect(")");
    } else if (scan_.peek() == '[') {
      bytes = elements(value.type.dtype);
    } else {
      return false;
    }
    if (static_cast<std::int64_t>(bytes.size()) != value.type.bytes()) {
      scan_.fail_here("%{} has {} bytes, its type {}", value.name, bytes.size(), value.type.bytes());
    }
    value.constant = make_constant(std::move(bytes));
    return true;
  }

  Bytes elements(DType dtype) {
    switch (dtype) {
      case DType::float32:
        return raw(numbers<float>());
      case DType::float64:
        return raw(numbers<double>());
      case DType::int8:
        return raw(narrow<std::int8_t>());
      case DType::uint8:
        return raw(narrow<std::uint8_t>());
      case DType::int16:
        return raw(numbers<std::int16_t>());
      case DType::uint16:
        return raw(numbers<std::uint16_t>());
      case DType::int32:
        return raw(numbers<std::int32_t>());
      case DType::uint32:
        return raw(numbers<std::uint32_t>());
      case DType::int64:
        return raw(numbers<std::int64_t>());
      case DType::uint64:
        return raw(numbers<std::uint64_t>());
      default:
        scan_.fail_here("elements of {} are written as bytes(0x...)", name(dtype));
    }
  }

  // from_chars would take int8_t for a character.
  template <class T>
  std::vector<T> narrow() {
    std::vector<T> result;
    for (const int value : numbers<int>()) {
      if (value != static_cast<T>(value)) scan_.fail_here("{} does not fit in 8 bits", value);
      result.push_back(static_cast<T>(value));
    }
    return result;
  }

  template <class T>
  static Bytes raw(const std::vector<T>& values) {
    const BytesView view = bytes_of(values);
    return {view.begin(), view.end()};
  }

  Bytes made(const Value& value, bool random, double number) {
    const std::int64_t count = value.type.shape.elements();
    if (count > (std::int64_t{1} << 24)) scan_.fail_here("too many elements for a made-up constant");
    Random source(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
    const auto make = [&]<class T>(T) {
      std::vector<T> values(static_cast<std::size_t>(count));
      for (T& element : values) {
        if (!random) {
          element = static_cast<T>(number);
        } else if constexpr (std::is_floating_point_v<T>) {
          element = source.normal();
        } else if constexpr (sizeof(T) == 1) {
          element = static_cast<T>(source.below(255) - 127);
        } else {
          element = static_cast<T>(source.below(2001) - 1000);
        }
      }
      return raw(values);
    };
    switch (value.type.dtype) {
      case DType::float32:
        return make(float{});
      case DType::int8:
        return make(std::int8_t{});
      case DType::int32:
        return make(std::int32_t{});
      default:
        scan_.fail_here("made-up constants are float32, int8 or int32, not {}", name(value.type.dtype));
    }
  }

  Op op() {
    if (scan_.peek() == '"') return Opaque{.title = scan_.quoted()};
    const std::string_view name = scan_.word();
    const Op* known = operators_.find(name);
    if (!known) known = markers().find(name);
    if (!known) scan_.fail_here("there is no operator '{}'", name);
    return *known;
  }

  void node(std::vector<ValueId> results) {
    Node node{.op = op(), .outputs = std::move(results)};
    scan_.expect("(");
    while (!scan_.accept(")")) {
      node.inputs.push_back(scan_.accept("_") ? kNoValue : find(scan_.label()));
      if (scan_.peek() != ')') scan_.expect(",");
    }
    options(node.op);
    if (scan_.accept("intermediates(")) {
      while (!scan_.accept(")")) {
        node.intermediates.push_back(scan_.accept("_") ? kNoValue : find(scan_.label()));
        if (scan_.peek() != ')') scan_.expect(",");
      }
    }
    if (scan_.accept("@")) node.name = scan_.quoted();
    node.extras = extras();
    graph_.nodes.push_back(std::move(node));
  }

  std::vector<std::string> words() {
    std::vector<std::string> result;
    scan_.expect("[");
    while (!scan_.accept("]")) {
      result.emplace_back(scan_.word());
      if (scan_.peek() != ']') scan_.expect(",");
    }
    return result;
  }

  void options(Op& op) {
    OptionParser parser;
    if (scan_.accept("{")) {
      do {
        std::string key(scan_.word());
        scan_.expect("=");
        OptionText value;
        if (scan_.peek() == '[') {
          value.list = words();
        } else if (scan_.accept("bytes")) {
          value.bytes = hexadecimal();
        } else if (scan_.peek() == '"') {
          value.word = scan_.quoted();
        } else {
          value.word = scan_.word();
        }
        parser.written.emplace(std::move(key), std::move(value));
      } while (scan_.accept(","));
      scan_.expect("}");
    }
    try {
      op.options(parser);
    } catch (const Error& error) {
      scan_.fail_here("{}", error.what());
    }
    for (const auto& [key, value] : parser.written) {
      if (!value.used) scan_.fail_here("{} has no option '{}'", op.name(), key);
    }
  }

  Scanner scan_;
  const OperatorTable& operators_;
  Graph graph_;
  std::map<Label, ValueId> names_;
};

}  // namespace

Graph parse_graph(std::string_view text, const OperatorTable& operators) { return Parser(text, operators).parse(); }

}  // namespace mirim
