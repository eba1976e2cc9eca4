#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

// prune, cluster, quantize with training, distill and factorize as users run them, on 700 small images.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Compress : public ProgramTest {
 protected:
  Compress() { good("train net.toml --data idx:data -o float.tflite --epochs 4 --learning-rate 0.01"); }

  double accuracy(const std::string& model) const {
    return json::parse(good("eval " + model + " --data idx:data --json"))["accuracy"];
  }
  /// The forms of a model's constants, by name.
  std::map<std::string, std::string> forms(const std::string& model) const {
    std::map<std::string, std::string> forms;
    const json cost = json::parse(good("cost --estimate --stored --json " + model));
    for (const json& c : cost["stored"]["constants"]) {
      if (!c["form"].get<std::string>().empty()) forms[c["name"]] = c["form"];
    }
    return forms;
  }
  std::int64_t stored(const std::string& model) const {
    return json::parse(good("cost --estimate --stored --json " + model))["stored"]["bytes"];
  }
};

TEST_F(Compress, each_command_keeps_what_the_ones_before_did) {
  good("prune float.tflite --data idx:data --sparsity 0.5 --epochs 2 -o pruned.tflite");
  const auto pruned = forms("pruned.tflite");
  ASSERT_EQ(pruned.size(), 2U);
  for (const auto& [name, form] : pruned) EXPECT_EQ(form, "pruned") << name;

  good("cluster pruned.tflite --data idx:data --clusters 8 --epochs 1 -o clustered.tflite");
  for (const auto& [name, form] : forms("clustered.tflite")) EXPECT_EQ(form, "pruned, 8 centroids") << name;

  good("train clustered.tflite --data idx:data --epochs 1 --learning-rate 0.001 -o trained.tflite");
  for (const auto& [name, form] : forms("trained.tflite")) EXPECT_EQ(form, "pruned, 8 centroids") << name;

  good("quantize trained.tflite --data idx:data --epochs 1 -o int8.tflite");
  for (const auto& [name, form] : forms("int8.tflite"))
    EXPECT_THAT(form, AllOf(HasSubstr("pruned"), HasSubstr("8 bits"))) << name;
  EXPECT_LT(stored("int8.tflite"), stored("float.tflite") / 5);
  EXPECT_GT(accuracy("int8.tflite"), 0.9);
}

TEST_F(Compress, half_of_each_layer_is_zero) {
  const json found =
      json::parse(good("prune float.tflite --data idx:data --sparsity 0.5 --epochs 0 -o pruned.tflite --json"));
  for (const json& layer : found["layers"]) EXPECT_NEAR(layer["sparsity"].get<double>(), 0.5, 0.02) << layer;
}

TEST_F(Compress, every_way_of_pruning_ends_well) {
  for (const char* how : {"--criterion taylor", "--criterion movement", "--scope global", "--block 1x2",
                          "--pattern 2:4", "--channels magnitude --sparsity 0.3", "--channels flops --sparsity 0.3",
                          "--channels batch_norm --sparsity 0.3", "--channels latency --sparsity 0.3",
                          "--channels latency --device pico --sparsity 0.3", "--channels taylor --sparsity 0.3",
                          "--begin 0 --end 0", "--rewind float.tflite"}) {
    good(fmt::format("prune float.tflite --data idx:data --epochs 1 {} -o pruned.tflite", how));
    EXPECT_GT(accuracy("pruned.tflite"), 0.6) << how;
    EXPECT_EQ(mirim("verify pruned.tflite").code, 0);
  }
}

TEST_F(Compress, removed_channels_leave_a_smaller_network) {
  const auto macs = [&](const std::string& model) {
    return json::parse(good("cost --estimate --json " + model))["macs"].get<std::int64_t>();
  };
  good("prune float.tflite --data idx:data --channels magnitude --sparsity 0.4 --epochs 1 -o thin.tflite");
  EXPECT_LE(macs("thin.tflite"), macs("float.tflite") * 6 / 10);
}

