#include "mirim/exec/onednn/engine.hpp"

// libgomp's, which libdnnl uses. Declared here, so that no compiler needs OpenMP switched on.
extern "C" void omp_set_num_threads(int threads);

namespace mirim {

void use_threads(int threads) { omp_set_num_threads(threads < 1 ? 1 : threads); }

}  // namespace mirim
