#include "mirim/formats/tflite.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"
#include "tests/formats/tflite_file.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

// One RELU from tensor 0 to tensor 1, of float32[2], with parts of it replaced.
struct Relu {
  std::string version = "3";
  std::string code = "deprecated_builtin_code: 19, builtin_code: RELU";
  std::string tensors =
      "{shape: [2], type: FLOAT32, buffer: 0, name: 'x'}, {shape: [2], type: FLOAT32, buffer: 0, name: 'y'}";
  std::string node = "opcode_index: 0, inputs: [0], outputs: [1]";
  std::string buffers = "{}, {data: [1, 2, 3, 4, 5, 6, 7, 8]}";
  std::string inputs = "0";
  std::string more{};

  Bytes bytes() const {
    const std::string json = fmt::format(
        "{{version: {}, operator_codes: [{{{}}}], subgraphs: [{{tensors: [{}], inputs: [{}], outputs: [1], operators: "
        "[{{{}}}]}}], buffers: [{}]{}}}",
        version, code, tensors, inputs, node, buffers, more);
    return test::file_of(json);
  }
};

std::string message_of(const Bytes& bytes) {
  try {
    read_tflite(bytes, "a.tflite");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
  return "no error";
}

// Everything that two equal models share, as text. Extras are the file's own tables: tflite_round_trip_test.cpp.
std::string text_of(const Model& model) {
  std::string text = model.description;
  for (Graph graph : model.graphs) {
    graph.extras.clear();
    for (Value& value : graph.values) value.extras.clear();
    for (Node& node : graph.nodes) {
      node.extras.clear();
      if (auto* opaque = node.op.as<Opaque>()) opaque->content.clear();
    }
    text += to_text(graph);
  }
  for (const Signature& signature : model.signatures) {
    text += signature.key + std::to_string(signature.graph);
    for (const auto* side : {&signature.inputs, &signature.outputs}) {
      for (const auto& [name, id] : *side) text += fmt::format(" {}={}", name, id);
    }
  }
  for (const auto& [name, bytes] : model.metadata) {
    text += name;
    for (const std::byte b : bytes) text += fmt::format(" {}", std::to_integer<int>(b));
  }
  return text;
}

TEST(Tflite, reads_what_it_wrote_as_an_equal_model_and_the_same_bytes) {
  int count = 0;
  for (const auto& file : test::tflite_files({"/tests/golden", "/../shared/data/models"})) {
    SCOPED_TRACE(file);
    const Model model = read_tflite_file(file);
    const Bytes written = write_tflite(model);
    const Model again = read_tflite(written);
    EXPECT_EQ(text_of(model), text_of(again));
    EXPECT_EQ(written, write_tflite(again));
    ++count;
  }
  EXPECT_GE(count, 20);
}

TEST(Tflite, keeps_quantization_variables_signatures_metadata_and_description) {
  Model model;
  model.description = "two numbers";
  model.metadata["note"] = Bytes(3, std::byte{7});
  Graph& graph = model.graphs.emplace_back();
  graph.name = "main";
  const TensorType type{DType::int8, {1, 2}};
  const Quantization q{.scale = {0.5F}, .zero_point = {-3}};
  graph.inputs = {graph.add(Value{.name = "x", .type = type, .quantization = q})};
  graph.add(Value{.name = "state", .type = type, .quantization = q, .variable = true});
  graph.outputs = {graph.add(*all_operators().find("RELU"), graph.inputs, "y")};
  graph[graph.outputs[0]].quantization = q;
  model.signatures.push_back({"serving_default", 0, {{"x", 0}}, {{"out", 2}}});

  const Model read = read_tflite(write_tflite(model));
  EXPECT_EQ(read.description, "two numbers");
  EXPECT_EQ(read.metadata, model.metadata);
  EXPECT_EQ(read.signatures, model.signatures);
  EXPECT_EQ(read.main().name, "main");
  EXPECT_EQ(read.main()[0].quantization, q);
  EXPECT_TRUE(read.main()[1].variable);
  const TextOptions without_extras{.constants = false};
  EXPECT_EQ(to_text(read.main(), without_extras), to_text(graph, without_extras));
}

TEST(Tflite, stores_equal_constants_once_each_at_a_multiple_of_16_bytes) {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {2}}})};
  const std::vector<float> values = {1.25F, -77.5F};
  ValueId last = graph.inputs[0];
  for (int i = 0; i < 3; ++i) {
    const ValueId c = graph.add(
        Value{.name = "c" + std::to_string(i), .type = {DType::float32, {2}}, .constant = make_constant(values)});
    last = graph.add(*all_operators().find("ADD"), {last, c}, "y" + std::to_string(i));
  }
  graph.outputs = {last};
  const Bytes bytes = write_tflite(model);
  const BytesView needle = bytes_of(values);
  auto at = std::search(bytes.begin(), bytes.end(), needle.begin(), needle.end());
  ASSERT_NE(at, bytes.end());
  EXPECT_EQ((at - bytes.begin()) % 16, 0);
  EXPECT_EQ(std::search(at + 1, bytes.end(), needle.begin(), needle.end()), bytes.end());
}

