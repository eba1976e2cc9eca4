#include "mirim/explore/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

Json as_json(const Journal::Head& head) {
  Json json{{"journal", "mirim shrink 1"}};
  for (const auto& [name, value] : head) json[name] = value;
  return json;
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void require_same(const std::string& file, const Json& there, const Json& wanted) {
  for (const auto& [name, value] : wanted.items()) {
    const std::string own = there.contains(name) ? dumped(there[name]) : "nothing";
    if (own == dumped(value)) continue;
    fail("{}: the journal is of another search: its {} is {}, this one's {}; give another --journal, or remove it",
         file, name, own, dumped(value));
  }
}

}  // namespace

Journal::Journal(std::filesystem::path path, const Head& head) : path_(std::move(path)) {
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path());
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) fail("{}: cannot be opened: {}", path_.string(), std::strerror(errno));
  try {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      fail("{}: another search is writing this journal; wait for it, or give another --journal", path_.string());
    }
    read(read_text(path_), head);
  } catch (...) {
    ::close(file_);
    throw;
  }
}

Journal::~Journal() { ::close(file_); }

void Journal::read(const std::string& text, const Head& head) {
  const std::string first = dumped(as_json(head));
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole == 0 && !first.starts_with(text)) {
    fail("{}: is no journal of mirim shrink; give another --journal", path_.string());
  }
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < whole;) {
    const std::size_t end = text.find('\n', begin);
    const Json json = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    begin = end + 1;
    if (++line == 1) {
      if (!json.is_object() || !json.contains("journal")) {
        fail("{}: is no journal of mirim shrink; give another --journal", path_.string());
      }
      require_same(path_.string(), json, as_json(head));
      continue;
    }
    if (!json.is_object() || !json.contains("job") || !json["job"].is_string() || !json.contains("result")) {
      fail("{}: line {} is no journal's; give another --journal", path_.string(), line);
    }
    results_[json["job"]] = dumped(json["result"]);
  }
  // Only now: the file is a journal.
  if (whole < text.size() && ::ftruncate(file_, static_cast<off_t>(whole)) != 0) {
    fail("{}: cannot be cut: {}", path_.string(), std::strerror(errno));
  }
  if (whole == 0) append(first);
}

std::optional<std::string> Journal::result_of(const std::string& job) const {
  const auto found = results_.find(job);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

void Journal::add(const std::string& job, double seconds, const std::string& result) {
  Json line{{"job", job}, {"seconds", seconds}};
  line["result"] = Json::parse(result);
  results_[job] = dumped(line["result"]);
  append(dumped(line));
}

void Journal::append(const std::string& line) const {
  const std::string text = line + "\n";
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(file_, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("{}: cannot be written: {}", path_.string(), std::strerror(errno));
    written += static_cast<std::size_t>(n);
  }
  if (::fsync(file_) != 0 && errno != EINVAL) fail("{}: cannot be written: {}", path_.string(), std::strerror(errno));
}

}  // namespace mirim
