#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "mirim/base/bytes.hpp"
#include "mirim/formats/npy.hpp"
#include "tests/cli/program.hpp"

// The program as users run it, on a data set of 700 small images.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class Commands : public ProgramTest {
 protected:
  void train(const std::string& output = "float.tflite", const std::string& more = "") const {
    good("train net.toml --data idx:data -o " + output + " --epochs 4 --learning-rate 0.01 " + more);
  }
  void quantize() const { good("quantize float.tflite --data idx:data -o int8.tflite --samples 100"); }
};

TEST_F(Commands, without_a_command_or_with_a_wrong_option_are_wrong_usage) {
  EXPECT_EQ(mirim("").code, 2);
  EXPECT_EQ(mirim("frobnicate").code, 2);
  EXPECT_EQ(mirim("show").code, 2);
  EXPECT_EQ(mirim("show x.tflite --frobnicate").code, 2);
  EXPECT_EQ(mirim("eval x.tflite --data idx:data --threads many").code, 2);
}

TEST_F(Commands, options_that_do_not_go_together_or_make_no_sense_are_wrong_usage) {
  const auto complaint = [&](const std::string& arguments) {
    const Ended ended = mirim(arguments);
    EXPECT_EQ(ended.code, 2) << arguments << "\n" << ended.err;
    return ended.err;
  };
  EXPECT_THAT(complaint("diff a.tflite b.tflite"), HasSubstr("--data SET or --input"));
  EXPECT_THAT(complaint("diff a.tflite b.tflite --data idx:data --input x.npy"), HasSubstr("--data SET or --input"));
  EXPECT_THAT(complaint("diff a.tflite b.tflite --data idx:data --count 0"),
              HasSubstr("'0' is no whole number from 1"));
  EXPECT_THAT(complaint("run a.tflite --data idx:data"), HasSubstr("mirim eval"));
  EXPECT_THAT(complaint("run a.tflite --model b.tflite"), HasSubstr("mirim diff"));
  EXPECT_THAT(complaint("run data"), HasSubstr("--data SET"));
  EXPECT_THAT(complaint("compile a.tflite -o firmware --target z80"), AllOf(HasSubstr("z80"), HasSubstr("cortex-m4")));
  EXPECT_THAT(complaint("cost a.tflite --target host --device nano33ble"), HasSubstr("a board"));
}

TEST_F(Commands, eval_takes_the_part_of_the_data_that_is_asked_for) {
  train();
  const auto samples = [&](const std::string& arguments) -> int {
    return json::parse(good("eval float.tflite --json --data " + arguments))["samples"];
  };
  EXPECT_EQ(samples("idx:data"), 100);
  EXPECT_EQ(samples("idx:data --split train"), 540);
  const std::string pair = "idx:data/train-images-idx3-ubyte,data/train-labels-idx1-ubyte";
  EXPECT_EQ(samples(pair), 120) << "a fifth";
  EXPECT_EQ(samples(pair + " --split all"), 600);
  const Ended whole = mirim("eval float.tflite --data idx:data --split all");
  EXPECT_EQ(whole.code, 1);
  EXPECT_THAT(whole.err, HasSubstr("a test set of its own"));
  const Ended nothing = mirim("eval float.tflite --data idx:data --split validation --validation 0");
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("no samples"));
}

TEST_F(Commands, name_what_was_probably_meant) {
  EXPECT_THAT(mirim("quantise x.tflite").err, HasSubstr("did you mean 'quantize'?"));
  EXPECT_THAT(mirim("run x.tflite --inputs x.npy").err,
              HasSubstr("mirim run: there is no '--inputs', did you mean '--input'?"));
  EXPECT_THAT(mirim("train net.toml --dta idx:data -o x.tflite").err, HasSubstr("did you mean '--data'?"));
  EXPECT_THAT(mirim("show x.tflite y.tflite").err, HasSubstr("'y.tflite' is one argument too many"));
  EXPECT_THAT(mirim("train net.toml --lr 0.1").err, HasSubstr("did you mean '--learning-rate'?"));
}

TEST_F(Commands, tell_what_an_option_takes) {
  const std::string train = "train net.toml --data idx:data -o x.tflite ";
  EXPECT_THAT(mirim(train + "--epochs 1.5").err, HasSubstr("mirim train: --epochs takes a whole number, not '1.5'"));
  EXPECT_THAT(mirim(train + "--learning-rate x").err, HasSubstr("--learning-rate takes a number, not 'x'"));
}

TEST_F(Commands, take_no_description_for_a_trained_model_or_a_recipe) {
  EXPECT_THAT(bad("eval net.toml --data idx:data"), HasSubstr("mirim train net.toml"));
  EXPECT_THAT(bad("make net.toml"), HasSubstr("mirim train net.toml"));
}

