#include <fmt/format.h>

#include <algorithm>

#include "mirim/compile/emit.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/graph/literal.hpp"
#include "mirim/passes/learn_on_device.hpp"

namespace mirim {

namespace {

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t d : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", d);
  return "{" + text + "}";
}

// The arguments of each function: none, or a context.
struct Arguments {
  std::string only;   ///< "void"
  std::string first;  ///< "", or "model_context* context, "
};

Arguments arguments(const Firmware& firmware) {
  if (!firmware.reentrant) return {"void", ""};
  const std::string context = fmt::format("{}_context* context", firmware.name);
  return {context, context + ", "};
}

std::string port_text(const Firmware& firmware, bool is_input, std::size_t index) {
  const Firmware::Port& port = (is_input ? firmware.inputs : firmware.outputs)[index];
  const std::string& name = firmware.name;
  const std::string type = port_type(port);
  const std::string macro = fmt::format("{}_{}_{}", macro_prefix(name), is_input ? "INPUT" : "OUTPUT", index);
  const bool quantized = !port.quantization.empty();
  std::string text =
      fmt::format("/* {} {}: {}, {}{} */\n", is_input ? "Input" : "Output", index, comment_text(port.name),
                  describe_type(port.type), quantized ? "; real = SCALE * (integer - ZERO_POINT)." : ".");
  text += fmt::format("#define {}_BYTES {}\n#define {}_RANK {}\n#define {}_SHAPE {}\n", macro, port.type.bytes(), macro,
                      port.type.shape.rank(), macro, shape_text(port.type.shape));
  if (quantized) {
    text += fmt::format("#define {}_SCALE {}\n", macro, float_literal(port.quantization.scale[0]));
    text += fmt::format("#define {}_ZERO_POINT ({})\n", macro, port.quantization.zero_point[0]);
  }
  text += fmt::format("#define {}_ELEMENTS {}\n", macro, port.type.shape.elements());
  if (is_input && firmware.input_rows) {
    text +=
        fmt::format("#define {0}_ROWS {1}\n#define {0}_ROW_BYTES {2}\n", macro, firmware.rows(), firmware.row_bytes());
    return text + emit_meaning(macro, port) + "\n";
  }
  text += emit_meaning(macro, port);
  return text + fmt::format("{}{}* {}_{}_{}({});\n\n", is_input ? "" : "const ", type, name,
                            is_input ? "input" : "output", index, arguments(firmware).only);
}

std::string sizes_text(const Plan& plan, const Firmware& firmware) {
  const std::string prefix = macro_prefix(firmware.name);
  return fmt::format(
      "#define {0}_ARENA_BYTES {1} /* all the RAM it needs beside the stack, inputs and outputs included */\n"
      "#define {0}_CONSTANT_BYTES {2} /* of flash, beside its code */\n"
      "#define {0}_INPUT_COUNT {3}\n#define {0}_OUTPUT_COUNT {4}\n\n",
      prefix, plan.arena_bytes, plan.constant_bytes, firmware.inputs.size(), firmware.outputs.size());
}

std::string context_text(const Firmware& firmware) {
  if (!firmware.reentrant) return "";
  return fmt::format(
      "/* What an instance needs, all zero at first: as after {0}_reset. */\n"
      "typedef union {0}_context {{\n  unsigned char arena[{1}_ARENA_BYTES];\n  long long aligned; /* unused */\n}} "
      "{0}_context;\n\n",
      firmware.name, macro_prefix(firmware.name));
}

std::int64_t samples_for(const FrontEnd& front_end) {
  const LogMel front(front_end.settings);
  return front.size() + (front_end.frames - 1) * front.hop();
}

std::string learn_text(const Firmware& firmware, const std::string& first) {
  if (!firmware.target_of_learning) return "";
  const Firmware::Port& target = *firmware.target_of_learning;
  const std::string wanted = target.name == kPartOfRate ? "and by what its step is multiplied, a float: 1 as compiled"
                             : target.type.dtype == DType::int32
                                 ? "and what should be answered, the number of its class, int32_t"
                                 : "and what should be answered, float numbers as the answer's real ones";
  const std::string prefix = macro_prefix(firmware.name);
  return fmt::format(
      "/* Learns from one sample: its input 0, {7}. The outputs are\n"
      "   what it answered before. {0}_reset forgets all that was learnt. */\n"
      "#define {1}_TARGET_BYTES {2}\n#define {1}_TARGET_ELEMENTS {3}\n{4}"
      "void {0}_learn({5}const void* input, const void* target);\n\n"
      "/* Copies what it has learnt into a block, to keep it, or takes it from there. */\n"
      "#define {1}_LEARNT_BYTES {6}\n"
      "void {0}_save({5}void* block);\nvoid {0}_load({5}const void* block);\n\n",
      firmware.name, prefix, target.type.bytes(), target.type.shape.elements(),
      emit_meaning(prefix + "_TARGET", target), first, firmware.learnt_bytes, wanted);
}

std::string functions_text(const Plan& plan, const Firmware& firmware) {
  const Arguments in = arguments(firmware);
  const std::string run = fmt::format(
      "/* Where to write input `index`, before every run: a run may use its bytes for something else. Null when there "
      "is no such input. */\n"
      "void* {0}_input({1}int index);\n\n"
      "/* One inference.{3} */\n"
      "void {0}_run({2});\n\n",
      firmware.name, in.first, in.only,
      plan.states.empty() ? "" : " Its state is kept for the next; the first one needs no reset.");
  const std::string push = fmt::format(
      "/* Takes the next `count` rows of input 0, which are computed at once and not kept. Returns 1 when the last row "
      "of "
      "an\n   image was among them: the outputs are there then, until the next row comes. Rows after it are not taken. "
      "*/\n"
      "int {0}_push_rows({1}const void* rows, int count);\n\n",
      firmware.name, in.first);
  const std::string sound =
      plan.front_end
          ? fmt::format(
                "#define {0}_PUSH_RATE {1} /* samples a second */\n"
                "/* Takes the next `count` samples of sound, of which its input is made. Returns 1 when an answer "
                "came: "
                "the\n   outputs stay until the next one. The first comes after {2} samples, another every {3}. "
                "*/\n"
                "int {4}_push({5}const int16_t* samples, int count);\n\n",
                macro_prefix(firmware.name), plan.front_end->settings.rate, samples_for(*plan.front_end),
                plan.front_end->every * LogMel(plan.front_end->settings).hop(), firmware.name, in.first)
          : "";
  const std::string learn = learn_text(firmware, in.first);
  const std::string draw = fmt::format(
      "/* Fills the random inputs with draw `number` of a seed, before a run: the numbers that `mirim run` and `mirim "
      "eval`\n   give to sample `number`. Or write others there: zeros, the device's own noise. */\n"
      "void {0}_draw({1}uint64_t seed, uint64_t number);\n\n",
      firmware.name, in.first);
  return (firmware.input_rows ? push : run) + learn + sound + (draws(firmware) ? draw : "") +
         fmt::format(
             "/* Where output `index` stands after a run. Null when there is no such output. */\n"
             "const void* {0}_output({1}int index);\n\n"
             "/* {3} */\n"
             "void {0}_reset({2});\n\n",
             firmware.name, in.first, in.only,
             !plan.states.empty()  ? (plan.front_end ? "Makes the state what it is at first, and forgets the sound."
                                                     : "Makes the state what it is at first.")
             : plan.front_end      ? "Forgets the sound that came."
             : firmware.input_rows ? "Forgets the rows that came: the next one is an image's first."
                                   : "Does nothing: this model keeps no state.");
}

}  // namespace

