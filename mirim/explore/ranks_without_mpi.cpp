#include "mirim/base/error.hpp"
#include "mirim/explore/ranks.hpp"

namespace mirim::detail {

std::unique_ptr<Ranks> begin_mpi(const std::function<bool()>& /*stop*/) {
  fail(
      "several processes were started (mpirun), but this mirim was built without MPI: install libopenmpi-dev, build "
      "again");
}

}  // namespace mirim::detail
