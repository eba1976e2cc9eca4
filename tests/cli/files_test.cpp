#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "mirim/formats/tflite.hpp"
#include "mirim/graph/graph.hpp"
#include "tests/cli/program.hpp"

// The files that the program writes, as other tools read them, and files as they come.
namespace mirim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class Files : public ProgramTest {
 protected:
  static std::string replaced_activation(const std::string& activation) {
    std::string text = kNetwork;
    return text.replace(text.find("relu"), 4, activation);
  }
  void train() const { good("train net.toml --data idx:data -o float.tflite --epochs 1"); }
  Model read(const std::string& name) const { return read_tflite_file(at(name)); }
  /// A file whose signature has names of its own.
  void write_signed() const {
    train();
    Model model = read("float.tflite");
    model.signatures = {{.key = "mine",
                         .graph = 0,
                         .inputs = {{"picture", model.main().inputs[0]}},
                         .outputs = {{"quarter", model.main().outputs[0]}}}};
    write_tflite_file(at("signed.tflite"), model);
  }
  void expect_signed(const std::string& name) const {
    const Model model = read(name);
    ASSERT_EQ(model.signatures.size(), 1U) << name;
    EXPECT_EQ(model.signatures[0].key, "mine") << name;
    EXPECT_THAT(model.signatures[0].inputs, ElementsAre(Pair("picture", model.main().inputs[0]))) << name;
    EXPECT_THAT(model.signatures[0].outputs, ElementsAre(Pair("quarter", model.main().outputs[0]))) << name;
  }
};

std::vector<std::string> operators_in(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(node.op.name());
  return names;
}

TEST_F(Files, have_a_signature_and_a_name_for_each_tensor) {
  write_file(at("selu.toml"), replaced_activation("selu"));
  good("train selu.toml --data idx:data -o selu.tflite --epochs 1");
  const Model model = read("selu.tflite");
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "serving_default");
  std::set<std::string> names;
  for (const Value& value : model.main().values) {
    EXPECT_TRUE(names.insert(value.name).second) << value.name << " is twice there";
  }
}

TEST_F(Files, keep_their_signature_through_every_command) {
  write_signed();
  for (const char* command : {"train signed.tflite --epochs 1", "prune signed.tflite --sparsity 0.5 --epochs 0",
                              "cluster signed.tflite --clusters 16 --epochs 0", "quantize signed.tflite",
                              "quantize signed.tflite --float-io", "quantize signed.tflite --weights 4"}) {
    good(std::string(command) + " --data idx:data -o out.tflite");
    expect_signed("out.tflite");
  }
  good("quantize signed.tflite --weights float16 --data idx:data -o out.tflite");
  expect_signed("out.tflite");
  good("fold signed.tflite -o out.tflite");
  expect_signed("out.tflite");
}

TEST_F(Files, fold_leaves_no_batch_norm_and_the_same_answers) {
  train();
  EXPECT_THAT(operators_in(read("float.tflite").main()), Contains("ADD"));
  EXPECT_THAT(good("fold float.tflite -o folded.tflite"), HasSubstr("operators left"));
  const Model folded = read("folded.tflite");
  EXPECT_THAT(operators_in(folded.main()), Not(Contains("ADD")));
  EXPECT_FALSE(folded.metadata.contains("mirim.batch_norm"));
  EXPECT_THAT(good("diff float.tflite folded.tflite --data idx:data"), HasSubstr("no layer departs"));
  good("quantize float.tflite --data idx:data -o int8.tflite");
  EXPECT_THAT(bad("fold int8.tflite -o again.tflite"), HasSubstr("fold takes a float model"));
}

TEST_F(Files, in_a_c_array_are_read) {
  train();
  const Bytes bytes = read_file(at("float.tflite"));
  std::string source = "// a sketch\nalignas(16) const unsigned char g_model[] = {\n";
  for (const std::byte byte : bytes) source += fmt::format("{:#04x}, ", std::to_integer<int>(byte));
  write_file(at("model.h"), source + "};\n");
  EXPECT_EQ(good("show model.h"), good("show float.tflite"));
  good("verify model.h");
  write_file(at("other.h"), std::string_view("int x[] = {1, 2};"));
  EXPECT_THAT(bad("show other.h"), HasSubstr("other.h: holds no array of bytes that is a .tflite file"));
}

TEST_F(Files, with_several_signatures_run_the_one_that_is_chosen) {
  train();
  const Model one = read("float.tflite");
  Model model = one;
  model.extras.clear();
  model.graphs.push_back(one.main());
  model.graphs[1].name = "second";
  model.signatures = {{.key = "first", .graph = 0, .inputs = {}, .outputs = {}},
                      {.key = "other", .graph = 1, .inputs = {}, .outputs = {}}};
  write_tflite_file(at("two.tflite"), model);
  EXPECT_THAT(good("show two.tflite --signature other"), HasSubstr("graph \"second\""));
  EXPECT_THAT(bad("show two.tflite --signature third"),
              HasSubstr("there is no signature 'third'; the model has first, other"));
  EXPECT_THAT(mirim("cost two.tflite --estimate").err, HasSubstr("--signature chooses another: 'other'"));
  EXPECT_THAT(mirim("cost two.tflite --estimate --signature other").err, Not(HasSubstr("--signature")));
}

TEST_F(Files, quantize_for_a_runtime_says_what_it_lacks) {
  write_file(at("gelu.toml"), replaced_activation("gelu"));
  good("train gelu.toml --data idx:data -o gelu.tflite --epochs 1");
  EXPECT_THAT(mirim("quantize gelu.tflite --data idx:data -o q.tflite --for tflm").err,
              HasSubstr("tflite-micro has no GELU"));
  EXPECT_THAT(mirim("quantize gelu.tflite --data idx:data -o q.tflite --for litert").err, Not(HasSubstr("GELU")));
  EXPECT_THAT(bad("quantize gelu.tflite --data idx:data -o q.tflite --for tensorrt"),
              HasSubstr("write tflm, litert or vela"));
}

}  // namespace
}  // namespace mirim
