#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mirim {

/// What teachers answer for each sample of a training set. Without augmentation a sample is the same in every epoch, so
/// they are asked once.
struct TeacherAnswers {
  std::int64_t outputs = 0;   ///< numbers for a sample
  std::vector<float> rows{};  ///< [samples, outputs], in the order of the set

  std::int64_t samples() const { return static_cast<std::int64_t>(rows.size()) / outputs; }
  bool operator==(const TeacherAnswers&) const = default;
};

/// Writes the file whole or not at all: magic, `key`, the numbers, a checksum. `key` is the hash of what the answers
/// depend on, 32 hexadecimal digits.
void write_answers(const std::filesystem::path& path, const std::string& key, const TeacherAnswers& answers);

/// Throws Error that names the file if it is missing, no such file, damaged, or of another key.
TeacherAnswers read_answers(const std::filesystem::path& path, const std::string& key);

}  // namespace mirim
