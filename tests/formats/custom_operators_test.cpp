// Custom operators that mirim knows: their FlexBuffer, and what a file tells of them elsewhere.
#include <flatbuffers/flexbuffers.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/formats/flexbuffer_options.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/detection_postprocess.hpp"
#include "mirim/ops/reduce_window.hpp"
#include "mirim/ops/signal_frames.hpp"
#include "tests/formats/tflite_file.hpp"

namespace mirim {
namespace {

using testing::HasSubstr, testing::IsEmpty;

template <class Fill>
Bytes flexbuffer(Fill fill) {
  flexbuffers::Builder builder;
  fill(builder);
  builder.Finish();
  const BytesView bytes = bytes_of(builder.GetBuffer());
  return {bytes.begin(), bytes.end()};
}

template <class T>
T read(const Bytes& bytes) {
  Op op = T{};
  read_flexbuffer_options(bytes, op);
  return *op.as<T>();
}

// As text of flatbuffers' JSON: "[1, 2]".
std::string numbers(const Bytes& bytes) {
  std::vector<int> values;
  for (const std::byte b : bytes) values.push_back(std::to_integer<int>(b));
  return fmt::format("[{}]", fmt::join(values, ", "));
}

TEST(FlexbufferOptions, are_read_by_name_with_defaults) {
  const Bytes bytes = flexbuffer([](flexbuffers::Builder& b) {
    b.Map([&] {
      b.Int("max_detections", 10);
      b.Float("y_scale", 2.5F);
      b.Double("x_scale", 0.5);
      b.Int("w_scale", 5);
      b.Bool("use_regular_nms", true);
      b.String("unknown", "?");
    });
  });
  const auto op = read<DetectionPostprocess>(bytes);
  EXPECT_EQ(op, (DetectionPostprocess{
                    .max_detections = 10, .use_regular_nms = true, .y_scale = 2.5F, .x_scale = 0.5F, .w_scale = 5}));
  EXPECT_EQ(op.detections_per_class, 100);
  EXPECT_EQ(read<DetectionPostprocess>({}), DetectionPostprocess{});
}

TEST(FlexbufferOptions, of_a_vector_are_read_by_place) {
  const Bytes bytes = flexbuffer([](flexbuffers::Builder& b) {
    b.Vector([&] {
      b.Int(400);
      b.Int(160);
      b.Bool(true);
    });
  });
  EXPECT_EQ(read<SignalFramer>(bytes), (SignalFramer{.frame_size = 400, .frame_step = 160, .prefill = true}));
}

TEST(FlexbufferOptions, are_written_as_they_are_read) {
  const SignalStacker op{.num_channels = 40, .stacker_left_context = 1, .stacker_right_context = -1, .stacker_step = 3};
  EXPECT_EQ(read<SignalStacker>(write_flexbuffer_options(op)), op);
  EXPECT_THAT(write_flexbuffer_options(SignalFftAutoScale{}), IsEmpty());
}

TEST(FlexbufferOptions, that_are_broken_give_one_line) {
  const auto why = [](const Bytes& bytes) -> std::string {
    try {
      read<SignalFramer>(bytes);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(why(Bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}), HasSubstr("no sound FlexBuffer"));
  EXPECT_THAT(why(flexbuffer([](auto& b) { b.Int(7); })), HasSubstr("no map"));
  EXPECT_THAT(why(flexbuffer([](auto& b) { b.Map([&] { b.String("frame_size", "400"); }); })), HasSubstr("no number"));
  EXPECT_THAT(why(flexbuffer([](auto& b) { b.Map([&] { b.Int("frame_size", INT64_MAX); }); })),
              HasSubstr("does not fit in 32 bits"));
  EXPECT_THAT(why(flexbuffer([](auto& b) { b.Map([&] { b.Double("frame_size", NAN); }); })),
              HasSubstr("does not fit in 32 bits"));
  // Any bytes cut or changed.
  const Bytes whole = flexbuffer([](auto& b) { b.Map([&] { b.Int("frame_size", 400), b.Int("frame_step", 100); }); });
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int change : {1, 4, 64, 255}) {
      Bytes bytes = whole;
      bytes[i] ^= static_cast<std::byte>(change);
      why(bytes);
      bytes.resize(i);
      why(bytes);
    }
  }
}

std::string file_with(const std::string& name, const std::string& options, const std::string& tensors,
                      const std::string& outputs) {
  return fmt::format(
      R"({{version: 3, operator_codes: [{{deprecated_builtin_code: 32, custom_code: '{}', builtin_code: CUSTOM}}],
    subgraphs: [{{tensors: [{}], inputs: [0], outputs: {},
      operators: [{{inputs: [0], outputs: {}, custom_options: {}}}]}}], buffers: [{{}}]}})",
      name, tensors, outputs, outputs, options);
}

