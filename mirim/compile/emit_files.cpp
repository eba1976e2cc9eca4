#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

#include "mirim/base/hash.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/machine/embedded.hpp"

namespace mirim {

namespace {

constexpr std::string_view kFolder = "mirim/micro/";

void add_with_includes(const std::string& path, std::map<std::string, std::string>& files) {
  if (files.contains(path)) return;
  const std::string text(embedded_file(path));
  files[path] = text;
  static const std::regex include("#include \"(mirim/micro/[^\"]+)\"");
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it)
    add_with_includes((*it)[1], files);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

std::set<std::string> kernel_headers(const Plan& plan) {
  std::set<std::string> headers;
  for (const Step& step : plan.steps) {
    if (step.skipped.empty() && !step.call.header.empty()) headers.insert(step.call.header);
  }
  for (const ValueId id : plan.graph.inputs) {
    if (distribution_of(plan.graph[id])) headers.insert("mirim/micro/random.hpp");
  }
  if (!plan.chains.empty()) headers.insert("mirim/micro/rows.hpp");
  if (plan.front_end) headers.insert("mirim/micro/log_mel.hpp");
  return headers;
}

std::vector<Artifact::File> copy_kernels(const Plan& plan) {
  std::map<std::string, std::string> files;
  for (const std::string& header : kernel_headers(plan)) add_with_includes(header, files);
  std::string all;
  for (const auto& [path, text] : files) all.append(path).append("\n").append(text);
  const std::string version = fmt::format("v_{:016x}", hash64(bytes_of(all)));
  std::vector<Artifact::File> result;
  for (auto& [path, text] : files) {
    replace_all(text, "inline namespace v0 {", "inline namespace " + version + " {");
    replace_all(text, "// namespace v0", "// namespace " + version);
    const std::string up = path.find('/', kFolder.size()) == std::string::npos ? "" : "../";  // from isa/
    replace_all(text, fmt::format("#include \"{}", kFolder), fmt::format("#include \"{}", up));
    result.push_back({path, text});
  }
  return result;
}

std::string emit_build_file(const Firmware& firmware) {
  const Target& target = find_target(firmware.target);
  std::string core, all;
  for (const std::string& flag : target.flags) {
    if (flag.starts_with("-m")) core += " " + flag;
    if (flag.starts_with("-f")) all += " " + flag;
  }
  return fmt::format(
      "# The model as a static library, for `add_subdirectory` or alone. {0}.cpp needs nothing but a C++14 compiler; "
      "it\n"
      "# asks for -O3 by itself. The core's flags are those for {1} ({2}), unless the project has -mcpu of its own.\n"
      "cmake_minimum_required(VERSION 3.13)\n"
      "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a bare core has no start-up code to link\n"
      "project({0} LANGUAGES C CXX)\n\n"
      "add_library({0} STATIC {0}.cpp)\n"
      "target_compile_features({0} PRIVATE cxx_std_14)\n"
      "target_compile_options({0} PRIVATE{3})\n"
      "if(NOT CMAKE_CXX_FLAGS MATCHES \"-mcpu=\")\n"
      "  target_compile_options({0} PRIVATE{4})\n"
      "endif()\n"
      "target_include_directories({0} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})\n",
      firmware.name, target.name, target.compiler, all, core);
}

}  // namespace mirim
