#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/cli/program.hpp"

// A small form of each recipe of recipes/ and recipes/zoo/: few samples, few epochs, the host's compiler. What it
// reaches is below the recipe's own figure, and far above what a step that lost its way would leave.
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

/// What a small form of a network of the chart trains with, and what its models reach of the recipe's [goal].
struct SmallOfZoo {
  double figure = 0;    ///< that the float model reaches: the least or the most, as the recipe's goal is
  double integers = 0;  ///< that the int8 model reaches
  int samples = 0;      ///< for training; 0: all
  int epochs = 0;       ///< of the training; 0: as many as the recipe has
};

const std::map<std::string, SmallOfZoo> kSmallOfZoo{
    {"attention", {.figure = 0.2, .integers = 0.2, .samples = 1000, .epochs = 3}},
    {"autoencoder", {.figure = 0.95, .integers = 0.95, .epochs = 10}},
    {"boltzmann", {.figure = 1, .integers = 1}},
    {"capsules", {.figure = 0.3, .integers = 0.3, .samples = 2000, .epochs = 2}},
    {"dbn", {.figure = 0.6, .integers = 0.6, .samples = 2000, .epochs = 10}},
    {"deconvolutional_network", {.figure = 14, .integers = 14, .samples = 2000, .epochs = 2}},
    {"deep_convolutional", {.figure = 0.5, .integers = 0.5, .samples = 1000, .epochs = 3}},
    {"deep_feed_forward", {.figure = 0.6, .integers = 0.6, .samples = 2000, .epochs = 3}},
    {"deep_feed_forward_wide", {.figure = 0.6, .integers = 0.6, .samples = 2000, .epochs = 3}},
    {"deep_residual", {.figure = 0.3, .integers = 0.3, .samples = 4000, .epochs = 2}},
    {"denoising_autoencoder", {.figure = 12, .integers = 12, .samples = 6400, .epochs = 4}},
    {"differentiable_neural_computer", {.figure = 0.52, .integers = 0.52, .samples = 2000, .epochs = 1}},
    {"echo_state", {.figure = 0.01, .integers = 2}},
    {"extreme_learning_machine", {.figure = 0.92, .integers = 0.92}},
    {"feed_forward", {.figure = 0.9, .integers = 0.9, .epochs = 20}},
    {"gan_fashion", {.figure = 10, .integers = 10, .samples = 1000, .epochs = 1}},
    {"gan_ring", {.figure = 0.3, .integers = 0.2, .samples = 50000, .epochs = 16}},
    {"gru", {.figure = 0.3, .integers = 0.3, .epochs = 5}},
    {"hopfield", {.figure = 0.1, .integers = 0.1}},
    {"inverse_graphics", {.figure = 45, .integers = 45, .samples = 6400, .epochs = 2}},
    {"liquid_state", {.figure = 0.9, .integers = 0.9}},
    {"lstm", {.figure = 0.5, .integers = 0.5, .samples = 3000, .epochs = 4}},
    {"markov_chain", {.figure = 2.4, .integers = 2.4}},
    {"neural_turing_machine", {.figure = 0.52, .integers = 0.52, .samples = 4000, .epochs = 2}},
    {"perceptron", {.figure = 0.94, .integers = 0.94}},
    {"rbf", {.figure = 0.1, .integers = 0.5}},
    {"rbf_wine", {.figure = 0.9, .integers = 0.9}},
    {"rbm", {.figure = 0.7, .integers = 0.7, .epochs = 20}},
    {"rnn", {.figure = 0.3, .integers = 0.3, .epochs = 10}},
    {"sparse_autoencoder", {.figure = 0.2, .integers = 0.2, .samples = 2000, .epochs = 2}},
    {"self_organizing_map", {.figure = 3.05, .integers = 3.5}},
    {"variational_autoencoder", {.figure = 400, .integers = 400, .samples = 2000, .epochs = 2}},
    {"variational_autoencoder_small", {.figure = 420, .integers = 420, .samples = 2000, .epochs = 2}},
};

std::vector<std::string> recipes_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot / folder)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string replaced(const std::string& text, const std::string& pattern, const std::string& by) {
  return std::regex_replace(text, std::regex(pattern, std::regex::multiline), by);
}

/// The recipe's text with paths from anywhere.
std::string from_anywhere(const fs::path& recipe) {
  std::string text = read_text(kRoot / "recipes" / recipe);
  text = replaced(text, R"("(?:\.\./)+models/)", "\"" + (kRoot / "models").string() + "/");
  text = replaced(text, R"(:models/)", ":" + (kRoot / "models").string() + "/");
  return replaced(text, R"((?:\.\./)+shared/)", (kRoot / "../shared").string() + "/");
}

/// The firmware of a small form: two samples on the host.
std::string on_the_host(const std::string& text) {
  return replaced(text, R"(^\[firmware\]\n(?:\w.*\n)*)", "") + "\n[firmware]\ntarget = \"host\"\nsamples = 2\n";
}

