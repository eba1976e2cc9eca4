#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

// `mirim make` of a small recipe for the host.
namespace mirim {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRecipe =
    "model = \"net.toml\"\n"
    "[data]\nset = \"idx:data\"\n"
    "[train]\nepochs = 12\nlearning_rate = 0.01\n"
    "[quantize]\nsamples = 50\n"
    "[firmware]\ntarget = \"host\"\nsamples = 20\n";

class Make : public ProgramTest {
 protected:
  Make() { write_file(at("small.toml"), kRecipe); }

  void SetUp() override {
    write_file(at("run.json"), "{}");
    const Ended ended = mirim("report run.json -o x.html");
    if (ended.err.find("npm") != std::string::npos) GTEST_SKIP() << "built without the report's page: " << ended.err;
  }
};

TEST_F(Make, leaves_models_firmware_and_a_report_whose_numbers_agree) {
  const Ended ended = mirim("make small.toml");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("runs/small/report.html"));
  const json run = json::parse(read_text(at("runs/small/run.json")));
  const json scores = json::parse(good("eval runs/small/int8.tflite --data idx:data --json"));
  EXPECT_EQ(run["models"][1]["accuracy"], scores["accuracy"]);
  EXPECT_EQ(run["models"][1]["confusion"], scores["confusion"]);
  EXPECT_EQ(run["firmware"]["identical_outputs"], 20);
  EXPECT_EQ(run["history"].size(), 12U);
  EXPECT_THAT(read_text(at("runs/small/report.html")), HasSubstr("<html"));
}

TEST_F(Make, does_nothing_twice_and_only_what_changed) {
  good("make small.toml");
  const auto made = std::filesystem::last_write_time(at("runs/small/float.tflite"));
  const std::string run = read_text(at("runs/small/run.json"));
  const Ended again = mirim("make small.toml");
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.err, Not(HasSubstr(" ..."))) << "no step begins";
  EXPECT_TRUE(read_text(at("runs/small/run.json")) == run);

  std::string other = kRecipe;
  other.replace(other.find("samples = 20"), 12, "samples = 30");
  write_file(at("small.toml"), other);
  const Ended changed = mirim("make small.toml");
  EXPECT_THAT(changed.err, HasSubstr("run ..."));
  EXPECT_THAT(changed.err, Not(HasSubstr("train ...")));
  EXPECT_EQ(std::filesystem::last_write_time(at("runs/small/float.tflite")), made);
  EXPECT_EQ(json::parse(read_text(at("runs/small/run.json")))["firmware"]["samples"], 30);
}

TEST_F(Make, mends_what_was_tampered_with) {
  good("make small.toml");
  const Bytes model = read_file(at("runs/small/int8.tflite"));
  write_file(at("runs/small/int8.tflite"), "nonsense");
  write_file(at("runs/small/steps/compile.json"), "{");
  good("make small.toml");
  EXPECT_EQ(read_file(at("runs/small/int8.tflite")), model);
}

TEST_F(Make, goes_on_to_the_same_weights_after_kill_and_ctrl_c) {
  // Long enough that the signal comes while it trains.
  write_images("data", 6000, 100);
  std::string longer = kRecipe;
  longer.replace(longer.find("epochs = 12"), 11, "epochs = 40\nbatch = 8");
  write_file(at("small.toml"), longer);
  good("make small.toml -o whole");
  for (const std::string signal : {"KILL", "INT"}) {
    const std::string folder = "stopped_" + signal;
    const Ended stopped = mirim(fmt::format(
        "make small.toml -o {0} & pid=$!; while kill -0 $pid && ! ls {0}/*.checkpoint; do sleep 0.01; done; "
        "kill -{1} $pid; wait $pid",
        folder, signal));
    EXPECT_EQ(stopped.code, signal == "INT" ? 1 : 137) << stopped.err;
    EXPECT_FALSE(std::filesystem::exists(at(folder + "/float.tflite")));
    const Ended ended = mirim("make small.toml -o " + folder);
    EXPECT_THAT(ended.err, Not(HasSubstr("epoch   1/"))) << "goes on, does not begin again";
    EXPECT_EQ(read_file(at(folder + "/float.tflite")), read_file(at("whole/float.tflite"))) << signal;
    EXPECT_EQ(read_file(at(folder + "/int8.tflite")), read_file(at("whole/int8.tflite"))) << signal;
  }
}

}  // namespace
}  // namespace mirim
