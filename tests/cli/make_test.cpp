#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
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
  EXPECT_THAT(read_text(at("runs/small/report.html")), HasSubstr("<html lang=\"en\">"));
}

TEST_F(Make, the_report_is_in_the_language_of_the_recipe_or_of_the_command) {
  std::string in_portuguese = kRecipe;
  write_file(at("small.toml"), in_portuguese.insert(0, "language = \"pt\"\n"));
  good("make small.toml");
  EXPECT_THAT(read_text(at("runs/small/report.html")), HasSubstr("<html lang=\"pt\">"));
  good("make small.toml --lang en");
  EXPECT_THAT(read_text(at("runs/small/report.html")), HasSubstr("<html lang=\"en\">"));
  good("report runs/small --lang pt -o again.html");
  EXPECT_THAT(read_text(at("again.html")), HasSubstr("<html lang=\"pt\">"));
  write_file(at("small.toml"), in_portuguese.replace(0, 15, "language = \"fr\""));
  EXPECT_THAT(bad("make small.toml"), HasSubstr("small.toml: language 'fr' is unknown: there are en and pt"));
  EXPECT_EQ(mirim("make small.toml --lang fr").code, 2);
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

TEST_F(Make, a_cached_run_reads_no_data) {
  good("make small.toml");
  // Other bytes of the same length and time: whoever reads them makes another run.
  for (const auto& entry : std::filesystem::directory_iterator(at("data"))) {
    const auto time = std::filesystem::last_write_time(entry);
    write_file(entry.path(), Bytes(std::filesystem::file_size(entry)));
    std::filesystem::last_write_time(entry, time);
  }
  EXPECT_THAT(mirim("make small.toml").err, Not(HasSubstr(" ...")));
}

TEST_F(Make, data_are_known_by_their_content) {
  good("make small.toml");
  write_images("data", 600, 100);  // the same, newer
  EXPECT_THAT(mirim("make small.toml").err, Not(HasSubstr(" ...")));
  write_images("data", 500, 100);
  EXPECT_THAT(mirim("make small.toml").err, HasSubstr("train ..."));
}

TEST_F(Make, what_would_fail_at_its_end_fails_at_its_beginning) {
  write_file(at("occupied"), "a file");
  EXPECT_THAT(bad("make small.toml -o occupied"), HasSubstr("occupied"));
  const auto with = [&](const std::string& line) {
    write_file(at("other.toml"), kRecipe + line + "\n");
    return bad("make other.toml");
  };
  EXPECT_THAT(with("device = \"toaster\""), HasSubstr("toaster"));
  EXPECT_THAT(with("[quantize2]"), HasSubstr("quantize2"));
  std::string target = kRecipe;
  target.replace(target.find("\"host\""), 6, "\"z80\"");
  write_file(at("other.toml"), target);
  EXPECT_THAT(bad("make other.toml"), HasSubstr("z80"));
  EXPECT_FALSE(std::filesystem::exists(at("runs/other/float.tflite")));
}

TEST_F(Make, a_missing_tool_of_the_board_is_said_before_the_training) {
  std::string board = kRecipe;
  board.replace(board.find("\"host\""), 6, "\"cortex-m4\"");
  write_file(at("board.toml"), board);
  // The program alone, without what is built beside it.
  std::filesystem::create_directories(at("elsewhere"));
  std::filesystem::copy_file(MIRIM_PROGRAM, at("elsewhere/mirim"));
  const Ended alone = mirim("--version && elsewhere/mirim make board.toml");
  if (alone.err.find("is not installed") != std::string::npos) GTEST_SKIP() << alone.err;
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.err, testing::AllOf(testing::StartsWith("mirim: "), HasSubstr("elsewhere/mirim_qemu_count.so"),
                                        HasSubstr("must stay beside the program")));
  EXPECT_EQ(alone.err.find('\n'), alone.err.size() - 1) << "more than one line:\n" << alone.err;
  // A PATH without compilers.
  EXPECT_THAT(bad("make board.toml", "PATH=/nowhere"),
              HasSubstr("arm-none-eabi-g++ is not installed; install Debian's"));
  EXPECT_FALSE(std::filesystem::exists(at("runs/board/float.tflite")));
}

