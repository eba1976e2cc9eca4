#include "mirim/compile/emit_steps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/base/text.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {

namespace {

// Breaks the text into lines at ", ", indented after the first.
std::string wrapped(const std::vector<std::string>& items, std::size_t first_column, const std::string& indent) {
  constexpr std::size_t columns = 118;
  std::string text;
  std::size_t column = first_column;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (i > 0 && column + item.size() + 1 > columns) {
      text += "\n" + indent;
      column = indent.size();
    } else if (i > 0) {
      text += " ";
      ++column;
    }
    text += item;
    column += item.size();
  }
  return text;
}

// "tensor<int8_t>(BYTE)".
std::string as_tensor(const std::string& type, const std::string& byte) {
  return fmt::format("tensor<{}>({})", type.substr(0, type.size() - 1), byte);  // without the *
}

// "2 * y - 1", without what does nothing.
std::string linear(std::int64_t factor, const std::string& x, std::int64_t constant) {
  std::string text = factor == 1 ? x : fmt::format("{} * {}", factor, x);
  if (constant != 0) text += fmt::format(" {} {}", constant < 0 ? "-" : "+", constant < 0 ? -constant : constant);
  return text;
}

// Each line of the text two columns further to the right for each of `depth`.
std::string indented(const std::string& text, int depth) {
  if (depth == 0) return text;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (end > at + 1) result.append(static_cast<std::size_t>(2 * depth), ' ');
    result.append(text, at, end - at);
    at = end;
  }
  return result;
}

bool opens(const Op& op) { return op.is<Loop>() || op.is<Branch>() || op.is<BranchElse>(); }
bool closes(const Op& op) { return op.is<LoopEnd>() || op.is<BranchElse>() || op.is<BranchEnd>(); }

}  // namespace

std::string StepEmitter::parameters() const {
  std::string text;
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    const KernelCall& call = plan_.steps[s].call;
    if (!plan_.steps[s].skipped.empty() || call.parameters_type.empty()) continue;
    std::vector<std::string> items;
    for (const auto& p : call.parameters) items.push_back(fmt::format("/*{}=*/{}", p.name, p.value));
    text += fmt::format("constexpr micro::{} {}_params = {{\n    {}}};\n\n", call.parameters_type, names_[s],
                        wrapped(items, 4, "    "));
  }
  return text;
}

std::string StepEmitter::calls(std::size_t first) const {
  std::string text;
  int depth = 0;
  for (std::size_t s = first; s < plan_.steps.size(); ++s) {
    const Op& op = node(plan_.steps[s]).op;
    if (closes(op)) --depth;
    text += indented(call(s), depth);
    if (opens(op)) ++depth;
  }
  return text;
}

// What a marker of mirim/graph/scopes.hpp does.
std::string StepEmitter::marker(std::size_t index) const {
  const Step& step = plan_.steps[index];
  const Op& op = node(step).op;
  std::string condition;
  if (!step.pointers.empty()) condition = "*" + pointer_text(step.pointers[0], step.call.argument_types[0]);
  if (const auto* loop = op.as<Loop>())
    return fmt::format("  for (int32_t round = 0; round < {}; ++round) {{\n", loop->most_rounds);
  if (op.is<LoopWhile>()) return fmt::format("  if (!{}) break;\n\n", condition);
  if (op.is<Branch>()) return fmt::format("  if ({}) {{\n", condition);
  return op.is<BranchElse>() ? "  } else {\n" : "  }\n\n";
}

