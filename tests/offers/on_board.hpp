#pragma once

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/offers/board_kernel.hpp"
#include "tests/offers/cases.hpp"

/// Kernels on the emulated Cortex-M4: one firmware that calls any of them, with a call in each of its samples.
namespace mirim::test {

inline bool has_board() { return find_program("arm-none-eabi-g++") && find_program("qemu-system-arm"); }

class BoardCalls {
 public:
  static constexpr std::size_t kSampleBytes = 96 * 1024, kAnswerBytes = 40 * 1024;

  /// A call with the parameters and the pointers after them, the output excepted.
  template <class Params, class... Arrays>
  void add(BoardKernel kernel, const Params& params, const Arrays&... arrays) {
    static_assert(sizeof params <= sizeof(Header::params) && sizeof...(Arrays) <= 5);
    Header header{.kernel = static_cast<std::int32_t>(kernel)};
    std::memcpy(header.params, &params, sizeof params);
    Bytes data;
    std::size_t index = 0;
    const auto append = [&](const auto& array) {
      data.resize((data.size() + 15) / 16 * 16);
      header.offsets[index++] = static_cast<std::int32_t>(sizeof header + data.size());
      const BytesView bytes = bytes_of(array);
      data.insert(data.end(), bytes.begin(), bytes.end());
    };
    (append(arrays), ...);
    header.input_bytes = static_cast<std::int32_t>(sizeof header + data.size()) - header.offsets[0];
    if (index > 1) header.input_bytes = header.offsets[1] - header.offsets[0];
    if (sizeof header + data.size() > kSampleBytes)
      fail("a call of {} bytes does not fit", sizeof header + data.size());
    const std::size_t begin = samples_.size();
    samples_.resize(begin + kSampleBytes);
    std::memcpy(samples_.data() + begin, &header, sizeof header);
    std::memcpy(samples_.data() + begin + sizeof header, data.data(), data.size());
    ++count_;
  }

  void run(const RunOptions& options = {}) {
    const TemporaryFolder folder;
    const auto port = [](std::size_t bytes) {
      return Firmware::Port{.name = "x", .type = {DType::int8, {static_cast<std::int64_t>(bytes)}}, .quantization = {}};
    };
    write_temporary_file(folder.path() / "mirim.json", to_json({.name = "calls",
                                                                .target = "cortex-m4",
                                                                .arena_bytes = 1,
                                                                .constant_bytes = 0,
                                                                .inputs = {port(kSampleBytes)},
                                                                .outputs = {port(kAnswerBytes)}}));
    write_temporary_file(folder.path() / "calls.h", kHeader);
    write_temporary_file(folder.path() / "calls.cpp", kSource);
    RunOptions with_source = options;
    with_source.flags.insert(with_source.flags.begin(), {"-I", MIRIM_SOURCE_DIR});
    result_ = run_firmware(folder.path(), samples_, with_source);
  }

  /// What call `index` answered, its first `count` bytes.
  std::vector<std::int8_t> answer(std::size_t index, std::size_t count) const {
    std::vector<std::int8_t> bytes(count);
    std::memcpy(bytes.data(), result_.answers.data() + index * kAnswerBytes, count);
    return bytes;
  }
  std::int64_t cycles(std::size_t index) const { return result_.board->cycles_of_each[index].core; }
  std::int64_t instructions(std::size_t index) const { return result_.board->instructions_of_each[index]; }
  std::size_t count() const { return count_; }

 private:
  struct Header {
    std::int32_t kernel = 0;
    std::int32_t input_bytes = 0;
    std::int32_t offsets[6] = {};
    std::int32_t params[24] = {};
  };

