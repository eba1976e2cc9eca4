#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/memory.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {

/// One way in which `mirim compile` makes a firmware of a model.
struct Way {
  Optimize optimize = Optimize::balanced;
  bool input_rows = false;  ///< --input rows
  MemoryCost memory{};      ///< by estimate_memory
};

/// The options of `mirim compile` that give it: "--optimize ram --input rows".
std::string to_string(const Way& way);

/// What a network takes on a microcontroller in int8, before it is trained, quantized or compiled.
struct Outlook {
  std::vector<Way> ways{};                ///< fewer cycles first; none if it cannot be planned
  std::string not_planned{};              ///< then the reason
  bool nominal = false;                   ///< of a float network, by `make_nominal_int8`
  std::vector<StaysFloat> stays_float{};  ///< operators that have no integer form

  /// The first way, on whole tensors (--optimize speed); null without ways.
  const Way* whole() const { return ways.empty() ? nullptr : &ways.front(); }
  /// That of the smallest arena: row by row (--optimize ram), and with the input's rows one by one if that takes less
  /// still. Null without ways.
  const Way* smallest() const;
};

/// Plans a float network (`make_nominal_int8`) or an integer one as it is, for each way. `graph` is unchanged. Never
/// throws: what fails is the outlook's reason.
Outlook outlook_of(const Graph& graph, const Target& target);

/// Which of the ways a board takes: the first that fits, else that of the smallest arena.
struct WayOnDevice {
  const Way* way = nullptr;
  DeviceFit fit{};
};
/// Throws nothing; the outlook has ways (assert).
WayOnDevice way_on(const Outlook& outlook, const Device& device);

}  // namespace mirim
