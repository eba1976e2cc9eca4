#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "mirim/base/file.hpp"
#include "tests/cli/program.hpp"

namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kModels = std::string(MIRIM_SOURCE_DIR) + "/models/";

class CostCommand : public ProgramTest {
 protected:
  json cost(const std::string& arguments) const { return json::parse(good("cost --json " + arguments)); }
};

TEST_F(CostCommand, counts_and_plans_a_network_whose_weights_no_memory_holds) {
  // 553 MB of floats in 1 GB of addresses, most of which are the program's libraries.
  const Ended ended = mirim("cost --json " + kModels + "vgg16.toml", kMeasured ? "ulimit -v 1000000;" : "");
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json cost = json::parse(ended.out);
  EXPECT_EQ(cost["parameters"], 138'357'544);
  EXPECT_EQ(cost["macs"], 15'470'264'320);
  EXPECT_EQ(cost["weights"]["float32_bytes"], 553'430'176);
  EXPECT_EQ(cost["weights"]["int8_bytes"], 138'357'544);
  EXPECT_EQ(cost["weights"]["int4_bytes"], 69'178'772);
  EXPECT_DOUBLE_EQ(cost["training_flops"], 6.0 * 15'470'264'320 * 1'281'167 * 74);
  // The first two convolutions: 224 x 224 x 64 in and out.
  EXPECT_GE(cost["arena_whole_bytes"], 2 * 224 * 224 * 64);
  EXPECT_LT(cost["arena_striped_bytes"], 1 << 20);
  for (const json& board : cost["boards"]) EXPECT_FALSE(board["fits"]) << board;
  EXPECT_FALSE(cost.contains("devices"));
}

TEST_F(CostCommand, says_of_each_board_how_and_how_fast_a_network_runs) {
  const json cost = this->cost(kModels + "resnet8.toml --device nano33ble --device nano33iot");
  ASSERT_EQ(cost["boards"].size(), 2U);
  EXPECT_TRUE(cost["boards"][0]["fits"]);
  EXPECT_EQ(cost["boards"][0]["options"], "--optimize speed");
  EXPECT_GT(cost["boards"][0]["milliseconds"], 50);
  EXPECT_EQ(cost["boards"][1]["options"], "--optimize ram") << "32 KB";
  EXPECT_THAT(bad("cost " + kModels + "resnet50.toml --device nano33ble >/dev/null"), HasSubstr("does not fit"));
}

TEST_F(CostCommand, knows_a_transformer_by_its_sizes) {
  const json cost = this->cost(kModels + "gpt3.toml");
  EXPECT_EQ(cost["parameters"], 174'604'259'328);
  EXPECT_NEAR(cost["training_flops"].get<double>(), 3.14e23, 0.005e23);
  EXPECT_EQ(cost["transformer"]["layers"], 96);
  EXPECT_THAT(good("cost " + kModels + "gpt2.toml"), AllOf(HasSubstr("124,439,808"), Not(HasSubstr("training"))));
  EXPECT_THAT(bad("show " + kModels + "gpt2.toml"), HasSubstr("describes a transformer by its sizes alone"));
  EXPECT_THAT(bad("train " + kModels + "gpt2.toml --data idx:data -o a.tflite"), HasSubstr("by its sizes alone"));
}

TEST_F(CostCommand, compares_several_in_a_table_and_shows_the_others_if_one_fails) {
  const std::string two = kModels + "lenet5.toml " + kModels + "alexnet.toml";
  const std::string table = good("cost " + two);
  EXPECT_THAT(table, AllOf(StartsWith("model"), HasSubstr("61,706"), HasSubstr("61,100,840"), HasSubstr("4.94e+17")));
  write_file(at("broken.toml"), std::string_view("input = { shape = [8, 8, 3] }\nlayer = [ { type = \"dense\" } ]\n"));
  const Ended ended = mirim("cost " + two + " broken.toml");
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.out, table);
  EXPECT_THAT(ended.err, HasSubstr("broken.toml:2: key 'type': unknown layer 'dense'"));
  const Ended several = mirim("cost none.tflite " + kModels + "lenet5.toml broken.toml --json");
  EXPECT_EQ(several.code, 1);
  EXPECT_THAT(several.err, AllOf(HasSubstr("none.tflite"), HasSubstr("broken.toml")));
  const json models = json::parse(several.out)["models"];
  ASSERT_EQ(models.size(), 3U);
  EXPECT_EQ(models[0]["parameters"], 61'706);
  EXPECT_THAT(models[1]["error"], HasSubstr("none.tflite"));
  EXPECT_FALSE(models[0].contains("layers"));
  EXPECT_EQ(mirim("cost --stored " + two).code, 2);
}

TEST_F(CostCommand, a_float_file_is_planned_in_int8_too) {
  good("train net.toml --data idx:data -o float.tflite --epochs 1");
  const json cost = this->cost("float.tflite --estimate");
  EXPECT_TRUE(cost.contains("memory")) << "it also compiles as it is";
  EXPECT_LT(cost["arena_whole_bytes"], cost["memory"]["arena_bytes"]);
  EXPECT_LE(cost["arena_striped_bytes"], cost["arena_whole_bytes"]);
  good("quantize float.tflite --data idx:data -o int8.tflite");
  const json small = this->cost("int8.tflite --estimate");
  EXPECT_EQ(small["arena_whole_bytes"], cost["arena_whole_bytes"]);
  EXPECT_EQ(small["arena_striped_bytes"], cost["arena_striped_bytes"]);
}

TEST_F(CostCommand, shapes_that_clash_are_refused_with_the_layer) {
  write_file(at("clash.toml"),
             std::string_view("input = { shape = [8, 8, 3] }\nlayer = [\n"
                              "  { type = \"conv2d\", filters = 4 },\n"
                              "  { type = \"add\", name = \"sum\", from = [\"conv2d_1\", \"input\"] },\n"
                              "]\n"));
  EXPECT_THAT(bad("cost clash.toml"), AllOf(HasSubstr("clash.toml:4"), HasSubstr("sum")));
}

}  // namespace
}  // namespace mirim
