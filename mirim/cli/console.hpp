#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mirim/data/dataset.hpp"
#include "mirim/train/fit.hpp"

/// What all commands do with the terminal: results on stdout, everything else on stderr.
namespace mirim::cli {

/// Writes a result to stdout. Throws Error when it cannot (a full disk, a closed pipe).
void print(std::string_view text);

/// A line on stderr.
void note(std::string_view line);

/// How the data was read, on stderr: which column is the label, the classes. Each line once in the life of the program.
void note_data(const Splits& data);
void note_data(const Subset& data);

/// Shows a training on stderr: on a terminal one line that is written over, with loss, accuracy and time left; else a
/// line an epoch.
std::function<void(const Progress&)> training_progress();

/// From here on the first Ctrl-C (or SIGTERM) only sets what the result tells; the second ends the program.
std::function<bool()> stop_on_signal();

}  // namespace mirim::cli