TEST(CustomOperators, of_a_known_name_become_operators_and_keep_their_bytes) {
  const Bytes options = flexbuffer([](auto& b) { b.Map([&] { b.Int("shift", 12), b.String("made_by", "me"); }); });
  const std::string delay = numbers(flexbuffer([](auto& b) { b.Map([&] { b.Int("delay_length", 5); }); }));
  const Bytes file = test::file_of(file_with(
      "SignalDelay", delay, "{shape: [4], type: INT16, name: 'x'}, {shape: [4], type: INT16, name: 'y'}", "[1]"));
  const Model model = read_tflite(file);
  ASSERT_TRUE(model.main().nodes[0].op.is<SignalDelay>());
  EXPECT_EQ(model.main().nodes[0].op.as<SignalDelay>()->delay_length, 5);
  EXPECT_THAT(verify(model), IsEmpty());
  const Bytes written = write_tflite(model);
  EXPECT_EQ(write_tflite(read_tflite(written)), written);
  EXPECT_EQ(read_tflite(written).main().nodes[0].op, model.main().nodes[0].op);

  Model changed = model;
  changed.main().nodes[0].op.as<SignalDelay>()->delay_length = 9;
  EXPECT_EQ(read_tflite(write_tflite(changed)).main().nodes[0].op, changed.main().nodes[0].op);
}

TEST(CustomOperators, of_another_name_stay_opaque) {
  const Bytes file = test::file_of(file_with(
      "SignalDelays", "[]", "{shape: [4], type: INT16, name: 'x'}, {shape: [4], type: INT16, name: 'y'}", "[1]"));
  EXPECT_TRUE(read_tflite(file).main().nodes[0].op.is<Opaque>());
}

TEST(CustomOperators, the_outputs_tell_what_a_circular_buffer_holds) {
  const std::string cycles = numbers(flexbuffer([](auto& b) { b.Map([&] { b.Int("cycles_max", 2); }); }));
  const std::string tensors =
      "{shape: [1, 1, 1, 2], type: INT8, name: 'x', quantization: {scale: [0.5], zero_point: [3]}}, "
      "{shape: [1, 7, 1, 2], type: INT8, name: 'y', quantization: {scale: [0.5], zero_point: [3]}}, "
      "{shape: [1], type: BOOL, name: 'v'}";
  const Model model = read_tflite(test::file_of(file_with("CIRCULAR_BUFFER", cycles, tensors, "[1, 2]")));
  EXPECT_EQ(model.main().nodes[0].op, Op(CircularBuffer{.cycles_max = 2, .num_slots = 7, .tells_valid = true}));
  EXPECT_THAT(verify(model), IsEmpty());
  EXPECT_EQ(write_tflite(read_tflite(write_tflite(model))), write_tflite(model));
}

// y = reduce_window(x, init) with a body of one operator.
std::string window_file(const std::string& code, const std::string& inputs) {
  return fmt::format(R"({{version: 3, operator_codes: [
      {{deprecated_builtin_code: 127, builtin_code: STABLEHLO_REDUCE_WINDOW}}, {{{}}}],
    subgraphs: [
      {{tensors: [{{shape: [4], name: 'x'}}, {{name: 'init', buffer: 1}}, {{shape: [3], name: 'y'}}], inputs: [0], outputs: [2],
        operators: [{{inputs: [0, 1], outputs: [2], builtin_options_2_type: StablehloReduceWindowOptions,
          builtin_options_2: {{window_dimensions: [2], body_subgraph_index: 1}}}}]}},
      {{name: 'body', tensors: [{{name: 'a'}}, {{name: 'b'}}, {{name: 'c'}}], inputs: [0, 1], outputs: [2],
        operators: [{{opcode_index: 1, inputs: {}, outputs: [2]}}]}}],
    buffers: [{{}}, {{data: [0, 0, 128, 63]}}]}})",
                     code, inputs);
}

