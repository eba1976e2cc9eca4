#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mirim/data/dataset.hpp"
#include "mirim/train/fit.hpp"

/// What all commands do with the terminal: results on stdout, everything else on stderr.
namespace mirim::cli {

/// Writes a result to stdout. Throws Error if that fails (a full disk, a closed pipe).
void print(std::string_view text);

/// A line on stderr.
void note(std::string_view line);

/// Prints how the data was read, on stderr: the label column, the classes. Each line once per program run.
void note_data(const Splits& data);
void note_data(const Subset& data);

/// Shows a training on stderr: on a terminal one line that is updated, with loss, accuracy and time left; otherwise one
/// line per epoch.
std::function<void(const Progress&)> training_progress();

/// From here on the first Ctrl-C (or SIGTERM) only makes the returned function true; the second ends the program.
std::function<bool()> stop_on_signal();

}  // namespace mirim::cli
