#include "mirim/compile/pack.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "mirim/base/text.hpp"
#include "mirim/graph/layer_name.hpp"

namespace mirim {

namespace {

std::string operand_name(const Op& op, const KernelArgument& argument, const KernelCall& call) {
  if (argument.from == KernelArgument::From::constant)
    return call.constants[static_cast<std::size_t>(argument.index)].name;
  const OperandRole::Kind kind = op.role(static_cast<std::size_t>(argument.index)).kind;
  if (kind == OperandRole::Kind::weights) return "weights";
  return kind == OperandRole::Kind::bias ? "bias" : "input" + std::to_string(argument.index);
}

// Keras writes "model/conv1/Conv2D;model/bn1/...". In the first of the fused names the part before the last, "conv1",
// is the layer; the last is only its operation. A name without a path is the layer itself.
std::string_view layer_of(std::string_view label) {
  label = short_name(label);
  while (!label.empty() && label.back() == '/') label.remove_suffix(1);
  const auto last = label.rfind('/');
  if (last == std::string_view::npos) return label;
  label = label.substr(0, last);
  const auto before = label.rfind('/');
  return before == std::string_view::npos ? label : label.substr(before + 1);
}

class Packer {
 public:
  explicit Packer(Plan& plan) : plan_(plan) {}

  int add(const std::string& name, const std::string& type, const Constant& bytes) {
    const auto key = std::make_pair(type, *bytes);
    if (const auto it = known_.find(key); it != known_.end()) return it->second;
    std::string unique = name;
    for (int i = 2; !names_.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
    const int index = static_cast<int>(plan_.constants.size());
    const bool wide = type == "int64_t" || type == "uint64_t";
    if (wide) round_up_to_wide();
    plan_.constants.push_back({.name = unique, .c_type = type, .bytes = bytes, .offset = plan_.constant_bytes});
    plan_.constant_bytes += aligned(static_cast<std::int64_t>(bytes->size()));
    has_wide_ |= wide;
    known_.emplace(key, index);
    return index;
  }

  /// The size of a struct is a multiple of its widest member's alignment.
  void finish() {
    if (has_wide_) round_up_to_wide();
  }

 private:
  void round_up_to_wide() { plan_.constant_bytes = (plan_.constant_bytes + 7) / 8 * 8; }

  Plan& plan_;
  bool has_wide_ = false;
  std::map<std::pair<std::string, Bytes>, int> known_;
  std::set<std::string> names_;
};

}  // namespace

namespace {

void pack(Packer& packer, FrontEnd& front_end) {
  const LogMel front(front_end.settings);
  const auto add = [&](const char* name, const char* type, BytesView bytes) {
    return packer.add(std::string("front_end_") + name, type, make_constant(Bytes(bytes.begin(), bytes.end())));
  };
  front_end.window = add("window", "float", bytes_of(front.window()));
  front_end.twiddles = add("twiddles", "float", bytes_of(front.twiddles()));
  front_end.first = add("first", "int16_t", bytes_of(front.first()));
  front_end.count = add("count", "int16_t", bytes_of(front.count()));
  front_end.weights = add("weights", "float", bytes_of(front.weights()));
}

}  // namespace

std::string c_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::complex64:  // two each
      return "float";
    case DType::float64:
      return "double";
    case DType::boolean:
      return "bool";
    case DType::int8:
    case DType::int4:  // a byte each
    case DType::int2:
      return "int8_t";
    case DType::uint8:
      return "uint8_t";
    case DType::int16:
      return "int16_t";
    case DType::uint16:
      return "uint16_t";
    case DType::int32:
      return "int32_t";
    case DType::uint32:
      return "uint32_t";
    case DType::int64:
      return "int64_t";
    case DType::uint64:
      return "uint64_t";
    default:
      return "uint8_t";
  }
}

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += std::isalnum(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 128 ? c : '_';
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0]))) result = "_" + result;
  return result;
}

std::vector<std::string> step_names(const Plan& plan) {
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const Step& step : plan.steps) {
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(step.node)];
    const std::string full = layer_name(plan.graph, node);
    const std::string_view label = layer_of(full);
    std::string kind(node.op.name());
    for (char& c : kind) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string name = identifier(label.empty() ? std::string_view(kind) : label);
    // Names with two leading underscores, or one and a capital, are reserved for the compiler.
    if (name[0] == '_' || name.find("__") != std::string::npos) name = kind + "_" + std::to_string(step.node);
    std::string unique = name;
    for (int i = 2; !used.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
    names.push_back(unique);
  }
  return names;
}

void pack_constants(Plan& plan) {
  Packer packer(plan);
  const std::vector<std::string> names = step_names(plan);
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    Step& step = plan.steps[s];
    if (!step.skipped.empty()) continue;
    const Node& node = plan.graph.nodes[static_cast<std::size_t>(step.node)];
    for (std::size_t a = 0; a < step.call.arguments.size(); ++a) {
      const KernelArgument& argument = step.call.arguments[a];
      const std::string name = names[s] + "_" + operand_name(node.op, argument, step.call);
      if (argument.from == KernelArgument::From::constant) {
        const KernelConstant& made = step.call.constants[static_cast<std::size_t>(argument.index)];
        step.pointers[a] = {Pointer::To::constant, packer.add(name, made.c_type, make_constant(made.bytes))};
      } else if (argument.from == KernelArgument::From::input &&
                 argument.index < static_cast<int>(node.inputs.size())) {
        const ValueId id = node.inputs[static_cast<std::size_t>(argument.index)];
        if (id == kNoValue || !plan.graph[id].is_constant()) continue;
        const Value& value = plan.graph[id];
        step.pointers[a] = {Pointer::To::constant, packer.add(name, c_type(value.type.dtype), value.constant)};
      }
    }
  }
  for (State& state : plan.states) {
    const Value& value = plan.graph[state.value];
    const Bytes content = initial_content(value);
    if (!content.empty()) state.fill = std::to_integer<std::uint8_t>(content[0]);
    const bool alike = std::ranges::all_of(content, [&](std::byte b) { return b == content[0]; });
    if (!alike) {
      const std::string name = identifier(layer_of(value.name)) + "_at_first";
      state.constant = packer.add(name, c_type(value.type.dtype), value.constant);
    }
  }
  for (std::size_t i = 0; i < plan.graph.outputs.size(); ++i) {
    const Value& value = plan.graph[plan.graph.outputs[i]];
    if (value.is_constant()) {
      const int index = packer.add("output" + std::to_string(i), c_type(value.type.dtype), value.constant);
      plan.outputs.push_back({Pointer::To::constant, index});
    } else {
      plan.outputs.push_back({Pointer::To::buffer, plan.buffer_of[static_cast<std::size_t>(plan.graph.outputs[i])]});
    }
  }
  if (plan.front_end) pack(packer, *plan.front_end);
  packer.finish();
}

void count_constants(Plan& plan) {
  for (const Step& step : plan.steps) {
    if (!step.skipped.empty()) continue;
    const auto chosen = std::ranges::find(step.considered, step.kernel, &Considered::kernel);
    if (chosen != step.considered.end()) plan.constant_bytes += aligned(chosen->flash);
  }
}

}  // namespace mirim
