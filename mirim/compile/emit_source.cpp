#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mirim/base/text.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/compile/emit_steps.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/graph/literal.hpp"
#include "mirim/passes/learn_on_device.hpp"
#include "mirim/passes/macs_of.hpp"

namespace mirim {

namespace {

class SourceEmitter {
 public:
  SourceEmitter(const Plan& plan, const Firmware& firmware)
      : plan_(plan), firmware_(firmware), names_(step_names(plan)), steps_(plan, firmware, names_) {}

  std::string text() const {
    return head() + includes() + "namespace {\n\n" + constants() + steps_.parameters() + arena() + steps_.chains() +
           "}  // namespace\n\n" + functions() + accessors() + "\n#endif\n";
  }

 private:
  const Node& node(const Step& step) const { return plan_.graph.nodes[static_cast<std::size_t>(step.node)]; }

  // The file's description and its requirements on the compiler. All that follows is in the #else, so that an older
  // language gives one error.
  std::string head() const {
    return fmt::format(
        "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
        "// {0}: {1} layers, {2} MACs; {3} bytes of RAM, {4} bytes of constants. Made by mirim: change the model "
        "instead.\n\n"
        "#if __cplusplus < 201402L\n"
        "#error \"{0}.cpp needs C++14 or newer: set -std=gnu++14 for the C++ compiler\"\n"
        "#else\n\n"
        "// The kernels need -O3 and all registers; the build's own flags may be -Os, or keep a frame pointer. Floats "
        "are\n"
        "// rounded after each operation, as on the host. MIRIM_KEEP_OPTIMIZATION leaves all to the build.\n"
        "#if defined(__clang__)\n"
        "#pragma STDC FP_CONTRACT OFF\n"
        "#elif defined(__GNUC__) && !defined(MIRIM_KEEP_OPTIMIZATION)\n"
        "#pragma GCC optimize(\"O3\", \"omit-frame-pointer\", \"fp-contract=off\", \"no-fast-math\")\n"
        "#endif\n\n",
        firmware_.name, plan_.steps.size(), with_commas(macs_of(plan_.graph)), with_commas(plan_.arena_bytes),
        with_commas(plan_.constant_bytes));
  }

  std::string includes() const {
    const std::set<std::string> headers = kernel_headers(plan_);
    std::string text = fmt::format("#include \"{}.h\"\n\n#include <stddef.h>\n#include <stdint.h>\n\n", firmware_.name);
    for (const std::string& header : headers) text += fmt::format("#include \"{}\"\n", header);
    if (!headers.empty()) text += "\nnamespace micro = mirim::micro;\n";
    return text + "\n";
  }

  std::string constants() const {
    if (plan_.constants.empty()) return "";
    std::string members, values;
    for (const PackedConstant& constant : plan_.constants) {
      const auto count = static_cast<std::int64_t>(constant.bytes->size()) / element_bytes(constant);
      members += fmt::format("  alignas(4) {} {}[{}];\n", constant.c_type, constant.name, count);
      values += fmt::format("  {{ // {}\n{}  }},\n", constant.name, emit_elements(constant));
    }
    return fmt::format(
        "struct Constants {{\n{}}};\n"
        "static_assert(sizeof(Constants) == {}_CONSTANT_BYTES, \"laid out as mirim planned it\");\n\n"
        "alignas(16) const Constants constants = {{\n{}}};\n\n",
        members, macro_prefix(firmware_.name), values);
  }

  static std::int64_t element_bytes(const PackedConstant& constant) {
    const std::string& type = constant.c_type;
    if (type == "float" || type == "int32_t" || type == "uint32_t") return 4;
    if (type == "int16_t" || type == "uint16_t") return 2;
    return type == "int64_t" || type == "uint64_t" ? 8 : 1;
  }

  // Which buffers are where and when, from the bottom.
  std::string arena_map() const {
    std::vector<const Buffer*> sorted;
    for (const Buffer& buffer : plan_.buffers) {
      if (buffer.bytes > 0) sorted.push_back(&buffer);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Buffer* a, const Buffer* b) { return a->offset < b->offset; });
    const auto time = [&](int step) {
      return step < 0 ? "start" : step == static_cast<int>(plan_.steps.size()) ? "end" : std::to_string(step);
    };
    std::string text = "// The arena.\n";
    for (const Buffer* b : sorted) {
      text += fmt::format("// bytes {} to {}, steps {} to {}: {}\n", b->offset, b->offset + b->bytes, time(b->first),
                          time(b->last), tensor_names(*b));
    }
    return text;
  }