TEST_F(Make, its_commands_step_by_step_make_the_same_models) {
  good("make small.toml -o made");
  const json run = json::parse(read_text(at("made/run.json")));
  const auto& commands = run["commands"];
  ASSERT_EQ(commands.size(), 7U);
  EXPECT_EQ(commands[0], "mirim make small.toml -o made");
  for (std::size_t i = 1; i < commands.size(); ++i) good(commands[i].get<std::string>().substr(6));
  EXPECT_EQ(read_file(at("float.tflite")), read_file(at("made/float.tflite")));
  EXPECT_EQ(read_file(at("int8.tflite")), read_file(at("made/int8.tflite")));
  EXPECT_EQ(run["recipe_text"], kRecipe);
  EXPECT_EQ(run["seed"], 1);
}

TEST_F(Make, tells_each_layers_decibels_and_shows_the_graph_and_wrong_answers) {
  std::string short_training = kRecipe;
  short_training.replace(short_training.find("epochs = 12"), 11, "epochs = 1");
  write_file(at("small.toml"), short_training);
  good("make small.toml");
  const json run = json::parse(read_text(at("runs/small/run.json")));
  const json& model = run["models"][1];
  for (const json& layer : model["layers"]) EXPECT_GT(layer["signal_to_noise_db"], 10) << layer;
  EXPECT_THAT(run["graph"].get<std::string>(), testing::StartsWith("<svg"));
  const json& worst = model["worst"]["samples"];
  const auto wrong = static_cast<std::size_t>(std::lround(100 * (1 - model["accuracy"].get<double>())));
  ASSERT_EQ(worst.size(), std::min<std::size_t>(12, wrong));
  for (std::size_t i = 0; i < worst.size(); ++i) {
    EXPECT_NE(worst[i]["label"], worst[i]["answer"]);
    EXPECT_EQ(worst[i]["pixel_shape"], json({8, 8, 1}));
    EXPECT_EQ(worst[i]["pixels"].get<std::string>().size(), 88U);  // base64 of 64 bytes
    EXPECT_LE(worst[i]["confidence"], worst[i > 0 ? i - 1 : 0]["confidence"]);
  }
}

TEST_F(Make, what_does_not_fit_still_gets_its_report) {
  std::string network = kNetwork;
  network.replace(network.find("filters = 4\nstride = 2"), 22, "filters = 5000\nstride = 1");
  network.replace(network.find("flatten"), 7, "global_average_pool");
  write_file(at("large.toml"), network);
  write_file(at("large_recipe.toml"),
             "model = \"large.toml\"\n[data]\nset = \"idx:data\"\ntrain_limit = 8\ntest_limit = 4\n"
             "[train]\nepochs = 1\nbatch = 4\nplain = true\n[quantize]\nsamples = 2\n"
             "[firmware]\ntarget = \"host\"\noptimize = \"speed\"\nsamples = 2\n");
  const Ended ended = mirim("make large_recipe.toml");
  ASSERT_EQ(ended.code, 1);
  // 8x8x5000 activations are 320,000 bytes, the board has 262,144.
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("262,144"), HasSubstr("conv2d_1")));
  const json run = json::parse(read_text(at("runs/large_recipe/run.json")));
  EXPECT_THAT(run["device"]["why_not"].get<std::string>(), HasSubstr("conv2d_1"));
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

constexpr const char* kPruned = "[[step]]\ndo = \"prune\"\nfrom = \"float\"\nname = \"pruned\"\nepochs = 1\n";

