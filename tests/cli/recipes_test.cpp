#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/cli/program.hpp"

// A small form of each recipe of recipes/: few samples, few epochs, the host's compiler. What it reaches is far below
// the recipe's own figure, and far above what a step that lost its way would leave.
namespace mirim {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const fs::path kRoot = MIRIM_SOURCE_DIR;

/// What a small form trains with, and what its models reach.
struct Small {
  int samples = 256;    ///< for training; so many for validation too
  int times_fewer = 8;  ///< epochs of each training, at least 1
  double accuracy = 0;  ///< the least of any model
  double smaller = 1;   ///< the last model's stored constants, times smaller than those of float32; at least
};

// Chance is 0.1. The accuracies have much room below what is reached, for other machines have other bits.
const std::map<std::string, Small> kSmall{
    {"compress", {.accuracy = 0.25, .smaller = 8}},
    {"ds_cnn_student", {.samples = 1500, .times_fewer = 3, .accuracy = 0.3, .smaller = 5}},
    {"fashion_mnist", {.samples = 1000, .accuracy = 0.5, .smaller = 6}},
    {"lenet5_mnist", {.samples = 1000, .times_fewer = 5, .accuracy = 0.5, .smaller = 30}},
    {"lenet_300_100", {.samples = 1500, .times_fewer = 4, .accuracy = 0.5, .smaller = 20}},
    {"lenet_300_100_mnist", {.samples = 1000, .accuracy = 0.5, .smaller = 20}},
    {"resnet8_bits", {.accuracy = 0.5, .smaller = 3.5}},
    {"resnet8_channels", {.accuracy = 0.3, .smaller = 1.3}},
};

std::vector<std::string> all_recipes() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot / "recipes")) names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string replaced(const std::string& text, const std::string& pattern, const std::string& by) {
  return std::regex_replace(text, std::regex(pattern, std::regex::multiline), by);
}

/// The recipe's text with paths from anywhere, and less to do.
std::string small_form(const std::string& recipe, const Small& small) {
  std::string text = read_text(kRoot / "recipes" / (recipe + ".toml"));
  text = replaced(text, R"(\.\./runs/fashion_mnist/float\.tflite)", "teacher.tflite");
  text = replaced(text, R"("\.\./models/)", "\"" + (kRoot / "models").string() + "/");
  text = replaced(text, R"((\.\./)+shared/)", (kRoot / "../shared").string() + "/");
  text = replaced(text, R"(^batch = \d+\n)", "");
  for (int epochs = 100; epochs > 0; --epochs) {
    text = replaced(text, fmt::format("^epochs = {}$", epochs),
                    fmt::format("epochs = 0{}\nbatch = 16", std::max(1, epochs / small.times_fewer)));
  }
  text = replaced(text, R"(^epochs = 0)", "epochs = ");
  text = replaced(text, R"(^seeds = \d+$)", "seeds = 2");
  text = replaced(text, R"(^threads = \d+$)", "threads = 1");
  text = replaced(text, R"(^\[data\]$)", fmt::format("[data]\ntrain_limit = {}\ntest_limit = 200", small.samples));
  text = replaced(text, R"(^\[firmware\]\n(?:\w.*\n)*)", "");
  return text + "\n[firmware]\ntarget = \"host\"\nsamples = 2\n";
}

class RecipesSlow : public ProgramTest, public testing::WithParamInterface<std::string> {};

TEST_P(RecipesSlow, still_works_in_its_small_form) {
  const std::string recipe = GetParam();
  const auto found = kSmall.find(recipe);
  ASSERT_NE(found, kSmall.end()) << "recipes/" << recipe << ".toml has no small form here: add what it reaches";
  const Small& small = found->second;
  const std::string text = small_form(recipe, small);
  if (text.find("shared/data") != std::string::npos && !fs::exists(kRoot / "../shared/data")) {
    GTEST_SKIP() << "no ../shared/data";
  }
  if (text.find("teacher.tflite") != std::string::npos) {
    const Ended trained =
        mirim(fmt::format("train '{}/models/fashion_cnn.toml' --data fashion-mnist --train-limit 3000 "
                          "--epochs 2 --learning-rate 0.003 -o teacher.tflite",
                          kRoot.string()));
    if (trained.err.find("is not there") != std::string::npos) GTEST_SKIP() << trained.err;
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
  write_file(at("small.toml"), text);
  const Ended ended = mirim("make small.toml");
  if (ended.err.find("npm") != std::string::npos) GTEST_SKIP() << "built without the report's page";
  if (ended.err.find("Fashion-MNIST is not there") != std::string::npos) GTEST_SKIP() << ended.err;
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json run = json::parse(read_text(at("runs/small/run.json")));
  ASSERT_GE(run["models"].size(), 3U);
  for (const json& model : run["models"]) {
    EXPECT_GE(model["accuracy"].get<double>(), small.accuracy) << model["name"];
  }
  const double before = run["models"][0]["stored_bytes"], after = run["models"].back()["stored_bytes"];
  EXPECT_GE(before / after, small.smaller) << before << " to " << after;
  EXPECT_EQ(run["firmware"]["identical_outputs"], 2);
}

INSTANTIATE_TEST_SUITE_P(All, RecipesSlow, testing::ValuesIn(all_recipes()),
                         [](const auto& made) { return made.param; });

}  // namespace
}  // namespace mirim
