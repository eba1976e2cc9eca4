#include "mirim/cli/console.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "mirim/base/error.hpp"

namespace mirim::cli {
namespace {

volatile sig_atomic_t stopped = 0;

void on_signal(int) { stopped = 1; }

/// Prints the notes that no earlier call has printed.
void note_new_lines(const Subset& samples, std::string_view front) {
  static std::set<std::string> shown;
  if (!samples.data) return;
  for (const std::string& line : samples.data->notes) {
    if (shown.insert(line).second) note(fmt::format("{}{}", front, line));
  }
}

std::string score(Metric metric, float accuracy, float error) {
  return metric == Metric::error ? fmt::format("RMSE {:.4g}", error) : fmt::format("accuracy {:.2f} %", 100 * accuracy);
}

}  // namespace

void print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    fail("stdout: cannot write: {}", std::strerror(errno));
  }
}

void note(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

void note_data(const Splits& data) {
  note_data(data.training);
  if (data.test.data != data.training.data) note_new_lines(data.test, data.training.data ? "test data: " : "data: ");
}

void note_data(const Subset& data) { note_new_lines(data, "data: "); }

std::function<void(const Progress&)> training_progress() {
  using Clock = std::chrono::steady_clock;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  auto last = std::make_shared<Clock::time_point>();
  return [terminal, last](const Progress& p) {
    if (p.finished) {
      const EpochRecord& e = *p.finished;
      std::string line = fmt::format("epoch {:>3}/{}  loss {:.4f}  {}", e.epoch, p.epochs, e.training_loss,
                                     score(p.metric, e.training_accuracy, e.training_error));
      if (p.validated) {
        line += fmt::format("  validation loss {:.4f}  {}", e.validation_loss,
                            score(p.metric, e.validation_accuracy, e.validation_error));
      }
      note(fmt::format("{}{}  {:.1f} s", terminal ? "\r\x1b[K" : "", line, e.seconds));
      return;
    }
    if (!terminal || Clock::now() - *last < std::chrono::milliseconds(100)) return;
    *last = Clock::now();
    constexpr std::int64_t kBar = 24;
    const auto full = static_cast<std::size_t>(kBar * p.step / std::max<std::int64_t>(1, p.steps));
    const std::string bar = std::string(full, '=') + std::string(kBar - full, ' ');
    fmt::print(stderr, "\r\x1b[Kepoch {:>3}/{}  [{}]  loss {:.4f}  {}  {:.0f} s left", p.epoch, p.epochs, bar, p.loss,
               score(p.metric, p.accuracy, p.error), p.seconds_left);
    std::fflush(stderr);
  };
}

std::function<bool()> stop_on_signal() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return [] { return stopped != 0; };
}

}  // namespace mirim::cli
