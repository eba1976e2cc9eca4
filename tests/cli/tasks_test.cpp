#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/base/bytes.hpp"
#include "mirim/formats/npy.hpp"
#include "tests/cli/program.hpp"

// Models of each kind of task on data of each kind: what belongs together learns, what does not is refused in one line.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Tasks : public ProgramTest {
 protected:
  Tasks() {
    // Four numbers; the class is the place of the largest of the first three.
    Random random(4);
    std::vector<float> x, one_hot, first;
    std::vector<std::int32_t> labels, second;
    for (int i = 0; i < 200; ++i) {
      const auto label = static_cast<std::int32_t>(random.below(3));
      for (int k = 0; k < 4; ++k) x.push_back(0.3F * random.normal() + (k == label ? 2.0F : 0.0F));
      labels.push_back(label);
      second.push_back(label == 1);
      first.push_back(x[x.size() - 4] * 3 + 1);
      for (int k = 0; k < 3; ++k) one_hot.push_back(k == label ? 1.0F : 0.0F);
    }
    write_npy(at("x.npy"), {DType::float32, {200, 4}}, bytes_of(x));
    write_npy(at("labels.npy"), {DType::int32, {200}}, bytes_of(labels));
    write_npy(at("two.npy"), {DType::int32, {200}}, bytes_of(second));
    write_npy(at("one_hot.npy"), {DType::float32, {200, 3}}, bytes_of(one_hot));
    write_npy(at("numbers.npy"), {DType::float32, {200, 1}}, bytes_of(first));
    network("three", 3, "softmax");
    network("linear3", 3, "");
    network("sigmoid", 1, "sigmoid");
    network("number", 1, "");
    network("auto", 4, "");
  }

  void network(const std::string& name, int outputs, const std::string& end) const {
    std::string text =
        "name = \"" + name + "\"\n[input]\nshape = [4]\n[[layer]]\ntype = \"fully_connected\"\nunits = 8\n" +
        "activation = \"relu\"\n[[layer]]\ntype = \"fully_connected\"\nunits = " + std::to_string(outputs) + "\n";
    if (!end.empty()) text += "[[layer]]\ntype = \"" + end + "\"\n";
    write_file(at(name + ".toml"), text);
  }

  static std::string arguments(const std::string& net, const std::string& data) {
    return "train " + net + ".toml --data npy:" + data + " -o o.tflite --epochs 40 --batch 8 --learning-rate 0.02 ";
  }
  json scores(const std::string& data, const std::string& more = "") const {
    return json::parse(good("eval o.tflite --json --split all --data npy:" + data + " " + more));
  }
  std::string refused(const std::string& net, const std::string& data, const std::string& more = "") const {
    const std::string line = bad(arguments(net, data) + more);
    EXPECT_FALSE(std::filesystem::exists(at("o.tflite")));
    return line;
  }
};

TEST_F(Tasks, labels_train_by_every_loss_that_they_can_have) {
  for (const std::string loss : {"auto", "cross_entropy", "mean_squared_error", "mean_absolute_error", "huber"}) {
    good(arguments("three", "x.npy,labels.npy") + "--loss " + loss);
    EXPECT_GE(scores("x.npy,labels.npy")["accuracy"], 0.95) << loss;
  }
  good(arguments("linear3", "x.npy,labels.npy") + "--loss binary_cross_entropy");
  EXPECT_GE(scores("x.npy,labels.npy", "--loss binary_cross_entropy")["accuracy"], 0.95);
}

TEST_F(Tasks, one_hot_rows_are_classes_and_said_to_be) {
  const Ended ended = mirim(arguments("three", "x.npy,one_hot.npy"));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("learns 3 classes by cross_entropy"), HasSubstr("taken as classes"),
                               HasSubstr("accuracy")));
  EXPECT_GE(scores("x.npy,labels.npy")["accuracy"], 0.95);
}

TEST_F(Tasks, one_sigmoid_tells_two_classes_apart_in_float_and_int8) {
  const Ended ended = mirim(arguments("sigmoid", "x.npy,two.npy"));
  EXPECT_THAT(ended.err, HasSubstr("learns 2 classes by binary_cross_entropy")) << ended.err;
  const json floats = scores("x.npy,two.npy");
  EXPECT_GE(floats["accuracy"], 0.95);
  EXPECT_GE(floats["roc_auc"], 0.99);
  EXPECT_EQ(floats["confusion"].size(), 2U);
  good("quantize o.tflite --data npy:x.npy,two.npy -o o.tflite --samples 100");
  EXPECT_GE(scores("x.npy,two.npy")["accuracy"], 0.95);
}

TEST_F(Tasks, numbers_are_measured_as_numbers) {
  const Ended ended = mirim(arguments("number", "x.npy,numbers.npy") + "--json");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("by mean_squared_error"), HasSubstr("RMSE"), Not(HasSubstr("accuracy"))));
  const json last = json::parse(ended.out)["history"].back();
  EXPECT_TRUE(last.contains("validation_rmse"));
  EXPECT_FALSE(last.contains("validation_accuracy"));
  const json found = scores("x.npy,numbers.npy");
  EXPECT_GE(found["r_squared"], 0.95);
  EXPECT_FALSE(found.contains("accuracy"));
  EXPECT_THAT(good("eval o.tflite --data npy:x.npy,numbers.npy"), AllOf(HasSubstr("RMSE"), HasSubstr("R2")));
}