  static constexpr const char* kHeader = R"(
#include <stdint.h>
#define CALLS_ARENA_BYTES 1
#define CALLS_INPUT_COUNT 1
#define CALLS_OUTPUT_COUNT 1
#define CALLS_INPUT_0_BYTES 98304
#define CALLS_OUTPUT_0_BYTES 40960
extern "C" {
void* calls_input(int);
const void* calls_output(int);
void calls_run(void);
void calls_reset(void);
}
)";
  static constexpr const char* kSource = R"(
#include "calls.h"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/micro/depthwise_conv2d_plane.hpp"
#include "mirim/micro/conv2d_codebook.hpp"
#include "mirim/micro/conv2d_entropy.hpp"
#include "mirim/micro/conv2d_lookup.hpp"
#include "mirim/micro/conv2d_nibbles.hpp"
#include "mirim/micro/conv2d_sparse.hpp"
#include "mirim/micro/conv2d_winograd.hpp"
#include "mirim/micro/depthwise_conv2d_fours.hpp"
#include "mirim/micro/linear_int8.hpp"
#include "mirim/micro/product_int8.hpp"
#ifdef MIRIM_ALL_KERNELS  // which do not build with every option
#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#endif
using namespace mirim::micro;
namespace {
struct Header {
  int32_t kernel, input_bytes, offsets[6], params[24];
};
alignas(16) int8_t sample[CALLS_INPUT_0_BYTES];
alignas(16) int8_t answer[CALLS_OUTPUT_0_BYTES];
alignas(16) uint32_t scratch[4096];
template <class T>
const T* pointer(int index) {
  return reinterpret_cast<const T*>(sample + reinterpret_cast<const Header*>(sample)->offsets[index]);
}
}
void* calls_input(int) { return sample; }
const void* calls_output(int) { return answer; }
void calls_reset(void) {}
void calls_run(void) {
  const Header& header = *reinterpret_cast<const Header*>(sample);
  const void* params = header.params;
  const int8_t* input = pointer<int8_t>(0);
  switch (header.kernel) {
#ifdef MIRIM_ALL_KERNELS
    case 0:
      return conv2d(*static_cast<const Conv2dParams*>(params), input, pointer<int8_t>(1), pointer<int32_t>(2),
                    pointer<int32_t>(3), pointer<int32_t>(4), answer);
    case 3:
      return depthwise_conv2d(*static_cast<const DepthwiseConv2dParams*>(params), input, pointer<int8_t>(1),
                              pointer<int32_t>(2), pointer<int32_t>(3), pointer<int32_t>(4), answer);
#endif
    case 1:
      return conv2d_paired_4x2(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 2:
      return conv2d_paired_2x4(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 6:
      return conv2d_paired_4x1(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 7:
      return product_pair<true>(*static_cast<const ProductPairParams*>(params), input, pointer<int8_t>(1), answer);
    case 8:
      return conv2d_winograd(*static_cast<const Conv2dWinogradParams*>(params), input, pointer<uint32_t>(1), scratch,
                             answer);
    case 99:
      return conv2d_paired_4x2_odd(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                   answer);
    case 9:
      return depthwise_conv2d_fours(*static_cast<const DepthwiseFoursParams*>(params), input, pointer<uint32_t>(1),
                                    answer);
    case 11:
      return conv2d_nibbles<1>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 12:
      return conv2d_nibbles<2>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 111:
      return conv2d_lookup<1>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 112:
      return conv2d_codebook<1>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 121:
      return conv2d_lookup<2>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 122:
      return conv2d_codebook<2>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 131:
      return conv2d_lookup<3>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 132:
      return conv2d_codebook<3>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 141:
      return conv2d_lookup<4>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 142:
      return conv2d_codebook<4>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                                answer);
    case 14:
      return conv2d_sparse<1>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                              answer);
    case 17:
      return conv2d_sparse<4>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                              answer);
    case 18:
      return conv2d_entropy<1>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 19:
      return conv2d_entropy<2>(*static_cast<const Conv2dPairedParams*>(params), input, pointer<uint32_t>(1), scratch,
                               answer);
    case 40:
      return linear_pair<20, true>(*static_cast<const LinearPairParams*>(params), input, pointer<int8_t>(1), answer);
    case 41:
      return linear_pair<21, true>(*static_cast<const LinearPairParams*>(params), input, pointer<int8_t>(1), answer);
    case 42:
      return linear_pair<22, true>(*static_cast<const LinearPairParams*>(params), input, pointer<int8_t>(1), answer);
    case 80:
      return linear<20, false>(*static_cast<const LinearParams*>(params), input, answer);
    case 81:
      return linear<21, false>(*static_cast<const LinearParams*>(params), input, answer);
    case 82:
      return linear<22, false>(*static_cast<const LinearParams*>(params), input, answer);
    case 5:
      __builtin_memcpy(answer, input, header.input_bytes);
      input = answer;
      // fall through
    case 4:
      return depthwise_conv2d_plane(*static_cast<const DepthwisePlaneParams*>(params), input, pointer<uint32_t>(1),
                                    scratch, answer);
  }
}
)";

  Bytes samples_;
  std::size_t count_ = 0;
  RunResult result_;
};

}  // namespace mirim::test
