#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "mirim/base/file.hpp"
#include "mirim/data/csv_data.hpp"

namespace mirim {
namespace {

/// The most memory that this process had since the last reset, in bytes.
std::int64_t peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

// One digit a field is the worst case: two bytes of text, four of float.
TEST(CsvMemorySlow, reading_a_table_takes_at_most_four_times_its_bytes) {
  std::string text = "label";
  for (int c = 0; c < 9; ++c) text += ",f" + std::to_string(c);
  text += '\n';
  for (int row = 0; row < 800'000; ++row) {
    text += static_cast<char>('0' + row % 10);
    for (int c = 0; c < 9; ++c) text += {',', static_cast<char>('0' + (row + c) % 10)};
    text += '\n';
  }
  const auto bytes = static_cast<std::int64_t>(text.size());  // 16 MB
  const auto file =
      std::filesystem::temp_directory_path() / ("mirim_csv_memory." + std::to_string(::getpid()) + ".csv");
  write_file(file, text);
  text = {};
  std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak
  const std::int64_t before = peak();
  const CsvData table = load_csv(file, {});
  const std::int64_t taken = peak() - before;
  std::filesystem::remove(file);
  EXPECT_EQ(table.data.size(), 800'000);
  EXPECT_GT(taken, bytes);
  EXPECT_LE(taken, 4 * bytes);
}

}  // namespace
}  // namespace mirim
