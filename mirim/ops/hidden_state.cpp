#include "mirim/ops/hidden_state.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {

Types first_operands(Types in, int count) { return std::span(in.begin(), static_cast<std::size_t>(count)); }

void require_states(std::string_view op, Types in, int own, const std::vector<TensorType>& states) {
  if (in.size() <= own) return;
  if (in.size() != own + static_cast<int>(states.size())) {
    fail("{}: has {} inputs, expected {} and {} for its state", op, in.size(), own, states.size());
  }
  for (int i = own; i < in.size(); ++i) {
    const TensorType& state = states[static_cast<std::size_t>(i - own)];
    if (in.has(i) && *in[i].type == state) continue;
    fail("{}: input {}, its state, is not {}[{}]", op, i, name(state.dtype), to_string(state.shape));
  }
}

void require_resolved(std::string_view op, Types in, int own, int states) {
  if (in.size() != own + states) fail_unsupported("{}: its state is not resolved", op);
}

std::vector<int> states_from(Types in, int own) {
  std::vector<int> result;
  for (int i = own; i < in.size(); ++i) result.push_back(i);
  return result;
}

void require_type_option(std::string_view op, Types in, int type) {
  if (static_cast<int>(in[0].dtype()) == type) return;
  fail("{}: {}, but its option T is {}", op, describe_input(in, 0), type);
}

}  // namespace mirim
