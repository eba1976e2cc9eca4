// The seanet cases of tflite-micro's integration tests: single operators with int16 activations, each with the numbers
// that tflite-micro must give, through the reader and the interpreter, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>
#include <vector>

#include "mirim/base/file.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/tflite.hpp"

namespace mirim {
namespace {

const std::filesystem::path kCases = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/conformance/seanet";

// The file NAME_PART_*.csv beside NAME.tflite, one row of integers, as the bytes of a tensor of type T.
template <class T>
Bytes read_row(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  std::vector<T> values;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    T value{};
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{}) {
      ++at;  // a comma, or the end of the line
      continue;
    }
    values.push_back(value);
    at = next;
  }
  const BytesView bytes = bytes_of(values);
  return {bytes.begin(), bytes.end()};
}

Bytes read_tensor(const std::filesystem::path& model, const std::string& part) {
  const std::string stem = (model.parent_path() / model.stem()).string() + "_" + part;
  if (std::filesystem::exists(stem + "_int16.csv")) return read_row<std::int16_t>(stem + "_int16.csv");
  return read_row<std::int32_t>(stem + "_int32.csv");
}

class Seanet : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Seanet, gives_the_golden_numbers) {
  const Model model = read_tflite_file(GetParam());
  Interpreter interpreter(model.main());
  for (std::size_t i = 0; i < model.main().inputs.size(); ++i) {
    interpreter.set_input(static_cast<int>(i), read_tensor(GetParam(), "input" + std::to_string(i)));
  }
  interpreter.run();
  const ConstTensorView output = interpreter.output(0);
  EXPECT_EQ(Bytes(output.bytes.begin(), output.bytes.end()), read_tensor(GetParam(), "golden"));
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> models;
  if (std::filesystem::exists(kCases)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kCases)) {
      if (entry.path().extension() == ".tflite") models.push_back(entry.path());
    }
  }
  std::sort(models.begin(), models.end());
  return models;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Seanet);
INSTANTIATE_TEST_SUITE_P(All, Seanet, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace mirim