TEST(CustomOperators, of_accelerators_say_what_to_take_instead) {
  for (const auto& [name, tool] : {std::pair("ethos-u", "before Vela"), {"edgetpu-custom-op", "edgetpu_compiler"}}) {
    const Bytes file = test::file_of(fmt::format(
        "{{version: 3, operator_codes: [{{builtin_code: CUSTOM, custom_code: '{}', deprecated_builtin_code: 32}}, "
        "{{builtin_code: SOFTMAX, deprecated_builtin_code: 25}}], subgraphs: [{{tensors: [{{shape: [1, 4], type: INT8, "
        "name: 'x', quantization: {{scale: [0.5], zero_point: [0]}}}}, {{shape: [1, 4], type: INT8, name: 'm', "
        "quantization: {{scale: [0.5], zero_point: [0]}}}}, {{shape: [1, 4], type: INT8, name: 'y', quantization: "
        "{{scale: [0.00390625], zero_point: [-128]}}}}], inputs: [0], outputs: [2], operators: [{{inputs: [0], "
        "outputs: "
        "[1], custom_options: [1, 2, 3, 250]}}, {{opcode_index: 1, inputs: [1], outputs: [2], builtin_options_type: "
        "SoftmaxOptions, builtin_options: {{beta: 1.0}}}}]}}], buffers: [{{}}]}}",
        name));
    const TfliteFile read = examine_tflite(file);
    EXPECT_THAT(read.findings.problems, IsEmpty());
    EXPECT_THAT(read.findings.unsupported, testing::ElementsAre(testing::AllOf(HasSubstr(name), HasSubstr(tool))));
    EXPECT_TRUE(write_tflite(read.model) == write_tflite(read_tflite(write_tflite(read.model))));
  }
}

TEST(ReduceWindowFile, the_body_is_read_from_its_graph) {
  const Model model =
      read_tflite(test::file_of(window_file("deprecated_builtin_code: 55, builtin_code: MAXIMUM", "[0, 1]")));
  const auto* window = model.main().nodes[0].op.as<ReduceWindow>();
  ASSERT_NE(window, nullptr);
  EXPECT_EQ(window->body, ReduceBody::maximum);
  EXPECT_EQ(window->window_dimensions, std::vector<std::int64_t>{2});
  EXPECT_THAT(verify(model), IsEmpty());
  const Bytes written = write_tflite(model);
  EXPECT_EQ(read_tflite(written).main().nodes[0].op, model.main().nodes[0].op);
  EXPECT_EQ(write_tflite(read_tflite(written)), written);

  Model changed = model;
  changed.main().nodes[0].op.as<ReduceWindow>()->window_strides = {1};
  EXPECT_EQ(read_tflite(write_tflite(changed)).main().nodes[0].op, changed.main().nodes[0].op);
}

TEST(ReduceWindowFile, a_model_without_the_body_is_written_with_one) {
  Model model = read_tflite(test::file_of(window_file("deprecated_builtin_code: 55, builtin_code: MAXIMUM", "[0, 1]")));
  model.graphs.resize(1);
  const Model again = read_tflite(write_tflite(model));
  ASSERT_EQ(again.graphs.size(), 2U);
  EXPECT_EQ(again.main().nodes[0].op.as<ReduceWindow>()->body, ReduceBody::maximum);
  EXPECT_THAT(verify(again), IsEmpty());
}

TEST(ReduceWindowFile, another_body_is_told_and_kept) {
  for (const auto& [code, inputs] : {std::pair{"deprecated_builtin_code: 41, builtin_code: SUB", "[0, 1]"},
                                     std::pair{"deprecated_builtin_code: 0, builtin_code: ADD", "[0, 0]"}}) {
    const Model model = read_tflite(test::file_of(window_file(code, inputs)));
    EXPECT_TRUE(model.main().nodes[0].op.is<Opaque>());
    EXPECT_THAT(examine(model).unsupported, testing::Contains(HasSubstr("its body is not one ADD")));
    EXPECT_EQ(write_tflite(read_tflite(write_tflite(model))), write_tflite(model));
  }
}

}  // namespace
}  // namespace mirim
