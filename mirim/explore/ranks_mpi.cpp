#include <mpi.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <future>
#include <thread>

#include "mirim/base/error.hpp"
#include "mirim/explore/ranks.hpp"

// Rank 0 hands out jobs and does some itself, in a second thread; only the first thread speaks MPI. Whoever waits looks
// every few milliseconds instead of spinning: on one machine the others need the core.

namespace mirim::detail {
namespace {

enum Tag : int {
  job_tag = 1,      // to a worker: the text
  result_tag = 2,   // from a worker
  failed_tag = 3,   // from a worker: the line of the Error
  abandon_tag = 4,  // to a worker: the job at hand is not wanted any more
  end_tag = 5,      // to a worker: there are no more
};

struct Message {
  int rank = 0;
  int tag = 0;
  std::string text{};
};

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

void send(int rank, Tag tag, const std::string& text) {
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, rank, tag, MPI_COMM_WORLD);
}

/// Whether a message is there, without taking it.
bool waits(int rank, int tag, MPI_Status& status) {
  int there = 0;
  MPI_Iprobe(rank, tag, MPI_COMM_WORLD, &there, &status);
  return there != 0;
}

Message receive(const MPI_Status& status) {
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  Message message{status.MPI_SOURCE, status.MPI_TAG, std::string(static_cast<std::size_t>(size), '\0')};
  MPI_Recv(message.text.data(), size, MPI_CHAR, message.rank, message.tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return message;
}

class MpiRanks : public Ranks {
 public:
  MpiRanks(int rank, int size, std::function<bool()> stop) : rank_(rank), size_(size), stop_(std::move(stop)) {}
  int size() const override { return size_; }
  bool is_worker() const override { return rank_ != 0; }

 protected:
  bool stopped() const { return stop_ && stop_(); }

 private:
  int rank_;
  int size_;
  std::function<bool()> stop_;
};

class MpiWorker final : public MpiRanks {
 public:
  using MpiRanks::MpiRanks;
  ~MpiWorker() override {
    if (ended_) MPI_Finalize();
  }

  bool abandoned() override {
    MPI_Status status;
    return abandoned_ = abandoned_ || waits(0, abandon_tag, status);
  }

  void serve(const Work& work) override {
    while (true) {
      MPI_Status status;
      while (!waits(0, MPI_ANY_TAG, status)) {
        // mpirun asks all of them to end when one died or the user said so.
        if (stopped()) return;
        pause();
      }
      const Message message = receive(status);
      if (message.tag == end_tag) break;
      // One that comes when its job is done already has nothing to say.
      if (message.tag == job_tag) answer(work, message.text);
      if (stopped()) return;
    }
    ended_ = true;
  }

  std::vector<std::string> run_all(const std::vector<Job>&, const Work&, const Done&) override { return {}; }

 private:
  void answer(const Work& work, const std::string& job) {
    abandoned_ = false;
    try {
      send(0, result_tag, work(job));
    } catch (const std::exception& error) {
      // Whom mpirun ends has nobody to tell: rank 0 says it.
      if (!stopped()) send(0, failed_tag, error.what());
    }
  }

  bool abandoned_ = false;
  bool ended_ = false;
};

class MpiFirst final : public MpiRanks {
 public:
  using MpiRanks::MpiRanks;
  ~MpiFirst() override {
    if (stopped()) return;  // mpirun ends the others; some may be gone
    for (int rank = 1; rank < size(); ++rank) send(rank, end_tag, "");
    MPI_Finalize();
  }

  bool abandoned() override { return abandoned_; }

  std::vector<std::string> run_all(const std::vector<Job>& jobs, const Work& work, const Done& done) override {
    Round round{.results = std::vector<std::string>(jobs.size()), .busy = std::vector<int>(count(size()), kIdle)};
    const std::vector<std::size_t> order = longest_first(jobs);
    round.waiting.assign(order.begin(), order.end());
    abandoned_ = false;
    while (true) {
      if (round.failure.empty() && !stopped()) hand_out(jobs, work, round);
      if (!take(round, done) && round.is_idle()) break;
      if (stopped() && !own_.valid()) fail("stopped");
      pause();
    }
    if (!round.failure.empty()) throw Error(round.failure);
    return std::move(round.results);
  }

 private:
  static constexpr int kIdle = -1;
  static std::size_t count(int n) { return static_cast<std::size_t>(n); }

  struct Round {
    std::vector<std::string> results;
    std::vector<int> busy;              // by rank: its job, or kIdle
    std::deque<std::size_t> waiting{};  // jobs
    std::string failure{};              // the first

    bool is_idle() const {
      for (const int job : busy) {
        if (job != kIdle) return false;
      }
      return failure.empty() ? waiting.empty() : true;
    }
  };

  // The others first: rank 0 need not be sent anything.
  void hand_out(const std::vector<Job>& jobs, const Work& work, Round& round) {
    for (int next = 1; next <= size() && !round.waiting.empty(); ++next) {
      const int rank = next % size();
      if (round.busy[count(rank)] != kIdle) continue;
      const std::size_t job = round.waiting.front();
      round.waiting.pop_front();
      round.busy[count(rank)] = static_cast<int>(job);
      if (rank != 0)
        send(rank, job_tag, jobs[job].text);
      else
        own_ = std::async(std::launch::async, [&work, text = jobs[job].text] { return work(text); });
    }
  }

  /// Takes what has come. Whether anything had.
  bool take(Round& round, const Done& done) {
    bool any = false;
    if (own_.valid() && own_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      any = true;
      Message message{.rank = 0, .tag = result_tag};
      try {
        message.text = own_.get();
      } catch (const std::exception& error) {
        message = {.rank = 0, .tag = failed_tag, .text = error.what()};
      }
      settle(message, round, done);
    }
    MPI_Status status;
    while (waits(MPI_ANY_SOURCE, MPI_ANY_TAG, status)) {
      any = true;
      settle(receive(status), round, done);
    }
    return any;
  }

  void settle(const Message& message, Round& round, const Done& done) {
    const auto job = static_cast<std::size_t>(round.busy[count(message.rank)]);
    round.busy[count(message.rank)] = kIdle;
    try {
      if (message.tag == failed_tag && message.rank == 0) throw Error(message.text);
      if (message.tag == failed_tag) fail("process {}: {}", message.rank, message.text);
      round.results[job] = message.text;
      done(job, message.text);
    } catch (const std::exception& error) {
      if (round.failure.empty()) abandon(round, error.what());
    }
  }

  void abandon(Round& round, const std::string& why) {
    round.failure = why;
    abandoned_ = true;
    for (int rank = 1; rank < size(); ++rank) {
      if (round.busy[count(rank)] != kIdle) send(rank, abandon_tag, "");
    }
  }

  std::future<std::string> own_;
  std::atomic<bool> abandoned_ = false;
};

}  // namespace

std::unique_ptr<Ranks> begin_mpi(const std::function<bool()>& stop) {
  int has = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &has) != MPI_SUCCESS) fail("MPI cannot be started");
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank != 0) return std::make_unique<MpiWorker>(rank, size, stop);
  return std::make_unique<MpiFirst>(rank, size, stop);
}

}  // namespace mirim::detail
