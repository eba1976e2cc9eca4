// How many samples whole models get right: the numbers that tflite-micro's kernels, and of floats TensorFlow Lite's,
// reach (../shared/data/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/cifar.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/idx.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"

namespace mirim {
namespace {

const std::filesystem::path kData = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data";

Model model_of(const std::string& name) { return read_tflite_file(kData / "models" / name); }

template <class T>
std::ptrdiff_t largest(std::span<const T> y) {
  return std::ranges::max_element(y) - y.begin();
}

// Samples of the model's input size, one behind the other, each with its label. `stream` keeps the state from one to
// the next.
template <class Label>
int right_answers(const std::string& model, BytesView samples, std::span<const Label> labels, bool stream = false) {
  Interpreter interpreter(model_of(model).main());
  const std::size_t size = samples.size() / labels.size();
  int right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    interpreter.set_input(0, samples.subspan(i * size, size));
    if (!stream) interpreter.reset();
    interpreter.run();
    const ConstTensorView y = interpreter.output(0);
    const auto answer = y.dtype() == DType::float32 ? largest(y.as<float>()) : largest(y.as<std::int8_t>());
    right += answer == static_cast<std::ptrdiff_t>(labels[i]);
  }
  return right;
}

// Pixels as an int8 model has them, minus 128, and as a float model does.
void shift(Bytes& pixels) {
  for (std::byte& pixel : pixels) pixel ^= std::byte{128};
}
std::vector<float> scaled(const Bytes& pixels, float divisor) {
  std::vector<float> values;
  for (const std::byte pixel : pixels) values.push_back(static_cast<float>(std::to_integer<int>(pixel)) / divisor);
  return values;
}

class RightAnswersSlow : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << kData << " is not there";
  }
};

TEST_F(RightAnswersSlow, kws_dscnn_int8) {
  const Tensor x = read_npy(kData / "kws01/kws01_x_int8.npy"), y = read_npy(kData / "kws01/kws01_y_uint8.npy");
  EXPECT_EQ(right_answers("mlperf_tiny/kws_dscnn_int8.tflite", x.bytes, y.as<std::uint8_t>()), 901);
}

TEST_F(RightAnswersSlow, ic_resnet8) {
  CifarRecords records;
  append_cifar10(read_unpacked(kData / "datasets/cifar10/test_batch.bin.xz"), records);
  const std::span<const std::int32_t> labels(records.labels);
  const std::vector<float> values = scaled(records.images, 1);
  EXPECT_NEAR(right_answers("mlperf_tiny/ic_resnet8_float32.tflite", bytes_of(values), labels), 8719, 10);
  shift(records.images);
  EXPECT_EQ(right_answers("mlperf_tiny/ic_resnet8_int8.tflite", records.images, labels), 8707);
}

TEST_F(RightAnswersSlow, mnist_lstm) {
  const auto folder = kData / "datasets/mnist_subset";
  Tensor x = parse_idx(read_unpacked(folder / "test3k-images-idx3-ubyte.xz"));
  const Tensor y = read_idx(folder / "test3k-labels-idx1-ubyte");
  const auto labels = y.as<std::uint8_t>();
  const std::vector<float> values = scaled(x.bytes, 255);
  EXPECT_NEAR(right_answers("tflm/mnist_lstm_float32.tflite", bytes_of(values), labels, true), 2738, 3);
  shift(x.bytes);
  EXPECT_EQ(right_answers("tflm/mnist_lstm_int8.tflite", x.bytes, labels), 2932);
  EXPECT_EQ(right_answers("tflm/mnist_lstm_int8.tflite", x.bytes, labels, true), 2731);
}

// Windows of five frames of one machine's sound, which the model should give back.
TEST_F(RightAnswersSlow, ad_autoencoder_float32) {
  const Tensor frames = read_npy(kData / "models/mlperf_tiny/testdata/ad_normal_id_01_00000000_f32.npy");
  const auto values = frames.as<float>();
  constexpr std::size_t kFrame = 128, kWindow = 5 * kFrame;
  Interpreter interpreter(model_of("mlperf_tiny/ad_autoencoder_float32.tflite").main());
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t at = 0; at + kWindow <= values.size(); at += kFrame, count += kWindow) {
    const auto window = values.subspan(at, kWindow);
    interpreter.set_input(0, std::as_bytes(window));
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    for (std::size_t i = 0; i < kWindow; ++i) sum += (y[i] - window[i]) * (y[i] - window[i]);
  }
  EXPECT_EQ(count, 196 * kWindow);
  EXPECT_NEAR(sum / static_cast<double>(count), 9.707, 0.0005);
}

}  // namespace
}  // namespace mirim