  std::string tensor_names(const Buffer& buffer) const {
    for (const Chain& chain : plan_.chains) {
      for (const RowWindow& w : chain.windows) {
        if (&buffer == &plan_.buffers[static_cast<std::size_t>(w.buffer)])
          return fmt::format("{} of the {} rows of {}", w.capacity, w.height, tensor_name(w.value));
      }
    }
    std::string names;
    for (const ValueId id : buffer.values) names += (names.empty() ? "" : ", ") + tensor_name(id);
    return names.empty() ? buffer_name(plan_, buffer) : names;
  }

  // Named after the step that makes it; inputs and states have their own names.
  std::string tensor_name(ValueId id) const {
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      const auto& outputs = node(plan_.steps[s]).outputs;
      if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) return names_[s];
    }
    return comment_text(plan_.graph[id].name);
  }

  std::string arena() const {
    std::string text = arena_map();
    if (!firmware_.reentrant)
      text += fmt::format("alignas(16) unsigned char arena[{}_ARENA_BYTES];\n\n", macro_prefix(firmware_.name));
    if (firmware_.reentrant) text += "\n";
    if (plan_.buffers.empty()) return text;
    return text +
           "// The tensor that starts at this byte of the arena.\n"
           "template <class T>\nT* tensor(unsigned char* byte) {\n  return reinterpret_cast<T*>(byte);\n}\n\n";
  }

  // The body of input or output: a switch over the few indices.
  std::string switch_text(const std::vector<std::string>& pointers) const {
    std::string text = "  switch (index) {\n";
    for (std::size_t i = 0; i < pointers.size(); ++i) text += fmt::format("    case {}: return {};\n", i, pointers[i]);
    return text + "    default: return nullptr;\n  }\n";
  }

  std::string functions() const {
    const std::string& name = firmware_.name;
    const std::string first = first_parameter(), only = only_parameter(), enter = enter_text();
    const auto offset_of = [&](int buffer) {
      return fmt::format("arena + {}", plan_.buffers[static_cast<std::size_t>(buffer)].offset);
    };

    std::vector<std::string> inputs, outputs;
    for (std::size_t i = 0; i < firmware_.inputs.size(); ++i)
      inputs.push_back(offset_of(plan_.buffer_of[static_cast<std::size_t>(plan_.graph.inputs[i])]));
    for (const Pointer& pointer : plan_.outputs) {
      const bool constant = pointer.to == Pointer::To::constant;
      outputs.push_back(constant ? "constants." + plan_.constants[static_cast<std::size_t>(pointer.index)].name
                                 : offset_of(pointer.index));
    }
    const auto uses = [](const std::vector<std::string>& pointers) {
      return std::any_of(pointers.begin(), pointers.end(), [](const std::string& p) { return p.starts_with("arena"); });
    };
    std::string text;
    if (!firmware_.input_rows) {
      text = fmt::format("void* {}_input({}int index) {{\n{}{}}}\n\n", name, first, uses(inputs) ? enter : "",
                         switch_text(inputs));
    }
    text += fmt::format("const void* {}_output({}int index) {{\n{}{}}}\n\n", name, first,
                        uses(outputs) ? enter : unused(), switch_text(outputs));
    std::string steps;
    if (!firmware_.input_rows) steps = steps_.calls(0);
    if (!steps.empty()) steps.pop_back();  // the last empty line
    if (firmware_.input_rows) steps = steps_.push_body();
    if (plan_.ready >= 0) {
      steps = fmt::format("  if (!arena[{}]) {}_reset({});\n\n", offset(plan_.ready), name, only_argument()) + steps;
    }
    const bool runs = steps.find("arena") != std::string::npos;
    if (firmware_.target_of_learning) {
      text += learning(steps);
    } else {
      text +=
          firmware_.input_rows
              ? fmt::format("int {}_push_rows({}const void* more, int count) {{\n{}{}}}\n\n", name, first, enter, steps)
              : fmt::format("void {}_run({}) {{\n{}{}}}\n\n", name, only, runs ? enter : unused(), steps);
    }
    const std::string set = first_contents();
    text += fmt::format("void {}_reset({}) {{\n{}{}}}\n", name, only, set.empty() ? unused() : enter, set);
    if (draws(firmware_)) text += draw();
    std::string conversions = emit_conversions(firmware_, true) + push_sound();
    if (conversions.empty()) return text;
    conversions.pop_back();  // the last empty line
    return text + "\n" + conversions;
  }

  // Run, and what learns: the same steps, the last of them only if the flag is set.
  std::string learning(const std::string& steps) const {
    const std::string& name = firmware_.name;
    const std::string first = first_parameter(), only = only_parameter(), given = only_argument(), enter = enter_text();
    const auto place = [&](int input) {
      return offset(plan_.buffer_of[static_cast<std::size_t>(plan_.graph.inputs[static_cast<std::size_t>(input)])]);
    };
    const auto copy = [&](int input, std::int64_t bytes, const char* from) {
      return fmt::format("  for (int i = 0; i < {}; ++i) arena[{} + i] = static_cast<const unsigned char*>({})[i];\n",
                         bytes, place(input), from);
    };
    std::string text = fmt::format("static void {}_steps({}) {{\n{}{}}}\n\n", name, only, enter, steps);
    text += fmt::format("void {0}_run({1}) {{\n{2}  arena[{3}] = 0;\n  {0}_steps({4});\n}}\n\n", name, only, enter,
                        place(kLearnFlag), given);
    text += fmt::format(
        "void {0}_learn({1}const void* input, const void* target) {{\n{2}{3}{4}  arena[{5}] = 1;\n  {0}_steps({6});\n}}"
        "\n\n",
        name, first, enter, copy(kLearnInput, firmware_.inputs[0].type.bytes(), "input"),
        copy(kLearnTarget, firmware_.target_of_learning->type.bytes(), "target"), place(kLearnFlag), given);
    std::string save, load;
    std::int64_t at = 0;
    for (const State* state : learnt_states(plan_)) {
      const std::int64_t bytes = plan_.graph[state->value].type.bytes();
      save +=
          fmt::format("  for (int i = 0; i < {}; ++i) static_cast<unsigned char*>(block)[{} + i] = arena[{} + i];\n",
                      bytes, at, offset(state->buffer));
      load += fmt::format(
          "  for (int i = 0; i < {}; ++i) arena[{} + i] = static_cast<const unsigned char*>(block)[{} + i];\n", bytes,
          offset(state->buffer), at);
      at += bytes;
    }
    const std::string ready =
        plan_.ready >= 0 ? fmt::format("  if (!arena[{}]) {}_reset({});\n", offset(plan_.ready), name, given) : "";
    text += fmt::format("void {}_save({}void* block) {{\n{}{}{}}}\n\n", name, first, enter, ready, save);
    return text + fmt::format("void {}_load({}const void* block) {{\n{}{}{}}}\n\n", name, first, enter, ready, load);
  }

  // The body of push.
  std::string push_sound() const {
    if (!plan_.front_end) return "";
    const FrontEnd& f = *plan_.front_end;
    const LogMel front(f.settings);
    const std::string& name = firmware_.name;
    const std::string context = only_argument(), first = firmware_.reentrant ? "context, " : "";
    const auto constant = [&](int index) {
      return "constants." + plan_.constants[static_cast<std::size_t>(index)].name;
    };
    const bool floats = firmware_.inputs[0].type.dtype == DType::float32;
    const std::int64_t kept = (f.frames - f.every) * front.bands();
    std::string text = fmt::format(
        "int {}_push({}const int16_t* samples, int count) {{\n{}"
        "  const micro::LogMelParams front_end = {{{}, {}, {}, {}, {}, {}, {}, {}, {}}};\n"
        "  int32_t* const progress = tensor<int32_t>(arena + {});  // samples of a frame, frames\n"
        "  float* const features = tensor<float>(arena + {});\n"
        "  micro::LogMelStream stream = {{tensor<int16_t>(arena + {}), tensor<float>(arena + {}), progress[0]}};\n"
        "  int answers = 0;\n"
        "  while (count > 0) {{\n"
        "    bool made = false;\n"
        "    const int32_t taken = micro::log_mel_push(front_end, stream, samples, count, features + {} * progress[1], "
        "made);\n"
        "    samples += taken;\n    count -= taken;\n"
        "    if (!made || ++progress[1] < {}) continue;\n",
        name, first_parameter(), enter_text(), front.size(), front.hop(), front.points(), front.bands(),
        constant(f.window), constant(f.twiddles), constant(f.first), constant(f.count), constant(f.weights),
        offset(f.progress), offset(f.features), offset(f.samples), offset(f.work), front.bands(), f.frames);
    if (floats) {
      text += fmt::format("    for (int i = 0; i < {}; ++i) {}_input_0({})[i] = features[i];\n",
                          f.frames * front.bands(), name, context);
    } else {
      text += fmt::format("    {}_quantize_input_0({}features);\n", name, first);
    }
    text += fmt::format("    {}_run({});\n    progress[1] = {};\n", name, context, f.frames - f.every);
    if (kept > 0) {
      text += fmt::format("    for (int i = 0; i < {}; ++i) features[i] = features[i + {}];\n", kept,
                          f.every * front.bands());
    }
    return text + "    answers = 1;\n  }\n  progress[0] = stream.held;\n  return answers;\n}\n\n";
  }

  // Fills the random inputs, each by a stream of its own.
  std::string draw() const {
    const std::string& name = firmware_.name;
    std::string text = fmt::format("\nvoid {0}_draw({1}uint64_t seed, uint64_t number) {{\n", name, first_parameter());
    for (std::size_t i = 0; i < firmware_.inputs.size(); ++i) {
      const Firmware::Port& port = firmware_.inputs[i];
      if (!port.random) continue;
      const std::string_view type = *port.random == Distribution::normal    ? "Normal"
                                    : *port.random == Distribution::uniform ? "Uniform"
                                                                            : "Coin";
      text += fmt::format("  micro::fill_random<micro::{}>({{seed, number, {}}}, {}_input_{}({}), {}", type, i, name, i,
                          only_argument(), port.type.shape.elements());
      if (has_scale(port)) {
        text += fmt::format(", {}, {}", float_literal(port.quantization.scale[0]), port.quantization.zero_point[0]);
      }
      text += ");\n";
    }
    return text + "}\n";
  }

  // The typed accessors of inputs and outputs.
  std::string accessors() const {
    const std::string& name = firmware_.name;
    const std::string only = only_parameter();
    const std::string arena = firmware_.reentrant ? "context->arena" : "arena";
    std::string text;
    for (std::size_t i = 0; i < firmware_.inputs.size() && !firmware_.input_rows; ++i) {
      const Firmware::Port& port = firmware_.inputs[i];
      const std::string type = port_type(port);
      const int buffer = plan_.buffer_of[static_cast<std::size_t>(plan_.graph.inputs[i])];
      text += fmt::format("\n{0}* {1}_input_{2}({3}) {{ return tensor<{0}>({4} + {5}); }}\n", type, name, i, only,
                          arena, offset(buffer));
    }
    for (std::size_t i = 0; i < firmware_.outputs.size(); ++i) {
      const Firmware::Port& port = firmware_.outputs[i];
      const std::string type = port_type(port);
      const Pointer& pointer = plan_.outputs[i];
      const bool constant = pointer.to == Pointer::To::constant;
      std::string from = fmt::format("tensor<const {}>({} + {})", type, arena, constant ? 0 : offset(pointer.index));
      if (constant) {
        const std::string& array = plan_.constants[static_cast<std::size_t>(pointer.index)].name;
        from = fmt::format("reinterpret_cast<const {}*>(constants.{})", type, array);
      }
      text += fmt::format("\nconst {}* {}_output_{}({}) {{\n{}  return {};\n}}\n", type, name, i, only,
                          constant ? unused() : "", from);
    }
    return text;
  }

  std::int64_t offset(int buffer) const { return plan_.buffers[static_cast<std::size_t>(buffer)].offset; }

  // The body of reset.
  std::string first_contents() const {
    std::string text;
    for (const State& state : plan_.states) {
      std::string byte = std::to_string(state.fill);
      if (state.constant >= 0) {
        const std::string& constant = plan_.constants[static_cast<std::size_t>(state.constant)].name;
        byte = fmt::format("reinterpret_cast<const unsigned char*>(constants.{})[i]", constant);
      }
      text += fmt::format("  for (int i = 0; i < {}; ++i) arena[{} + i] = {};  // {}\n",
                          plan_.graph[state.value].type.bytes(), offset(state.buffer), byte,
                          comment_text(plan_.graph[state.value].name));
    }
    if (firmware_.input_rows) text += fmt::format("  ({}).pushed = 0;\n", steps_.progress());
    if (plan_.front_end)
      text += fmt::format("  for (int i = 0; i < 8; ++i) arena[{} + i] = 0;  // sound\n",
                          offset(plan_.front_end->progress));
    if (plan_.ready >= 0) text += fmt::format("  arena[{}] = 1;\n", offset(plan_.ready));
    return text;
  }

  // Of a function of the interface: its context before other parameters or alone, the same of a call, and how its body
  // gets at the arena.
  std::string only_parameter() const { return firmware_.reentrant ? firmware_.name + "_context* context" : ""; }
  std::string first_parameter() const { return firmware_.reentrant ? only_parameter() + ", " : ""; }
  std::string only_argument() const { return firmware_.reentrant ? "context" : ""; }
  std::string enter_text() const {
    return firmware_.reentrant ? "  unsigned char* const arena = context->arena;\n" : "";
  }
  std::string unused() const { return firmware_.reentrant ? "  (void)context;\n" : ""; }

  const Plan& plan_;
  const Firmware& firmware_;
  std::vector<std::string> names_;
  StepEmitter steps_;
};

}  // namespace

std::string emit_source(const Plan& plan, const Firmware& firmware) { return SourceEmitter(plan, firmware).text(); }

std::string describe_type(const TensorType& type) {
  return fmt::format("{} {}", name(type.dtype), to_string(type.shape));
}

std::string comment_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = c >= ' ' && c < 127 && c != '*' && c != '\\' && c != '?';
    result += plain ? c : '_';
  }
  return result;
}

}  // namespace mirim
