#include "mirim/data/wav.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/files_read.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/base/text.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/file_names.hpp"
#include "mirim/data/labels.hpp"
#include "mirim/formats/archive.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/sound.hpp"
#include "mirim/ops/log_mel.hpp"

namespace mirim {
namespace {

namespace fs = std::filesystem;

// So many samples at full scale, one after the other, are clipped.
constexpr int kClipped = 3;
// The peak of a recording without anything in it: 8 of 32768, the noise of a converter.
constexpr int kSilent = 8;

bool is_wav(const std::string& name) {
  std::string end = fs::path(name).extension().string();
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string file = fs::path(name).filename().string();
  return end == ".wav" && !file.starts_with('.');  // "._x.wav" is macOS's note on x.wav
}

int peak_of(const std::vector<std::int16_t>& samples) {
  int peak = 0;
  for (const std::int16_t s : samples) peak = std::max(peak, std::abs(int{s}));
  return peak;
}

bool is_clipped(const std::vector<std::int16_t>& samples) {
  int run = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool full = samples[i] == 32767 || samples[i] <= -32767;
    run = full ? (run > 0 && samples[i] == samples[i - 1] ? run + 1 : 1) : 0;
    if (run == kClipped) return true;
  }
  return false;
}

class Loader {
 public:
  explicit Loader(const SourceOptions& given)
      : given_(given),
        rate_(given.whole("rate", 0, 1'000, 192'000)),
        length_(given.number("length", 0, 0.0001, 3600)),
        logmel_(given.one_of("features", {"samples", "logmel"}) == "logmel"),
        channels_(given.one_of("channels", {"only", "first", "mean"})),
        silent_(given.one_of("silent", {"refuse", "skip", "keep"})),
        drop_(given.list("drop")) {
    if (!logmel_) {
      for (const char* key : {"window", "hop", "bands", "low", "high"}) {
        if (given.has(key)) fail("wav: {} is of features=logmel", key);
      }
    }
    if (given.has("csv")) table_.emplace(given.text("csv", ""), given.text("file", ""));
    if (!given.has("csv") && given.has("file")) fail("wav: file= is a column of the table that csv= names");
    const FileTable* table = table_ ? &*table_ : nullptr;
    const std::string label = given.text("label", table && table->has("label") ? "label" : "");
    if (!label.empty() && label != "none") label_.emplace("wav: label", label, table);
    unlabelled_ = label == "none";
    if (given.has("group")) group_.emplace("wav: group", given.text("group", ""), table);
    if (given.has("test")) test_.emplace("wav: test", given.text("test", ""), table);
  }

  Source load() {
    read_all();
    if (names_.empty()) fail("has no .wav files");
    std::ranges::sort(names_);
    settle_label();
    data_.sample = {DType::float32, {sample_length()}};
    if (logmel_) prepare_log_mel();
    for (const std::string& name : names_) in_context(name, [&] { add(name, recordings_.at(name)); });
    if (used_ == 0) fail("all recordings are silent");
    describe();
    return parted();
  }

 private:
  void keep(const std::string& name, BytesView bytes) {
    in_context(name, [&] {
      const Channels channels = channels_ == "only"    ? Channels::only
                                : channels_ == "first" ? Channels::first
                                                       : Channels::mean;
      Sound sound = parse_wav(bytes, channels);
      if (is_clipped(sound.samples)) clipped_.push_back(name);
      if (rate_ == 0) rate_ = sound.rate, rate_of_ = name;
      if (sound.rate != rate_ && !given_.has("rate")) {
        fail("has {} samples a second, {} has {}; say rate=NUMBER and the others are resampled", sound.rate, rate_of_,
             rate_);
      }
      if (sound.rate != rate_) ++resampled_;
      sound = resampled(std::move(sound), rate_);
      const auto length = std::ssize(sound.samples);
      if (shortest_.empty() || length < least_) least_ = length, shortest_ = name;
      if (longest_.empty() || length > most_) most_ = length, longest_ = name;
      if (length_ > 0) {
        sound.samples.resize(std::min(sound.samples.size(), static_cast<std::size_t>(sample_length())));
        sound.samples.shrink_to_fit();
      }
      bytes_ += 2 * std::ssize(sound.samples);
      if (bytes_ > kMostUnpackedBytes) fail("with this, the recordings take over 4 GB; choose a shorter length=");
      names_.push_back(name);
      recordings_.emplace(name, std::move(sound.samples));
    });
  }

