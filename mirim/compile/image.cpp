#include "mirim/compile/image.hpp"

#include <fmt/format.h>

#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/machine/embedded.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/machine/tools.hpp"

namespace mirim {

namespace {

namespace fs = std::filesystem;

// The class Model of the runner's main, made from this model's functions and macros.
std::string model_under_test(const Firmware& firmware, bool learns) {
  const std::string& name = firmware.name;
  const std::string macros = macro_prefix(name);
  const auto sizes = [&](const char* kind, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += fmt::format("{}{}_{}_{}_BYTES", i ? ", " : "", macros, kind, i);
    return text;
  };
  const char* context = firmware.reentrant ? "context" : "";
  const char* comma = firmware.reentrant ? "context, " : "";
  std::string text = fmt::format("#pragma once\n#include <stdint.h>\n#include \"{}.h\"\n", name);
  if (firmware.reentrant)
    text +=
        fmt::format("static {}_context the_context;\nstatic {}_context* const context = &the_context;\n", name, name);
  // Rows come from a buffer of the runner.
  if (firmware.input_rows) text += fmt::format("static unsigned char the_image[{}_INPUT_0_BYTES];\n", macros);
  // Samples to learn from as well, and where what was learnt goes.
  if (learns) {
    text += fmt::format(
        "alignas(4) static unsigned char the_input[{0}_INPUT_0_BYTES], the_target[{0}_TARGET_BYTES], "
        "the_learnt[{0}_LEARNT_BYTES];\n",
        macros);
  }
  text += "struct Model {\n";
  text += fmt::format("  static constexpr int inputs = {0}_INPUT_COUNT{1}, outputs = {0}_OUTPUT_COUNT{1};\n", macros,
                      learns ? " + 1" : "");
  text += fmt::format("  static constexpr uint32_t input_bytes[] = {{{}{}}};\n", sizes("INPUT", firmware.inputs.size()),
                      learns ? fmt::format(", {}_TARGET_BYTES", macros) : "");
  text += fmt::format("  static constexpr uint32_t output_bytes[] = {{{}{}}};\n",
                      sizes("OUTPUT", firmware.outputs.size()), learns ? fmt::format(", {}_LEARNT_BYTES", macros) : "");
  if (learns) {
    text += fmt::format(
        "  static void* input(int index) {{ return index == 0 ? the_input : the_target; }}\n"
        "  static const void* output(int index) {{\n"
        "    return index < {0}_OUTPUT_COUNT ? {1}_output({2}index) : the_learnt;\n  }}\n"
        "  static void run() {{\n    {1}_learn({2}the_input, the_target);\n    {1}_save({2}the_learnt);\n  }}\n"
        "  static void reset() {{ {1}_reset({3}); }}\n}};\n",
        macros, name, comma, context);
    return text;
  }
  if (firmware.input_rows) {
    text += "  static void* input(int) { return the_image; }\n";
  } else {
    text += fmt::format("  static void* input(int index) {{ return {}_input({}index); }}\n", name, comma);
  }
  text += fmt::format("  static const void* output(int index) {{ return {}_output({}index); }}\n", name, comma);
  if (firmware.input_rows) {
    text += fmt::format(
        "  static void run() {{\n    for (int i = 0; i < {0}_INPUT_0_ROWS; ++i)\n"
        "      {1}_push_rows({2}the_image + i * {0}_INPUT_0_ROW_BYTES, 1);\n  }}\n",
        macros, name, comma);
  } else {
    text += fmt::format("  static void run() {{ {}_run({}); }}\n", name, context);
  }
  text += fmt::format("  static void reset() {{ {}_reset({}); }}\n}};\n", name, context);
  return text;
}

void run_compiler(const std::string& compiler, const std::vector<std::string>& arguments, const fs::path& folder) {
  const ProcessResult result = run_process(compiler, arguments, folder);
  if (result.exit_code == 0) return;
  const std::string first_line = result.output.substr(0, result.output.find('\n'));
  fail("{} failed: {}", compiler, first_line.empty() ? fmt::format("exit code {}", result.exit_code) : first_line);
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The runner's parts have their own sections (link.ld), so the rest is the model's.
ImageSizes sizes_of(const ElfImage& elf, const Firmware& firmware) {
  ImageSizes sizes;
  for (const auto& symbol : elf.symbols) {
    // The one object with all constants, in the unnamed namespace of the model's source.
    if (ends_with(symbol.name, "9constantsE")) sizes.constants += symbol.size;
  }
  const std::int64_t read_only =
      elf.section_size(".text") + elf.section_size(".rodata") + elf.section_size(".ARM.exidx");
  sizes.code = read_only + elf.section_size(".data") - sizes.constants;
  sizes.static_ram = elf.section_size(".data") + elf.section_size(".bss");
  // A context belongs to the caller, here the runner, but it is the model's RAM.
  if (firmware.reentrant) sizes.static_ram += firmware.arena_bytes;
  sizes.runner = elf.section_size(".runner");
  return sizes;
}

}  // namespace

bool can_build(const Firmware& firmware) {
  const Target& target = find_target(firmware.target);
  return !target.parts.empty() && find_program(std::string(target.compiler)).has_value();
}

Image build_image(const fs::path& folder, const Firmware& firmware, const fs::path& build_folder,
                  const BuildOptions& options) {
  const Target& target = find_target(firmware.target);
  require_compiler(target);
  const std::string board = fmt::format("mirim/machine/boards/{}/", target.parts);
  std::vector<std::pair<fs::path, std::string>> sources;  // file, object
  fs::path linker_script;
  write_temporary_file(build_folder / "model_under_test.hpp", model_under_test(firmware, options.learn));
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.substr(0, board.size()) != board) continue;
    const fs::path copy = build_folder / file.path.substr(board.size());
    write_temporary_file(copy, file.text);
    if (copy.extension() == ".cpp") sources.emplace_back(copy, "runner_" + copy.stem().string() + ".o");
    if (copy.extension() == ".ld") linker_script = copy;
  }
  const fs::path here = fs::absolute(folder);
  sources.emplace_back(here / (firmware.name + ".cpp"), "model_" + firmware.name + ".o");

