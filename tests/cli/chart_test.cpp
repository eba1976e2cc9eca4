#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

// `mirim chart`: pages, pictures, rows of the user's own, and networks of the user's own.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Chart : public ProgramTest {
 protected:
  const json* model_named(const json& facts, const std::string& name) const {
    for (const json& model : facts["models"]) {
      if (model["model"] == name) return &model;
    }
    return nullptr;
  }
};

TEST_F(Chart, every_chart_is_a_picture_and_gives_its_numbers) {
  for (const std::string which : {"growth", "ball", "fits"}) {
    good("chart " + which + " -o " + which + ".svg --lang pt");
    EXPECT_THAT(read_text(at(which + ".svg")),
                AllOf(testing::StartsWith("<svg xmlns="), HasSubstr("</svg>"), HasSubstr("Dados: ")));
    EXPECT_EQ(json::parse(good("chart " + which + " --json"))["chart"], which);
  }
}

TEST_F(Chart, the_fits_are_printed) {
  const json facts = json::parse(good("chart growth --json"));
  // published: about 20 months, 5.7, 4.6 times a year, 3.4
  const std::map<std::string, double> months{
      {"to_2010", 20.3}, {"2010_to_february_2022", 6.0}, {"since_2010", 5.4}, {"records_2012_to_2017", 3.1}};
  ASSERT_EQ(facts["fits"].size(), months.size());
  for (const json& fit : facts["fits"]) EXPECT_NEAR(fit["doubling_months"].get<double>(), months.at(fit["fit"]), 0.3);
}

TEST_F(Chart, a_page_is_in_its_language) {
  const Ended ended = mirim("chart fits -o x.html --lang pt");
  if (ended.err.find("npm") != std::string::npos) GTEST_SKIP() << "built without the pages: " << ended.err;
  EXPECT_THAT(read_text(at("x.html")), AllOf(HasSubstr("<html lang=\"pt\">"), HasSubstr("O que cabe na placa")));
}

TEST_F(Chart, own_networks_are_drawn_with_mirims_own_counts) {
  const json cost = json::parse(good("cost net.toml --estimate --json"));
  const json ball = json::parse(good("chart ball --model net.toml=61.5 -o ball.svg --json"));
  const json* mine = model_named(ball, "net");
  ASSERT_TRUE(mine);
  EXPECT_EQ((*mine)["macs"], cost["macs"]);
  EXPECT_EQ((*mine)["weight_bytes"], cost["parameters"]);
  EXPECT_DOUBLE_EQ((*mine)["top1"], 0.615);
  EXPECT_THAT(read_text(at("ball.svg")), HasSubstr(">net</text>"));

  good("train net.toml --data idx:data -o float.tflite --epochs 1 --train-limit 100");
  good("quantize float.tflite --data idx:data -o int8.tflite");
  const json of_int8 = json::parse(good("cost int8.tflite --estimate --json"));
  const json fits = json::parse(good("chart fits --model int8.tflite --device nano33iot --json"));
  mine = model_named(fits, "int8");
  ASSERT_TRUE(mine);
  EXPECT_EQ((*mine)["weight_bytes"], of_int8["weight_bytes"]);
  EXPECT_EQ((*mine)["arena_bytes"], of_int8["memory"]["arena_bytes"]);
  EXPECT_EQ((*mine)["fits"], true);
}

TEST_F(Chart, another_board_has_other_limits) {
  const json small = json::parse(good("chart fits --device nucleo_f030r8 --json"));
  EXPECT_EQ(small["flash_bytes"], 64 * 1024);
  EXPECT_EQ((*model_named(small, "LeNet-5"))["fits"], true);
  const json large = json::parse(good("chart fits --device pico2 --json"));
  EXPECT_EQ((*model_named(large, "MCUNet-in4"))["fits"], true) << "456 kB of 512 KB, 1.73 MB of 4 MB";
  EXPECT_EQ((*model_named(large, "VGG-16"))["fits"], false);
}

