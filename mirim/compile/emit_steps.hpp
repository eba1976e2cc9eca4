#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/plan.hpp"

namespace mirim {

/// The steps' part of NAME.cpp. All three are borrowed.
class StepEmitter {
 public:
  StepEmitter(const Plan& plan, const Firmware& firmware, const std::vector<std::string>& names)
      : plan_(plan), firmware_(firmware), names_(names) {}

  /// The constants CONV1_params of all kernels.
  std::string parameters() const;
  /// Of each chain its rows, and for each of its steps a function that makes some.
  std::string chains() const;
  /// What the run function has for the steps from this one on: calls, for the last of a chain the loop that runs it,
  /// and the loops and branches around them.
  std::string calls(std::size_t first) const;
  /// Of a plan whose input's rows are pushed: the body of the function that takes them, and the expression of its
  /// chain.
  std::string push_body() const;
  std::string progress() const;

 private:
  const Node& node(const Step& step) const { return plan_.graph.nodes[static_cast<std::size_t>(step.node)]; }
  const Chain& chain_of(const Step& step) const { return plan_.chains[static_cast<std::size_t>(step.chain)]; }
  bool takes_pushed(const Chain& chain) const { return plan_.pushed != kNoValue && chain.first == 0; }
  std::string call(std::size_t index) const;
  std::string marker(std::size_t index) const;
  std::string title(std::size_t index) const;
  std::string call_text(std::size_t index, const std::vector<std::string>& pointers) const;
  std::string pointer_text(const Pointer& pointer, const std::string& type) const;
  std::string first_rows(const Chain& chain, const std::string& indent) const;
  std::string function_call(int step) const;
  std::string chain_text(const Chain& chain) const;
  std::string rows_function(const Chain& chain, int step) const;
  std::string fill_loop(const Chain& chain, int step, const BandRead& read) const;
  std::string pointer_in_chain(const Chain& chain, int step, std::size_t argument) const;
  std::string start_of(int step, const BandRead& read) const;
  std::string made_by(int step) const;
  std::string needed(const Chain& chain, int window) const;
  std::string window_name(const Chain& chain, const RowWindow& window) const;
  std::string place_of(int buffer) const;

  const Plan& plan_;
  const Firmware& firmware_;
  const std::vector<std::string>& names_;
};

}  // namespace mirim
