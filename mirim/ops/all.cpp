#include "mirim/ops/all.hpp"

namespace mirim {

#define X(Name) \
  struct Name;  \
  template <>   \
  Op default_op<Name>();
MIRIM_OPERATORS(X)
#undef X

const OperatorTable& all_operators() {
#define X(Name) default_op<Name>(),
  static const OperatorTable table({MIRIM_OPERATORS(X)});
#undef X
  return table;
}

}  // namespace mirim