TEST_F(Commands, explain_themselves) {
  const std::string all = good("--help");
  EXPECT_EQ(good("help"), all);
  EXPECT_EQ(good("help train"), good("train --help"));
  const Ended nothing = mirim("");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.err, all);
  for (const char* command :
       {"train", "quantize", "eval", "show", "cost", "compile", "run", "report", "chart", "diff", "verify", "make"}) {
    EXPECT_THAT(all, HasSubstr(command));
    EXPECT_THAT(good(std::string(command) + " --help"), HasSubstr(std::string("mirim ") + command)) << "an example";
  }
}

TEST_F(Commands, go_from_data_to_code_that_answers_as_the_host_does) {
  train();
  EXPECT_THAT(good("verify float.tflite"), HasSubstr("sound"));
  const json floats = json::parse(good("eval float.tflite --data idx:data --json"));
  EXPECT_EQ(floats["samples"], 100);
  EXPECT_GE(floats["accuracy"], 0.95);

  quantize();
  const json integers = json::parse(good("eval int8.tflite --data idx:data --json"));
  EXPECT_GE(integers["accuracy"].get<double>(), floats["accuracy"].get<double>() - 0.02);
  const json difference = json::parse(good("diff float.tflite int8.tflite --data idx:data --count 20 --json"));
  EXPECT_FALSE(difference["equal"]);
  EXPECT_LT(difference["layers"].back()["mean_error"], 0.05);

  const json compiled = json::parse(good("compile int8.tflite --target host -o firmware --json"));
  const json run = json::parse(good("run firmware --data idx:data --count 100 --model int8.tflite --json"));
  EXPECT_EQ(run["identical_outputs"], 100);
  EXPECT_EQ(run["arena_bytes"], compiled["arena_bytes"]);
}

TEST_F(Commands, quantize_says_that_a_model_is_int8_already) {
  train();
  quantize();
  EXPECT_THAT(bad("quantize int8.tflite --data idx:data -o twice.tflite"), HasSubstr("the model is int8 already"));
  EXPECT_FALSE(std::filesystem::exists(at("twice.tflite")));
}

TEST_F(Commands, quantize_tells_what_every_tensor_keeps) {
  train();
  const json found = json::parse(good("quantize float.tflite --data idx:data -o int8.tflite --json"));
  EXPECT_FALSE(found["tensors"].empty());
  EXPECT_EQ(found["samples"], 500);
  EXPECT_EQ(found["output"], "int8.tflite");
}

TEST_F(Commands, that_change_nothing_find_no_difference) {
  train();
  const json difference = json::parse(good("diff float.tflite float.tflite --data idx:data --count 5 --json"));
  EXPECT_TRUE(difference["equal"]);
}

TEST_F(Commands, of_one_seed_give_one_file) {
  train("a.tflite");
  train("b.tflite");
  train("c.tflite", "--seed 2");
  EXPECT_EQ(read_file(at("a.tflite")), read_file(at("b.tflite")));
  EXPECT_NE(read_file(at("a.tflite")), read_file(at("c.tflite")));
}

TEST_F(Commands, go_on_training_a_model_that_was_saved) {
  train("first.tflite");
  good("train first.tflite --data idx:data -o second.tflite --epochs 1");
  const json scores = json::parse(good("eval second.tflite --data idx:data --json"));
  EXPECT_GE(scores["accuracy"], 0.95);
}

TEST_F(Commands, train_save_and_go_on_with_activations_that_tflite_lacks) {
  for (const std::string activation : {"swish", "mish", "selu", "softplus", "softsign", "gelu"}) {
    std::string network = kNetwork;
    network.replace(network.find("\"relu\""), 6, "\"" + activation + "\"");
    write_file(at("net.toml"), network);
    train();
    quantize();
    good("train float.tflite --data idx:data -o again.tflite --epochs 1");
    const json scores = json::parse(good("eval int8.tflite --data idx:data --json"));
    const json floats = json::parse(good("eval float.tflite --data idx:data --json"));
    EXPECT_GE(scores["accuracy"].get<double>(), floats["accuracy"].get<double>() - 0.05) << activation;
    good("compile int8.tflite --target host -o firmware");
    const json run = json::parse(good("run firmware --data idx:data --count 20 --model int8.tflite --json"));
    EXPECT_EQ(run["identical_outputs"], 20) << activation;
  }
}

TEST_F(Commands, run_a_model_as_often_as_the_first_axis_says) {
  train();
  Tensor one(TensorType{DType::float32, {1, 8, 8, 1}});
  for (std::size_t i = 0; i < 64; ++i) one.as<float>()[i] = static_cast<float>(3 * i);
  Tensor three(TensorType{DType::float32, {3, 1, 8, 8, 1}});
  for (std::size_t i = 0; i < 192; ++i) three.as<float>()[i] = one.as<float>()[i % 64];
  write_npy(at("one.npy"), one.type, one.bytes);
  write_npy(at("three.npy"), three.type, three.bytes);
  good("run float.tflite --input one.npy --output y1.npy");
  good("run float.tflite --input three.npy --output y3.npy");
  const Tensor y1 = read_npy(at("y1.npy"));
  const Tensor y3 = read_npy(at("y3.npy"));
  EXPECT_EQ(y1.type.shape, (Shape{1, 4}));
  EXPECT_EQ(y3.type.shape, (Shape{3, 1, 4}));
  Bytes thrice;
  for (int i = 0; i < 3; ++i) thrice.insert(thrice.end(), y1.bytes.begin(), y1.bytes.end());
  EXPECT_EQ(y3.bytes, thrice);
}