TEST_F(Compress, few_bits_are_trained_and_the_file_has_them) {
  for (const auto& [weights, form] : {std::pair("4", "4 bits"), std::pair("2", "2 bits"),
                                      std::pair("ternary", "ternary"), std::pair("binary", "binary")}) {
    good(fmt::format(
        "quantize float.tflite --data idx:data --weights {} --epochs 4 --learning-rate 0.003 -o few.tflite", weights));
    const auto found = forms("few.tflite");
    ASSERT_EQ(found.size(), 2U);
    for (const auto& [name, text] : found) EXPECT_EQ(text, form) << name;
    EXPECT_GT(accuracy("few.tflite"), 0.8) << weights;
  }
}

TEST_F(Compress, what_training_for_integers_says_is_what_the_file_says) {
  const json found = json::parse(good(
      "quantize float.tflite --data idx:data --epochs 3 --ranges learnt --weight-scale learnt -o int8.tflite --json"));
  const double in_training = found["history"].back()["validation_accuracy"];
  EXPECT_NEAR(in_training, found["after"].get<double>(), 0.001);
}

TEST_F(Compress, a_student_learns_of_several_teachers_and_of_inner_layers) {
  good("train net.toml --data idx:data -o second.tflite --epochs 4 --learning-rate 0.01 --seed 2");
  good("quantize float.tflite --data idx:data -o int8.tflite");
  good(
      "distill net.toml --data idx:data --teachers float.tflite,second.tflite --epochs 4 --learning-rate 0.01 -o "
      "student.tflite");
  EXPECT_GT(accuracy("student.tflite"), 0.9);
  good("distill net.toml --data idx:data --teachers int8.tflite --epochs 10 --learning-rate 0.01 -o student.tflite");
  EXPECT_GT(accuracy("student.tflite"), 0.9);
  good(
      "distill net.toml --data idx:data --teachers float.tflite --hints fully_connected_1=fully_connected_1 "
      "--epochs 4 --learning-rate 0.01 -o student.tflite");
  EXPECT_THAT(good("show student.tflite"), Not(HasSubstr("projection")));
}

TEST_F(Compress, a_teacher_helps_while_a_model_is_pruned_and_rounded) {
  std::string wide = kNetwork;
  wide.replace(wide.find("filters = 4"), 11, "filters = 8");
  write_file(at("wide.toml"), wide);
  good("train wide.toml --data idx:data -o wide.tflite --epochs 4 --learning-rate 0.01");
  // Labels count for nothing: what is learnt is the teacher's. The hint has other channels, so it has a projection.
  good(
      "prune float.tflite --data idx:data --sparsity 0.5 --epochs 4 --teachers wide.tflite --soft-weight 1 --hints "
      "conv2d_1=conv2d_1 -o pruned.tflite");
  EXPECT_THAT(good("show pruned.tflite"), Not(HasSubstr("projection")));
  for (const auto& [name, form] : forms("pruned.tflite")) EXPECT_EQ(form, "pruned") << name;
  EXPECT_GT(accuracy("pruned.tflite"), 0.9);
  good("cluster pruned.tflite --data idx:data --clusters 8 --epochs 2 --teachers wide.tflite -o clustered.tflite");
  good("quantize clustered.tflite --data idx:data --weights 4 --epochs 2 --teachers wide.tflite -o int4.tflite");
  EXPECT_GT(accuracy("int4.tflite"), 0.9);
  EXPECT_THAT(bad("quantize float.tflite --data idx:data --epochs 1 --teachers none.tflite -o x.tflite"),
              HasSubstr("none.tflite"));
}

TEST_F(Compress, answers_that_are_kept_teach_the_same_bits) {
  good("quantize float.tflite --data idx:data -o int8.tflite");
  for (const char* teachers : {"float.tflite", "int8.tflite,float.tflite"}) {
    const std::string all = fmt::format("distill net.toml --data idx:data --teachers {} --epochs 3 ", teachers);
    good(all + "-o without.tflite");
    good(all + "-o first.tflite --keep-answers answers");
    const Bytes kept = read_file(at("answers"));
    good(all + "-o again.tflite --keep-answers answers");
    const Bytes without = read_file(at("without.tflite"));
    EXPECT_TRUE(read_file(at("first.tflite")) == without) << teachers;
    EXPECT_TRUE(read_file(at("again.tflite")) == without) << teachers;
    EXPECT_TRUE(read_file(at("answers")) == kept) << teachers;
    std::filesystem::remove(at("answers"));
  }
}