std::string StepEmitter::call(std::size_t index) const {
  const Step& step = plan_.steps[index];
  if (closes(node(step).op)) return marker(index);
  if (is_marker(node(step).op)) return title(index) + "\n" + marker(index);
  if (step.chain < 0) {
    if (!step.skipped.empty()) return fmt::format("{}; {}\n\n", title(index), step.skipped);
    std::vector<std::string> pointers;
    for (std::size_t a = 0; a < step.pointers.size(); ++a)
      pointers.push_back(pointer_text(step.pointers[a], step.call.argument_types[a]));
    return title(index) + "\n" + call_text(index, pointers) + "\n";
  }
  const Chain& chain = chain_of(step);
  if (static_cast<int>(index) != chain.last || takes_pushed(chain)) return "";
  std::string text = title(index) + fmt::format("; with step {} to here row by row\n  {{\n", chain.first);
  if (chain.first == chain.last) text = title(index) + "; row by row\n  {\n";
  const std::string call = function_call(static_cast<int>(index));
  if (chain.upwards) {
    return text + fmt::format("    Chain{} rows{{{}}};\n    while (rows.made > 0) {};\n  }}\n\n", chain.first,
                              step.band.height, call);
  }
  return text + fmt::format("    Chain{} rows{{}};\n", chain.first) + first_rows(chain, "    ") +
         fmt::format("    while (rows.made < {}) {};\n  }}\n\n", step.band.height, call);
}

std::string StepEmitter::first_rows(const Chain& chain, const std::string& indent) const {
  std::string text;
  for (const RowWindow& w : chain.windows) {
    text += fmt::format("{0}rows.of_{1} = micro::first_rows({1}_rows, {2});\n", indent, window_name(chain, w),
                        place_of(w.buffer));
  }
  if (chain.state >= 0) text += fmt::format("{}*tensor<int32_t>({}) = 0;\n", indent, place_of(chain.state));
  return text;
}

// "model_run_conv1(rows)".
std::string StepEmitter::function_call(int step) const {
  return fmt::format("{}_run_{}({}rows)", firmware_.name, names_[static_cast<std::size_t>(step)],
                     firmware_.reentrant ? "arena, " : "");
}

std::string StepEmitter::progress() const { return fmt::format("*tensor<Chain0>({})", place_of(plan_.progress)); }

std::string StepEmitter::push_body() const {
  const Chain& chain = plan_.chains[0];
  const Step& last = plan_.steps[static_cast<std::size_t>(chain.last)];
  const auto at = std::ranges::find(chain.windows, plan_.pushed, &RowWindow::value);
  const int window = static_cast<int>(at - chain.windows.begin());
  std::string text = fmt::format(
      "  Chain0& rows = {0};\n"
      "  const unsigned char* row = static_cast<const unsigned char*>(more);\n"
      "  for (; count > 0; --count, row += {1}) {{\n"
      "    if (rows.pushed == 0) {{\n"
      "{2}"
      "      rows.made = 0;\n"
      "    }}\n"
      "    if (rows.made < {6}) {{  // else the last rows change nothing\n"
      "      micro::push_row({3}_rows, rows.of_{3}, {4}, row, {5});\n"
      "      while (rows.made < {6} && {7}) {{\n      }}\n"
      "    }}\n"
      "    if (++rows.pushed < {8}) continue;\n"
      "    rows.pushed = 0;\n\n",
      progress(), at->row_bytes, first_rows(chain, "      "), window_name(chain, *at), place_of(at->buffer),
      needed(chain, window), last.band.height, function_call(chain.last), at->height);
  text += calls(static_cast<std::size_t>(chain.last) + 1);
  return text + "    return 1;\n  }\n  return 0;\n";
}

std::string StepEmitter::chains() const {
  std::string text;
  for (const Chain& chain : plan_.chains) text += chain_text(chain);
  return text;
}

// "  // 3: conv2, CONV_2D, int8 1x8x8x16 -> int8 1x8x8x32, 294,912 MACs"; step_map.cpp looks for its beginning.
std::string StepEmitter::title(std::size_t index) const {
  const Step& step = plan_.steps[index];
  const Node& n = node(step);
  std::string shapes;
  for (const ValueId id : n.inputs) {
    if (id == kNoValue || plan_.graph[id].is_constant()) continue;
    shapes += (shapes.empty() ? "" : ", ") + describe_type(plan_.graph[id].type);
  }
  if (!n.outputs.empty()) shapes += " -> " + describe_type(plan_.graph[n.outputs[0]].type);
  const std::int64_t macs = n.op.cost(Types(operands(plan_.graph, n.inputs))).macs;
  std::string text = fmt::format("  // {}: {}, {}", index, names_[index], n.op.name());
  if (!shapes.empty()) text += ", " + shapes;
  return macs > 0 ? text + fmt::format(", {} MACs", with_commas(macs)) : text;
}