std::string port_type(const Firmware::Port& port) {
  return port.type.dtype == DType::boolean ? "uint8_t" : c_type(port.type.dtype);
}

bool draws(const Firmware& firmware) {
  return !firmware.input_rows && std::ranges::any_of(firmware.inputs, [](const Firmware::Port& port) {
    const bool scaled = has_scale(port) && port.type.dtype != DType::uint8;
    return port.random && (port.type.dtype == DType::float32 || scaled);
  });
}

bool has_scale(const Firmware::Port& port) {
  const DType dtype = port.type.dtype;
  return port.quantization.scale.size() == 1 &&
         (dtype == DType::int8 || dtype == DType::uint8 || dtype == DType::int16);
}

std::string emit_header(const Plan& plan, const Firmware& firmware) {
  const std::string prefix = macro_prefix(firmware.name);
  std::string text = fmt::format(
      "/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
      "   {}: a neural network compiled ahead of time by mirim. Made by a program: change the model instead.\n"
      "   Not for two threads at once{}. */\n"
      "#ifndef MIRIM_{}_H\n#define MIRIM_{}_H\n\n#include <stdint.h>\n\n"
      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
      firmware.name, firmware.reentrant ? " with the same context" : "", prefix, prefix);
  text += sizes_text(plan, firmware) + context_text(firmware);
  for (std::size_t i = 0; i < firmware.inputs.size(); ++i) text += port_text(firmware, true, i);
  for (std::size_t i = 0; i < firmware.outputs.size(); ++i) text += port_text(firmware, false, i);
  text += emit_classes(prefix, firmware) + functions_text(plan, firmware) + emit_conversions(firmware, false);
  return text + "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

}  // namespace mirim