TEST_F(Tasks, an_autoencoder_tells_the_normal_class_from_the_others_by_its_error) {
  const Ended ended = mirim(arguments("auto", "x.npy"));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("learns the samples themselves"));
  const json found = scores("x.npy,two.npy");
  EXPECT_TRUE(found.contains("error_per_sample"));
  EXPECT_EQ(found["threshold"]["normal"], "0");
  EXPECT_TRUE(found.contains("roc_auc"));
  EXPECT_FALSE(found.contains("accuracy"));
}

TEST_F(Tasks, what_does_not_belong_together_is_refused_in_one_line) {
  EXPECT_THAT(refused("sigmoid", "x.npy,one_hot.npy"), HasSubstr("1 output, the data 3 numbers a sample"));
  EXPECT_THAT(refused("three", "x.npy"), HasSubstr("the data has no labels"));
  EXPECT_THAT(refused("three", "x.npy,two.npy"), HasSubstr("3 outputs, the data 2 classes"));
  EXPECT_THAT(refused("number", "x.npy,numbers.npy", "--loss cross_entropy"), HasSubstr("use loss mean_squared_error"));
  EXPECT_THAT(refused("number", "x.npy,numbers.npy", "--label-smoothing 0.1"), HasSubstr("cross_entropy"));
  EXPECT_THAT(refused("three", "x.npy,labels.npy", "--loss mse"), HasSubstr("mean_squared_error"));
}

TEST_F(Tasks, a_class_of_weight_0_is_never_answered_and_balanced_weights_are_told) {
  good(arguments("three", "x.npy,labels.npy") + "--class-weights 1,0,1");
  // Nothing draws the answers to class 1: it is answered for none of its samples.
  EXPECT_LE(scores("x.npy,labels.npy")["confusion"][1][1], 10);
  // "two.npy" has about a third of ones: no and yes weigh 3/4 and 3/2.
  const Ended ended = mirim(arguments("sigmoid", "x.npy,two.npy") + "--class-weights balanced");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, testing::ContainsRegex("class weights: 0\\.[67][0-9]*, 1\\.[3-9]"));
}

TEST_F(Tasks, class_weights_that_do_not_fit_are_refused_in_one_line) {
  EXPECT_THAT(refused("three", "x.npy,labels.npy", "--class-weights 1,2"), HasSubstr("2 numbers, the model 3 classes"));
  EXPECT_THAT(refused("number", "x.npy,numbers.npy", "--class-weights balanced"), HasSubstr("this model learns none"));
}

TEST_F(Tasks, a_training_goes_on_only_with_the_class_weights_that_it_had) {
  const std::string command = arguments("three", "x.npy,labels.npy") + "--checkpoint c ";
  good(command + "--class-weights 1,2,1");
  EXPECT_THAT(bad(command + "--resume --class-weights 1,3,1"), HasSubstr("class weight"));
}

TEST_F(Tasks, the_batch_that_nobody_asked_for_is_never_larger_than_the_data) {
  const Ended ended = mirim("train three.toml --data npy:x.npy,labels.npy -o o.tflite --epochs 1 --train-limit 40");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, HasSubstr("a batch has all 40 training samples"));
  EXPECT_THAT(bad("train three.toml --data npy:x.npy,labels.npy -o p.tflite --epochs 1 --train-limit 40 --batch 41"),
              HasSubstr("choose a smaller batch"));
}

TEST_F(Tasks, a_training_does_not_go_on_with_other_data_or_augmentation) {
  const std::string command = "train net.toml --data idx:data -o o.tflite --epochs 1 --train-limit 200 --checkpoint c ";
  good(command);
  EXPECT_THAT(bad(command + "--resume --shift 1"), HasSubstr("augmentation"));
  EXPECT_THAT(bad(command + "--resume --split-seed 2"), HasSubstr("data"));
}

TEST_F(Tasks, settings_that_no_training_can_have_are_refused) {
  const std::string command = "train net.toml --data idx:data -o o.tflite --epochs 1 --train-limit 200 ";
  EXPECT_THAT(bad(command + "--shift 8"), HasSubstr("out of sight"));
  EXPECT_THAT(bad(command + "--cutout 16"), HasSubstr("blanks"));
  EXPECT_THAT(bad(command + "--schedule step --step-every 4294967296"), HasSubstr("step_every"));
}

TEST_F(Tasks, an_int8_model_is_not_trained) {
  good(arguments("three", "x.npy,labels.npy"));
  good("quantize o.tflite --data npy:x.npy,labels.npy -o i.tflite --samples 100");
  EXPECT_THAT(bad("train i.tflite --data npy:x.npy,labels.npy -o p.tflite"), HasSubstr("only float32 models"));
  good("quantize o.tflite --data npy:x.npy,labels.npy -o i.tflite --samples 100 --float-io");
  EXPECT_THAT(bad("train i.tflite --data npy:x.npy,labels.npy -o p.tflite"), HasSubstr("train"));
}

}  // namespace
}  // namespace mirim
