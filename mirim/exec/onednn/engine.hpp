#pragma once

namespace mirim {

/// Sets how many threads oneDNN's primitives use when they are made and run by the calling thread (OpenMP's number).
void use_threads(int threads);

}  // namespace mirim
