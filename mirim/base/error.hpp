#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace mirim {

/// A fault that the user can fix: one line that says what, where and what to do. Thrown once, where it is noticed; the
/// command line prints it on stderr and exits with 1. Our own mistakes are `assert`ed instead.
class Error : public std::runtime_error {
 public:
  /// Messages quote names from files: control characters become '?', so that the message stays one line.
  explicit Error(const std::string& line);
};

/// A sound file that mirim cannot run: it has an operator that mirim lacks, or a type that an operator does not take.
/// Such a file can be shown and written again; only running and compiling are refused.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// Throws Error with the formatted line: `fail("{}: row {} has {} columns, expected {}", path, row, columns,
/// expected)`.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Unsupported in the same way.
template <class... Args>
[[noreturn]] void fail_unsupported(fmt::format_string<Args...> format, Args&&... args) {
  throw Unsupported(fmt::format(format, std::forward<Args>(args)...));
}

/// Runs `f()` and puts "where: " in front of the line of any Error it throws.
template <class F>
decltype(auto) in_context(const std::string& where, F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (const Unsupported& error) {
    throw Unsupported(where + ": " + error.what());
  } catch (const Error& error) {
    throw Error(where + ": " + error.what());
  }
}

}  // namespace mirim
