#include "mirim/exec/threads.hpp"

#include <unistd.h>

#include <cstdlib>

namespace mirim {

void settle_openmp(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  setenv("GOMP_SPINCOUNT", "10000", 1);
  execv("/proc/self/exe", argv);  // if it fails, everything works, only slower
}

}  // namespace mirim
