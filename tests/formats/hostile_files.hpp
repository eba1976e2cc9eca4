#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/formats/tflite_file.hpp"

/// Files that a reader must refuse: each is broken in one way.
namespace mirim::test {

struct HostileFile {
  std::string what;
  Bytes bytes;
};

/// A model of one node, for parts of it to be replaced; as it is, it is sound: RELU of float32[1x4x4x2].
struct OneNode {
  std::string code = "builtin_code: RELU";
  std::string x = "shape: [1, 4, 4, 2], name: 'x'";
  std::string more_tensors{};  ///< number 1 and on, each with a comma behind it
  std::string y = "shape: [1, 4, 4, 2], name: 'y'";
  std::string node = "inputs: [0], outputs: [1]";
  std::string buffers = "{}, {data: [0, 0, 0, 0, 0, 0, 0, 0]}";
  std::string inputs = "0";
  std::string outputs = "1";
  std::string version = "3";
  std::string more_graphs{};
  std::string more{};

  Bytes bytes() const {
    return file_of(
        fmt::format("{{version: {}, operator_codes: [{{{}}}], subgraphs: [{{name: 'main', tensors: [{{{}}}, {}{{{}}}], "
                    "inputs: [{}], "
                    "outputs: [{}], operators: [{{{}}}]}}{}], buffers: [{}]{}}}",
                    version, code, x, more_tensors, y, inputs, outputs, node, more_graphs, buffers, more));
  }
};

/// An operator with weights, all constants zero: inputs x, weights, bias.
inline OneNode weighted(const std::string& op, const std::string& weights, int weight_bytes,
                        const std::string& options) {
  std::string zeros = "0";
  for (int i = 1; i < weight_bytes; ++i) zeros += ", 0";
  return {.code = "builtin_code: " + op,
          .more_tensors =
              fmt::format("{{shape: [{}], buffer: 1, name: 'w'}}, {{shape: [2], buffer: 2, name: 'b'}}, ", weights),
          .node = "inputs: [0, 1, 2], outputs: [3], " + options,
          .buffers = fmt::format("{{}}, {{data: [{}]}}, {{data: [0, 0, 0, 0, 0, 0, 0, 0]}}", zeros),
          .outputs = "3"};
}
inline OneNode conv(const std::string& options) {
  return weighted("CONV_2D", "2, 1, 1, 2", 16,
                  "builtin_options_type: 'Conv2DOptions', builtin_options: {" + options + "}");
}
inline OneNode depthwise(const std::string& options) {
  return weighted("DEPTHWISE_CONV_2D", "1, 1, 1, 2", 8,
                  "builtin_options_type: 'DepthwiseConv2DOptions', builtin_options: {" + options + "}");
}
inline OneNode pool(const std::string& options) {
  return {
      .code = "builtin_code: MAX_POOL_2D",
      .node = "inputs: [0], outputs: [1], builtin_options_type: 'Pool2DOptions', builtin_options: {" + options + "}"};
}
/// An operator with int32 numbers as its second input.
inline OneNode indexed(const std::string& op, const std::string& shape, const std::vector<std::int32_t>& numbers) {
  std::string data;
  for (const std::byte b : bytes_of(numbers))
    data += fmt::format("{}{}", data.empty() ? "" : ", ", std::to_integer<int>(b));
  return {.code = "builtin_code: " + op,
          .more_tensors = "{shape: [" + shape + "], type: INT32, buffer: 1, name: 'n'}, ",
          .node = "inputs: [0, 1], outputs: [2]",
          .buffers = "{}, {data: [" + data + "]}",
          .outputs = "2"};
}

/// A file whose list of tensors has `count` entries, all of them the same table.
inline Bytes tensors_of_one_table(std::uint32_t count) {
  flatbuffers::FlatBufferBuilder builder;
  const auto name = builder.CreateString(std::string(1000, 'n'));
  const auto table = [&](std::initializer_list<std::pair<int, std::uint32_t>> references) {
    const auto start = builder.StartTable();
    for (const auto& [slot, to] : references) {
      builder.AddOffset(flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot)),
                        flatbuffers::Offset<void>(to));
    }
    return builder.EndTable(start);
  };
  const std::uint32_t tensor = table({{3, name.o}});
  const std::vector<flatbuffers::Offset<void>> all(count, flatbuffers::Offset<void>(tensor));
  const std::uint32_t tensors = builder.CreateVector(all).o;
  const flatbuffers::Offset<void> graph(table({{0, tensors}}));
  const std::uint32_t graphs = builder.CreateVector(&graph, 1).o;
  const auto start = builder.StartTable();
  builder.AddElement<std::uint32_t>(4, 3);
  builder.AddOffset(8, flatbuffers::Offset<void>(graphs));
  builder.Finish(flatbuffers::Offset<void>(builder.EndTable(start)), "TFL3");
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

