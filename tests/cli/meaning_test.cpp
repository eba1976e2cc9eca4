#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "tests/cli/program.hpp"

// Names of classes and features, and scales of features and targets, through all commands.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Three kinds of fruit by a weight in grams, a share of sugar and a column that never changes.
class Meaning : public ProgramTest {
 protected:
  Meaning() {
    write_file(at("fruit.toml"),
               "[input]\nshape = [3]\nnormalize = \"data\"\n"
               "[[layer]]\ntype = \"fully_connected\"\nunits = 8\nactivation = \"relu\"\n"
               "[[layer]]\ntype = \"fully_connected\"\nunits = 3\n[[layer]]\ntype = \"softmax\"\n");
    write_file(at("fruit.csv"), table({"apple", "cherry", "melon"}, "grams,sugar,planet,kind\n", [](const Row& r) {
                 return fmt::format("{},{:.5f},3,{}\n", r.grams, r.sugar, r.kind);
               }));
  }

  struct Row {
    std::string kind;
    int grams;
    double sugar;
  };

  template <class F>
  static std::string table(const std::vector<std::string>& kinds, const std::string& header, F line) {
    Random random(1);
    std::string text = header;
    for (int i = 0; i < 240; ++i) {
      const std::string& kind = kinds[static_cast<std::size_t>(i) % kinds.size()];
      const int grams = kind == "melon" ? 1200 + random.below(600) : 100 + random.below(80);
      const double sugar = (kind == "cherry" ? 0.13 : 0.10) + 0.0001 * random.below(100);
      text += line(Row{kind, grams, sugar});
    }
    return text;
  }

  double accuracy(const std::string& arguments) const {
    return json::parse(good("eval " + arguments + " --json"))["accuracy"];
  }
  void train() const {
    good("train fruit.toml --data csv:fruit.csv -o float.tflite --epochs 30 --batch 16 --learning-rate 0.02");
  }
};

TEST_F(Meaning, unlike_columns_keep_their_resolution_in_int8_and_on_the_board) {
  train();
  good("quantize float.tflite --data csv:fruit.csv -o int8.tflite");
  EXPECT_GE(accuracy("float.tflite --data csv:fruit.csv"), 0.95);
  EXPECT_GE(accuracy("int8.tflite --data csv:fruit.csv"), accuracy("float.tflite --data csv:fruit.csv") - 0.01);
  good("compile int8.tflite --target host --name model -o firmware");
  const json run = json::parse(good("run firmware --data csv:fruit.csv --count 20 --model int8.tflite --json"));
  EXPECT_EQ(run["identical_outputs"], 20);
  const std::string header = read_text(at("firmware/model.h"));
  EXPECT_THAT(header, HasSubstr("#define MODEL_CLASS_COUNT 3"));
  EXPECT_THAT(header, HasSubstr("#define MODEL_OUTPUT_0_NAMES {\"apple\", \"cherry\", \"melon\"}"));
  EXPECT_THAT(header, HasSubstr("#define MODEL_INPUT_0_NAMES {\"grams\", \"sugar\", \"planet\"}"));
  EXPECT_THAT(header, HasSubstr("#define MODEL_INPUT_0_DEVIATION {"));
  EXPECT_THAT(header, HasSubstr("void model_quantize_input_0(const float* from);"));
}

TEST_F(Meaning, with_float_io_the_scales_stay_inside) {
  train();
  good("quantize float.tflite --data csv:fruit.csv -o inside.tflite --float-io");
  EXPECT_GE(accuracy("inside.tflite --data csv:fruit.csv"), accuracy("float.tflite --data csv:fruit.csv") - 0.01);
  const Graph inside = read_tflite_file(at("inside.tflite")).main();
  EXPECT_TRUE(scaling_of(inside[inside.inputs[0]]).empty()) << "raw floats go in";
  EXPECT_THAT(labels_of(inside[inside.outputs[0]]), ElementsAre("apple", "cherry", "melon"));
}

// As Keras exports a network that was trained on raw columns. One scale for 0.1 and 1,800 would lose the sugar.
TEST_F(Meaning, a_model_without_a_normalisation_gets_the_scales_when_it_is_quantized) {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1, 3}}})};
  // apple 0; cherry 400 (sugar - 0.12); melon 0.05 (grams - 600)
  const std::vector<float> weights = {0, 0, 0, 0, 400, 0, 0.05F, 0, 0}, bias = {0, -48, -30};
  const ValueId w = graph.add(Value{.name = "w", .type = {DType::float32, {3, 3}}, .constant = make_constant(weights)});
  const ValueId b = graph.add(Value{.name = "b", .type = {DType::float32, {3}}, .constant = make_constant(bias)});
  graph.outputs = {graph.add(FullyConnected{}, {graph.inputs[0], w, b}, "y")};
  write_tflite_file(at("raw.tflite"), model);
  EXPECT_EQ(accuracy("raw.tflite --data csv:fruit.csv"), 1);
  good("quantize raw.tflite --data csv:fruit.csv -o int8.tflite");
  EXPECT_EQ(accuracy("int8.tflite --data csv:fruit.csv"), 1);
}

TEST_F(Meaning, classes_are_matched_by_name_and_never_renumbered) {
  train();
  const auto line = [](const Row& r) { return fmt::format("{},{:.5f},3,{}\n", r.grams, r.sugar, r.kind); };
  write_file(at("two.csv"), table({"cherry", "melon"}, "grams,sugar,planet,kind\n", line));
  EXPECT_GE(accuracy("float.tflite --data csv:two.csv --split all"), 0.9);
  write_file(at("four.csv"), table({"apple", "cherry", "grape", "melon"}, "grams,sugar,planet,kind\n", line));
  const std::string refused = bad("eval float.tflite --data csv:four.csv");
  EXPECT_THAT(refused, AllOf(HasSubstr("four.csv"), HasSubstr("'grape'"), HasSubstr("apple, cherry, melon")));
  EXPECT_THAT(bad("train float.tflite --data csv:four.csv -o x.tflite"), HasSubstr("'grape'"));
}

