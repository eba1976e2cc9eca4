#include <fmt/format.h>
#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/opaque.hpp"
#include "tests/formats/tflite_file.hpp"

namespace mirim {
namespace {

using test::file_of;
using test::json_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes written_again(const Bytes& file) { return write_tflite(read_tflite(file)); }

// Where two texts part, with what stands before.
std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const std::size_t from = at > 400 ? at - 400 : 0;
  return fmt::format("at {}:\n{}\n--- or ---\n{}", at, a.substr(from, 600), b.substr(from, 600));
}

TEST(TfliteRoundTrip, keeps_every_field_of_real_files) {
  const auto files = test::tflite_files({"/tests/golden", "/../shared/data/models", "/../shared/data/conformance"});
  ASSERT_GE(files.size(), 20U);
  for (const auto& path : files) {
    SCOPED_TRACE(path);
    const Bytes file = read_file(path);
    EXPECT_EQ(difference(json_of(file), json_of(written_again(file))), "");
  }
}

// A file with as much as the schema knows, in forms that no real writer has all at once.
constexpr const char* kEverything = R"({
  version: 3, description: 'all of it',
  operator_codes: [
    {deprecated_builtin_code: 32, custom_code: 'Mine', version: 7, builtin_code: CUSTOM},
    {deprecated_builtin_code: 127, version: 2, builtin_code: HASHTABLE_FIND},
    {deprecated_builtin_code: 19},
    {deprecated_builtin_code: 0, builtin_code: ADD},
    {deprecated_builtin_code: 127, builtin_code: STABLEHLO_GATHER},
    {deprecated_builtin_code: 119, builtin_code: WHILE},
    {deprecated_builtin_code: 19, version: 3}
  ],
  subgraphs: [
    {name: 'main', debug_metadata_index: 3, inputs: [0], outputs: [7],
     tensors: [
       {shape: [1, 4], shape_signature: [-1, 4], name: 'x', buffer: 1, has_rank: true},
       {shape: [1, 4], name: 'mine', buffer: 2, quantization: {}},
       {shape: [1, 4], name: 'found', buffer: 2, quantization: {min: [-1], max: [1]}},
       {shape: [1, 4], name: '', quantization: {scale: [0.5], zero_point: [3], quantized_dimension: 0}, type: INT8},
       {shape: [1, 4], name: 'relu', buffer: 3},
       {shape: [1, 4], name: 'sum', buffer: 4},
       {shape: [1, 4], name: 'padded', buffer: 5},
       {shape: [1, 4], name: 'y', buffer: 6},
       {shape: [2, 4], name: 'sparse', buffer: 7, sparsity: {traversal_order: [0, 1], dim_metadata: [
         {dense_size: 2}, {format: SPARSE_CSR, array_segments_type: 'Uint8Vector', array_segments: {values: [0, 1, 3]},
         array_indices_type: 'Uint16Vector', array_indices: {values: [3, 0, 2]}}]}},
       {shape: [3], type: INT4, name: 'int4', buffer: 8, quantization: {details_type: 'BlockwiseQuantization',
         details: {scales: 2, block_size: 32}}},
       {type: FLOAT16, name: 'scalar', buffer: 9, is_variable: true},
       {shape: [2], type: VARIANT, name: 'variant', variant_tensors: [{shape: [1], type: INT32, has_rank: true}]},
       {shape: [5], type: INT2, name: 'int2', buffer: 10},
       {shape: [4], name: 'same', buffer: 11}, {shape: [4], name: 'same', buffer: 12},
       {shape: [1], type: INT32, name: 'custom', quantization: {scale: [1], details_type: 'CustomQuantization',
         details: {custom: [1, 2, 3]}}}
     ],
     operators: [
       {opcode_index: 0, inputs: [0, -1], outputs: [1], custom_options: [1, 2, 3, 4, 5],
        mutating_variable_inputs: [true, false], intermediates: [3, -1], debug_metadata_index: 9},
       {opcode_index: 1, inputs: [1], outputs: [2], builtin_options_type: 'HashtableFindOptions', builtin_options: {}},
       {opcode_index: 6, inputs: [2], outputs: [4], debug_metadata_index: 12},
       {opcode_index: 3, inputs: [4, 0], outputs: [5], builtin_options_2_type: 'StablehloIotaOptions',
        builtin_options_2: {iota_dimension: 5}},
       {opcode_index: 4, inputs: [5], outputs: [6], builtin_options_2_type: 'StablehloGatherOptions',
        builtin_options_2: {offset_dims: [1, 2, -3], slice_sizes: []}},
       {opcode_index: 5, inputs: [6], outputs: [7], builtin_options_type: 'WhileOptions',
        builtin_options: {cond_subgraph_index: 1, body_subgraph_index: 2}}
     ]},
    {inputs: [], outputs: [0], tensors: [{shape: [], type: BOOL, buffer: 13}]},
    {name: 'body', tensors: [{shape: [1, 4]}], inputs: [0], outputs: [0]}
  ],
  buffers: [{}, {}, {data: []}, {}, {}, {}, {}, {data: [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64]}, {data: [120, 15]},
            {data: [0, 60]}, {data: [27, 1]}, {data: [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]},
            {data: [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]}, {data: [1]}, {data: [77]}, {data: [5, 5]}, {}],
  metadata_buffer: [14, 15],
  metadata: [{name: 'second', buffer: 15}, {name: 'first', buffer: 2}, {name: 'second', buffer: 13}, {buffer: 3}],
  signature_defs: [{signature_key: 'serve', subgraph_index: 2, inputs: [{name: 'in', tensor_index: 0}], outputs: []},
                   {subgraph_index: 1, outputs: [{tensor_index: 0}]}],
  external_buffer_groups: [{name: 'weights.bin'}],
  external_buffers: [{id: 1, group: 0, offset: 16, length: 8, packing: 'none'}]
})";

