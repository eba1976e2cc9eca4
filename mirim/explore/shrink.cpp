#include "mirim/explore/shrink.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/explore/found.hpp"
#include "mirim/explore/journal.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {
namespace {

constexpr int kVersion = 1;

/// Counted apart from the result, which must not depend on it.
std::string with_seconds(const Worker& worker, const std::string& job) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const std::string result = worker(job);
  return std::to_string(std::chrono::duration<double>(Clock::now() - begin).count()) + " " + result;
}

Journal::Head head_of(const ShrinkSettings& settings, const VerbWork& work, const Splits& data) {
  const TrialTraining& t = settings.training;
  return {{"version", fmt::format("{}", kVersion)},
          {"model", hash_text(read_file(work.model))},
          {"data", fingerprint(data)},
          {"training", fmt::format("batch {}, learning rate {}, seed {}, threads {}", t.batch, t.learning_rate, t.seed,
                                   t.threads)}};
}

/// The jobs' results: from the journal where it has them, else by the ranks and then into the journal.
std::vector<std::string> run_jobs(const std::vector<Job>& jobs, Journal& journal, Ranks& ranks, const Ranks::Work& work,
                                  const VerbWork& who_waits) {
  constexpr double kLong = 1;  // seconds of a job that people want to hear of
  std::vector<Job> open;
  for (const Job& job : jobs) {
    if (!journal.result_of(job.text)) open.push_back(job);
  }
  std::size_t ended = 0;
  ranks.run_all(open, work, [&](std::size_t i, const std::string& timed) {
    const std::size_t space = timed.find(' ');
    const double seconds = std::stod(timed.substr(0, space));
    journal.add(open[i].text, seconds, timed.substr(space + 1));
    ++ended;
    if (seconds >= kLong) who_waits.tell(fmt::format("{} of {} done, {:.0f} s", ended, open.size(), seconds));
  });
  std::vector<std::string> results;
  for (const Job& job : jobs) results.push_back(*journal.result_of(job.text));
  return results;
}

}  // namespace

int shrink_version() { return kVersion; }

std::string journal_key(const ShrinkSettings& settings, const VerbWork& work, const Splits& data) {
  std::string all;
  for (const auto& [name, value] : head_of(settings, work, data)) all += fmt::format("{} = {}\n", name, value);
  return hash_text(bytes_of(all)).substr(0, 16);
}

VerbResult shrink(const ShrinkSettings& settings, const VerbWork& work, const std::function<Splits()>& load_data,
                  Ranks& ranks) {
  const auto stop = [&] { return (work.stop && work.stop()) || ranks.abandoned(); };
  std::unique_ptr<Splits> data;
  std::unique_ptr<Worker> worker;
  const auto begin = [&] {
    if (worker) return;
    data = std::make_unique<Splits>(load_data());
    worker = std::make_unique<Worker>(work.model, *data, settings.training, stop);
  };
  const Ranks::Work do_job = [&](const std::string& job) {
    begin();
    if (stop()) fail("stopped");
    return with_seconds(*worker, job);
  };
  if (ranks.is_worker()) {
    ranks.serve(do_job);
    return {};
  }

  const Budget budget = budget_of(settings.budget, settings.device);
  const std::string target(choose_target("", settings.device).name);
  begin();
  const std::filesystem::path path =
      settings.journal.empty() ? std::filesystem::path(work.output.string() + ".journal") : settings.journal;
  Journal journal(path, head_of(settings, work, *data));
  if (journal.size() > 0) work.tell(fmt::format("{}: goes on with {} results", path.string(), journal.size()));
  if (ranks.size() > 1) work.tell(fmt::format("{} processes", ranks.size()));
  const auto run = [&](const std::vector<Job>& jobs) {
    try {
      return run_jobs(jobs, journal, ranks, do_job, work);
    } catch (const Error&) {
      if (!work.stop || !work.stop()) throw;
      fail("stopped; the same command goes on from {}", path.string());
    }
  };
  const Found found = search(settings.search, budget, target, run, work.say);
  write_file(work.output, found.file);
  return {to_text(found, work.output.string()), to_json(found, work.output.string())};
}

}  // namespace mirim