/// The recipe with less to do.
std::string small_form(const std::string& recipe, const Small& small) {
  std::string text = from_anywhere(recipe + ".toml");
  text = replaced(text, R"(\.\./runs/fashion_mnist/float\.tflite)", "teacher.tflite");
  text = replaced(text, R"(^batch = \d+\n)", "");
  for (int epochs = 100; epochs > 0; --epochs) {
    text = replaced(text, fmt::format("^epochs = {}$", epochs),
                    fmt::format("epochs = 0{}\nbatch = 16", std::max(1, epochs / small.times_fewer)));
  }
  text = replaced(text, R"(^epochs = 0)", "epochs = ");
  text = replaced(text, R"(^seeds = \d+$)", "seeds = 2");
  text = replaced(text, R"(^threads = \d+$)", "threads = 1");
  text = replaced(text, R"(^\[data\]$)", fmt::format("[data]\ntrain_limit = {}\ntest_limit = 200", small.samples));
  return on_the_host(text);
}

std::string small_form(const std::string& recipe, const SmallOfZoo& small) {
  std::string text = from_anywhere(fs::path("zoo") / (recipe + ".toml"));
  text = replaced(text, R"(^seeds = \d+\n)", "");
  text = replaced(text, R"(^threads = \d+\n)", "");
  if (small.epochs > 0) text = replaced(text, R"(^epochs = \d+$)", fmt::format("epochs = {}", small.epochs));
  if (small.samples > 0) {
    text = replaced(text, R"(^train_limit = \d+\n)", "");
    text = replaced(text, R"(^\[data\]$)", fmt::format("[data]\ntrain_limit = {}\ntest_limit = 1000", small.samples));
  }
  return on_the_host(text);
}

/// What a machine lacks to make the recipe; empty: nothing.
std::string lacking(const std::string& text) {
  const bool shared = text.find("shared/data") != std::string::npos;
  return shared && !fs::exists(kRoot / "../shared/data") ? "no ../shared/data" : "";
}

std::string lacking(const Ended& ended) {
  if (ended.err.find("npm") != std::string::npos) return "built without the report's page";
  return ended.err.find(" is not there") != std::string::npos ? ended.err : "";
}

class RecipesSlow : public ProgramTest, public testing::WithParamInterface<std::string> {};

TEST_P(RecipesSlow, still_works_in_its_small_form) {
  const std::string recipe = GetParam();
  const auto found = kSmall.find(recipe);
  ASSERT_NE(found, kSmall.end()) << "recipes/" << recipe << ".toml has no small form here: add what it reaches";
  const Small& small = found->second;
  const std::string text = small_form(recipe, small);
  if (!lacking(text).empty()) GTEST_SKIP() << lacking(text);
  if (text.find("teacher.tflite") != std::string::npos) {
    const Ended trained =
        mirim(fmt::format("train '{}/models/fashion_cnn.toml' --data fashion-mnist --train-limit 3000 "
                          "--epochs 2 --learning-rate 0.003 -o teacher.tflite",
                          kRoot.string()));
    if (!lacking(trained).empty()) GTEST_SKIP() << lacking(trained);
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
  write_file(at("small.toml"), text);
  const Ended ended = mirim("make small.toml");
  if (!lacking(ended).empty()) GTEST_SKIP() << lacking(ended);
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

INSTANTIATE_TEST_SUITE_P(All, RecipesSlow, testing::ValuesIn(recipes_of("recipes")),
                         [](const auto& made) { return made.param; });

class ZooRecipesSlow : public ProgramTest, public testing::WithParamInterface<std::string> {};

TEST_P(ZooRecipesSlow, still_learns_in_its_small_form) {
  const std::string recipe = GetParam();
  const auto found = kSmallOfZoo.find(recipe);
  ASSERT_NE(found, kSmallOfZoo.end()) << "recipes/zoo/" << recipe
                                      << ".toml has no small form here: add what it reaches";
  const SmallOfZoo& small = found->second;
  const std::string text = small_form(recipe, small);
  if (!lacking(text).empty()) GTEST_SKIP() << lacking(text);
  write_file(at("small.toml"), text);
  const Ended ended = mirim("make small.toml");
  if (!lacking(ended).empty()) GTEST_SKIP() << lacking(ended);
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json run = json::parse(read_text(at("runs/small/run.json")));
  ASSERT_TRUE(run.contains("goal")) << "recipes/zoo/" << recipe << ".toml has no [goal]";
  const std::string figure = run["goal"].value("figure", "accuracy");
  ASSERT_EQ(run["models"].size(), 2U);
  for (const json& model : run["models"]) {
    ASSERT_TRUE(model.contains(figure)) << model["name"] << " has no " << figure;
    const double reached = model[figure], bound = model["name"] == "float32" ? small.figure : small.integers;
    if (run["goal"].contains("most")) {
      EXPECT_LE(reached, bound) << model["name"] << ", " << figure;
    } else {
      EXPECT_GE(reached, bound) << model["name"] << ", " << figure;
    }
  }
  EXPECT_EQ(run["firmware"]["identical_outputs"], 2);
}

INSTANTIATE_TEST_SUITE_P(All, ZooRecipesSlow, testing::ValuesIn(recipes_of("recipes/zoo")),
                         [](const auto& made) { return made.param; });

}  // namespace
}  // namespace mirim
