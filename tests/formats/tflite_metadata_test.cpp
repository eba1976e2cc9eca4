#include "mirim/formats/tflite_metadata.hpp"

#include <flatbuffers/idl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "mirim/base/file.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/formats/zip.hpp"
#include "mirim/ops/fully_connected.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Model three_classes() {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  graph.name = "iris";
  const ValueId x = graph.add(Value{.name = "x", .type = {DType::float32, {1, 2}}});
  const ValueId y = graph.add(Value{.name = "y", .type = {DType::float32, {1, 3}}});
  const ValueId w =
      graph.add(Value{.name = "w", .type = {DType::float32, {3, 2}}, .constant = make_constant(std::vector<float>(6))});
  graph.nodes.push_back({.op = FullyConnected{}, .inputs = {x, w, kNoValue}, .outputs = {y}});
  graph.inputs = {x};
  graph.outputs = {y};
  return model;
}

/// The entry as JSON, by FlatBuffers' own parser and Google's schema.
std::string entry_json(const Model& model) {
  flatbuffers::Parser parser;
  EXPECT_TRUE(parser.Parse(read_text(MIRIM_SOURCE_DIR "/mirim/formats/tflite_metadata.fbs").c_str())) << parser.error_;
  std::string text;
  EXPECT_TRUE(flatbuffers::GenerateText(parser, model.metadata.at(kTfliteMetadata).data(), &text));
  return text;
}

TEST(TfliteMetadata, labels_and_scaling_stand_where_googles_tools_look_for_them) {
  Model model = three_classes();
  set_labels(model.main()[model.main().outputs[0]], {"setosa", "versicolor", "virginica"});
  set_scaling(model.main()[model.main().inputs[0]], {{5.8F, 3.0F}, {0.8F, 0.4F}});
  const Bytes file = write_tflite(model);
  const Model read = read_tflite(file);
  const std::string json = entry_json(read);
  EXPECT_THAT(json, HasSubstr("type: \"TENSOR_AXIS_LABELS\""));
  EXPECT_THAT(json, HasSubstr("name: \"labels.txt\""));
  EXPECT_THAT(json, HasSubstr("options_type: \"NormalizationOptions\""));
  EXPECT_THAT(json, HasSubstr("min_parser_version: \"1.0.0\""));
  const Bytes lines = read_zip(file).at("labels.txt");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(lines.data()), lines.size()), "setosa\nversicolor\nvirginica\n");
  const Graph& graph = read.main();
  EXPECT_THAT(labels_of(graph[graph.outputs[0]]), ElementsAre("setosa", "versicolor", "virginica"));
  EXPECT_EQ(scaling_of(graph[graph.inputs[0]]), (Scaling{{5.8F, 3.0F}, {0.8F, 0.4F}}));
  EXPECT_THAT(labels_of(graph[graph.inputs[0]]), IsEmpty());
  const Bytes again = write_tflite(read);
  EXPECT_EQ(read_tflite(again).metadata, read.metadata) << "what is unchanged has the same bytes";
  EXPECT_TRUE(write_tflite(read_tflite(again)) == again);
}

TEST(TfliteMetadata, a_model_without_names_has_no_entry) {
  EXPECT_TRUE(read_tflite(write_tflite(three_classes())).metadata.empty());
}

TEST(TfliteMetadata, what_else_an_entry_says_stays_when_names_change) {
  Model model = three_classes();
  set_labels(model.main()[model.main().outputs[0]], {"a", "b", "c"});
  model = read_tflite(write_tflite(model));
  set_associated_files(model, {{"labels.txt", associated_files(model).at("labels.txt")}, {"other.txt", Bytes(3)}});
  set_labels(model.main()[model.main().inputs[0]], {"width", "height"});
  const Model read = read_tflite(write_tflite(model));
  EXPECT_THAT(labels_of(read.main()[read.main().outputs[0]]), ElementsAre("a", "b", "c"));
  EXPECT_THAT(labels_of(read.main()[read.main().inputs[0]]), ElementsAre("width", "height"));
  EXPECT_EQ(associated_files(read).at("other.txt"), Bytes(3));
  Model without = read;
  set_labels(without.main()[without.main().outputs[0]], {});
  EXPECT_THAT(labels_of(read_tflite(write_tflite(without)).main()[2]), IsEmpty());
}

TEST(TfliteMetadata, a_damaged_entry_is_not_looked_at_and_stays) {
  Model model = three_classes();
  model.metadata[kTfliteMetadata] = Bytes(40, std::byte{7});
  const Model read = read_tflite(write_tflite(model));
  EXPECT_EQ(read.metadata.at(kTfliteMetadata), Bytes(40, std::byte{7}));
}

TEST(TfliteMetadata, as_many_labels_as_elements_or_two_for_one) {
  for (const auto& labels : {std::vector<std::string>{"no", "yes"}, {"a", "b", "c", "d"}}) {
    Model model = three_classes();
    set_labels(model.main()[model.main().outputs[0]], labels);
    const Model read = read_tflite(write_tflite(model));
    EXPECT_THAT(labels_of(read.main()[read.main().outputs[0]]), IsEmpty());
  }
}

