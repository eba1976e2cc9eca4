#pragma once

namespace mirim {

/// To be called first in main. oneDNN's threads wait for their next piece of work by spinning, on a shared machine for
/// so long that steps took 10 to 100 times longer; told to sleep at once they lose 50 us at each of the hundred pieces
/// of a step. So they shall spin for half a millisecond. OpenMP reads that from the environment before main: unless the
/// user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT, this sets it and starts the program anew, which takes about a
/// millisecond.
void settle_openmp(char** argv);

}  // namespace mirim
