// How many samples whole models get right: the numbers that tflite-micro's kernels reach (../shared/data/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/cifar.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"

namespace mirim {
namespace {

const std::filesystem::path kData = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data";

// Samples of the model's input size, one behind the other, each with its label.
template <class Label>
int right_answers(const std::string& model, BytesView samples, std::span<const Label> labels) {
  Interpreter interpreter(read_tflite_file(kData / "models/mlperf_tiny" / model).main());
  const std::size_t size = samples.size() / labels.size();
  int right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    interpreter.set_input(0, samples.subspan(i * size, size));
    interpreter.run();
    const auto y = interpreter.output(0).as<std::int8_t>();
    right += std::ranges::max_element(y) - y.begin() == static_cast<std::ptrdiff_t>(labels[i]);
  }
  return right;
}

TEST(RightAnswersSlow, kws_dscnn_int8) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << kData << " is not there";
  const Tensor x = read_npy(kData / "kws01/kws01_x_int8.npy"), y = read_npy(kData / "kws01/kws01_y_uint8.npy");
  EXPECT_EQ(right_answers("kws_dscnn_int8.tflite", x.bytes, y.as<std::uint8_t>()), 901);
}

TEST(RightAnswersSlow, ic_resnet8_int8) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << kData << " is not there";
  CifarRecords records;
  append_cifar10(read_unpacked(kData / "datasets/cifar10/test_batch.bin.xz"), records);
  for (std::byte& pixel : records.images) pixel ^= std::byte{128};  // minus 128
  EXPECT_EQ(right_answers("ic_resnet8_int8.tflite", records.images, std::span<const std::int32_t>(records.labels)),
            8707);
}

}  // namespace
}  // namespace mirim
