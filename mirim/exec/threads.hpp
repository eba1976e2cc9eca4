#pragma once

namespace mirim {

/// To be called first in main. oneDNN's threads spin while they wait for work. On a shared machine they spun so long
/// that steps took 10 to 100 times longer; sleeping at once costs 50 us at each of the hundred waits of a step. So they
/// shall spin for half a millisecond. OpenMP reads that from the environment before main. Unless the user has set
/// OMP_WAIT_POLICY or GOMP_SPINCOUNT, this sets it and restarts the program, which takes about a millisecond.
void settle_openmp(char** argv);

}  // namespace mirim
