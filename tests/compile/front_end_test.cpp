// Firmware that hears: samples pushed in pieces of any length give the answers that the model has for the features of
// the whole.
#include "mirim/compile/front_end.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using test::parse;
using testing::HasSubstr;

constexpr int kSamples = 2000;  // at 8 kHz, frames of 256 every 128: 14 of them

// 5 frames of 12 bands.
constexpr const char* kFloats = R"(graph "f" (%x: float32[1x5x12x1]) -> (%y) {
  %shape: int32[2] = [1, 60]
  %flat: float32[1x60] = RESHAPE(%x, %shape)
  %w: float32[7x60] = random(1)
  %hidden: float32[1x7] = FULLY_CONNECTED(%flat, %w, _) {fused_activation_function=RELU}
  %v: float32[4x7] = random(2)
  %y: float32[1x4] = FULLY_CONNECTED(%hidden, %v, _)
})";
constexpr const char* kIntegers = R"(graph "i" (%x: int8[1x60]{scale=0.1, zero_point=-100}) -> (%y) {
  %w: int8[7x60]{scale=0.01, zero_point=0} = random(1)
  %hidden: int8[1x7]{scale=0.5, zero_point=-9} = FULLY_CONNECTED(%x, %w, _) {fused_activation_function=RELU}
  %v: int8[4x7]{scale=0.01, zero_point=0} = random(2)
  %y: int8[1x4]{scale=0.2, zero_point=3} = FULLY_CONNECTED(%hidden, %v, _)
})";

const LogMelSettings kFront{.rate = 8000, .bands = 12};

std::vector<std::int16_t> sound() {
  std::vector<std::int16_t> samples;
  std::uint32_t state = 3;
  for (int n = 0; n < kSamples; ++n) {
    state = state * 1664525U + 1013904223U;
    samples.push_back(static_cast<std::int16_t>(((n * n / 5) % 6000 - 3000) * (1 + n / 700) + (state >> 22)));
  }
  return samples;
}

/// The features of the frames from `first` on, as the model's input.
Bytes input_of(const Graph& graph, const std::vector<float>& features, std::size_t first) {
  const std::vector<float> part(features.begin() + static_cast<std::ptrdiff_t>(12 * first),
                                features.begin() + static_cast<std::ptrdiff_t>(12 * (first + 5)));
  const Value& input = graph[graph.inputs[0]];
  std::vector<std::int8_t> integers;
  for (const float x : part) {
    if (input.type.dtype == DType::float32) break;
    integers.push_back(
        static_cast<std::int8_t>(std::clamp(std::round(x / input.quantization.scale[0]) - 100, -128.0F, 127.0F)));
  }
  const BytesView bytes = integers.empty() ? bytes_of(part) : bytes_of(integers);
  return {bytes.begin(), bytes.end()};
}

void write(const std::filesystem::path& folder, const Artifact& artifact) {
  for (const Artifact::File& file : artifact.files) write_temporary_file(folder / file.path, file.text);
}

/// What the firmware without a front end answers to the features of the whole.
Bytes expected_answers(const Graph& graph, const char* target, std::size_t every) {
  const std::vector<float> features = LogMel(kFront).features(sound());
  Bytes inputs;
  for (std::size_t first = 0; 12 * (first + 5) <= features.size(); first += every) {
    const Bytes one = input_of(graph, features, first);
    inputs.insert(inputs.end(), one.begin(), one.end());
  }
  const TemporaryFolder folder;
  write(folder.path(), compile(graph, {.target = target, .name = "model"}));
  return run_firmware(folder.path(), inputs).answers;
}

constexpr const char* kHeader = R"(
#include <stdint.h>
#define EAR_ARENA_BYTES 1
#define EAR_INPUT_COUNT 1
#define EAR_OUTPUT_COUNT 1
#define EAR_INPUT_0_BYTES 4004
#define EAR_OUTPUT_0_BYTES 132
extern "C" {
void* ear_input(int);
const void* ear_output(int);
void ear_run(void);
void ear_reset(void);
}
)";

