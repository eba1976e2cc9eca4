#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/bytes.hpp"
#include "mirim/formats/npy.hpp"
#include "tests/cli/program.hpp"

// What can be wrong with the world: each time one line that names the place, exit code 1, and no half-written file.
namespace mirim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class BadInput : public ProgramTest {
 protected:
  void train(const std::string& more = "") const {
    good("train net.toml --data idx:data -o float.tflite --epochs 1 --train-limit 200 " + more);
  }
  void cut(const std::string& file, std::size_t bytes) const {
    Bytes content = read_file(at(file));
    content.resize(bytes);
    write_file(at(file), content);
  }
  void flip(const std::string& file, std::size_t byte, int bit) const {
    Bytes content = read_file(at(file));
    content[byte] ^= std::byte{1} << bit;
    write_file(at(file), content);
  }
  /// Names of files that a write left half done.
  std::vector<std::string> leftovers() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(at(""))) {
      if (entry.path().extension() == ".part") found.push_back(entry.path().filename());
    }
    return found;
  }
};

TEST_F(BadInput, missing_files_are_named) {
  EXPECT_THAT(bad("show none.tflite"), AllOf(HasSubstr("none.tflite"), HasSubstr("No such file")));
  EXPECT_THAT(bad("train none.toml --data idx:data -o x.tflite"), HasSubstr("none.toml"));
  EXPECT_THAT(bad("train net.toml --data idx:nowhere -o x.tflite"), HasSubstr("nowhere"));
  EXPECT_THAT(bad("train net.toml --data nothing -o x.tflite"), HasSubstr("nothing"));
  EXPECT_THAT(bad("make none.toml"), HasSubstr("none.toml"));
  EXPECT_THAT(bad("report nowhere -o x.html"), HasSubstr("nowhere"));
  EXPECT_THAT(bad("run data --input x.npy"), HasSubstr("data"));
  EXPECT_THAT(bad("show data"), HasSubstr("data"));
}

TEST_F(BadInput, a_tflite_cut_anywhere_is_refused) {
  train();
  const auto size = std::filesystem::file_size(at("float.tflite"));
  const Bytes whole = read_file(at("float.tflite"));
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{3}, std::size_t{100}, size / 2, size - 1}) {
    write_file(at("cut.tflite"), BytesView(whole).first(bytes));
    EXPECT_THAT(bad("show cut.tflite"), HasSubstr("cut.tflite")) << bytes;
  }
}

TEST_F(BadInput, a_tflite_with_a_flipped_bit_is_read_or_refused_but_never_a_crash) {
  train();
  const Bytes whole = read_file(at("float.tflite"));
  Random random(7);
  for (int i = 0; i < 40; ++i) {
    const auto byte = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(whole.size())));
    const auto bit = static_cast<int>(random.below(8));
    write_file(at("flipped.tflite"), whole);
    flip("flipped.tflite", byte, bit);
    const Ended ended = mirim("eval flipped.tflite --data idx:data --count 1");
    EXPECT_THAT(ended.code, testing::AnyOf(0, 1)) << "byte " << byte << " bit " << bit << "\n" << ended.err;
    if (ended.code == 1) {
      EXPECT_THAT(ended.err, HasSubstr("flipped.tflite"));
    }
  }
}

TEST_F(BadInput, a_cut_or_foreign_idx_is_refused) {
  cut("data/train-images-idx3-ubyte", 1000);
  EXPECT_THAT(bad("train net.toml --data idx:data -o x.tflite"), HasSubstr("train-images-idx3-ubyte"));
  cut("data/train-images-idx3-ubyte", 7);
  EXPECT_THAT(bad("train net.toml --data idx:data -o x.tflite"), HasSubstr("train-images-idx3-ubyte"));
  write_file(at("data/train-images-idx3-ubyte"), "no IDX at all");
  EXPECT_THAT(bad("train net.toml --data idx:data -o x.tflite"), HasSubstr("train-images-idx3-ubyte"));
  EXPECT_FALSE(std::filesystem::exists(at("x.tflite")));
}

TEST_F(BadInput, labels_that_the_network_has_no_output_for_are_refused) {
  Bytes labels = read_file(at("data/train-labels-idx1-ubyte"));
  labels[8 + 5] = std::byte{9};
  write_file(at("data/train-labels-idx1-ubyte"), labels);
  EXPECT_THAT(bad("train net.toml --data idx:data -o x.tflite"), MatchesRegex(".*(classes|label).*\n"));
}