TEST(TfliteRoundTrip, real_files_have_no_problems_and_only_the_odd_axis_of_one_is_a_warning) {
  for (const auto& path : test::tflite_files({"/../shared/data/models"})) {
    const Findings findings = examine_tflite(read_file(path)).findings;
    EXPECT_THAT(findings.problems, IsEmpty()) << path;
    const bool odd = path.stem() == "person_detect_int8";
    EXPECT_EQ(!findings.warnings.empty(), odd) << path << testing::PrintToString(findings.warnings);
    for (const std::string& line : findings.warnings) EXPECT_THAT(line, HasSubstr("quantized along axis"));
  }
}

TEST(TfliteRoundTrip, keeps_every_field_of_a_file_with_all_that_the_schema_knows) {
  const Bytes file = file_of(kEverything);
  const TfliteFile read = examine_tflite(file);
  EXPECT_THAT(read.findings.problems, IsEmpty());
  EXPECT_EQ(difference(json_of(file), json_of(written_again(file))), "");
  EXPECT_EQ(written_again(file), written_again(written_again(file)));
}

TEST(TfliteRoundTrip, says_of_such_a_file_what_cannot_be_run_and_what_is_odd) {
  const Findings findings = examine_tflite(file_of(kEverything)).findings;
  EXPECT_THAT(findings.unsupported,
              ElementsAre("graph 0: node 0 'mine' (Mine): mirim has no such operator",
                          "graph 0: node 1 'found' (HASHTABLE_FIND): a device has no hash tables: look keys "
                          "up before the model, and give it their numbers",
                          HasSubstr("node 3 'sum' (ADD): its options are StablehloIotaOptions"),
                          "graph 0: node 4 'padded' (STABLEHLO_GATHER): mirim has no such operator"));
  EXPECT_THAT(findings.warnings,
              testing::IsSupersetOf({HasSubstr("tensor 9 'int4': its blocks are kept and not computed with: their "
                                               "scales are computed at run time"),
                                     HasSubstr("tensor 15 'custom': is quantized as CustomQuantization"),
                                     HasSubstr("metadata 2: there is one of the name 'second' before it")}));
}

TEST(TfliteRoundTrip, makes_sparse_tensors_dense_and_unpacks_narrow_ones) {
  const Graph graph = read_tflite(file_of(kEverything)).main();
  // Row 0 has one element at column 3, row 1 two, at 0 and 2.
  EXPECT_THAT(graph[8].values<float>(), ElementsAre(0, 0, 0, 1, 2, 0, 3, 0));
  // 78 0f: 8 7 f, which are -8, 7 and -1. 1b 01: 3 2 1 0 1, of two bits with a sign: -1 -2 1 0 1.
  const auto narrow = [&](ValueId id) {
    std::vector<int> values;
    for (const std::byte b : *graph[id].constant) values.push_back(static_cast<std::int8_t>(b));
    return values;
  };
  EXPECT_THAT(narrow(9), ElementsAre(-8, 7, -1));
  EXPECT_THAT(narrow(12), ElementsAre(-1, -2, 1, 0, 1));
}