TEST(Tflite, packs_elements_of_four_bits_two_to_a_byte_low_one_first) {
  // -8, 7, -1 are 8, 7, f: bytes 78 and 0f.
  const Bytes bytes = Relu{.tensors =
                               "{shape: [2], type: FLOAT32, name: 'x'}, {shape: [2], type: FLOAT32, name: 'y'}, "
                               "{shape: [3], type: INT4, buffer: 1, name: 'w'}",
                           .buffers = "{}, {data: [120, 15]}"}
                          .bytes();
  const Model model = read_tflite(bytes);
  const Bytes expected = {std::byte{0xf8}, std::byte{0x07}, std::byte{0xff}};
  EXPECT_EQ(*model.main()[2].constant, expected);
  EXPECT_EQ(text_of(read_tflite(write_tflite(model))), text_of(model));
}

TEST(Tflite, refuses_an_operator_for_training_only) {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {2}}})};
  graph.outputs = {graph.add(*all_operators().find("DROPOUT"), graph.inputs, "drop")};
  try {
    write_tflite(model);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("node 0 'drop' (DROPOUT): is for training only"));
  }
}

TEST(Tflite, reads_one_scale_with_a_strange_axis_and_scales_without_zero_points) {
  const Model model = read_tflite(
      Relu{.tensors = "{shape: [2], type: INT8, name: 'x', quantization: {scale: [0.5], quantized_dimension: 3}}, "
                      "{shape: [2], type: INT8, name: 'y', quantization: {scale: [0.5]}}"}
          .bytes());
  EXPECT_EQ(model.main()[0].quantization, (Quantization{.scale = {0.5F}, .zero_point = {0}}));
  EXPECT_EQ(model.main()[1].quantization, (Quantization{.scale = {0.5F}, .zero_point = {0}}));
}

TEST(Tflite, refuses_what_is_no_tflite_file) {
  EXPECT_EQ(message_of({}), "a.tflite: is no .tflite file: the letters TFL3 are missing at byte 4");
  EXPECT_THAT(message_of(Relu{.version = "2"}.bytes()), HasSubstr("a.tflite: is of schema version 2"));
  EXPECT_EQ(message_of(Relu{}.bytes()), "no error");
}

