#include <gmock/gmock.h>

#include "tests/cli/program.hpp"

// What compression refuses: one line that names the layer or the file, exit code 1, and no file.
namespace mirim {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Refuses : public ProgramTest {
 protected:
  Refuses() { good("train net.toml --data idx:data -o float.tflite --epochs 1"); }

  /// The line; nothing may be left of the output, its checkpoint included.
  std::string refused(const std::string& arguments, const std::string& data = "idx:data") const {
    const std::string line = bad(arguments + " --data " + data + " -o x.tflite --checkpoint x.checkpoint");
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite"))) << arguments;
    EXPECT_FALSE(std::filesystem::exists(at("x.checkpoint"))) << arguments;
    for (const auto& entry : std::filesystem::directory_iterator(at(""))) {
      EXPECT_FALSE(entry.path().filename().string().starts_with("x.")) << entry.path();
    }
    return line;
  }
};

TEST_F(Refuses, few_bits_of_a_layer_that_has_no_weights) {
  EXPECT_THAT(refused("quantize float.tflite --layers softmax_1=4"),
              AllOf(HasSubstr("float.tflite"),
                    HasSubstr("layer 'softmax_1' is SOFTMAX, which has no weights that training changes; known: ")));
  EXPECT_THAT(refused("quantize float.tflite --layers flatten_1=4 --epochs 1"), HasSubstr("'flatten_1'"));
  EXPECT_THAT(refused("quantize float.tflite --layers dense=4"), HasSubstr("there is no layer 'dense' with weights"));
  EXPECT_THAT(refused("quantize float.tflite --layers conv2d_1=5"), HasSubstr("the grid of layer 'conv2d_1/relu' '5'"));
  EXPECT_THAT(refused("quantize float.tflite --layers conv2d_1=4 --weights float16"), HasSubstr("--weights float16"));
}

TEST_F(Refuses, no_layer_by_the_name_that_the_float_model_has) {
  good("quantize float.tflite --data idx:data --layers conv2d_1=4 -o few.tflite");
  good("quantize float.tflite --data idx:data --layers conv2d_1/relu=4 -o same.tflite");
  EXPECT_TRUE(read_file(at("few.tflite")) == read_file(at("same.tflite")));
  EXPECT_THAT(good("cost --estimate --stored --json few.tflite"), HasSubstr("4 bits"));
}

TEST_F(Refuses, shares_of_zeros_out_of_range) {
  EXPECT_THAT(refused("prune float.tflite --sparsity nan"), HasSubstr("sparsity is nan"));
  for (const char* share : {"1", "-0.01", "1.5"}) {
    EXPECT_THAT(refused(std::string("prune float.tflite --sparsity ") + share),
                AllOf(HasSubstr("sparsity is"), HasSubstr("at least 0 and below 1")));
    EXPECT_THAT(refused(std::string("prune float.tflite --layers conv2d_1=") + share),
                AllOf(HasSubstr("'conv2d_1'"), HasSubstr("at least 0 and below 1")));
    EXPECT_THAT(refused(std::string("prune float.tflite --channels magnitude --sparsity ") + share),
                HasSubstr("at least 0 and below 1"));
  }
}

TEST_F(Refuses, removing_a_whole_group_of_channels) {
  EXPECT_THAT(refused("prune float.tflite --channels magnitude --sparsity 0.99 --epochs 0"),
              AllOf(HasSubstr("at most 75.0 %"), HasSubstr("99.0 % is asked"), HasSubstr("a channel of each layer")));
}

TEST_F(Refuses, more_clusters_than_weights) {
  EXPECT_THAT(refused("cluster float.tflite --layers conv2d_1=37"),
              HasSubstr("layer 'conv2d_1': 37 clusters for 36 weights"));
  EXPECT_THAT(refused("cluster float.tflite --layers conv2d_1=1"), HasSubstr("the clusters of layer 'conv2d_1' is 1"));
}

TEST_F(Refuses, teachers_that_answer_something_else) {
  std::string six = kNetwork, labels;
  six.replace(six.find("units = 4"), 9, "units = 6");
  write_file(at("six.toml"), six);
  for (int i = 0; i < 120; ++i) labels += static_cast<char>(i % 6);
  write_file(at("labels"), std::string("\0\0\x08\x01", 4) + big_endian(120) + labels);
  write_file(at("images"), std::string("\0\0\x08\x03", 4) + big_endian(120) + big_endian(8) + big_endian(8) +
                               std::string(120 * 64, '\7'));
  good("train six.toml --data idx:images,labels -o six.tflite --epochs 1");
  for (const char* verb : {"distill net.toml", "prune float.tflite", "cluster float.tflite --clusters 4",
                           "quantize float.tflite", "factorize float.tflite --keep macs --share 0.8"}) {
    EXPECT_THAT(refused(std::string(verb) + " --epochs 1 --teachers six.tflite"),
                AllOf(HasSubstr("six.tflite"), HasSubstr("the teacher knows 6 classes, the data have 4")))
        << verb;
  }
  EXPECT_THAT(refused("distill net.toml --epochs 1 --teachers float.tflite --hints conv2d_1=softmax_1"),
              AllOf(HasSubstr("float.tflite"), HasSubstr("'softmax_1'"), HasSubstr("'conv2d_1'")));
}

TEST_F(Refuses, samples_of_another_shape) {
  write_file(at("data/train-images-idx3-ubyte"), std::string("\0\0\x08\x03", 4) + big_endian(600) + big_endian(4) +
                                                     big_endian(4) + std::string(600 * 16, '\7'));
  write_file(at("data/t10k-images-idx3-ubyte"), std::string("\0\0\x08\x03", 4) + big_endian(100) + big_endian(4) +
                                                    big_endian(4) + std::string(100 * 16, '\7'));
  for (const char* verb : {"quantize float.tflite", "quantize float.tflite --epochs 1", "prune float.tflite",
                           "prune float.tflite --channels taylor", "cluster float.tflite --clusters 4",
                           "factorize float.tflite", "distill float.tflite --teachers float.tflite"}) {
    EXPECT_THAT(refused(verb),
                AllOf(HasSubstr("float.tflite: a sample is uint8[4x4x1]"), HasSubstr("float32[1x8x8x1]")))
        << verb;
  }
}

TEST_F(Refuses, calibration_samples_that_are_all_zero) {
  write_file(at("data/train-images-idx3-ubyte"), std::string("\0\0\x08\x03", 4) + big_endian(600) + big_endian(8) +
                                                     big_endian(8) + std::string(600 * 64, '\0'));
  for (const char* more : {"", " --epochs 1", " --weights 4 --rounding adaptive", " --samples 20"}) {
    EXPECT_THAT(refused(std::string("quantize float.tflite") + more),
                AllOf(HasSubstr("float.tflite"), HasSubstr("samples for the calibration are all 0")))
        << more;
  }
}

TEST_F(Refuses, budgets_below_the_smallest_candidate) {
  const auto line_of = [&](const std::string& arguments) {
    const Ended ended = mirim("shrink float.tflite --data idx:data -o x.tflite " + arguments);
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_FALSE(std::filesystem::exists(at("x.tflite")));
    return ended.err.substr(ended.err.find("mirim: "));
  };
  // 4 filters of 3x3 on 4x4 places and 4 units of 64 inputs are 576 + 256 MACs; of one filter a quarter is left, 208.
  EXPECT_EQ(
      line_of("--budget macs=100"),
      "mirim: macs 208 MACs, 108 more than the budget's 100; this is with 75 % of the multiply-adds gone by removed "
      "channels, more cannot go\n");
}

}  // namespace
}  // namespace mirim
