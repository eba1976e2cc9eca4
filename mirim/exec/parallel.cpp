#include "mirim/exec/parallel.hpp"

// libgomp's, whose threads oneDNN uses too. Declared here, so that no compiler needs OpenMP switched on.
extern "C" {
int omp_get_max_threads();
int omp_get_num_threads();
int omp_get_thread_num();
void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
}

namespace mirim {
namespace {

struct Work {
  int parts;
  void (*body)(int part, const void* data);
  const void* data;
};

void run_share(void* at) {
  const Work& work = *static_cast<const Work*>(at);
  for (int p = omp_get_thread_num(); p < work.parts; p += omp_get_num_threads()) work.body(p, work.data);
}

}  // namespace

int available_threads() { return std::max(1, omp_get_max_threads()); }

void for_each_part(int parts, void (*body)(int part, const void* data), const void* data) {
  Work work{parts, body, data};
  if (parts > 1 && omp_get_max_threads() > 1) return GOMP_parallel(run_share, &work, 0, 0);
  for (int p = 0; p < parts; ++p) body(p, data);
}

}  // namespace mirim