// A program around the firmware: the first word of its input is the length of a piece, the first of its output how many
// answers there were. It begins with half a frame that a reset takes back.
constexpr const char* kSource = R"(
#include "ear.h"
#include "model.cpp"
namespace {
struct Sound { int32_t piece; int16_t samples[2000]; };
struct Answers { int32_t count; unsigned char bytes[8][16]; };
Sound sound;
Answers answers;
CONTEXT
}
void* ear_input(int) { return &sound; }
const void* ear_output(int) { return &answers; }
void ear_reset(void) {}
void ear_run(void) {
  model_push(FIRST sound.samples + 5, 130);
  model_reset(ONLY);
  answers.count = 0;
  for (int at = 0; at < 2000; at += sound.piece) {
    const int count = 2000 - at < sound.piece ? 2000 - at : sound.piece;
    if (!model_push(FIRST sound.samples + at, count)) continue;
    const unsigned char* const from = static_cast<const unsigned char*>(model_output(FIRST 0));
    for (int i = 0; i < MODEL_OUTPUT_0_BYTES; ++i) answers.bytes[answers.count][i] = from[i];
    ++answers.count;
  }
}
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The answers of the firmware, on a target, for pieces of these lengths.
void expect_answers(const char* text, const char* target, std::size_t every, bool reentrant,
                    const std::vector<std::int32_t>& pieces) {
  const Graph graph = parse(text);
  CompileOptions options{.target = target, .name = "model", .reentrant = reentrant};
  options.front_end = FrontEndOptions{.settings = kFront, .every = static_cast<std::int64_t>(every)};
  const Artifact artifact = compile(graph, options);
  const TemporaryFolder folder;
  write(folder.path(), artifact);
  const auto port = [](std::int64_t bytes) {
    return Firmware::Port{.name = "x", .type = {DType::int8, {bytes}}, .quantization = {}};
  };
  write_temporary_file(folder.path() / "mirim.json", to_json({.name = "ear",
                                                              .target = target,
                                                              .arena_bytes = 1,
                                                              .constant_bytes = 0,
                                                              .inputs = {port(4004)},
                                                              .outputs = {port(132)}}));
  write_temporary_file(folder.path() / "ear.h", kHeader);
  std::string source = with(kSource, "CONTEXT", reentrant ? "model_context context;" : "");
  source = with(with(source, "FIRST", reentrant ? "&context," : ""), "ONLY", reentrant ? "&context" : "");
  write_temporary_file(folder.path() / "ear.cpp", source);
  Bytes samples;
  for (const std::int32_t piece : pieces) {
    const std::vector<std::int16_t> whole = sound();
    const BytesView head = bytes_of(std::span(&piece, 1)), rest = bytes_of(whole);
    samples.insert(samples.end(), head.begin(), head.end());
    samples.insert(samples.end(), rest.begin(), rest.end());
  }
  const Bytes expected = expected_answers(graph, target, every == 0 ? 5 : every);
  const auto size = static_cast<std::size_t>(artifact.firmware.answer_bytes());
  const Bytes found = run_firmware(folder.path(), samples).answers;
  ASSERT_EQ(found.size(), pieces.size() * 132);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const std::byte* at = found.data() + 132 * p;
    ASSERT_EQ(std::to_integer<std::size_t>(at[0]), expected.size() / size) << "pieces of " << pieces[p];
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(at[4 + 16 * (i / size) + i % size], expected[i]) << "pieces of " << pieces[p] << ", byte " << i;
    }
  }
}

TEST(FrontEndSlow, answers_to_pieces_of_any_length_as_to_the_whole) {
  for (const char* text : {kFloats, kIntegers}) {
    expect_answers(text, "host", 0, false, {1, 100, 128, 255, 256, 640});
    expect_answers(text, "host", 2, true, {1, 77, 256});
  }
}

TEST(FrontEndSlow, has_the_bits_of_the_host_on_the_emulated_board) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  for (const char* text : {kFloats, kIntegers}) expect_answers(text, "cortex-m4", 3, false, {99, 256});
}

TEST(FrontEnd, needs_memory_that_the_plan_counts) {
  const Graph graph = parse(kIntegers);
  CompileOptions options{.name = "model"};
  const Plan plain = make_plan(graph, options);
  options.front_end = FrontEndOptions{.settings = kFront};
  const Plan plan = make_plan(graph, options);
  // window and twiddles of 256 floats, first and count of 12 int16, and the weights.
  const auto weights = static_cast<std::int64_t>(4 * LogMel(kFront).weights().size());
  EXPECT_EQ(plan.constant_bytes - plain.constant_bytes, 2 * 1024 + 2 * 24 + weights);
  EXPECT_GE(plan.arena_bytes, 512 + 8 + 4 * 60 + 4 * 258 + 60);  // samples, progress, features, work, input
}

TEST(FrontEnd, is_refused_where_it_does_not_fit) {
  const auto complaint = [](const char* text, const std::string& front_end, bool rows = false) -> std::string {
    try {
      CompileOptions options{.name = "model", .input_rows = rows};
      options.front_end = parse_front_end(front_end);
      compile(parse(text), options);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(complaint(kFloats, "mfcc"), HasSubstr("there is no 'mfcc'; there is logmel"));
  EXPECT_THAT(complaint(kFloats, "logmel?band=12"), HasSubstr("did you mean 'bands'"));
  EXPECT_THAT(complaint(kFloats, "logmel?bands=13"), HasSubstr("60 elements, which are no whole frames of 13 bands"));
  EXPECT_THAT(complaint(kFloats, "logmel?bands=12&every=6"), HasSubstr("every=6 frames; there must be 1 to 5"));
  EXPECT_THAT(complaint(R"(graph "u" (%x: int32[1x12]) -> (%y) { %y: int32[1x12] = ADD(%x, %x) })", "logmel?bands=12"),
              HasSubstr("is int32, expected float32, or int8"));
  EXPECT_THAT(
      complaint(R"(graph "t" (%x: float32[1x12], %z: float32[1x12]) -> (%y) { %y: float32[1x12] = ADD(%x, %z) })",
                "logmel?bands=12"),
      HasSubstr("has 2 inputs"));
  EXPECT_EQ(parse_front_end("logmel?rate=8000&bands=12"), (FrontEndOptions{.settings = kFront}));
}

}  // namespace
}  // namespace mirim