inline std::vector<HostileFile> hostile_files() {
  std::vector<HostileFile> files;
  const auto add = [&](std::string what, Bytes bytes) { files.push_back({std::move(what), std::move(bytes)}); };
  const auto node = [&](const std::string& what, const OneNode& model) { add(what, model.bytes()); };
  const Bytes sound = OneNode{}.bytes();
  const auto patched = [&](std::size_t at, std::uint32_t value) {
    Bytes bytes = sound;
    std::memcpy(bytes.data() + at, &value, sizeof value);
    return bytes;
  };

  add("empty", {});
  add("four_bytes", Bytes(4));
  add("zeros", Bytes(4096));
  add("identifier", patched(4, 0x324c4654));
  add("root_outside", patched(0, 0x7fffffff));
  add("root_is_itself", patched(0, 0));
  add("cut", Bytes(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(sound.size() / 2)));
  add("cut_by_one", Bytes(sound.begin(), sound.end() - 1));
  for (std::size_t at = 8; at + 4 <= sound.size(); at += 4) {
    std::uint32_t number = 0;
    std::memcpy(&number, sound.data() + at, sizeof number);
    // The lengths of the vectors of shapes.
    if (number == 4) add(fmt::format("length_{}", at), patched(at, 0x7ffffff0));
  }
  add("a_million_tensors_in_4_megabytes", tensors_of_one_table(900'000));

  node("version", {.version = "2"});
  node("no_graph_of_that_number", {.more = ", signature_defs: [{signature_key: 's', subgraph_index: 9}]"});
  node("signature_value", {.more = ", signature_defs: [{inputs: [{name: 'x', tensor_index: 99}]}]"});
  node("metadata_buffer", {.more = ", metadata: [{name: 'm', buffer: 99}]"});
  node("buffer_index", {.x = "shape: [1, 4, 4, 2], buffer: 99"});
  node("buffer_outside", {.x = "shape: [1, 4, 4, 2], buffer: 1", .buffers = "{}, {offset: 4294967296, size: 128}"});
  node("buffer_outside_overflow",
       {.x = "shape: [2], buffer: 1", .buffers = "{}, {offset: 18446744073709551600, size: 32}"});
  node("buffer_too_short",
       {.more_tensors = "{shape: [3], buffer: 1}, ", .node = "inputs: [0], outputs: [2]", .outputs = "2"});
  node("buffer_too_long",
       {.more_tensors = "{shape: [1], buffer: 1}, ", .node = "inputs: [0], outputs: [2]", .outputs = "2"});
  node("negative_dimension", {.x = "shape: [1, -4, 4, 2]", .y = "shape: [1, -4, 4, 2]"});
  node("least_dimension", {.x = "shape: [-2147483648]", .y = "shape: [-2147483648]"});
  node("overflow",
       {.x = "shape: [2147483647, 2147483647, 2147483647]", .y = "shape: [2147483647, 2147483647, 2147483647]"});
  node("overflow_to_zero", {.x = "shape: [65536, 65536, 65536, 65536]", .y = "shape: [65536, 65536, 65536, 65536]"});
  node("huge", {.x = "shape: [2147483647, 4]", .y = "shape: [2147483647, 4]"});
  std::string dimensions = "1";
  for (int i = 0; i < 5000; ++i) dimensions += ", 1";
  node("many_dimensions", {.x = "shape: [" + dimensions + "]"});
  node("type", {.x = "shape: [2], type: 99"});
  node("name", {.x = "shape: [1, 4, 4, 2], name: 'a\\nb'"});
  node("operator_code_index", {.node = "opcode_index: 7, inputs: [0], outputs: [1]"});
  node("operator_code", {.code = "builtin_code: 9999"});
  node("negative_operator_code", {.code = "deprecated_builtin_code: -5, builtin_code: -5"});
  node("custom_without_name", {.code = "builtin_code: CUSTOM"});
  node("input_index", {.inputs = "77"});
  node("negative_input_index", {.inputs = "-1"});
  node("input_twice", {.inputs = "0, 0"});
  node("output_index", {.outputs = "2147483647"});
  node("output_of_nobody", {.node = "inputs: [0], outputs: [0]"});
  node("operand_index", {.node = "inputs: [-7], outputs: [1]"});
  node("result_index", {.node = "inputs: [0], outputs: [1000000]"});
  node("no_operands", {.node = "inputs: [], outputs: [1]"});
  node("result_left_out", {.node = "inputs: [0], outputs: [-1]"});
  node("no_results_of_a_handle",
       {.code = "builtin_code: SHAPE", .x = "type: RESOURCE", .node = "inputs: [0], outputs: []", .outputs = ""});
  node("no_results", {.node = "inputs: [0], outputs: []"});
  node("reads_its_own_result", {.node = "inputs: [1], outputs: [1]"});
  node("intermediate_index", {.node = "inputs: [0], outputs: [1], intermediates: [4000]"});
  node("cycle", {.more_tensors = "{shape: [1, 4, 4, 2]}, ",
                 .node = "inputs: [1], outputs: [2]}, {inputs: [2], outputs: [1]",
                 .outputs = "2"});
  node("two_makers", {.node = "inputs: [0], outputs: [1]}, {inputs: [0], outputs: [1]"});
  // The first of two makers computes two numbers, the second makes eight of them that nobody knows.
  node("two_makers_of_paddings",
       {.code = "builtin_code: ADD}, {builtin_code: PAD",
        .more_tensors = "{shape: [2], type: INT32, buffer: 1}, {shape: [4, 2], type: INT32}, {type: INT32}, ",
        .node = "inputs: [1, 1], outputs: [3]}, {inputs: [2, 2], outputs: [3]}, {opcode_index: 1, inputs: [0, 3], "
                "outputs: [4]",
        .inputs = "0, 2",
        .outputs = "4"});
  node("maker_of_a_constant",
       {.code = "builtin_code: ADD",
        .more_tensors = "{shape: [2], type: INT32, buffer: 1}, {shape: [200], type: INT32, buffer: 1}, ",
        .node = "inputs: [1, 1], outputs: [2]",
        .outputs = "2"});
  const std::string self =
      "inputs: [0], outputs: [1], builtin_options_type: 'WhileOptions', builtin_options: {cond_subgraph_index: 1, "
      "body_subgraph_index: 0}";
  const std::string empty_graph = ", {tensors: [{shape: [1]}], inputs: [0], outputs: [0], operators: []}";
  node("graphs_in_a_circle", {.code = "builtin_code: WHILE", .node = self, .more_graphs = empty_graph});
  node("graph_that_is_not_there", {.code = "builtin_code: WHILE", .node = self});
  node("options_of_another",
       {.node = "inputs: [0], outputs: [1], builtin_options_type: 'SoftmaxOptions', builtin_options: {beta: 1}"});

  const auto quantized = [&](const std::string& what, const std::string& quantization) {
    const std::string tensor = "shape: [1, 4, 4, 2], type: INT8, quantization: {" + quantization + "}";
    node(what, {.x = tensor, .y = tensor});
  };
  quantized("scale_nan", "scale: [nan], zero_point: [0]");
  quantized("scale_infinite", "scale: [inf], zero_point: [0]");
  quantized("scale_zero", "scale: [0], zero_point: [0]");
  quantized("scale_negative", "scale: [-0.5], zero_point: [0]");
  quantized("zero_point", "scale: [1], zero_point: [300]");
  quantized("least_zero_point", "scale: [1], zero_point: [-9223372036854775808]");
  quantized("more_scales_than_channels", "scale: [1, 1, 1], zero_point: [0, 0, 0], quantized_dimension: 3");
  quantized("scales_along_no_axis", "scale: [1, 1], zero_point: [0, 0], quantized_dimension: -1");
  quantized("fewer_zero_points", "scale: [1, 1], zero_point: [0], quantized_dimension: 3");

  const std::string without_scales = "shape: [1, 4, 4, 2], type: INT8, name: ";
  node("softmax_without_scales",
       {.code = "builtin_code: SOFTMAX",
        .x = without_scales + "'x'",
        .y = without_scales + "'y'",
        .node = "inputs: [0], outputs: [1], builtin_options_type: 'SoftmaxOptions', builtin_options: {beta: 1}"});

  node("conv_stride_0", conv("stride_w: 0, stride_h: 0"));
  node("conv_stride_negative", conv("stride_w: -1, stride_h: -1"));
  node("conv_dilation_0", conv("stride_w: 1, stride_h: 1, dilation_w_factor: 0, dilation_h_factor: 0"));
  node("conv_dilation_huge",
       conv("padding: VALID, stride_w: 1, stride_h: 1, dilation_w_factor: -2147483648, dilation_h_factor: 2147483647"));
  node("conv_padding", conv("padding: 77, stride_w: 1, stride_h: 1"));
  node("conv_activation", conv("stride_w: 1, stride_h: 1, fused_activation_function: 99"));
  OneNode channels = conv("stride_w: 1, stride_h: 1");
  channels.x = "shape: [1, 4, 4, 3]";
  node("conv_channels", channels);
  node("depthwise_stride_0", depthwise("stride_w: 0, stride_h: 0, depth_multiplier: 1"));
  node("pool_filter_0", pool("stride_w: 1, stride_h: 1"));
  node("pool_stride_0", pool("filter_width: 2, filter_height: 2"));
  node("pool_filter_huge",
       pool("padding: VALID, stride_w: 1, stride_h: 1, filter_width: 2147483647, filter_height: 2147483647"));
  node("softmax_nan",
       {.code = "builtin_code: SOFTMAX",
        .node = "inputs: [0], outputs: [1], builtin_options_type: 'SoftmaxOptions', builtin_options: {beta: nan}"});
  node("reshape_to_more", indexed("RESHAPE", "2", {5, -1}));
  node("reshape_to_two_unknown", indexed("RESHAPE", "4", {-1, -1, 4, 2}));
  node("reshape_to_negative", indexed("RESHAPE", "4", {1, -4, -4, 2}));
  node("reshape_overflow", indexed("RESHAPE", "4", {2147483647, 2147483647, 2147483647, 2147483647}));
  node("mean_axis", indexed("MEAN", "1", {9}));
  node("mean_negative_axis", indexed("MEAN", "1", {-2147483648}));
  OneNode short_paddings = indexed("PAD", "4, 2", {0, 0, 0, 0, 0, 0, 0, 0});
  short_paddings.buffers = "{}, {data: [0, 0, 0, 0]}";
  node("pad_too_short", short_paddings);
  node("pad_negative", indexed("PAD", "4, 2", {0, 0, -3, 0, 0, 0, 0, 0}));
  node("pad_overflow", indexed("PAD", "4, 2", {0, 2147483647, 0, 2147483647, 0, 0, 0, 0}));
  node(
      "concatenation_axis",
      {.code = "builtin_code: CONCATENATION",
       .node = "inputs: [0], outputs: [1], builtin_options_type: 'ConcatenationOptions', builtin_options: {axis: 44}"});

  const auto sparse = [&](const std::string& what, const std::string& parameters) {
    node(what, {.more_tensors = "{shape: [2, 2], buffer: 1, sparsity: {" + parameters + "}}, ",
                .node = "inputs: [0], outputs: [2]",
                .outputs = "2"});
  };
  sparse("sparse_without_order", "dim_metadata: [{dense_size: 2}, {dense_size: 2}]");
  sparse("sparse_order", "traversal_order: [0, 9], dim_metadata: [{dense_size: 2}, {dense_size: 2}]");
  sparse("sparse_dense_size", "traversal_order: [0, 1], dim_metadata: [{dense_size: 2147483647}, {dense_size: 2}]");
  sparse("sparse_segments",
         "traversal_order: [0, 1], dim_metadata: [{dense_size: 2}, {format: SPARSE_CSR, array_segments_type: "
         "'Int32Vector', array_segments: {values: [0, 2147483647, -5]}, array_indices_type: 'Uint8Vector', "
         "array_indices: {values: [0]}}]");
  sparse("sparse_indices",
         "traversal_order: [0, 1], dim_metadata: [{dense_size: 2}, {format: SPARSE_CSR, array_segments_type: "
         "'Uint8Vector', array_segments: {values: [0, 1, 2]}, array_indices_type: 'Uint8Vector', array_indices: "
         "{values: [0, 200]}}]");
  sparse(
      "sparse_blocks",
      "traversal_order: [0, 1, 2], block_map: [7], dim_metadata: [{dense_size: 2}, {dense_size: 2}, {dense_size: 3}]");
  node("bool", {.more_tensors = "{shape: [8], type: BOOL, buffer: 1}, ",
                .node = "inputs: [0], outputs: [2]",
                .buffers = "{}, {data: [1, 0, 7, 1, 0, 0, 0, 0]}",
                .outputs = "2"});
  return files;
}

}  // namespace mirim::test
