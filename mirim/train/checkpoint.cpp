#include "mirim/train/checkpoint.hpp"

#include <fmt/format.h>

#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"

namespace mirim {
namespace {

constexpr std::string_view kMagic = "MIRIMCK3";

class Writer {
 public:
  Bytes bytes;

  template <class T>
    requires std::is_arithmetic_v<T>
  void operator()(const T& value) {
    raw(&value, sizeof(T));
  }
  void operator()(const std::string& text) { array(text); }
  void operator()(const std::vector<float>& values) { array(values); }
  template <class T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) (*this)(value);
  }
  void operator()(const EpochRecord& record);
  void operator()(const Learnt& learnt);
  void operator()(const Checkpoint& checkpoint);

 private:
  template <class T>
  void array(const T& values) {
    (*this)(static_cast<std::uint64_t>(values.size()));
    raw(values.data(), values.size() * sizeof(values[0]));
  }
  void raw(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), first, first + size);
  }
};

class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}
  bool at_end() const { return bytes_.empty(); }

  template <class T>
    requires std::is_arithmetic_v<T>
  void operator()(T& value) {
    raw(&value, sizeof(T));
  }
  void operator()(std::string& text) { array(text); }
  void operator()(std::vector<float>& values) { array(values); }
  template <class T>
  void operator()(std::vector<T>& values) {
    values.resize(count(1));
    for (T& value : values) (*this)(value);
  }
  void operator()(EpochRecord& record);
  void operator()(Learnt& learnt);
  void operator()(Checkpoint& checkpoint);

 private:
  std::size_t count(std::size_t least_bytes_each) {
    std::uint64_t n = 0;
    (*this)(n);
    if (n > bytes_.size() / least_bytes_each) fail("is damaged: it promises more than it holds");
    return static_cast<std::size_t>(n);
  }
  template <class T>
  void array(T& values) {
    values.resize(count(sizeof(values[0])));
    raw(values.data(), values.size() * sizeof(values[0]));
  }
  void raw(void* to, std::size_t size) {
    if (size > bytes_.size()) fail("is damaged: it ends too early");
    if (size > 0) std::memcpy(to, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
  }
  BytesView bytes_;
};

// One list of members for writing and reading.
template <class Archive, class T>
void members_of_record(Archive& a, T& r) {
  a(r.epoch), a(r.training_loss), a(r.training_accuracy), a(r.training_error);
  a(r.validation_loss), a(r.validation_accuracy), a(r.validation_error), a(r.learning_rate), a(r.seconds);
}
template <class Archive, class T>
void members_of_learnt(Archive& a, T& l) {
  a(l.parameters), a(l.moments), a(l.statistics), a(l.steps), a(l.ranges), a(l.step);
}
template <class Archive, class T>
void members_of_checkpoint(Archive& a, T& c) {
  a(c.settings), a(c.epoch), a(c.learnt), a(c.history), a(c.best_epoch), a(c.best);
}

void Writer::operator()(const EpochRecord& record) { members_of_record(*this, record); }
void Writer::operator()(const Learnt& learnt) { members_of_learnt(*this, learnt); }
void Writer::operator()(const Checkpoint& checkpoint) { members_of_checkpoint(*this, checkpoint); }
void Reader::operator()(EpochRecord& record) { members_of_record(*this, record); }
void Reader::operator()(Learnt& learnt) { members_of_learnt(*this, learnt); }
void Reader::operator()(Checkpoint& checkpoint) { members_of_checkpoint(*this, checkpoint); }

}  // namespace

std::vector<std::string> settings_of(const Graph& graph, const FitOptions& options, std::int64_t samples) {
  std::vector<std::string> lines;
  for (const Node& node : graph.nodes) {
    std::string line = fmt::format("layer {} = {}", node.name, node.op.name());
    for (const ValueId id : node.inputs) line += id == kNoValue ? " -" : " " + to_string(graph[id].type.shape);
    lines.push_back(std::move(line));
  }
  const Loss& loss = options.loss;
  const Optimizer& o = options.optimizer;
  const Schedule& s = options.schedule;
  lines.push_back(fmt::format("training samples = {}", samples));
  lines.push_back(fmt::format("epochs = {}", options.epochs));
  lines.push_back(fmt::format("batch = {}", options.batch));
  lines.push_back(fmt::format("threads = {}", options.threads));
  lines.push_back(fmt::format("seed = {}", options.seed));
  lines.push_back(fmt::format("plain = {}", options.plain));
  lines.push_back(fmt::format("patience = {}", options.patience));
  lines.push_back(fmt::format("loss = {}, label smoothing {}", name(loss.kind), loss.label_smoothing));
  for (const float weight : loss.class_weights) lines.push_back(fmt::format("class weight = {}", weight));
  lines.push_back(fmt::format("optimizer = {}, momentum {}, beta {} {}, epsilon {}, weight decay {}",
                              static_cast<int>(o.kind), o.momentum, o.beta1, o.beta2, o.epsilon, o.weight_decay));
  if (o.longest > 0) lines.push_back(fmt::format("longest gradient = {}", o.longest));
  if (o.relative) lines.emplace_back("steps = relative");
  lines.push_back(fmt::format("schedule = {}, rate {}, warm-up {}, every {}, factor {}, last {}",
                              static_cast<int>(s.kind), s.rate, s.warmup_epochs, s.every, s.factor, s.last));
  const std::vector<std::string>& shaping = options.shaping.settings;
  lines.insert(lines.end(), shaping.begin(), shaping.end());
  lines.insert(lines.end(), options.more_settings.begin(), options.more_settings.end());
  return lines;
}

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  Writer writer;
  for (const char c : kMagic) writer(c);
  writer(checkpoint);
  writer(hash64(writer.bytes));
  write_file(path, writer.bytes);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  return in_context(path.string(), [&] {
    const std::size_t ends = sizeof(std::uint64_t);
    if (bytes.size() < kMagic.size() + ends || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
      fail("is not a checkpoint of this version of mirim; remove it to start anew");
    }
    std::uint64_t expected = 0;
    std::memcpy(&expected, bytes.data() + bytes.size() - ends, ends);
    const BytesView content = BytesView(bytes).first(bytes.size() - ends);
    if (hash64(content) != expected) fail("is damaged (its checksum does not fit); remove it to start anew");
    Reader reader(content.subspan(kMagic.size()));
    Checkpoint checkpoint;
    reader(checkpoint);
    if (!reader.at_end()) fail("is damaged: something follows its end");
    return checkpoint;
  });
}

void require_same_settings(const std::filesystem::path& path, const std::vector<std::string>& of_checkpoint,
                           const std::vector<std::string>& now) {
  for (std::size_t i = 0; i < std::max(of_checkpoint.size(), now.size()); ++i) {
    const std::string was = i < of_checkpoint.size() ? of_checkpoint[i] : "nothing more";
    const std::string is = i < now.size() ? now[i] : "nothing more";
    if (was == is) continue;
    fail("{}: was made with '{}', this training has '{}'; use the same settings, or remove it to start anew",
         path.string(), was, is);
  }
}

}  // namespace mirim