TEST_F(Compress, answers_of_others_and_damaged_ones_are_refused) {
  const std::string all = "distill net.toml --data idx:data -o x.tflite --epochs 1 --keep-answers answers ";
  const auto refuses = [&](const std::string& more, const char* line) {
    EXPECT_THAT(bad(all + more), HasSubstr(line)) << more;
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite"))) << more;
  };
  refuses("--teachers float.tflite --flip", "--keep-answers needs samples that are the same in every epoch");
  good(all + "--teachers float.tflite");
  std::filesystem::remove(at("x.tflite"));
  good("prune float.tflite --data idx:data --epochs 0 -o other.tflite");
  refuses("--teachers other.tflite", "answers: holds the answers of another teacher");
  refuses("--teachers float.tflite --train-limit 100", "answers: holds the answers of another teacher");
  Bytes bytes = read_file(at("answers"));
  bytes.back() ^= std::byte{1};
  write_file(at("answers"), bytes);
  refuses("--teachers float.tflite", "answers: is damaged");
  bytes.resize(40);
  write_file(at("answers"), bytes);
  refuses("--teachers float.tflite", "answers: is damaged");
  write_file(at("answers"), "labels");
  refuses("--teachers float.tflite", "answers: holds no teacher's answers");
}

TEST_F(Compress, two_thin_layers_do_the_work_of_one) {
  const json found = json::parse(
      good("factorize float.tflite --data idx:data --keep macs --share 0.8 --epochs 2 -o thin.tflite --json"));
  EXPECT_LT(found["macs"].get<std::int64_t>(), found["macs_before"].get<std::int64_t>());
  EXPECT_GT(accuracy("thin.tflite"), 0.8);
}

TEST_F(Compress, stopped_commands_go_on_to_the_same_bits) {
  write_images("data", 3000, 100);
  for (const char* command :
       {"prune float.tflite --criterion movement", "prune float.tflite --channels taylor --sparsity 0.3",
        "distill net.toml --teachers float.tflite", "distill net.toml --teachers float.tflite --flip",
        "quantize float.tflite --weights 4 --ranges learnt --samples 100", "cluster float.tflite --clusters 4",
        "factorize float.tflite --keep macs --share 0.8"}) {
    const std::string all = fmt::format("{} --data idx:data --epochs 20 --batch 8 ", command);
    const std::string parts = all + "-o parts.tflite --checkpoint parts.checkpoint --resume";
    good(all + "-o whole.tflite");
    // Once a first epoch is saved it is killed; then the same command is given again.
    const Ended stopped = mirim(parts +
                                " & pid=$!; while kill -0 $pid && [ ! -e parts.checkpoint ]; do sleep 0.01; done; "
                                "kill -KILL $pid; wait $pid");
    EXPECT_EQ(stopped.code, 137) << command << stopped.err;
    EXPECT_FALSE(std::filesystem::exists(at("parts.tflite"))) << command;
    good(parts);
    EXPECT_TRUE(read_file(at("parts.tflite")) == read_file(at("whole.tflite"))) << command;
    std::filesystem::remove(at("parts.tflite"));
    std::filesystem::remove(at("parts.checkpoint"));
  }
}

TEST_F(Compress, says_what_cannot_be_in_one_line_and_writes_nothing) {
  const auto refuses = [&](const std::string& arguments, const char* line) {
    EXPECT_THAT(bad(arguments + " --data idx:data -o x.tflite"), HasSubstr(line)) << arguments;
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite"))) << arguments;
  };
  refuses("prune float.tflite --sparsity 1.5", "sparsity is 1.5; it must be at least 0 and below 1");
  refuses("prune float.tflite --layers conv=0.5", "there is no layer 'conv'");
  refuses("prune float.tflite --layers conv", "'conv' is not NAME=NUMBER");
  refuses("prune float.tflite --block 100x1", "is larger");
  refuses("prune float.tflite --pattern 4:2", "4 of 2");
  refuses("prune float.tflite --criterion magic", "criterion 'magic' is unknown");
  refuses("prune float.tflite --criterion taylor --epochs 0", "criterion taylor watches a training");
  refuses("prune float.tflite --channels magnitude --sparsity 0.99", "takes away at most");
  refuses("prune float.tflite --sparsity -0.1", "sparsity is -0.1; it must be at least 0 and below 1");
  refuses("prune float.tflite --channels latency --device toaster", "'toaster' is no device that mirim knows");
  refuses("prune float.tflite --channels magnitude --device pico", "--device is of --channels latency");
  refuses("cluster float.tflite --clusters 1000", "clusters is 1000; it must be a whole number from 2 to 256");
  refuses("cluster float.tflite --clusters 64", "64 clusters for 36 weights");
  refuses("cluster float.tflite --start middle", "start 'middle' is unknown");
  refuses("quantize float.tflite --weights 5", "weights '5' is unknown");
  refuses("quantize float.tflite --weights 4 --layers nothing=8", "there is no layer 'nothing'");
  refuses("distill net.toml", "no teacher is named");
  refuses("distill net.toml --teachers none.tflite", "none.tflite");
  refuses("distill net.toml --teachers float.tflite --temperature 0", "temperature is 0");
  refuses("distill net.toml --teachers float.tflite --hints a=b", "has no layer");
  refuses("factorize float.tflite --share 2", "2");
  std::string other = kNetwork;
  other.replace(other.find("units = 4"), 9, "units = 6");
  write_file(at("other.toml"), other);
  refuses("distill other.toml --teachers float.tflite", "the teacher gives 4 numbers for a sample, the student 6");
}