TEST_F(BadInput, images_of_another_size_are_refused) {
  std::string network = kNetwork;
  network.replace(network.find("[8, 8, 1]"), 9, "[8, 9, 1]");
  write_file(at("wide.toml"), network);
  EXPECT_THAT(bad("train wide.toml --data idx:data -o x.tflite"), AllOf(HasSubstr("8x9x1"), HasSubstr("8x8x1")));
}

TEST_F(BadInput, toml_is_refused_with_its_line) {
  write_file(at("a.toml"), "name = \"a\"\n[input\n");
  EXPECT_THAT(bad("show a.toml"), HasSubstr("a.toml:2"));
  write_file(at("a.toml"), std::string(kNetwork) + "[[layer]]\ntype = \"conv3d\"\n");
  EXPECT_THAT(bad("show a.toml"), AllOf(HasSubstr("a.toml:"), HasSubstr("conv3d"), HasSubstr("conv2d")));
  std::string network = kNetwork;
  network.replace(network.find("stride"), 6, "strde");
  write_file(at("a.toml"), network);
  EXPECT_THAT(bad("show a.toml"), AllOf(HasSubstr("a.toml:8"), HasSubstr("strde"), HasSubstr("'stride'")));
  network = kNetwork;
  network.replace(network.find("filters"), 7, "filtres");
  write_file(at("a.toml"), network);
  EXPECT_THAT(bad("show a.toml"), AllOf(HasSubstr("a.toml:7"), HasSubstr("'filtres'"), HasSubstr("'filters'")));
  cut("net.toml", 60);
  EXPECT_THAT(bad("show net.toml"), HasSubstr("net.toml"));
}

TEST_F(BadInput, a_recipe_is_refused_with_its_line) {
  write_file(at("r.toml"), "model = \"net.toml\"\n[data]\nset = \"idx:data\"\n[train]\nepoch = 3\n");
  EXPECT_THAT(bad("make r.toml"), AllOf(HasSubstr("r.toml:5"), HasSubstr("epochs")));
  write_file(at("r.toml"), "model = \"net.toml\"\n[data]\nset = \"idx:data\"\n[train]\nepochs = \"three\"\n");
  EXPECT_THAT(bad("make r.toml"), HasSubstr("r.toml:5"));
  EXPECT_FALSE(std::filesystem::exists(at("runs")));
}

TEST_F(BadInput, a_damaged_or_foreign_checkpoint_is_refused_and_kept) {
  const std::string training = "train net.toml --data idx:data -o x.tflite --checkpoint c --resume --epochs ";
  good(training + "1");
  const Bytes whole = read_file(at("c"));
  EXPECT_THAT(bad(training + "2"), AllOf(HasSubstr("c: "), HasSubstr("epochs")));
  for (const std::size_t byte : {std::size_t{0}, whole.size() / 3, whole.size() / 2, whole.size() - 1}) {
    write_file(at("c"), whole);
    flip("c", byte, 3);
    EXPECT_THAT(bad(training + "1"), HasSubstr("c: ")) << byte;
  }
  write_file(at("c"), whole);
  cut("c", whole.size() / 2);
  EXPECT_THAT(bad(training + "1"), HasSubstr("c: "));
  EXPECT_EQ(read_file(at("c")).size(), whole.size() / 2);
}

TEST_F(BadInput, numbers_that_blow_up_stop_the_training_with_step_and_layer) {
  const Ended ended =
      mirim("train net.toml --data idx:data -o x.tflite --optimizer sgd --learning-rate 1e30 --schedule constant");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("step"), HasSubstr("learning rate")));
  EXPECT_FALSE(std::filesystem::exists(at("x.tflite")));
}

TEST_F(BadInput, settings_out_of_range_are_refused) {
  const std::string training = "train net.toml --data idx:data -o x.tflite ";
  EXPECT_THAT(bad(training + "--epochs 0"), HasSubstr("epochs"));
  EXPECT_THAT(bad(training + "--batch -1"), HasSubstr("batch"));
  EXPECT_THAT(bad(training + "--batch 100000"), HasSubstr("batch"));
  EXPECT_THAT(bad(training + "--learning-rate nan"), HasSubstr("learning_rate"));
  EXPECT_THAT(bad(training + "--validation 1.5"), HasSubstr("validation"));
  EXPECT_THAT(bad(training + "--optimizer adan"), AllOf(HasSubstr("adan"), HasSubstr("adam")));
  EXPECT_THAT(bad(training + "--threads 0"), HasSubstr("threads"));
}