  bool wanted(const std::string& name) const {
    if (!is_wav(name)) return false;
    for (const fs::path& part : fs::path(name).parent_path()) {
      if (std::ranges::find(drop_, part.string()) != drop_.end()) return false;
    }
    return true;
  }

  void read_all() {
    const fs::path place = given_.place();
    std::error_code error;
    if (fs::is_regular_file(place, error)) {
      if (!is_archive(place)) fail("is no folder and no archive (.tar, .tar.gz, .tar.xz, .tgz, .zip)");
      for_each_file_in(
          BytesView(read_file(place)), [&](const std::string& name) { return wanted(name); },
          [&](const std::string& name, const Bytes& bytes) { keep(name, bytes); });
      return;
    }
    if (!fs::is_directory(place, error)) fail("there is no such folder or archive");
    note_read(place);  // another file in it is another set
    for (const auto& entry : fs::recursive_directory_iterator(place, fs::directory_options::skip_permission_denied)) {
      if (entry.is_directory(error)) note_read(entry.path());
      const std::string name = entry.path().lexically_relative(place).generic_string();
      if (!entry.is_regular_file(error) || !wanted(name)) continue;
      keep(name, read_file(entry.path()));
    }
  }

  // Without label=: the folders, if there are several, else the first part of the names.
  void settle_label() {
    if (label_ || unlabelled_) return;
    std::map<std::string, int> folders;
    for (const std::string& name : names_) ++folders[fs::path(name).parent_path().filename().string()];
    why_ = folders.size() > 1 ? "folder" : "name";
    label_.emplace("wav: label", why_, nullptr);
  }

  std::int64_t sample_length() const {
    if (length_ > 0) return std::max<std::int64_t>(1, std::llround(length_ * static_cast<double>(rate_)));
    if (least_ != most_) {
      fail("{} has {} samples, {} has {}; say length=SECONDS, and they are cut, or filled with silence", shortest_,
           least_, longest_, most_);
    }
    return most_;
  }

  void prepare_log_mel() {
    front_.emplace(log_mel_settings(given_, rate_));
    const std::int64_t frames = front_->frames(sample_length());
    if (frames == 0) fail("a sample of {} samples is shorter than a window of {}", sample_length(), front_->size());
    data_.sample.shape = {frames, front_->bands(), 1};
  }

  void add(const std::string& name, const std::vector<std::int16_t>& recorded) {
    if (peak_of(recorded) <= kSilent && silent_ != "keep") {
      if (silent_ == "refuse") fail("is silent; leave it out with silent=skip, or take it with silent=keep");
      silent_ones_.push_back(name);
      return;
    }
    if (label_) labels_.add(label_->of(name));
    if (group_) {
      const auto next = static_cast<std::int32_t>(groups_.size());
      data_.groups.push_back(groups_.try_emplace(group_->of(name), next).first->second);
    }
    is_test_.push_back(test_ && test_->has(name));
    std::vector<std::int16_t> samples = recorded;
    samples.resize(static_cast<std::size_t>(sample_length()));
    if (front_) {
      append(front_->features(samples));
    } else {
      std::vector<float> values(samples.size());
      std::ranges::transform(samples, values.begin(), [](std::int16_t s) { return static_cast<float>(s) / 32768; });
      append(values);
    }
    ++used_;
  }

  void append(const std::vector<float>& values) {
    const BytesView bytes = bytes_of(values);
    data_.samples.insert(data_.samples.end(), bytes.begin(), bytes.end());
    if (std::ssize(data_.samples) > kMostUnpackedBytes) {
      fail("with this, samples take over 4 GB; choose a shorter length=, or features=logmel");
    }
  }