std::string StepEmitter::call_text(std::size_t index, const std::vector<std::string>& pointers) const {
  const Step& step = plan_.steps[index];
  std::vector<std::string> items;
  if (!step.call.parameters_type.empty()) items.push_back(names_[index] + "_params");
  items.insert(items.end(), pointers.begin(), pointers.end());
  const std::string head = fmt::format("  micro::{}(", step.call.function);
  return head + wrapped(items, head.size(), "      ") + ");\n";
}

std::string StepEmitter::pointer_text(const Pointer& pointer, const std::string& type) const {
  switch (pointer.to) {
    case Pointer::To::nothing:
      return fmt::format("static_cast<{}>(nullptr)", type);  // kernels are templates: the type picks the instance
    case Pointer::To::constant:
      return "constants." + plan_.constants[static_cast<std::size_t>(pointer.index)].name;
    case Pointer::To::buffer:
      break;
  }
  return as_tensor(type, place_of(pointer.index));
}

std::string StepEmitter::place_of(int buffer) const {
  return fmt::format("arena + {}", plan_.buffers[static_cast<std::size_t>(buffer)].offset);
}

// The step that makes the rows, or the input that they are copied from.
std::string StepEmitter::window_name(const Chain& chain, const RowWindow& window) const {
  if (window.step >= 0) return names_[static_cast<std::size_t>(window.step)];
  std::string name = fmt::format("chain{}_tensor_{}", chain.first, window.value);
  while (std::ranges::find(names_, name) != names_.end()) name += "_copied";
  return name;
}

std::string StepEmitter::chain_text(const Chain& chain) const {
  std::string text, members;
  for (const RowWindow& w : chain.windows) {
    text += fmt::format(
        "constexpr micro::RowsParams {}_rows = {{\n    /*height=*/{}, /*row_bytes=*/{}, /*capacity=*/{}, "
        "/*before=*/{}, "
        "/*padding=*/{}}};\n\n",
        window_name(chain, w), w.height, w.row_bytes, w.capacity, w.before, w.padding);
    members += fmt::format("  micro::Rows of_{};\n", window_name(chain, w));
  }
  if (takes_pushed(chain)) members += "  int32_t pushed;\n";
  text +=
      fmt::format("// How far steps {} to {} are.\nstruct Chain{} {{\n{}  int32_t made;  // {}\n}};\n\n", chain.first,
                  chain.last, chain.first, members, chain.upwards ? "all rows from here on" : "of the last");
  for (int step = chain.first; step <= chain.last; ++step) text += rows_function(chain, step);
  return text;
}

std::string StepEmitter::made_by(int step) const {
  const bool last = plan_.steps[static_cast<std::size_t>(step)].band.window < 0;
  return last ? "rows.made" : fmt::format("rows.of_{}.end", names_[static_cast<std::size_t>(step)]);
}

std::string StepEmitter::start_of(int step, const BandRead& read) const {
  return linear(read.stride, made_by(step), -read.before);
}

// The first row of a window that somebody still reads.
std::string StepEmitter::needed(const Chain& chain, int window) const {
  std::string text;
  for (int step = chain.first; step <= chain.last; ++step) {
    const RowBand& band = plan_.steps[static_cast<std::size_t>(step)].band;
    for (const BandRead& read : band.reads) {
      if (read.window != window) continue;
      const std::string start = start_of(step, read);
      text = text.empty() ? start : fmt::format("micro::min({}, {})", text, start);
    }
  }
  return text;
}

// Asks for the rows that a step is to read.
std::string StepEmitter::fill_loop(const Chain& chain, int step, const BandRead& read) const {
  const std::string end = linear(read.stride, made_by(step), read.rows - read.before);
  const RowWindow& w = chain.windows[static_cast<std::size_t>(read.window)];
  const std::string name = window_name(chain, w);
  const bool pushed = takes_pushed(chain);
  std::string body;
  if (w.step >= 0) {
    body = pushed ? fmt::format("if (!{}) return false", function_call(w.step)) : function_call(w.step);
  } else if (w.value == plan_.pushed) {
    body = fmt::format("if (!micro::pad_below({0}_rows, rows.of_{0}, {1}, {2})) return false", name, place_of(w.buffer),
                       needed(chain, read.window));
  } else {
    const int whole = plan_.buffer_of[static_cast<std::size_t>(w.value)];
    body = fmt::format("micro::take_row({0}_rows, rows.of_{0}, {1}, {2}, {3})", name, place_of(w.buffer),
                       place_of(whole), needed(chain, read.window));
  }
  return fmt::format("  while (rows.of_{}.end < {}) {{\n    {};\n  }}\n", name, end, body);
}

