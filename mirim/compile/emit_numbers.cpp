#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mirim/compile/emit.hpp"
#include "mirim/graph/literal.hpp"

// Meaning of inputs and outputs: names, per-feature scaling, and conversion functions.
namespace mirim {

namespace {

/// A C string literal: other characters than plain ASCII as octal escapes.
std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const bool plain = c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?';  // ?? may begin a trigraph
    result += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return result + '"';
}

/// "{a, b, c}", in lines that `end` ends.
std::string braced(const std::vector<std::string>& items, const char* end) {
  constexpr std::size_t kColumns = 100;
  std::string text = "{", line;
  for (std::size_t i = 0; i < items.size(); ++i) {
    line += items[i] + (i + 1 < items.size() ? ", " : "");
    if (line.size() < kColumns || i + 1 == items.size()) continue;
    line.pop_back();
    text += line + end + "\n    ";
    line.clear();
  }
  return text + line + "}";
}

std::string braced(const std::vector<float>& values, const char* end) {
  std::vector<std::string> items;
  for (const float value : values) items.push_back(float_literal(value));
  return braced(items, end);
}

std::string names_text(const std::string& macro, const std::vector<std::string>& names) {
  std::vector<std::string> items;
  for (const std::string& name : names) items.push_back(literal(name));
  return fmt::format("#define {}_NAMES {}\n", macro, braced(items, " \\"));
}

struct Integers {
  const char* type;
  int least, most;
};

/// The C type of an integer port with one scale, which floats convert to; none for other ports.
std::optional<Integers> integers_of(const Firmware::Port& port) {
  if (!has_scale(port)) return std::nullopt;
  switch (port.type.dtype) {
    case DType::int8:
      return Integers{"int8_t", -128, 127};
    case DType::uint8:
      return Integers{"uint8_t", 0, 255};
    case DType::int16:
      return Integers{"int16_t", -32768, 32767};
    default:
      return std::nullopt;
  }
}

std::string heads(const Firmware& firmware, const char* what, std::size_t index, const char* argument) {
  return fmt::format("void {}_{}_{}({}{})", firmware.name, what, index,
                     firmware.reentrant ? firmware.name + "_context* context, " : "", argument);
}

std::string quantize_head(const Firmware& firmware, std::size_t index) {
  return heads(firmware, "quantize_input", index, "const float* from");
}

std::string dequantize_head(const Firmware& firmware, std::size_t index) {
  return heads(firmware, "dequantize_output", index, "float* to");
}

/// Arrays of the scaling, as statements.
std::string scaling_text(const Scaling& scaling) {
  if (scaling.empty()) return "";
  return fmt::format("  static const float mean[] = {};\n  static const float deviation[] = {};\n",
                     braced(scaling.mean, ""), braced(scaling.deviation, ""));
}

/// The index into those arrays for element i.
std::string channel(const Scaling& scaling) {
  return scaling.mean.size() == 1 ? "0" : fmt::format("i % {}", scaling.mean.size());
}

std::string quantize_text(const Firmware& firmware, std::size_t index, const Integers& integers) {
  const Firmware::Port& port = firmware.inputs[index];
  const std::string context = firmware.reentrant ? "context, " : "";
  const std::string real =
      port.scaling.empty() ? "from[i]" : fmt::format("(from[i] - mean[{0}]) / deviation[{0}]", channel(port.scaling));
  return fmt::format(
      "{} {{\n{}  {}* const to = static_cast<{}*>({}_input({}{}));\n"
      "  for (int i = 0; i < {}; ++i) to[i] = static_cast<{}>(nearest_integer({} / {}, {}, {}, {}));\n}}\n\n",
      quantize_head(firmware, index), scaling_text(port.scaling), integers.type, integers.type, firmware.name, context,
      index, port.type.shape.elements(), integers.type, real, float_literal(port.quantization.scale[0]),
      port.quantization.zero_point[0], integers.least, integers.most);
}

std::string dequantize_text(const Firmware& firmware, std::size_t index, const Integers& integers) {
  const Firmware::Port& port = firmware.outputs[index];
  const std::string context = firmware.reentrant ? "context, " : "";
  std::string real = fmt::format("{} * static_cast<float>(from[i] - ({}))", float_literal(port.quantization.scale[0]),
                                 port.quantization.zero_point[0]);
  if (!port.scaling.empty()) real = fmt::format("{0} * deviation[{1}] + mean[{1}]", real, channel(port.scaling));
  return fmt::format(
      "{} {{\n{}  const {}* const from = static_cast<const {}*>({}_output({}{}));\n"
      "  for (int i = 0; i < {}; ++i) to[i] = {};\n}}\n\n",
      dequantize_head(firmware, index), scaling_text(port.scaling), integers.type, integers.type, firmware.name,
      context, index, port.type.shape.elements(), real);
}

}  // namespace

std::string emit_meaning(const std::string& macro, const Firmware::Port& port) {
  std::string text;
  if (!port.labels.empty()) text += names_text(macro, port.labels);
  if (!port.value_labels.empty()) {
    text += "/* The elements are numbers of these. */\n" + names_text(macro + "_VALUE", port.value_labels);
  }
  if (!port.scaling.empty()) {
    text += fmt::format(
        "/* real = (raw - MEAN) / DEVIATION, for each element of the last axis. */\n"
        "#define {0}_MEAN {1}\n#define {0}_DEVIATION {2}\n",
        macro, braced(port.scaling.mean, " \\"), braced(port.scaling.deviation, " \\"));
  }
  return text;
}

std::string emit_classes(const std::string& prefix, const Firmware& firmware) {
  if (firmware.outputs.empty()) return "";
  const Firmware::Port& output = firmware.outputs[0];
  // Values without classes have a scaling each, or one.
  if (output.labels.size() < 2 || !output.scaling.empty()) return "";
  return fmt::format("#define {0}_CLASS_COUNT {1}\n#define {0}_CLASS_NAMES {0}_OUTPUT_0_NAMES\n\n", prefix,
                     output.labels.size());
}

std::string emit_conversions(const Firmware& firmware, bool body) {
  std::string text;
  for (std::size_t i = 0; i < firmware.inputs.size() && !firmware.input_rows; ++i) {
    const auto integers = integers_of(firmware.inputs[i]);
    if (!integers) continue;
    text += body ? quantize_text(firmware, i, *integers)
                 : fmt::format("/* Writes {} numbers into input {}: {}quantized. */\n{};\n\n",
                               firmware.inputs[i].type.shape.elements(), i,
                               firmware.inputs[i].scaling.empty() ? "" : "as they come, scaled here and ",
                               quantize_head(firmware, i));
  }
  if (body && !text.empty()) {
    text =
        "// x + zero_point, rounded half away from 0.\n"
        "static int nearest_integer(float x, int zero_point, int least, int most) {\n"
        "  if (!(x > static_cast<float>(least - zero_point))) return least;\n"
        "  if (x >= static_cast<float>(most - zero_point)) return most;\n"
        "  const int whole = static_cast<int>(x);\n"
        "  const float rest = x - static_cast<float>(whole);\n"
        "  return zero_point + whole + (rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0);\n}\n\n" +
        text;
  }
  for (std::size_t i = 0; i < firmware.outputs.size(); ++i) {
    const auto integers = integers_of(firmware.outputs[i]);
    if (!integers) continue;
    text += body ? dequantize_text(firmware, i, *integers)
                 : fmt::format("/* Output {} as the {} numbers that it stands for. */\n{};\n\n", i,
                               firmware.outputs[i].type.shape.elements(), dequantize_head(firmware, i));
  }
  return text;
}

}  // namespace mirim