TEST_F(Commands, compile_takes_the_core_of_the_device_and_the_name_of_the_file) {
  train();
  quantize();
  const Ended contradicts = mirim("compile int8.tflite --target cortex-m4 --device nano33iot -o firmware");
  EXPECT_EQ(contradicts.code, 1);
  EXPECT_THAT(contradicts.err, HasSubstr("Arduino Nano 33 IoT is a Cortex-M0+, whose target is cortex-m0plus"));
  EXPECT_FALSE(std::filesystem::exists(at("firmware")));
  EXPECT_EQ(mirim("cost int8.tflite --target cortex-m4 --device pico").code, 1);

  const json compiled = json::parse(good("compile int8.tflite --device nano33iot -o firmware --json"));
  EXPECT_EQ(compiled["target"], "cortex-m0plus");
  EXPECT_EQ(compiled["name"], "int8");
  EXPECT_TRUE(std::filesystem::exists(at("firmware/int8.h")));
  EXPECT_TRUE(std::filesystem::exists(at("firmware/README.md")));

  const Ended another = mirim("compile int8.tflite --name kws -o firmware");
  EXPECT_EQ(another.code, 1);
  EXPECT_THAT(another.err, HasSubstr("holds the model 'int8' already"));
  EXPECT_FALSE(std::filesystem::exists(at("firmware/kws.h")));
  EXPECT_THAT(mirim("compile int8.tflite --name stdint -o other").err, HasSubstr("would hide stdint.h"));
}

TEST_F(Commands, cost_marks_what_was_counted_for_another_core) {
  train();
  quantize();
  const json cost = json::parse(good("cost int8.tflite --json"));
  for (const json& device : cost["devices"]) {
    EXPECT_TRUE(device["fits"]) << device;
    const bool counted = !cost["memory"]["code_is_estimate"].get<bool>() && device.contains("milliseconds");
    EXPECT_EQ(device["is_estimate"], !counted) << device;
  }
}

TEST_F(Commands, show_and_cost_print_what_scripts_can_read) {
  train();
  quantize();
  const json shown = json::parse(good("show int8.tflite --json"))["graphs"][0];
  EXPECT_EQ(shown["inputs"][0]["shape"], json({1, 8, 8, 1}));
  EXPECT_EQ(shown["nodes"][0]["op"], "CONV_2D");
  EXPECT_EQ(shown["nodes"][0]["options"]["stride_h"], 2);
  const json cost = json::parse(good("cost int8.tflite --estimate --json"));
  EXPECT_EQ(cost["macs"], 16 * 36 + 256);
  // 8x8x1 by 4 filters of 3x3 at stride 2: 36 weights, 4 biases; 4x4x4 = 64 inputs of 4 units: 256 and 4.
  EXPECT_EQ(cost["parameters"], 36 + 4 + 256 + 4);
  EXPECT_GE(cost["devices"].size(), 12U);
  EXPECT_TRUE(cost["devices"][0]["fits"]);
}

TEST_F(Commands, stop_at_ctrl_c_and_go_on_to_the_same_bits) {
  write_images("data", 6000, 100);
  const std::string training =
      "train net.toml --data idx:data -o %.tflite --epochs 40 --batch 8 --checkpoint %.checkpoint --resume";
  const auto named = [&](const std::string& name) {
    std::string text = training;
    for (std::size_t i; (i = text.find('%')) != std::string::npos;) text.replace(i, 1, name);
    return text;
  };
  good(named("whole"));
  for (const std::string signal : {"INT", "KILL"}) {
    // Once a first epoch is saved, the signal comes; then the same command is given again.
    const std::string name = "stopped_" + signal;
    const Ended stopped =
        mirim(fmt::format("{} & pid=$!; while kill -0 $pid && [ ! -e {}.checkpoint ]; do sleep 0.01; done; "
                          "kill -{} $pid; wait $pid",
                          named(name), name, signal));
    EXPECT_EQ(stopped.code, signal == "INT" ? 1 : 137) << stopped.err;
    EXPECT_FALSE(std::filesystem::exists(at(name + ".tflite")));
    good(named(name));
    EXPECT_EQ(read_file(at(name + ".tflite")), read_file(at("whole.tflite"))) << signal;
  }
}

}  // namespace
}  // namespace mirim
