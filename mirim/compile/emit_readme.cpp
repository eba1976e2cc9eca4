#include <fmt/format.h>

#include "mirim/base/text.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/passes/learn_on_device.hpp"

namespace mirim {

namespace {

std::string about(bool is_estimate, std::int64_t bytes) { return (is_estimate ? "about " : "") + with_commas(bytes); }

std::string port_row(const char* way, std::size_t index, const Firmware::Port& port) {
  const Quantization& q = port.quantization;
  const bool one = q.scale.size() == 1;
  return fmt::format("| {} {} | {} | {} | {} | {} | {} |\n", way, index, comment_text(port.name), name(port.type.dtype),
                     to_string(port.type.shape), one ? fmt::format("{:.9g}", q.scale[0]) : "",
                     one ? fmt::format("{}", q.zero_point[0]) : "");
}

std::string ports(const Firmware& firmware) {
  std::string text = "| | name | type | shape | scale | zero point |\n|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < firmware.inputs.size(); ++i) text += port_row("input", i, firmware.inputs[i]);
  for (std::size_t i = 0; i < firmware.outputs.size(); ++i) text += port_row("output", i, firmware.outputs[i]);
  return text +
         "\nElements stand as in the shape, the last index running fastest. Where there is a scale, the real number is "
         "scale * (integer - zero point).\n\n";
}

std::string sizes(const Artifact& artifact) {
  const MemoryCost& m = artifact.memory;
  std::string text = fmt::format(
      "| | bytes |\n|---|---|\n| flash, constants | {} |\n| flash, code | {} |\n| RAM, static: the arena | {} |\n"
      "| RAM, stack of one run | {} |\n",
      with_commas(m.constant_bytes), about(m.code_is_estimate, m.code_bytes), with_commas(m.static_ram_bytes),
      about(m.stack_is_estimate, m.stack_bytes));
  if (m.instructions)
    text += fmt::format("\nOne run takes {} instructions (not cycles).\n", with_commas(*m.instructions));
  if (artifact.firmware.reentrant) text += "\nThe arena is in the context, which is the caller's.\n";
  return text + "\n";
}

// The lines of a program that runs the model once.
std::string call(const Firmware& firmware) {
  const std::string& name = firmware.name;
  const std::string in = firmware.reentrant ? "&context" : "", first = firmware.reentrant ? "&context, " : "";
  std::string text = fmt::format("```c\n#include \"{}.h\"\n\n", name);
  if (firmware.reentrant) text += fmt::format("static {}_context context;\n\n", name);
  if (firmware.input_rows) {
    text += fmt::format(
        "{0} row[{1}_INPUT_0_ROW_BYTES / sizeof({0})]; /* your camera's next row */\n"
        "while (!{2}_push_rows({3}row, 1)) {{ /* the next row */ }}\n",
        port_type(firmware.inputs[0]), macro_prefix(name), name, first);
  }
  for (std::size_t i = 0; i < firmware.inputs.size() && !firmware.input_rows; ++i) {
    const Firmware::Port& port = firmware.inputs[i];
    const std::string elements = fmt::format("{}_INPUT_{}_ELEMENTS", macro_prefix(name), i);
    if (has_scale(port)) {
      text += fmt::format("float x{0}[{1}]; /* your numbers */\n{2}_quantize_input_{0}({3}x{0});\n", i, elements, name,
                          first);
    } else {
      text += fmt::format("{0}* x{2} = {1}_input_{2}({3}); /* {4} of them to write */\n", port_type(port), name, i, in,
                          elements);
    }
  }
  if (!firmware.input_rows) text += fmt::format("{}_run({});\n", name, in);
  for (std::size_t i = 0; i < firmware.outputs.size(); ++i) {
    const Firmware::Port& port = firmware.outputs[i];
    text += fmt::format("const {0}* y{2} = {1}_output_{2}({3});\n", port_type(port), name, i, in);
    if (has_scale(port)) {
      text += fmt::format(
          "float real{0}[{1}_OUTPUT_{0}_ELEMENTS]; /* the numbers that these integers stand for */\n"
          "{2}_dequantize_output_{0}({3}real{0});\n",
          i, macro_prefix(name), name, first);
    }
  }
  if (firmware.input_rows) {
    return text + fmt::format(
                      "```\n\nAn image is {} rows of {} bytes. Each is computed when it comes; none is kept. "
                      "Outputs are there when the last one came, until the next image's first.\n\n",
                      firmware.rows(), firmware.row_bytes());
  }
  return text + "```\n\nInputs are written before every run: a run may use their bytes for something else.\n\n";
}

// Of a model that hears.
std::string sound(const Artifact& artifact) {
  if (!artifact.plan.front_end) return "";
  const Firmware& firmware = artifact.firmware;
  return fmt::format(
      "Or hand over sound, {0} samples a second in pieces of any length; the input is made of them:\n\n"
      "```c\nint16_t piece[160]; /* your microphone's next samples */\n"
      "while (!{1}_push({2}piece, 160)) {{ /* the next piece */ }}\n```\n\n"
      "The outputs are there until the next answer.\n\n",
      artifact.plan.front_end->settings.rate, firmware.name, firmware.reentrant ? "&context, " : "");
}

// Of a model that learns.
std::string learning(const Firmware& firmware) {
  if (!firmware.target_of_learning) return "";
  const std::string macros = macro_prefix(firmware.name), first = firmware.reentrant ? "&context, " : "";
  const Firmware::Port& target = *firmware.target_of_learning;
  const std::string_view wanted = target.name == kPartOfRate          ? "by what its step is multiplied: 1"
                                  : target.type.dtype == DType::int32 ? "the sample's class"
                                                                      : "what it should answer";
  return fmt::format(
      "It goes on learning, a sample at a time; what it has learnt can be kept:\n\n"
      "```c\n{0} wanted[{1}_TARGET_ELEMENTS]; /* {2} */\n{3}_learn({4}sample, wanted);\n"
      "unsigned char kept[{1}_LEARNT_BYTES];\n{3}_save({4}kept);\n{3}_load({4}kept);\n```\n\n",
      port_type(target), macros, wanted, firmware.name, first);
}

std::string flags_text(const Target& target) {
  std::string core;
  for (const std::string& flag : target.flags) {
    if (flag.starts_with("-m")) core += (core.empty() ? "" : " ") + flag;
  }
  return core;
}

std::string building(const Firmware& firmware) {
  const Target& target = find_target(firmware.target);
  return fmt::format(
      "| file | |\n|---|---|\n| `{0}.h` | what a program calls, C99 and C++ |\n| `{0}.cpp` | the one source to compile "
      "|\n"
      "| `mirim/micro/` | kernels, included by `{0}.cpp` from where they stand: no `-I` is needed |\n"
      "| `example.c` | a main that runs the model once; empty unless `{1}_EXAMPLE` is defined |\n"
      "| `CMakeLists.txt` | the model as a library, for `add_subdirectory` |\n"
      "| `mirim.json` | the same facts for `mirim run` |\n\n"
      "Compile `{0}.cpp` as C++14 or newer (`-std=gnu++14`){2}. It needs no library, no heap, no exceptions. With GCC "
      "it "
      "asks for `-O3` by itself, so `-Os` around it costs no speed; `-DMIRIM_KEEP_OPTIMIZATION` leaves that to the "
      "build. "
      "Where GCC says that an 'asm' operand has impossible constraints, `-DMIRIM_NO_ASSEMBLY` helps. With another "
      "compiler, `-O2` or `-O3` and `-ffp-contract=off` give the bits of the host.\n\n"
      "- Arduino: copy the folder into the sketch's `src/` and `#include \"src/FOLDER/{0}.h\"`\n"
      "- CMake, Zephyr, Pico SDK: `add_subdirectory(FOLDER)` and `target_link_libraries(app PRIVATE {0})`\n"
      "- make: one rule for `{0}.cpp`\n",
      firmware.name, macro_prefix(firmware.name),
      target.is_host() ? "" : fmt::format("; for {}: `{} {}`", target.core, target.compiler, flags_text(target)));
}

}  // namespace

std::string emit_readme(const Artifact& artifact) {
  const Firmware& firmware = artifact.firmware;
  return fmt::format(
      "# {}\n\nA neural network compiled ahead of time by mirim for {}. Made by a program: change the "
      "model instead.\n\n## In and out\n\n{}## A call\n\n{}## What it takes\n\n{}## Building it in\n\n{}",
      firmware.name, firmware.target, ports(firmware), call(firmware) + sound(artifact) + learning(firmware),
      sizes(artifact), building(firmware));
}

}  // namespace mirim
