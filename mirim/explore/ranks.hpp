#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Who does the work of a search: this process alone, or all that mpirun started.
namespace mirim {

struct Job {
  std::string text;     ///< all that a worker must know
  double expected = 1;  ///< how long it will take, in any unit
};

class Ranks {
 public:
  /// What a worker makes of a job's text. Throws Error.
  using Work = std::function<std::string(const std::string& job)>;
  /// Gets each result when it is there, in any order, in the caller's thread.
  using Done = std::function<void(std::size_t job, const std::string& result)>;

  virtual ~Ranks() = default;
  virtual int size() const { return 1; }
  /// Whether this process only serves another one, which runs the search.
  virtual bool is_worker() const { return false; }
  /// Of a worker: does jobs until there are no more.
  virtual void serve(const Work& /*work*/) {}
  /// Whether the job at hand is not wanted any more. For the thread that does it.
  virtual bool abandoned() { return false; }

  /// The results in the order of the jobs, whoever did them and when. The longest are begun first. Throws the first
  /// Error of a job; what was `done` before stays so.
  virtual std::vector<std::string> run_all(const std::vector<Job>& jobs, const Work& work, const Done& done) = 0;
};

/// One process.
std::unique_ptr<Ranks> alone();

/// The processes that mpirun (or srun, or Kubernetes' MPI operator) started, else `alone`: without them MPI is not even
/// begun. `stop`: whether a signal asks to end. Throws Error if there are such processes and the program was built
/// without MPI.
std::unique_ptr<Ranks> ranks_of_mpi(const std::function<bool()>& stop);

/// One process that does all the work and keeps the time as `size` processes would: a job takes seconds(job), and is
/// done in the order in which they would end it.
class SimulatedRanks final : public Ranks {
 public:
  SimulatedRanks(int size, std::function<double(const Job&)> seconds) : size_(size), seconds_(std::move(seconds)) {}

  int size() const override { return size_; }
  std::vector<std::string> run_all(const std::vector<Job>& jobs, const Work& work, const Done& done) override;

  /// Until now, from the first job's begin to the last one's end.
  double elapsed() const { return elapsed_; }
  /// The sum of all jobs' seconds over what all processes had: 1 if none ever waited.
  double efficiency() const { return elapsed_ > 0 ? busy_ / (elapsed_ * size_) : 1; }

 private:
  int size_;
  std::function<double(const Job&)> seconds_;
  double elapsed_ = 0;
  double busy_ = 0;
};

/// Indices of the jobs, the longest first, of equal ones the first.
std::vector<std::size_t> longest_first(const std::vector<Job>& jobs);

namespace detail {
/// In ranks_mpi.cpp, or ranks_without_mpi.cpp where CMake found no MPI.
std::unique_ptr<Ranks> begin_mpi(const std::function<bool()>& stop);
}  // namespace detail

}  // namespace mirim
