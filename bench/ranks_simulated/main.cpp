// The search of a journal again, as N processes would have done it by the durations that the journal has; and as many
// such jobs as make 16 for each process, drawn at random and handed out in that order, as if none were expected to
// take longer than another. Rows: what, processes, efficiency.
//
//   ranks_simulated JOURNAL CANDIDATES FINALISTS FIRST_EPOCHS EPOCHS

#include <fmt/core.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/explore/search.hpp"

namespace mirim {
namespace {

struct Entry {
  double seconds = 0;
  std::string result;
};

std::map<std::string, Entry> read_journal(const char* path) {
  std::map<std::string, Entry> entries;
  std::istringstream lines(read_text(path));
  std::string line;
  std::getline(lines, line);  // what the search is of
  while (std::getline(lines, line)) {
    const auto json = nlohmann::ordered_json::parse(line);
    entries[json["job"]] = {json["seconds"], json["result"].dump()};
  }
  return entries;
}

void replay(const std::map<std::string, Entry>& journal, const SearchSettings& settings) {
  for (const int size : {1, 2, 4, 8, 64}) {
    SimulatedRanks ranks(size, [&](const Job& job) { return journal.at(job.text).seconds; });
    const auto work = [&](const std::string& job) { return journal.at(job).result; };
    const RunJobs run = [&](const std::vector<Job>& jobs) {
      return ranks.run_all(jobs, work, [](auto, const auto&) {});
    };
    search(settings, {}, "cortex-m4", run, {});
    fmt::print("this search, {} simulated: {:.1f} s, efficiency {:.3f}\n", size, ranks.elapsed(), ranks.efficiency());
  }
}

void simulate_many(const std::map<std::string, Entry>& journal) {
  std::vector<double> trained;
  for (const auto& [job, entry] : journal) {
    if (job.find("\"train\"") != std::string::npos) trained.push_back(entry.seconds);
  }
  if (trained.empty()) fail("the journal has no training");
  constexpr int kJobs = 16;  // of each process
  for (const int size : {2, 64, 1000}) {
    Random random(1);
    const std::vector<Job> jobs(static_cast<std::size_t>(kJobs * size), Job{});
    SimulatedRanks ranks(size, [&](const Job&) {
      return trained[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(trained.size())))];
    });
    ranks.run_all(
        jobs, [](const std::string&) { return std::string(); }, [](auto, const auto&) {});
    fmt::print("{} jobs, {} simulated: efficiency {:.3f}\n", jobs.size(), size, ranks.efficiency());
  }
}

}  // namespace
}  // namespace mirim

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  try {
    const auto journal = mirim::read_journal(argv[1]);
    mirim::replay(journal, {.candidates = std::atoi(argv[2]),
                            .finalists = std::atoi(argv[3]),
                            .first_epochs = std::atoi(argv[4]),
                            .epochs = std::atoi(argv[5]),
                            .max_drop = 100});
    mirim::simulate_many(journal);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ranks_simulated: {}\n", error.what());
    return 1;
  }
}
