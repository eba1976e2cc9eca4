#include <fmt/format.h>

#include "mirim/compile/emit.hpp"

namespace mirim {

namespace {

// Fills an input with the representation of 0.
std::string feed(const Firmware& firmware, std::size_t index, const std::string& in) {
  const Firmware::Port& port = firmware.inputs[index];
  if (has_scale(port)) {
    return fmt::format(
        "    static float input_{2}[{1}_INPUT_{2}_ELEMENTS]; /* your data */\n    "
        "{0}_quantize_input_{2}({3}input_{2});\n",
        firmware.name, macro_prefix(firmware.name), index, in.empty() ? "" : in + ", ");
  }
  return fmt::format(
      "    {1}* input_{2} = {0}_input_{2}({3});\n"
      "    for (i = 0; i < {4}_INPUT_{2}_ELEMENTS; ++i) input_{2}[i] = 0; /* your data */\n",
      firmware.name, port_type(port), index, in, macro_prefix(firmware.name));
}

// Prints the elements of an output, as thousandths, since a small printf has no floating point.
std::string show(const Firmware& firmware, std::size_t index, const std::string& in) {
  const Firmware::Port& port = firmware.outputs[index];
  const std::string element = fmt::format("output_{}[i]", index);
  const bool is_float = port.type.dtype == DType::float32;
  std::string text = has_scale(port)
                         ? fmt::format(
                               "    static float output_{2}[{1}_OUTPUT_{2}_ELEMENTS];\n    "
                               "{0}_dequantize_output_{2}({3}output_{2});\n",
                               firmware.name, macro_prefix(firmware.name), index, in.empty() ? "" : in + ", ")
                         : fmt::format("    const {1}* output_{2} = {0}_output_{2}({3});\n", firmware.name,
                                       port_type(port), index, in);
  text += fmt::format("    for (i = 0; i < {}_OUTPUT_{}_ELEMENTS; ++i) {{\n", macro_prefix(firmware.name), index);
  if (is_float || has_scale(port)) {
    text +=
        fmt::format("      printf(\"output {} [%d]: %ld thousandths\\n\", i, (long)({} * 1000.0f));\n", index, element);
  } else {
    text += fmt::format("      printf(\"output {} [%d]: %ld\\n\", i, (long){});\n", index, element);
  }
  return text + "    }\n";
}

}  // namespace

std::string emit_example(const Firmware& firmware) {
  const std::string& name = firmware.name;
  const std::string in = firmware.reentrant ? "&context" : "";
  std::string text = fmt::format(
      "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
      "   Runs {0} once on zeros. Nothing is compiled unless {1}_EXAMPLE is defined, so that a build that takes in "
      "every\n"
      "   source of the folder does not get a second main:\n"
      "     c++ -O2 -c {0}.cpp && cc -D{1}_EXAMPLE example.c {0}.o -o example && ./example */\n"
      "#include \"{0}.h\"\n\n#ifdef {1}_EXAMPLE\n#include <stdio.h>\n\n",
      name, macro_prefix(name));
  if (firmware.reentrant) text += fmt::format("static {}_context context; /* all zero */\n\n", name);
  text += "int main(void) {\n  int i;\n";
  if (firmware.input_rows) {
    text += fmt::format(
        "  for (i = 0; i < {0}_INPUT_0_ROWS; ++i) {{\n    static unsigned char row[{0}_INPUT_0_ROW_BYTES]; /* your "
        "data */\n"
        "    {1}_push_rows({2}row, 1);\n  }}\n",
        macro_prefix(name), name, in.empty() ? "" : in + ", ");
  } else {
    for (std::size_t k = 0; k < firmware.inputs.size(); ++k) text += "  {\n" + feed(firmware, k, in) + "  }\n";
    text += fmt::format("  {}_run({});\n", name, in);
  }
  for (std::size_t k = 0; k < firmware.outputs.size(); ++k) text += "  {\n" + show(firmware, k, in) + "  }\n";
  return text + "  return 0;\n}\n#endif\n";
}

}  // namespace mirim
