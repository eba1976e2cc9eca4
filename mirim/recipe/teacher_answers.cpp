#include "mirim/recipe/teacher_answers.hpp"

#include <cassert>
#include <cstring>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"

namespace mirim {
namespace {

constexpr std::string_view kMagic = "mirim teacher answers 1\n";
constexpr std::size_t kKey = 32;
constexpr std::size_t kHead = kMagic.size() + kKey + sizeof(std::int64_t);
constexpr std::size_t kEnd = sizeof(std::uint64_t);

template <class T>
BytesView bytes_of_one(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

void append(Bytes& all, BytesView part) { all.insert(all.end(), part.begin(), part.end()); }

template <class T>
T value_at(BytesView bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

void write_answers(const std::filesystem::path& path, const std::string& key, const TeacherAnswers& answers) {
  assert(key.size() == kKey);
  Bytes all;
  append(all, std::as_bytes(std::span(kMagic)));
  append(all, std::as_bytes(std::span(key)));
  append(all, bytes_of_one(answers.outputs));
  append(all, bytes_of(answers.rows));
  append(all, bytes_of_one(hash64(all)));
  write_file(path, all);
}

TeacherAnswers read_answers(const std::filesystem::path& path, const std::string& key) {
  const Bytes file = read_file(path);
  return in_context(path.string(), [&] {
    const BytesView bytes = file;
    if (bytes.size() < kMagic.size() || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
      fail("holds no teacher's answers of this version of mirim; name another file, or remove it");
    }
    constexpr std::string_view kDamaged = "is damaged (its checksum does not fit); remove it to ask the teacher again";
    if (bytes.size() < kHead + kEnd) fail("{}", kDamaged);
    const std::size_t end = bytes.size() - kEnd;
    if (hash64(bytes.first(end)) != value_at<std::uint64_t>(bytes, end)) fail("{}", kDamaged);
    if (std::memcmp(bytes.data() + kMagic.size(), key.data(), kKey) != 0) {
      fail("holds the answers of another teacher or for other training samples; name another file, or remove it");
    }
    TeacherAnswers answers{.outputs = value_at<std::int64_t>(bytes, kHead - sizeof(std::int64_t))};
    answers.rows.resize((end - kHead) / sizeof(float));
    std::memcpy(answers.rows.data(), bytes.data() + kHead, answers.rows.size() * sizeof(float));
    return answers;
  });
}

}  // namespace mirim