  std::vector<std::string> link = target.flags;
  for (const auto& [source, object] : sources) {
    std::vector<std::string> arguments = target.flags;
    if (object.starts_with("runner_")) {
      arguments.emplace_back("-std=c++17");  // the last one takes effect
    } else {
      arguments.insert(arguments.end(), options.flags.begin(), options.flags.end());
    }
    arguments.insert(arguments.end(),
                     {"-I", here.string(), "-I", build_folder.string(), "-c", source.string(), "-o", object});
    if (options.debug) arguments.emplace_back("-g");
    const bool clang = options.clang && !object.starts_with("runner_");
    // As GCC has it for this target, else the linker warns.
    if (clang) arguments.insert(arguments.end(), {"--target=arm-none-eabi", "-fshort-enums"});
    run_compiler(clang ? "clang++-16" : std::string(target.compiler), arguments, build_folder);
    link.push_back(object);
  }
  Image image{.program = build_folder / "firmware.elf"};
  if (!linker_script.empty()) {
    link.insert(link.end(), {"-nostdlib", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-T",
                             linker_script.string(), "-lgcc"});
  }
  link.insert(link.end(), {"-o", image.program.string()});
  if (options.clang) link.emplace_back("-Wl,-z,noexecstack");  // its objects say nothing of the stack
  run_compiler(std::string(target.compiler), link, build_folder);
  if (!linker_script.empty()) {
    image.elf = read_elf(read_file(image.program));
    image.sizes = sizes_of(image.elf, firmware);
  }
  return image;
}

}  // namespace mirim
