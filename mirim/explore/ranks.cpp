#include "mirim/explore/ranks.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <queue>
#include <utility>

namespace mirim {
namespace {

class Alone final : public Ranks {
 public:
  std::vector<std::string> run_all(const std::vector<Job>& jobs, const Work& work, const Done& done) override {
    std::vector<std::string> results(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      results[i] = work(jobs[i].text);
      done(i, results[i]);
    }
    return results;
  }
};

/// Set by Open MPI's mpirun, by MPICH's and Slurm's PMI, and by srun --mpi=pmix.
bool started_with_others() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* size = std::getenv(name)) return std::atoi(size) > 1;
  }
  return std::getenv("PMIX_RANK") != nullptr;
}

}  // namespace

std::unique_ptr<Ranks> alone() { return std::make_unique<Alone>(); }

std::unique_ptr<Ranks> ranks_of_mpi(const std::function<bool()>& stop) {
  return started_with_others() ? detail::begin_mpi(stop) : alone();
}

std::vector<std::size_t> longest_first(const std::vector<Job>& jobs) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return jobs[a].expected > jobs[b].expected; });
  return order;
}

std::vector<std::string> SimulatedRanks::run_all(const std::vector<Job>& jobs, const Work& work, const Done& done) {
  using Free = std::pair<double, int>;  // from when on, which process
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (int rank = 0; rank < size_; ++rank) free.emplace(elapsed_, rank);
  std::vector<std::pair<double, std::size_t>> ends;
  for (const std::size_t job : longest_first(jobs)) {
    const auto [from, rank] = free.top();
    free.pop();
    const double seconds = seconds_(jobs[job]);
    busy_ += seconds;
    ends.emplace_back(from + seconds, job);
    free.emplace(from + seconds, rank);
  }
  std::ranges::sort(ends);
  std::vector<std::string> results(jobs.size());
  for (const auto& [end, job] : ends) {
    results[job] = work(jobs[job].text);
    done(job, results[job]);
    elapsed_ = std::max(elapsed_, end);
  }
  return results;
}

}  // namespace mirim