/// The model with an entry of output 0 as the Metadata Writer packs them, from JSON of its tables.
Model with_entry(const std::string& json, const std::map<std::string, std::string>& files) {
  flatbuffers::Parser parser;
  EXPECT_TRUE(parser.Parse(read_text(MIRIM_SOURCE_DIR "/mirim/formats/tflite_metadata.fbs").c_str())) << parser.error_;
  EXPECT_TRUE(parser.Parse(json.c_str())) << parser.error_;
  Model model = three_classes();
  const auto* begin = reinterpret_cast<const std::byte*>(parser.builder_.GetBufferPointer());
  model.metadata[kTfliteMetadata] = Bytes(begin, begin + parser.builder_.GetSize());
  std::map<std::string, Bytes> packed;
  for (const auto& [name, text] : files) {
    const BytesView view = bytes_of(std::string_view(text));
    packed[name] = Bytes(view.begin(), view.end());
  }
  // The writer would replace what the values do not say.
  Bytes file = write_tflite(model);
  append_zip(file, packed);
  return read_tflite(file);
}

Model with_files(const std::string& associated, const std::map<std::string, std::string>& files) {
  return with_entry("{subgraph_metadata: [{output_tensor_metadata: [{associated_files: [" + associated + "]}]}]}",
                    files);
}

const Value& output(const Model& model) { return model.main()[model.main().outputs[0]]; }

TEST(TfliteMetadata, of_several_languages_english_or_the_first) {
  const std::map<std::string, std::string> files = {{"a.txt", "a\nb\nc\n"}, {"d.txt", "d\ne\nf"}};
  const auto type = [](const char* name, const char* more) {
    return fmt::format("{{name: '{}', type: 'TENSOR_AXIS_LABELS'{}}}", name, more);
  };
  const std::string german = type("d.txt", ", locale: 'de'");
  EXPECT_THAT(labels_of(output(with_files(german + ", " + type("a.txt", ""), files))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(labels_of(output(with_files(german + ", " + type("a.txt", ", locale: 'en-US'"), files))),
              ElementsAre("a", "b", "c"));
  const Model model = with_files(german + ", " + type("a.txt", ", locale: 'pt'"), files);
  EXPECT_THAT(labels_of(output(model)), ElementsAre("d", "e", "f"));
  EXPECT_EQ(read_tflite(write_tflite(model)).metadata, model.metadata) << "unchanged names keep every language";
  Model changed = model;
  set_labels(changed.main()[changed.main().outputs[0]], {"x", "y", "z"});
  EXPECT_THAT(labels_of(output(read_tflite(write_tflite(changed)))), ElementsAre("x", "y", "z"));
}

TEST(TfliteMetadata, files_of_windows_and_with_paths) {
  const Model model = with_files("{name: '/home/me/l.txt', type: 'TENSOR_AXIS_LABELS'}", {{"l.txt",
                                                                                           "\xEF\xBB\xBF"
                                                                                           "a\r\nb\r\nc\r\n\r\n"}});
  EXPECT_THAT(labels_of(output(model)), ElementsAre("a", "b", "c"));
}

TEST(TfliteMetadata, numbers_have_names_too) {
  const Model model =
      with_files("{name: 'v.txt', type: 'TENSOR_VALUE_LABELS'}", {{"v.txt", "???\nperson\ncar\ndog\n"}});
  EXPECT_THAT(value_labels_of(output(model)), ElementsAre("???", "person", "car", "dog"));
  EXPECT_THAT(labels_of(output(model)), IsEmpty());
  Model changed = three_classes();
  set_value_labels(changed.main()[changed.main().outputs[0]], {"a", "b"});
  const Model read = read_tflite(write_tflite(changed));
  EXPECT_THAT(value_labels_of(output(read)), ElementsAre("a", "b"));
  EXPECT_THAT(entry_json(read), HasSubstr("type: \"TENSOR_VALUE_LABELS\""));
}

TEST(TfliteMetadata, names_of_the_graph_of_the_model_or_of_no_entry) {
  const std::map<std::string, std::string> files = {{"a.txt", "a\nb\nc\n"}};
  const std::string axis = "associated_files: [{name: 'a.txt', type: 'TENSOR_AXIS_LABELS'}]";
  EXPECT_THAT(labels_of(output(with_entry("{" + axis + "}", files))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(labels_of(output(with_entry("{subgraph_metadata: [{" + axis + "}]}", files))),
              ElementsAre("a", "b", "c"));
  Bytes file = write_tflite(three_classes());
  const auto packed = [&](std::string_view text) {
    Bytes whole = file;
    append_zip(whole, {{"labels.txt", Bytes(bytes_of(text).begin(), bytes_of(text).end())}});
    return read_tflite(whole);
  };
  EXPECT_THAT(labels_of(output(packed("a\nb\nc"))), ElementsAre("a", "b", "c"));
  EXPECT_THAT(labels_of(output(packed("a\nb"))), IsEmpty()) << "it has other names";
  EXPECT_TRUE(write_tflite(packed("a\nb\nc")) == write_tflite(read_tflite(write_tflite(packed("a\nb\nc")))));
  EXPECT_THAT(packed("a\nb\nc").metadata, IsEmpty());
}

}  // namespace
}  // namespace mirim
