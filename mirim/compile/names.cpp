#include "mirim/compile/names.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "mirim/base/error.hpp"

namespace mirim {

namespace {

constexpr std::string_view kKeywords[] = {
    // C and C++ up to 23, and what every embedded compiler adds to them
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "atomic_cancel",
    "atomic_commit",
    "atomic_noexcept",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "import",
    "inline",
    "int",
    "long",
    "module",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "reflexpr",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "synchronized",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "typeof_unqual",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq"};

// NAME.h would hide these from every user with the folder on the include path.
constexpr std::string_view kHeaders[] = {
    // of the C library, POSIX and Arduino
    "arduino", "assert", "complex", "ctype", "dirent", "errno", "fcntl", "features", "fenv", "inttypes", "io", "iso646",
    "limits", "locale", "malloc", "math", "memory", "poll", "process", "pthread", "regex", "sched", "semaphore",
    "setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbit", "stdbool", "stdckdint", "stddef", "stdint",
    "stdio", "stdlib", "stdnoreturn", "string", "strings", "termios", "tgmath", "threads", "time", "uchar", "unistd",
    "wchar", "wctype",
    // of compilers and microcontrollers
    "alloca", "arm_acle", "arm_math", "arm_neon", "cmsis_gcc", "fpu", "spi", "unwind", "wire",
    // C++ headers with .h
    "new", "typeinfo", "exception"};

// NAME.cpp or the library NAME would clash with something else.
constexpr std::string_view kOthers[] = {"main",  "example", "mirim",  // the program's own main; files of the folder
                                        "all",   "clean",   "depend", "help", "install", "package",
                                        "setup", "test",  // targets of CMake and make
                                        "aux",   "con",     "nul",    "prn",  "com1",    "com2",
                                        "com3",  "com4",    "com5",   "com6", "com7",    "com8",
                                        "com9",  "lpt1",    "lpt2",   "lpt3", "lpt4",    "lpt5",
                                        "lpt6",  "lpt7",    "lpt8",   "lpt9"};  // no file's name on Windows

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

template <std::size_t N>
bool has(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool starts_with_a_letter(std::string_view name) {
  return !name.empty() && is_word(name[0]) && name[0] != '_' && (name[0] < '0' || name[0] > '9');
}

// What already has the name, or nothing. Not all file systems distinguish case.
std::string taken_by(std::string_view name) {
  const std::string lower = lower_case(name);
  if (has(kKeywords, name)) return "it is a keyword";
  if (has(kHeaders, lower)) return "its header would hide " + lower + ".h";
  if (has(kOthers, lower)) return "that name has another meaning in builds";
  return "";
}

}  // namespace

void check_name(std::string_view name) {
  if (!starts_with_a_letter(name) || !std::ranges::all_of(name, is_word)) {
    fail("'{}' cannot be the model's name: it takes letters, digits and _, a letter first; choose another with --name",
         name);
  }
  const std::string reason = taken_by(name);
  if (!reason.empty()) {
    fail("'{}' cannot be the model's name: {}; choose another with --name, such as {}_model", name, reason, name);
  }
}

std::string name_from(std::string_view stem) {
  std::string name;
  for (const char c : stem) {
    const char word = is_word(c) ? c : '_';
    if (word != '_' || (!name.empty() && name.back() != '_')) name += word;
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty()) return "model";
  if (!starts_with_a_letter(name)) name = "model_" + name;
  return taken_by(name).empty() ? name : name + "_model";
}

}  // namespace mirim