TEST(Tflite, reads_operators_that_it_lacks_and_says_that_they_cannot_be_run) {
  const auto unsupported = [](const std::string& code) { return verify(read_tflite(Relu{.code = code}.bytes())); };
  EXPECT_THAT(
      unsupported("builtin_code: HASHTABLE_FIND"),
      testing::ElementsAre("node 0 'y' (HASHTABLE_FIND): a device has no hash tables: look keys up before the model, "
                           "and give it their numbers"));
  EXPECT_THAT(unsupported("builtin_code: CUSTOM, custom_code: 'Mine'"),
              testing::ElementsAre("node 0 'y' (Mine): mirim has no such operator"));
  EXPECT_THAT(message_of(Relu{.code = "builtin_code: 5000"}.bytes()),
              HasSubstr("a.tflite: node 0 'y': is operator number 5000, the .tflite schema has none"));
  EXPECT_THAT(message_of(Relu{.code = "builtin_code: CUSTOM"}.bytes()), HasSubstr("custom operator without a name"));
}

TEST(Tflite, reads_an_operator_code_in_the_narrow_field_only) {
  EXPECT_EQ(message_of(Relu{.code = "deprecated_builtin_code: 19"}.bytes()), "no error");
}

TEST(Tflite, names_the_tensor_that_makes_no_sense) {
  const auto tensor = [](const std::string& first) {
    return message_of(Relu{.tensors = "{name: 'x', " + first + "}, {shape: [2], type: FLOAT32, name: 'y'}"}.bytes());
  };
  EXPECT_THAT(tensor("shape: [2], type: FLOAT32, buffer: 9"),
              HasSubstr("a.tflite: tensor 0 'x': names buffer 9, the file has 2"));
  EXPECT_THAT(tensor("shape: [3], type: FLOAT32, buffer: 1"),
              HasSubstr("value 0 'x': the constant has 8 bytes, its type float32[3] needs 12"));
  EXPECT_THAT(tensor("shape: [2, -1], type: FLOAT32"), HasSubstr("value 0 'x': shape 2x-1 has a negative dimension"));
  EXPECT_THAT(tensor("shape: [2000000000, 2000000000, 2000000000], type: FLOAT32"), HasSubstr("too many elements"));
  EXPECT_THAT(tensor("shape: [2], type: 77"), HasSubstr("value 0 'x': there is no type 77"));
  EXPECT_THAT(tensor("shape: [2], type: INT8, quantization: {scale: [0], zero_point: [0]}"),
              HasSubstr("value 0 'x': the scale 0 is not finite and positive"));
  EXPECT_THAT(tensor("shape: [2], type: INT8, quantization: {scale: [nan], zero_point: [0]}"),
              HasSubstr("the scale nan is not finite and positive"));
  EXPECT_THAT(tensor("shape: [2], type: INT8, quantization: {scale: [1], zero_point: [200]}"),
              HasSubstr("the zero point 200 is no int8, expected -128 to 127"));
  EXPECT_THAT(tensor("shape: [2], type: INT8, quantization: {scale: [1, 1], zero_point: [0]}"),
              HasSubstr("has 2 scales and 1 zero points"));
  EXPECT_THAT(
      tensor("shape: [1, 2], type: INT8, quantization: {scale: [1, 1], zero_point: [0, 0], quantized_dimension: 2}"),
      HasSubstr("is quantized along axis 2, its shape is [1x2]"));
  EXPECT_THAT(tensor("shape: [2], type: INT8, quantization: {scale: [1, 1, 1], zero_point: [0, 0, 0]}"),
              HasSubstr("has 3 scales along axis 0 of [2]"));
}

TEST(Tflite, names_the_node_or_list_with_an_index_outside) {
  EXPECT_THAT(message_of(Relu{.node = "opcode_index: 0, inputs: [7], outputs: [1]"}.bytes()),
              HasSubstr("a.tflite: node 0 (RELU): operand 7 is no value, there are 2"));
  EXPECT_THAT(message_of(Relu{.node = "opcode_index: 3, inputs: [0], outputs: [1]"}.bytes()),
              HasSubstr("node 0 'y': names operator code 3, the file has 1"));
  EXPECT_THAT(message_of(Relu{.inputs = "-1"}.bytes()), HasSubstr("the graph's input -1 is no value"));
  EXPECT_THAT(message_of(Relu{.more = ", signature_defs: [{signature_key: 's', subgraph_index: 4}]"}.bytes()),
              HasSubstr("signature 's': graph 4 does not exist"));
  EXPECT_THAT(message_of(Relu{.more = ", metadata: [{name: 'm', buffer: 4}]"}.bytes()),
              HasSubstr("metadata 0: names buffer 4, the file has 2"));
}