TEST_F(Chart, own_rows_are_drawn_and_credited) {
  write_file(at("mine.csv"), "model,date,compute,compute_unit,source\nA,2011,1,PFLOP,me\nB,2013,4,PFLOP,me\n");
  const json facts = json::parse(good("chart growth --data mine.csv -o mine.svg --json"));
  EXPECT_EQ(facts["models"], 2);
  EXPECT_NEAR(facts["fits"][0]["doubling_months"].get<double>(), 12, 0.05);  // 4 times in two years
  EXPECT_THAT(read_text(at("mine.svg")), AllOf(HasSubstr("Data: mine.csv."), Not(HasSubstr("Epoch AI, &quot;"))));
}

TEST_F(Chart, a_row_without_source_date_or_unit_is_refused_with_its_file_and_line) {
  const auto error_of = [&](const std::string& row) {
    write_file(at("bad.csv"), "model,date,compute,compute_unit,source\nA,2012,1,FLOP,x\n" + row);
    const std::string line = bad("chart growth --data bad.csv -o out.svg");
    EXPECT_FALSE(std::filesystem::exists(at("out.svg")));
    return line;
  };
  EXPECT_THAT(error_of("B,2012,1,FLOP,\n"), HasSubstr("bad.csv: line 3: B: source is missing"));
  EXPECT_THAT(error_of("B,,1,FLOP,x\n"), HasSubstr("bad.csv: line 3: B: date is missing"));
  EXPECT_THAT(error_of("B,2012,1,,x\n"), HasSubstr("bad.csv: line 3: B: compute_unit is missing"));
  EXPECT_THAT(error_of("B,2012,1,FLOPS,x\n"), HasSubstr("bad.csv: line 3: B: compute: unit 'FLOPS' is a rate"));
  EXPECT_THAT(error_of("B,May 2012,1,FLOP,x\n"), HasSubstr("bad.csv: line 3: B: date 'May 2012' is none"));
}

TEST_F(Chart, what_cannot_be_drawn_is_refused) {
  EXPECT_THAT(bad("chart fits --device uno -o x.svg"), HasSubstr("nano33ble"));
  EXPECT_THAT(bad("chart ball --model none.tflite=50 -o x.svg"), HasSubstr("none.tflite"));
  EXPECT_THAT(bad("chart growth --data none.csv -o x.svg"), HasSubstr("none.csv"));
  EXPECT_THAT(bad("chart growth -o net.toml/x.svg"), HasSubstr("net.toml"));
  for (const char* usage : {"chart", "chart pie -o x.svg", "chart growth", "chart growth -o x.png",
                            "chart growth --lang fr -o x.svg", "chart growth --model net.toml -o x.svg",
                            "chart ball --model net.toml -o x.svg", "chart ball --model net.toml=120 -o x.svg"}) {
    EXPECT_EQ(mirim(usage).code, 2) << usage;
  }
  EXPECT_THAT(mirim("chart growth --lang fr -o x.svg").err, HasSubstr("language 'fr' is unknown: there are en and pt"));
  EXPECT_FALSE(std::filesystem::exists(at("x.svg")));
}

/// The networks of data/growth/device_models.csv that mirim describes: their figures there are those of `mirim cost`.
TEST_F(Chart, the_networks_cost_what_mirim_cost_says) {
  const json fits = json::parse(good("chart fits --json"));
  const std::map<std::string, std::string> files{{"LeNet-5", "lenet5"},
                                                 {"AlexNet", "alexnet"},
                                                 {"VGG-16", "vgg16"},
                                                 {"ResNet-50", "resnet50"},
                                                 {"SqueezeNet 1.0", "squeezenet"},
                                                 {"MobileNetV1", "mobilenet_v1"},
                                                 {"MobileNetV2", "mobilenet_v2"},
                                                 {"EfficientNet-B0", "efficientnet_b0"}};
  for (const auto& [name, file] : files) {
    const std::filesystem::path model = std::filesystem::path(MIRIM_SOURCE_DIR) / "models" / (file + ".toml");
    const json cost = json::parse(good("cost '" + model.string() + "' --estimate --json"));
    const json* row = model_named(fits, name);
    ASSERT_TRUE(row) << name;
    EXPECT_EQ((*row)["weight_bytes"].get<double>(), cost["parameters"].get<double>()) << name;
    // A better plan lowers it; then the row in data/growth/device_models.csv is written anew.
    EXPECT_EQ((*row)["arena_bytes"].get<double>(), cost["arena_striped_bytes"].get<double>()) << name;
  }
}

}  // namespace
}  // namespace mirim
