#pragma once

#include <cstdint>
#include <string_view>

#include "mirim/compile/plan.hpp"
#include "mirim/ops/log_mel.hpp"

namespace mirim {

/// What a model hears: the program hands over samples of sound, and the firmware makes its input of them.
struct FrontEndOptions {
  LogMelSettings settings{};
  /// Frames from one answer to the next; 0: as many as the input has. With fewer, answers share frames.
  std::int64_t every = 0;

  bool operator==(const FrontEndOptions&) const = default;
};

/// logmel?rate=8000&window=32&hop=16&bands=20&low=0&high=4000&every=16; each key may be left out. Throws Error.
FrontEndOptions parse_front_end(std::string_view text);

/// Gives a plan that is not placed yet its buffers for that (Plan::front_end). Throws Error unless the
/// model has one input, float32 or int8 with one scale, of whole frames.
void add_front_end(Plan& plan, const FrontEndOptions& options);

}  // namespace mirim