TEST(Tflite, refuses_options_of_another_operator_and_those_it_does_not_know) {
  EXPECT_THAT(message_of(Relu{.node = "opcode_index: 0, inputs: [0], outputs: [1], builtin_options_type: "
                                      "'SoftmaxOptions', builtin_options: {beta: 1.5}"}
                             .bytes()),
              HasSubstr("node 0 'y': RELU: its options are SoftmaxOptions, expected NONE"));
}

// TensorFlow Lite infers all shapes anew; a file's own are placeholders where its shape_signature says -1.
TEST(Tflite, shapes_that_are_placeholders_become_what_operators_infer) {
  const auto x = [](const std::string& y) {
    return Relu{.tensors = "{shape: [1, 3], shape_signature: [-1, 3], name: 'x'}, {" + y + ", name: 'y'}"}.bytes();
  };
  for (const std::string y : {"shape: [1, 1], shape_signature: [1, -1]", "shape: []", "shape: [3]"}) {
    SCOPED_TRACE(y);
    const Bytes file = x(y);
    const TfliteFile read = examine_tflite(file);
    EXPECT_THAT(read.findings.problems, testing::IsEmpty());
    EXPECT_EQ(read.model.main()[1].type.shape, (Shape{1, 3}));
    EXPECT_EQ(test::json_of(write_tflite(read.model)), test::json_of(file)) << "and the file keeps its own";
  }
  EXPECT_THAT(examine_tflite(x("shape: [3]")).findings.warnings,
              testing::ElementsAre("node 0 'y' (RELU): output 0 is declared [3], its operator makes it [1x3]"));
  for (const std::string y : {"shape: [1, 1]", "shape: [2, 3]", "shape: [1, 1], shape_signature: [-1, 1]"}) {
    EXPECT_THAT(examine_tflite(x(y)).findings.problems, testing::SizeIs(1)) << y;
  }
}

// The rest of an axis from a begin that is computed at run time is the whole axis where the file says so, else unknown.
TEST(Tflite, the_rest_of_an_axis_needs_a_shape_that_the_file_gives) {
  const auto slice = [](const std::string& y) {
    return test::file_of(
        "{version: 3, operator_codes: [{builtin_code: SLICE, deprecated_builtin_code: 65}], subgraphs: [{tensors: "
        "[{shape: [2, 3], name: 'x'}, {shape: [2], type: INT32, name: 'begin'}, "
        "{shape: [2], type: INT32, buffer: 1, name: 'size'}, {" +
        y +
        ", name: 'y'}], inputs: [0, 1], outputs: [3], operators: [{inputs: [0, 1, 2], outputs: [3]}]}], "
        "buffers: [{}, {data: [1, 0, 0, 0, 255, 255, 255, 255]}]}");
  };
  EXPECT_TRUE(shape_is_known(examine_tflite(slice("shape: [1, 3]")).model.main()[3]));
  EXPECT_THAT(examine_tflite(slice("shape: [1, 3]")).findings.problems, testing::IsEmpty());
  EXPECT_FALSE(shape_is_known(examine_tflite(slice("shape: [1, 1], shape_signature: [1, -1]")).model.main()[3]));
  EXPECT_THAT(examine_tflite(slice("shape: [1, 2]")).findings.problems, testing::SizeIs(1));
}

