#include <fmt/format.h>

#include "mirim/compile/emit.hpp"

namespace mirim {

namespace {

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t d : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", d);
  return "{" + text + "}";
}

std::string port_text(const std::string& prefix, const char* kind, std::size_t index, const Firmware::Port& port) {
  const std::string macro = fmt::format("{}_{}_{}", prefix, kind, index);
  std::string text = fmt::format("/* {} {}: {}, {}", kind[0] == 'I' ? "Input" : "Output", index,
                                 comment_text(port.name), describe_type(port.type));
  const bool quantized = !port.quantization.empty();
  text += quantized ? "; real = SCALE * (integer - ZERO_POINT). */\n" : ". */\n";
  text += fmt::format("#define {}_BYTES {}\n#define {}_RANK {}\n#define {}_SHAPE {}\n", macro, port.type.bytes(), macro,
                      port.type.shape.rank(), macro, shape_text(port.type.shape));
  if (quantized) {
    text += fmt::format(
        "#define {}_SCALE {:.9g}{}\n", macro, port.quantization.scale[0],
        fmt::format("{:.9g}", port.quantization.scale[0]).find_first_of(".e") == std::string::npos ? ".0f" : "f");
    text += fmt::format("#define {}_ZERO_POINT ({})\n", macro, port.quantization.zero_point[0]);
  }
  return text + emit_meaning(macro, port) + "\n";
}

}  // namespace

std::string emit_header(const Plan& plan, const Firmware& firmware) {
  const std::string& name = firmware.name;
  const std::string prefix = macro_prefix(name);
  std::string text = fmt::format(
      "/* {}: a neural network compiled ahead of time by mirim. Made by a program: change the model instead.\n"
      "   Not for two threads at once{}. */\n"
      "#ifndef MIRIM_{}_H\n#define MIRIM_{}_H\n\n"
      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
      name, firmware.reentrant ? " with the same context" : "", prefix, prefix);
  text += fmt::format(
      "#define {}_ARENA_BYTES {} /* all the RAM it needs beside the stack, inputs and outputs included */\n", prefix,
      plan.arena_bytes);
  text += fmt::format("#define {}_CONSTANT_BYTES {} /* of flash, beside its code */\n", prefix, plan.constant_bytes);
  text += fmt::format("#define {}_INPUT_COUNT {}\n#define {}_OUTPUT_COUNT {}\n\n", prefix, firmware.inputs.size(),
                      prefix, firmware.outputs.size());
  for (std::size_t i = 0; i < firmware.inputs.size(); ++i) text += port_text(prefix, "INPUT", i, firmware.inputs[i]);
  for (std::size_t i = 0; i < firmware.outputs.size(); ++i) text += port_text(prefix, "OUTPUT", i, firmware.outputs[i]);
  text += emit_classes(prefix, firmware);
  std::string first, only;
  if (firmware.reentrant) {
    text += fmt::format(
        "/* What an instance needs, all zero at first: as after {}_reset. */\n"
        "typedef union {}_context {{\n  unsigned char arena[{}_ARENA_BYTES];\n  long long aligned; /* unused */\n}} "
        "{}_context;\n\n",
        name, name, prefix, name);
    first = fmt::format("{}_context* context, ", name);
    only = fmt::format("{}_context* context", name);
  } else {
    only = "void";
  }
  text += fmt::format(
      "/* Where to write input `index`, before every run: a run may use its bytes for something else. Null when there "
      "is no such input. */\n"
      "void* {0}_input({1}int index);\n\n"
      "/* Where output `index` stands after a run. Null when there is no such output. */\n"
      "const void* {0}_output({1}int index);\n\n"
      "/* One inference.{3} */\n"
      "void {0}_run({2});\n\n"
      "/* {4} */\n"
      "void {0}_reset({2});\n\n"
      "{5}"
      "#ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
      name, first, only, plan.states.empty() ? "" : " Its state is kept for the next; the first one needs no reset.",
      plan.states.empty() ? "Does nothing: this model keeps no state." : "Makes the state what it is at first.",
      emit_conversions(firmware, false));
  return text;
}

}  // namespace mirim