TEST_F(Compress, a_recipe_has_steps) {
  write_file(at("steps.toml"),
             "model = \"net.toml\"\n[data]\nset = \"idx:data\"\n[train]\nepochs = 4\nlearning_rate = 0.01\n"
             "[quantize]\nsamples = 50\n[firmware]\ntarget = \"host\"\nsamples = 5\n"
             "[[step]]\ndo = \"prune\"\nfrom = \"float\"\nsparsity = 0.6\nepochs = 1\n"
             "[[step]]\ndo = \"quantize\"\nname = \"small\"\nepochs = 1\n"
             "[[step]]\ndo = \"distill\"\nfrom = \"net.toml\"\nname = \"student\"\nteachers = \"float\"\nepochs = 2\n");
  const Ended ended = mirim("make steps.toml");
  if (ended.err.find("npm") != std::string::npos) GTEST_SKIP() << "built without the report's page";
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json run = json::parse(read_text(at("runs/steps/run.json")));
  std::vector<std::string> names;
  for (const json& model : run["models"]) names.push_back(model["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"float32", "int8", "prune", "small", "student"}));
  EXPECT_LT(run["models"][3]["stored_bytes"], run["models"][1]["stored_bytes"]);
  EXPECT_THAT(mirim("make steps.toml").err, Not(HasSubstr(" ...")));
}

TEST_F(Compress, a_scan_alone_makes_no_model_and_with_an_output_both) {
  for (const std::string verb : {"prune", "cluster", "quantize"}) {
    const std::string key = verb == "prune" ? "sparsity" : verb == "cluster" ? "clusters" : "bits";
    const std::string all = verb + " float.tflite --data idx:data --scan ";
    EXPECT_THAT(good(all), AllOf(HasSubstr("fully_connected_1"), HasSubstr("█"))) << "a table, and a plot in each row";
    const json alone = json::parse(good(all + "--json"));
    ASSERT_EQ(alone["scan"].size(), 3U) << "all, and two layers";
    EXPECT_EQ(alone["scan"][0]["layer"], "all");
    EXPECT_EQ(alone["samples"], 60);
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite")));
    const json both = json::parse(good(all + "--json --epochs 0 -o x.tflite"));
    EXPECT_EQ(both["scan"], alone["scan"]);
    EXPECT_TRUE(both["scan"][1]["scores"][2].contains(key)) << both["scan"];
    EXPECT_EQ(mirim("verify x.tflite").code, 0);
    std::filesystem::remove(at("x.tflite"));
  }
  // No zeros: what the model reaches as it is, on the 60 validation samples.
  const json scan = json::parse(good("prune float.tflite --data idx:data --scan --json"))["scan"];
  const json pruned =
      json::parse(good("prune float.tflite --data idx:data --sparsity 0.7 --epochs 0 --json -o x.tflite"));
  EXPECT_EQ(scan[0]["scores"][0]["accuracy"], pruned["before"]);
  EXPECT_EQ(scan[0]["scores"][3]["sparsity"], 0.7);
  EXPECT_EQ(scan[0]["scores"][3]["accuracy"], pruned["after"]);
}

TEST_F(Compress, a_recipe_searches_scans_and_keeps_how_weights_are_spread) {
  const auto recipe = [&](const char* budget) {
    write_file(
        at("steps.toml"),
        std::string("model = \"net.toml\"\n[data]\nset = \"idx:data\"\n[train]\nepochs = 4\nlearning_rate = 0.01\n"
                    "[quantize]\nsamples = 50\n[firmware]\ntarget = \"host\"\nsamples = 5\n"
                    "[[step]]\ndo = \"prune\"\nsparsity = 0.6\nepochs = 1\nscan = true\n"
                    "[[step]]\ndo = \"shrink\"\nfrom = \"float\"\nname = \"tiny\"\ncandidates = 3\n"
                    "finalists = 1\nfirst_epochs = 0\nepochs = 1\nmax_drop = 100\nbudget = \"") +
            budget + "\"\n");
  };
  recipe("macs=900");
  const Ended ended = mirim("make steps.toml");
  if (ended.err.find("npm") != std::string::npos) GTEST_SKIP() << "built without the report's page";
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json run = json::parse(read_text(at("runs/steps/run.json")));
  EXPECT_EQ(run["models"][2]["found"]["scan"].size(), 3U);
  const json& tiny = run["models"][3];
  EXPECT_EQ(tiny["made_by"], "shrink");
  EXPECT_LE(tiny["macs"], 900);
  EXPECT_EQ(tiny["found"]["candidates"].size(), 4U) << "three, and a finalist";
  for (const json& model : run["models"]) {
    ASSERT_EQ(model["weights"].size(), 2U) << model["name"];
    for (const json& layer : model["weights"]) {
      int counted = layer["zeros"];
      for (const json& n : layer["counts"]) counted += n.get<int>();
      EXPECT_EQ(counted, layer["count"]) << layer;
    }
  }
  // 36 weights, 60 % zeros: 22.
  EXPECT_EQ(run["models"][2]["weights"][0]["zeros"], 22);
  EXPECT_THAT(
      run["commands"].back().get<std::string>(),
      AllOf(HasSubstr("mirim shrink float.tflite"), HasSubstr("--budget macs=900"), HasSubstr("-o tiny.tflite")));

  // Its journal stands in the run's folder; another budget goes on from its results.
  recipe("macs=800");
  EXPECT_THAT(mirim("make steps.toml").err, AllOf(HasSubstr("tiny ..."), HasSubstr(".journal: goes on with")));
  EXPECT_LE(json::parse(read_text(at("runs/steps/run.json")))["models"][3]["macs"], 800);
  recipe("macs=1");
  const Ended impossible = mirim("make steps.toml");
  EXPECT_EQ(impossible.code, 1);
  EXPECT_THAT(impossible.err, HasSubstr("more than the budget's 1"));
}

TEST_F(Compress, a_recipe_with_a_wrong_step_says_where) {
  const auto refuses = [&](const std::string& step, const char* line) {
    write_file(at("steps.toml"),
               "model = \"net.toml\"\n[data]\nset = \"idx:data\"\n[firmware]\ntarget = \"host\"\n" + step);
    EXPECT_THAT(bad("make steps.toml"), AllOf(HasSubstr("steps.toml:"), HasSubstr(line))) << step;
  };
  refuses("[[step]]\nfrom = \"float\"\n", "do");
  refuses("[[step]]\ndo = \"prun\"\n", "there is no step 'prun'; did you mean 'prune'?");
  refuses("[[step]]\ndo = \"shrnk\"\n", "there is no step 'shrnk'; did you mean 'shrink'?");
  refuses("[[step]]\ndo = \"prune\"\nfrom = \"flaot\"\n", "there is no model 'flaot' before this step");
  refuses("[[step]]\ndo = \"prune\"\nname = \"int8\"\n", "two models are called 'int8'");
  refuses("[[step]]\ndo = \"prune\"\nname = \"../x\"\n", "names a file");
  refuses("[[step]]\ndo = \"prune\"\nsparsityy = 0.5\n", "sparsityy");
  refuses("[[step]]\ndo = \"prune\"\ngroups = true\n", "makes no model");
  refuses("[step]\ndo = \"prune\"\n", "[[step]]");
}

}  // namespace
}  // namespace mirim