TEST_F(Make, several_seeds_say_how_sure_a_figure_is) {
  write_file(at("small.toml"), std::string(kRecipe) + kPruned);
  const Ended ended = mirim("make small.toml --seeds 3");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("3 seeds: means with their 95 % intervals"));
  const json run = json::parse(read_text(at("runs/small/run.json")));
  const json& seeds = run["seeds"];
  EXPECT_EQ(seeds["values"], json({1, 2, 3}));
  ASSERT_EQ(seeds["models"].size(), 3U);
  const auto values = seeds["models"][0]["accuracy"]["values"].get<std::vector<double>>();
  EXPECT_EQ(values[0], run["models"][0]["accuracy"]);
  EXPECT_DOUBLE_EQ(seeds["models"][0]["accuracy"]["mean"], (values[0] + values[1] + values[2]) / 3);

  // The second seed is the run that the commands make with it.
  good("train net.toml --data idx:data --epochs 12 --learning-rate 0.01 --seed 2 -o second.tflite");
  good("prune second.tflite --data idx:data --epochs 1 --seed 2 -o second_pruned.tflite");
  EXPECT_EQ(read_file(at("second.tflite")), read_file(at("runs/small/seeds/2/float.tflite")));
  EXPECT_EQ(read_file(at("second_pruned.tflite")), read_file(at("runs/small/seeds/2/pruned.tflite")));

  // pruned against float32 is the second of the pairs (int8, float32), (pruned, float32), (pruned, int8).
  const json& pair = seeds["pairs"][1];
  EXPECT_EQ(pair["name"], "pruned");
  EXPECT_EQ(pair["against"], "float32");
  const auto pruned = seeds["models"][2]["accuracy"]["values"].get<std::vector<double>>();
  EXPECT_DOUBLE_EQ(pair["accuracy"]["values"][1], pruned[1] - values[1]);
  const std::string csv = read_text(at("runs/small/seeds.csv"));
  EXPECT_THAT(csv, testing::StartsWith("model,against,figure,mean,low,high,seed 1,seed 2,seed 3\nfloat32,,accuracy,"));
  EXPECT_THAT(csv, HasSubstr("\npruned,float32,stored_bytes,"));

  EXPECT_THAT(mirim("make small.toml --seeds 3").err, Not(HasSubstr(" ..."))) << "all is there";
  good("make small.toml");
  EXPECT_FALSE(json::parse(read_text(at("runs/small/run.json"))).contains("seeds"));
  EXPECT_FALSE(std::filesystem::exists(at("runs/small/seeds.csv")));
  EXPECT_THAT(mirim("make small.toml --seeds 0").err, HasSubstr("--seeds"));
  write_file(at("small.toml"), std::string("seeds = 0\n") + kRecipe);
  EXPECT_THAT(bad("make small.toml"), HasSubstr("seeds is 0"));
}

TEST_F(Make, killed_in_its_second_seed_it_goes_on_there) {
  write_images("data", 6000, 100);  // long enough to be killed while it trains
  std::string longer = "seeds = 2\n" + std::string(kRecipe);
  longer.replace(longer.find("epochs = 12"), 11, "epochs = 8\nbatch = 8");
  write_file(at("small.toml"), longer);
  good("make small.toml -o whole");
  const Ended killed = mirim(
      "make small.toml -o parts & pid=$!; while kill -0 $pid && ! ls parts/seeds/2/*.checkpoint; do sleep 0.01; done; "
      "kill -KILL $pid; wait $pid");
  EXPECT_EQ(killed.code, 137) << killed.err;
  EXPECT_FALSE(std::filesystem::exists(at("parts/run.json")));
  const Ended ended = mirim("make small.toml -o parts");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("train: done before"), HasSubstr("seed 2: train ..."),
                                        Not(HasSubstr("epoch   1/"))));
  EXPECT_EQ(read_file(at("parts/seeds/2/float.tflite")), read_file(at("whole/seeds/2/float.tflite")));
  EXPECT_EQ(json::parse(read_text(at("parts/run.json")))["seeds"],
            json::parse(read_text(at("whole/run.json")))["seeds"]);
}

}  // namespace
}  // namespace mirim