TEST_F(BadInput, arrays_that_do_not_fit_are_refused) {
  train();
  const auto with = [&](const TensorType& type) {
    const Tensor x(type);
    write_npy(at("x.npy"), x.type, x.bytes);
    return bad("run float.tflite --input x.npy --output y.npy");
  };
  EXPECT_THAT(with({DType::float32, {1, 8, 9, 1}}), AllOf(HasSubstr("1x8x9x1"), HasSubstr("1x8x8x1")));
  EXPECT_THAT(with({DType::int8, {1, 8, 8, 1}}), AllOf(HasSubstr("int8"), HasSubstr("float32")));
  EXPECT_THAT(bad("run float.tflite --input x.npy --input x.npy"), HasSubstr("2 --input"));
  EXPECT_THAT(bad("run float.tflite"), HasSubstr("--input"));
  write_file(at("x.npy"), "no array");
  EXPECT_THAT(bad("run float.tflite --input x.npy"), HasSubstr("x.npy"));
  EXPECT_FALSE(std::filesystem::exists(at("y.npy")));
}

TEST_F(BadInput, int8_models_are_neither_quantized_again_nor_trained) {
  train();
  good("quantize float.tflite --data idx:data -o int8.tflite --samples 50");
  EXPECT_THAT(bad("quantize int8.tflite --data idx:data -o x.tflite"), HasSubstr("int8"));
  EXPECT_THAT(bad("train int8.tflite --data idx:data -o x.tflite"), HasSubstr("int8"));
  EXPECT_THAT(bad("compile int8.tflite -o firmware --name 7up"), HasSubstr("7up"));
  EXPECT_FALSE(std::filesystem::exists(at("firmware/mirim.json")));
  EXPECT_THAT(bad("cost int8.tflite --device toaster"), AllOf(HasSubstr("toaster"), HasSubstr("nano33ble")));
}

TEST_F(BadInput, a_model_that_does_not_fit_names_its_largest_tensors) {
  std::string network = kNetwork;
  network.replace(network.find("filters = 4\nstride = 2"), 22, "filters = 5000\nstride = 1");
  network.replace(network.find("flatten"), 7, "global_average_pool");
  write_file(at("large.toml"), network);
  good("train large.toml --data idx:data -o large.tflite --epochs 1 --batch 4 --train-limit 8 --plain");
  good("quantize large.tflite --data idx:data -o large8.tflite --samples 2");
  // 8x8x5000 activations are 320,000 bytes, the board has 262,144. Row by row they would fit.
  EXPECT_THAT(bad("compile large8.tflite -o firmware --device nano33ble --optimize speed"),
              AllOf(HasSubstr("262,144"), HasSubstr("conv2d_1"), HasSubstr("--optimize ram")));
  EXPECT_FALSE(std::filesystem::exists(at("firmware")));
}

TEST_F(BadInput, a_full_disk_leaves_nothing_half_written) {
  train();
  // A file may take 1 KiB here; the signal that would come of it is ignored, as a full disk sends none.
  const std::string full = "trap '' XFSZ; ulimit -f 2;";
  EXPECT_THAT(bad("quantize float.tflite --data idx:data -o int8.tflite --samples 20", full), HasSubstr("int8.tflite"));
  EXPECT_FALSE(std::filesystem::exists(at("int8.tflite")));
  const Bytes before = read_file(at("float.tflite"));
  const Ended ended = mirim("train net.toml --data idx:data -o float.tflite --epochs 1", full);
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(read_file(at("float.tflite")), before);
  EXPECT_THAT(leftovers(), testing::IsEmpty());
}

TEST_F(BadInput, a_device_that_is_full_is_named_and_stays) {
  train();
  EXPECT_THAT(bad("quantize float.tflite --data idx:data -o /dev/full --samples 20"), HasSubstr("/dev/full"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  const Ended ended = mirim("show float.tflite >/dev/full");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("stdout"), HasSubstr("No space left")));
}

TEST_F(BadInput, output_into_a_place_that_cannot_be_is_refused) {
  train();
  EXPECT_THAT(bad("quantize float.tflite --data idx:data -o net.toml/x.tflite --samples 20"), HasSubstr("net.toml"));
  EXPECT_THAT(bad("quantize float.tflite --data idx:data -o data --samples 20"), HasSubstr("data"));
  EXPECT_TRUE(std::filesystem::is_directory(at("data")));
}

}  // namespace
}  // namespace mirim
