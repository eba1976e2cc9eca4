#pragma once

#include "mirim/data/dataset.hpp"

/// Samples that are sequences, [steps, ...] each with targets [steps * n], step by step and whole again.
namespace mirim {

/// The same numbers, a sample for each step: Dataset::steps tells how many belong together. Of samples that are whole
/// sequences (assert).
Subset in_steps(const Subset& sequences);
/// The way back, of a subset that has each sequence whole (assert).
Subset in_sequences(const Subset& steps);

Splits in_sequences(const Splits& steps);

/// Whether sample i is the first step of a sequence: a network's state is cleared before it.
bool begins_sequence(const Subset& samples, std::int64_t i);

}  // namespace mirim
