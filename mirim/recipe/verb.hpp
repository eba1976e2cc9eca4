#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/settings.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// What a verb works on, and who waits for it.
struct VerbWork {
  std::filesystem::path model{};       ///< .tflite; or .toml where the verb takes one
  std::filesystem::path output{};      ///< .tflite; not written where the verb only looks
  std::filesystem::path checkpoint{};  ///< of its training; empty: none
  bool resume = false;                 ///< go on from the checkpoint where there is one
  const Splits* data = nullptr;        ///< as load gave them
  std::function<bool()> stop{};
  std::function<void(std::string_view)> say{};
  std::function<void(const Progress&)> progress{};

  void tell(const std::string& line) const {
    if (say) say(line);
  }
};

/// What it found.
struct VerbResult {
  std::string text{};  ///< for people, lines
  std::string json{};  ///< an object
};

/// Something that can be done to a model: a .tflite in, a .tflite out. The command line, a recipe's [[step]] and the
/// search walk the one table of verbs.
class Verb {
 public:
  virtual ~Verb() = default;
  virtual std::string_view name() const = 0;     ///< "prune"
  virtual std::string_view help() const = 0;     ///< first line: what it does
  virtual std::string_view example() const = 0;  ///< a command
  /// Raised when the same settings lead to other results than before: a recipe then does the step again.
  virtual int version() const { return 1; }
  virtual void settings(Settings& s) = 0;
  /// Replaces the names of files among its settings by where they are: a recipe's are relative to it, or models of it.
  virtual void place_files(const std::function<std::string(const std::string&)>& /*place*/) {}
  /// Files beside the model that it reads.
  virtual std::vector<std::filesystem::path> reads() const { return {}; }
  /// Whether it only looks, and writes no model.
  virtual bool only_looks() const { return false; }
  /// Whether it looks first; where no output is named it then only looks.
  virtual bool looks_first() const { return false; }
  /// Throws Error; then nothing was written.
  virtual VerbResult run(const VerbWork& work) = 0;
};

using Verbs = std::vector<std::unique_ptr<Verb>>;

/// A new one of each, with the default settings.
Verbs all_verbs();

/// The one of this name. Throws Error, with the nearest name, where there is none.
std::unique_ptr<Verb> verb_called(std::string_view name, Verbs (*table)() = all_verbs);

}  // namespace mirim