std::string StepEmitter::pointer_in_chain(const Chain& chain, int index, std::size_t argument) const {
  const Step& step = plan_.steps[static_cast<std::size_t>(index)];
  const KernelArgument& from = step.call.arguments[argument];
  const std::string& type = step.call.argument_types[argument];
  if (from.from == KernelArgument::From::output && !step.band.taken) {
    if (step.band.window >= 0) {
      const RowWindow& w = chain.windows[static_cast<std::size_t>(step.band.window)];
      return as_tensor(type, fmt::format("micro::room_for({0}_rows, rows.of_{0}, {1}, {2}, {3})", window_name(chain, w),
                                         place_of(w.buffer), step.band.rows, needed(chain, step.band.window)));
    }
    const std::int64_t row = plan_.graph[node(step).outputs[0]].type.bytes() / step.band.height;
    return as_tensor(type,
                     fmt::format("{} + {}", place_of(step.pointers[argument].index), linear(row, "rows.made", 0)));
  }
  for (const BandRead& read : step.band.reads) {
    if (from.from != KernelArgument::From::input || from.index != read.input || read.stride == 0) continue;
    const std::string start = start_of(index, read);
    if (read.window >= 0) {
      const RowWindow& w = chain.windows[static_cast<std::size_t>(read.window)];
      return as_tensor(type, fmt::format("micro::row_of({0}_rows, rows.of_{0}, {1}, {2})", window_name(chain, w),
                                         place_of(w.buffer), start));
    }
    const TensorType& whole = plan_.graph[node(step).inputs[static_cast<std::size_t>(read.input)]].type;
    const std::int64_t row = whole.bytes() / whole.shape[1];
    return as_tensor(
        type, fmt::format("{} + {}", place_of(step.pointers[argument].index), linear(row, "(" + start + ")", 0)));
  }
  return pointer_text(step.pointers[argument], type);
}

std::string StepEmitter::rows_function(const Chain& chain, int index) const {
  const Step& step = plan_.steps[static_cast<std::size_t>(index)];
  const std::string& name = names_[static_cast<std::size_t>(index)];
  const bool pushed = takes_pushed(chain);
  std::string text = pushed ? "// Returns false if a row of the input must come first.\n" : "";
  text += fmt::format("{} {}_run_{}({}Chain{}& rows) {{\n", pushed ? "bool" : "void", firmware_.name, name,
                      firmware_.reentrant ? "unsigned char* arena, " : "", chain.first);
  text += title(static_cast<std::size_t>(index)) +
          fmt::format("; {}{} of {} rows\n", step.band.taken ? "takes " : "", step.band.rows, step.band.height);

  if (step.band.window >= 0) {
    const RowWindow& w = chain.windows[static_cast<std::size_t>(step.band.window)];
    if (w.after > 0) {
      text += fmt::format("  if (micro::pad_below({0}_rows, rows.of_{0}, {1}, {2})) return{3};\n", name,
                          place_of(w.buffer), needed(chain, step.band.window), pushed ? " true" : "");
    }
  }
  for (const BandRead& read : step.band.reads) {
    if (read.window >= 0) text += fill_loop(chain, index, read);
  }
  std::vector<std::string> pointers;
  for (std::size_t a = 0; a < step.pointers.size(); ++a) pointers.push_back(pointer_in_chain(chain, index, a));
  const std::string called = call_text(static_cast<std::size_t>(index), pointers);
  if (chain.upwards) return text + fmt::format("  rows.made -= {};\n{}}}\n\n", step.band.rows, called);
  return text + called +
         fmt::format("  {} += {};\n{}}}\n\n", made_by(index), step.band.rows, pushed ? "  return true;\n" : "");
}

}  // namespace mirim