// Behind an operator that mirim lacks nobody knows the sizes, so a RELU of [1x1] to [1x3] may be right.
TEST(Tflite, what_lies_behind_a_placeholder_that_nobody_knows_is_not_judged) {
  const Bytes file = test::file_of(
      "{version: 3, operator_codes: [{builtin_code: CUSTOM, custom_code: 'Mine', deprecated_builtin_code: 32}, "
      "{builtin_code: RELU, deprecated_builtin_code: 19}], subgraphs: [{tensors: [{shape: [3], name: 'x'}, "
      "{shape: [1, 1], shape_signature: [1, -1], name: 'open'}, {shape: [1, 3], name: 'y'}], inputs: [0], outputs: "
      "[2], "
      "operators: [{inputs: [0], outputs: [1]}, {opcode_index: 1, inputs: [1], outputs: [2]}]}], buffers: [{}]}");
  const Findings found = examine_tflite(file).findings;
  EXPECT_THAT(found.problems, testing::IsEmpty());
  EXPECT_THAT(found.unsupported, testing::ElementsAre(HasSubstr("node 0 'open' (Mine)")));
}

// Of float32[2] 8 bytes are expected.
TEST(Tflite, the_older_form_of_compression_is_refused_by_name) {
  const Relu file{
      .tensors = "{shape: [2], type: FLOAT32, buffer: 1, name: 'x'}, {shape: [2], type: FLOAT32, name: 'y'}",
      .buffers = "{}, {data: [1, 2, 3]}, {data: [0]}",
      .inputs = "",
      .more = ", metadata: [{name: 'COMPRESSION_METADATA', buffer: 2}]"};
  EXPECT_THAT(message_of(file.bytes()), testing::AllOf(HasSubstr("COMPRESSION_METADATA"), HasSubstr("TFLM_DECODE")));
}

TEST(Tflite, tells_all_that_is_wrong_at_once) {
  const Relu file{.tensors =
                      "{shape: [2, -1], type: FLOAT32, name: 'x'}, {shape: [2], type: FLOAT32, buffer: 7, name: 'y'},"
                      "{shape: [2], type: INT8, name: 'q', quantization: {scale: [0, 1], zero_point: [900]}}",
                  .node = "opcode_index: 0, inputs: [5], outputs: [1]",
                  .more = ", signature_defs: [{signature_key: 's', subgraph_index: 4}]"};
  EXPECT_THAT(examine_tflite(file.bytes()).findings.problems,
              testing::ElementsAre(
                  "tensor 1 'y': names buffer 7, the file has 2", "value 0 'x': shape 2x-1 has a negative dimension",
                  "value 2 'q': has 2 scales and 1 zero points, expected as many",
                  "value 2 'q': the scale 0 is not finite and positive",
                  "value 2 'q': the zero point 900 is no int8, expected -128 to 127",
                  "node 0 (RELU): operand 5 is no value, there are 3", "signature 's': graph 4 does not exist"));
}

TEST(Tflite, a_file_with_bits_flipped_or_cut_short_gives_a_model_or_one_line) {
  Random random(20);
  int refused = 0;
  for (const char* file : {"conv2d", "fully_connected", "mean", "concatenation"}) {
    const Bytes original = read_file(fmt::format("{}/tests/golden/{}.tflite", MIRIM_SOURCE_DIR, file));
    for (int i = 0; i < 600; ++i) {
      Bytes bytes = original;
      if (i % 4 == 0) bytes.resize(static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size()))));
      for (std::int64_t flips = random.below(4); flips >= 0 && !bytes.empty(); --flips) {
        // Most bits are weights, which change nothing: the first half hits what describes them.
        const std::int64_t last = static_cast<std::int64_t>(bytes.size()) / (i % 2 + 1);
        bytes[static_cast<std::size_t>(random.below(std::max<std::int64_t>(last, 1)))] ^=
            static_cast<std::byte>(1 << random.below(8));
      }
      try {
        const Model model = read_tflite(bytes);
        const Bytes written = write_tflite(model);
        EXPECT_EQ(text_of(read_tflite(written)), text_of(model)) << file << " mutation " << i;
        EXPECT_EQ(write_tflite(read_tflite(written)), written) << file << " mutation " << i;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 600);
}

}  // namespace
}  // namespace mirim