  void describe() {
    const auto seconds = [&](std::int64_t samples) {
      return static_cast<double>(samples) / static_cast<double>(rate_);
    };
    std::string line = fmt::format("{} recordings of {:.3g} to {:.3g} s at {} Hz", with_commas(used_), seconds(least_),
                                   seconds(most_), with_commas(rate_));
    if (resampled_ > 0) line += fmt::format(", {} of them resampled", with_commas(resampled_));
    if (length_ > 0) line += fmt::format("; each is cut or filled to {:.4g} s", seconds(sample_length()));
    data_.notes.push_back(line);
    if (front_) {
      data_.notes.push_back(fmt::format("features: {} log-mel bands of {} frames ({} samples, every {})",
                                        front_->bands(), data_.sample.shape[0], front_->size(), front_->hop()));
    }
    if (label_) {
      std::move(labels_).set(data_);
      data_.notes.push_back(fmt::format("label: {}, {} classes: {}",
                                        why_.empty()       ? given_.text("label", "label")
                                        : why_ == "folder" ? "the folder"
                                                           : "the name's first part",
                                        data_.class_names.size(), listed(data_.class_names)));
    } else {
      data_.notes.emplace_back("no label");
    }
    if (group_) data_.notes.push_back(fmt::format("{} groups by {}", groups_.size(), given_.text("group", "")));
    const auto some = [&](const std::vector<std::string>& names, std::string_view what) {
      if (names.empty()) return;
      data_.notes.push_back(fmt::format("{} {} {}, such as {}", with_commas(std::ssize(names)),
                                        names.size() == 1 ? "recording is" : "recordings are", what,
                                        *std::ranges::min_element(names)));
    };
    some(clipped_, "clipped");
    some(silent_ones_, "left out because silent");
  }

  // The samples that `test` chooses, and the others.
  Source parted() {
    if (!test_) return {.samples = std::move(data_)};
    Source source{.samples = part(false), .test = part(true)};
    for (const Dataset* half : {&source.samples, &*source.test}) {
      if (half->size() > 0) continue;
      fail("test={} chooses {} of the recordings", given_.text("test", ""), half == &source.samples ? "all" : "none");
    }
    return source;
  }

  Dataset part(bool test) const {
    Dataset result{.sample = data_.sample,
                   .class_names = data_.class_names,
                   .named_classes = data_.named_classes,
                   .notes = data_.notes};
    for (std::size_t i = 0; i < is_test_.size(); ++i) {
      if (is_test_[i] != test) continue;
      const BytesView sample = data_[static_cast<std::int64_t>(i)];
      result.samples.insert(result.samples.end(), sample.begin(), sample.end());
      if (label_) result.labels.push_back(data_.labels[i]);
      if (group_) result.groups.push_back(data_.groups[i]);
    }
    return result;
  }

  const SourceOptions& given_;
  std::int64_t rate_;  // 0 until the first recording
  double length_;      // seconds; 0: all have the same
  bool logmel_;
  std::string channels_, silent_;
  std::vector<std::string> drop_;
  std::optional<FileTable> table_{};
  std::optional<FileFact> label_{}, group_{};
  std::optional<FileChoice> test_{};
  bool unlabelled_ = false;
  std::string why_{};  // the label was not named: what it is

  std::vector<std::string> names_{};
  std::map<std::string, std::vector<std::int16_t>> recordings_{};
  std::string rate_of_{}, shortest_{}, longest_{};
  std::int64_t least_ = 0, most_ = 0, bytes_ = 0, resampled_ = 0, used_ = 0;
  std::vector<std::string> clipped_{}, silent_ones_{};

  std::optional<LogMel> front_{};
  Dataset data_{};
  TextLabels labels_{};
  std::map<std::string, std::int32_t> groups_{};
  std::vector<bool> is_test_{};
};

}  // namespace

Source load_wav(std::string_view spec) {
  const SourceOptions given("wav", spec,
                            {"label", "group", "test", "csv", "file", "rate", "length", "channels", "silent", "drop",
                             "features", "window", "hop", "bands", "low", "high"});
  Loader loader(given);
  return in_context(given.place(), [&] { return loader.load(); });
}

}  // namespace mirim