TEST_F(Meaning, columns_are_matched_by_name) {
  train();
  write_file(at("other.csv"), table({"apple", "cherry", "melon"}, "id,sugar,planet,grams,kind\n", [](const Row& r) {
               return fmt::format("{},{:.5f},3,{},{}\n", r.grams % 7, r.sugar, r.grams, r.kind);
             }));
  EXPECT_EQ(accuracy("float.tflite --data csv:other.csv --split all"),
            accuracy("float.tflite --data csv:fruit.csv --split all"));
  write_file(at("without.csv"), table({"apple", "melon"}, "grams,sweet,planet,kind\n", [](const Row& r) {
               return fmt::format("{},{:.5f},3,{}\n", r.grams, r.sugar, r.kind);
             }));
  EXPECT_THAT(bad("eval float.tflite --data csv:without.csv"), HasSubstr("'sugar' is no column"));
}

TEST_F(Meaning, a_regression_answers_in_the_users_units) {
  Random random(2);
  std::vector<float> x, y;
  for (int i = 0; i < 400; ++i) {
    const float size = 100 * random.uniform(), age = random.uniform();
    x.insert(x.end(), {size, age});
    y.insert(y.end(), {200000 + 1000 * size, 30 + 5 * age - 0.02F * size});
  }
  write_npy(at("x.npy"), {DType::float32, {400, 2}}, bytes_of(x));
  write_npy(at("y.npy"), {DType::float32, {400, 2}}, bytes_of(y));
  write_file(at("house.toml"),
             "[input]\nshape = [2]\nnormalize = \"data\"\n[output]\nnormalize = \"data\"\n"
             "[[layer]]\ntype = \"fully_connected\"\nunits = 2\n");
  good(
      "train house.toml --data npy:x.npy,y.npy --loss mean_squared_error -o float.tflite --epochs 60 --batch 16 "
      "--learning-rate 0.05");
  good("quantize float.tflite --data npy:x.npy,y.npy -o int8.tflite");
  write_npy(at("one.npy"), {DType::float32, {1, 2}}, bytes_of(std::vector<float>{50, 0.5F}));
  const auto answers = [&](const std::string& model) {
    good("run " + model + " --input one.npy --output y_" + model + ".npy");
    return read_npy(at("y_" + model + ".npy"));
  };
  // 200,000 + 1,000 * 50 and 30 + 5 / 2 - 1.
  const Tensor exact = answers("float.tflite");
  EXPECT_NEAR(exact.as<float>()[0], 250000, 500);
  EXPECT_NEAR(exact.as<float>()[1], 31.5F, 0.1F);
  const Tensor integers = answers("int8.tflite");
  const Graph graph = read_tflite_file(at("int8.tflite")).main();
  const Value& output = graph[graph.outputs[0]];
  const Scaling scaling = scaling_of(output);
  ASSERT_EQ(scaling.mean.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto steps = static_cast<float>(integers.as<std::int8_t>()[i] - output.quantization.zero_point[0]);
    const float answer = scaling.to_raw(i, output.quantization.scale[0] * steps);
    EXPECT_NEAR(answer, exact.as<float>()[i], 3 * output.quantization.scale[0] * scaling.deviation[i]);
  }
}

TEST_F(Meaning, what_cannot_be_normalized_is_refused) {
  train();
  EXPECT_THAT(bad("train float.tflite --normalize data --data csv:fruit.csv -o x.tflite"),
              HasSubstr("normalizes its input already"));
  EXPECT_THAT(bad("train fruit.toml --normalize dta --data csv:fruit.csv -o x.tflite"), HasSubstr("data"));
  std::string text = read_text(at("fruit.toml"));
  write_file(at("classes.toml"), "[output]\nnormalize = \"data\"\n" + text);
  EXPECT_THAT(bad("train classes.toml --data csv:fruit.csv -o x.tflite"), HasSubstr("the data has classes"));
  write_file(at("wrong.toml"), text.replace(text.find("\"data\""), 6, "\"dat\""));
  EXPECT_THAT(bad("train wrong.toml --data csv:fruit.csv -o x.tflite"), HasSubstr("write \"data\", or numbers"));
}

TEST_F(Meaning, quantize_keeps_signatures_and_metadata) {
  train();
  Model model = read_tflite_file(at("float.tflite"));
  model.metadata["somebody"] = Bytes(5, std::byte{1});
  model.signatures = {{"serving_default", 0, {{"in", model.main().inputs[0]}}, {{"out", model.main().outputs[0]}}}};
  write_tflite_file(at("signed.tflite"), model);
  good("quantize signed.tflite --data csv:fruit.csv -o int8.tflite");
  const Model integer = read_tflite_file(at("int8.tflite"));
  EXPECT_EQ(integer.metadata.at("somebody"), Bytes(5, std::byte{1}));
  ASSERT_EQ(integer.signatures.size(), 1U);
  EXPECT_EQ(integer.signatures[0].inputs[0], std::pair(std::string("in"), integer.main().inputs[0]));
  EXPECT_EQ(integer.signatures[0].outputs[0], std::pair(std::string("out"), integer.main().outputs[0]));
}

}  // namespace
}  // namespace mirim