TEST(TfliteRoundTrip, keeps_what_a_change_did_not_touch) {
  Model model = read_tflite(file_of(kEverything));
  model.main()[8].constant = make_constant(std::vector<float>{9, 0, 0, 1, 2, 0, 3, 0});  // no longer so sparse
  model.main()[3].quantization.zero_point = {4};
  model.main().name = "changed";
  model.metadata.erase("first");
  const std::string before = json_of(file_of(kEverything)), after = json_of(write_tflite(model));
  EXPECT_THAT(after, HasSubstr("name: \"changed\""));
  EXPECT_THAT(after, testing::Not(HasSubstr("traversal_order")));
  EXPECT_THAT(after, testing::Not(HasSubstr("\"first\"")));
  for (const char* kept : {"debug_metadata_index: 9", "shape_signature", "mutating_variable_inputs", "offset_dims",
                           "weights.bin", "deprecated_builtin_code: 119"}) {
    EXPECT_THAT(before, HasSubstr(kept));
    EXPECT_THAT(after, HasSubstr(kept));
  }
  EXPECT_THAT(verify(read_tflite(write_tflite(model))), testing::SizeIs(4));  // the nodes that cannot be run
}

TEST(TfliteRoundTrip, an_empty_tensor_may_be_sparse_in_whatever_order) {
  const Bytes file = file_of(R"({version: 3, operator_codes: [], subgraphs: [{tensors: [
      {shape: [2, 0], name: 'w', sparsity: {traversal_order: [7]}}], inputs: [], outputs: [0], operators: []}],
    buffers: [{}]})");
  EXPECT_THAT(json_of(write_tflite(read_tflite(file))), HasSubstr("traversal_order"));
}

// Bytes behind the FlatBuffer: a buffer at 4096 and options of a custom operator at 4112.
Bytes file_with_things_outside() {
  Bytes file = file_of(R"({version: 3, operator_codes: [{builtin_code: CUSTOM, custom_code: 'Big'}],
    subgraphs: [{tensors: [{shape: [2], name: 'w', buffer: 1}, {shape: [2], name: 'y', buffer: 2}], inputs: [],
      outputs: [1], operators: [{inputs: [0], outputs: [1], large_custom_options_offset: 4112,
      large_custom_options_size: 3}]}],
    buffers: [{}, {offset: 4096, size: 8}, {}]})");
  file.resize(4115);
  for (std::size_t i = 0; i < 3; ++i) file[4112 + i] = static_cast<std::byte>(i + 1);
  const std::vector<float> weights = {1.5F, -2.5F};
  std::ranges::copy(bytes_of(weights), file.begin() + 4096);
  return file;
}

TEST(TfliteRoundTrip, keeps_buffers_and_options_outside_of_the_flatbuffer_outside) {
  const Bytes file = file_with_things_outside();
  const Model model = read_tflite(file);
  EXPECT_THAT(model.main()[0].values<float>(), ElementsAre(1.5F, -2.5F));
  const Bytes written = write_tflite(model);
  const std::string json = json_of(written);
  EXPECT_THAT(json, testing::Not(HasSubstr("data:")));
  EXPECT_THAT(json, HasSubstr("large_custom_options_size: 3"));
  EXPECT_EQ(Bytes(written.end() - 8, written.end()), *model.main()[0].constant);
  const Model again = read_tflite(written);
  EXPECT_EQ(*again.main()[0].constant, *model.main()[0].constant);
  EXPECT_EQ(again.main().nodes[0].extras, model.main().nodes[0].extras);
  EXPECT_EQ(write_tflite(again), written);
}

TEST(TfliteRoundTrip, tells_of_things_outside_that_the_file_lacks) {
  Bytes file = file_with_things_outside();
  file.resize(4100);
  EXPECT_THAT(examine_tflite(file).findings.problems,
              testing::IsSupersetOf({HasSubstr("tensor 0 'w': its buffer 1: 8 bytes from byte 4096 on, in a file of "
                                               "4100: the file is truncated"),
                                     HasSubstr("node 0 'y': its large custom options: 3 bytes from byte 4112 on")}));
}

}  // namespace
}  // namespace mirim
