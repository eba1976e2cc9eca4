#include "mirim/data/dataset.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/npy.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kShared = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data";

/// A folder of its own that goes with the test.
class Data : public testing::Test {
 protected:
  Data() { std::filesystem::create_directories(folder_); }
  ~Data() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  template <class T>
  std::string npy(const std::string& name, const Shape& shape, const std::vector<T>& values) const {
    write_npy(at(name), {dtype_of<T>(), shape}, bytes_of(values));
    return at(name);
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("mirim_data_test." + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "." +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::string error_of(const std::string& spec) {
  try {
    load_data(spec);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(Data, splits_hold_every_sample_once_and_depend_on_the_seed) {
  auto data = std::make_shared<Dataset>(Dataset{.sample = {DType::uint8, {1}}, .samples = Bytes(100)});
  const SplitOptions options{.validation = 0.25, .test = 0.2, .seed = 3};
  const Splits a = split(data, options), b = split(data, options);
  EXPECT_EQ(a.test.size(), 20);
  EXPECT_EQ(a.validation.size(), 20);  // a quarter of the 80 left
  EXPECT_EQ(a.training.size(), 60);
  std::set<std::int64_t> all(a.test.index.begin(), a.test.index.end());
  all.insert(a.validation.index.begin(), a.validation.index.end());
  all.insert(a.training.index.begin(), a.training.index.end());
  EXPECT_EQ(all.size(), 100U);
  EXPECT_EQ(a.training.index, b.training.index);
  EXPECT_NE(a.test.index, split(data, {.validation = 0.25, .test = 0.2, .seed = 4}).test.index);
}

TEST_F(Data, npy_pairs_give_classes_or_targets) {
  const std::string x = npy<float>("x.npy", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Splits classes = load_data("npy:" + x + "," + npy<std::int64_t>("y.npy", {4}, {0, 2, 1, 0}), {.test = 0});
  EXPECT_EQ(classes.training.data->labels, (std::vector<std::int32_t>{0, 2, 1, 0}));
  EXPECT_EQ(classes.training.data->class_names, (std::vector<std::string>{"0", "1", "2"}));
  const Splits targets = load_data("npy:" + x + "," + npy<float>("t.npy", {4, 1}, {5, 6, 7, 8}), {.test = 0});
  EXPECT_EQ(targets.training.data->targets, (std::vector<float>{5, 6, 7, 8}));
  EXPECT_EQ(targets.training.data->target_size, 1);
}

TEST_F(Data, images_without_channels_get_one) {
  const Splits splits =
      load_data("npy:" + npy<std::uint8_t>("x.npy", {2, 3, 4}, std::vector<std::uint8_t>(24)), {.test = 0});
  EXPECT_EQ(splits.training.data->sample.shape, (Shape{3, 4, 1}));
}

TEST_F(Data, csv_takes_its_classes_from_a_column) {
  write_file(at("a.csv"), std::string_view("kind,w,h\ndog,1,2\ncat,3,4\ndog,5,6\n"));
  const Splits splits = load_data("csv:" + at("a.csv") + ",label=kind", {.validation = 0, .test = 0});
  EXPECT_EQ(splits.training.data->class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(splits.training.data->labels, (std::vector<std::int32_t>{1, 0, 1}));
  EXPECT_EQ(splits.training.data->sample, (TensorType{DType::float32, {2}}));
}

TEST_F(Data, errors_name_the_file_and_what_to_do) {
  EXPECT_THAT(error_of("mnits"), HasSubstr("there is no data 'mnits', expected fashion-mnist, cifar10:FOLDER"));
  EXPECT_THAT(error_of("npy:"), HasSubstr("names no file"));
  EXPECT_THAT(error_of("npy:" + at("none.npy")), HasSubstr("none.npy: cannot open"));
  EXPECT_THAT(error_of("fashion-mnist:" + at("nowhere")),
              testing::StartsWith(at("nowhere/train-images-idx3-ubyte: cannot open")));
  EXPECT_THAT(error_of("cifar10"), HasSubstr("cifar10:FOLDER"));
  const std::string x = npy<float>("x.npy", {2, 1}, {1, 2});
  EXPECT_THAT(error_of("npy:" + x + "," + npy<std::int32_t>("short.npy", {1}, {0})),
              HasSubstr("short.npy: has shape [1] for 2 samples"));
  EXPECT_THAT(error_of("npy:" + x + "," + npy<std::int32_t>("y.npy", {2}, {0, 1}) + "," + x),
              HasSubstr("npy: 3 files"));
  write_file(at("bad.csv"), std::string_view("1,2,0\n3,nan,1\n"));
  EXPECT_THAT(error_of("csv:" + at("bad.csv")), HasSubstr("bad.csv: line 2, column 1 has no value: 'nan'"));
  EXPECT_THAT(error_of("csv:" + at("bad.csv") + ",label=kind"),
              HasSubstr("has no column 'kind', the columns are 0 to 2"));
  EXPECT_THAT(error_of(at("bad.csv")), HasSubstr("say what it is: csv:"));
}

TEST_F(Data, samples_and_labels_of_every_type_of_numpy_are_read) {
  const std::string y = npy<std::uint16_t>("y.npy", {2}, {0, 1});
  const auto first = [&](const std::string& x) {
    const Splits splits = load_data("npy:" + x + "," + y, {.test = 0});
    return splits.training.data;
  };
  const auto wide = first(npy<double>("f8.npy", {2, 1}, {0.1, 2}));
  EXPECT_EQ(wide->sample.dtype, DType::float32);
  EXPECT_EQ(reinterpret_cast<const float*>(wide->samples.data())[0], 0.1F);
  EXPECT_THAT(wide->notes, testing::Contains("samples: float64, read as float32"));
  EXPECT_EQ(first(npy<std::int32_t>("i4.npy", {2, 1}, {1, 2}))->sample.dtype, DType::int32);
  const auto large = first(npy<std::int64_t>("i8.npy", {2, 1}, {(1 << 24) + 1, 2}));
  EXPECT_THAT(large->notes, testing::Contains("samples: int64, of which 1 are rounded in a float32"));
  // Halves of 1 and 2: the exponent alone differs.
  write_npy(at("f2.npy"), {DType::float16, {2, 1}}, bytes_of(std::vector<std::uint16_t>{0x3c00, 0x4000}));
  EXPECT_EQ(reinterpret_cast<const float*>(first(at("f2.npy"))->samples.data())[1], 2.0F);
  write_npy(at("b1.npy"), {DType::boolean, {2}}, bytes_of(std::vector<std::uint8_t>{1, 0}));
  const Splits flags = load_data("npy:" + at("f8.npy") + "," + at("b1.npy"), {.test = 0});
  EXPECT_EQ(flags.training.data->labels, (std::vector<std::int32_t>{1, 0}));
}

TEST_F(Data, a_number_that_is_not_finite_is_named_by_sample_and_column) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of("npy:" + npy<float>("x.npy", {2, 3}, {1, 2, 3, 4, 5, nan})),
              HasSubstr("x.npy: sample 1, column 2 is nan"));
  EXPECT_THAT(error_of("npy:" + npy<float>("image.npy", {1, 2, 2}, {1, 2, nan, 4})),
              HasSubstr("sample 0, element [1, 0, 0] is nan"));
  EXPECT_THAT(error_of("npy:" + npy<double>("large.npy", {2}, {1, 1e300})), HasSubstr("sample 1 is 1e+300, too large"));
  const std::string x = npy<float>("fine.npy", {2, 1}, {1, 2});
  EXPECT_THAT(error_of("npy:" + x + "," + npy<float>("y.npy", {2}, {1, nan})), HasSubstr("y.npy: sample 1 is nan"));
}

TEST_F(Data, whole_numbers_that_are_no_classes_and_rows_of_them_are_to_be_predicted) {
  const std::string x = npy<float>("x.npy", {3, 1}, {1, 2, 3});
  const auto rows = load_data("npy:" + x + "," + npy<std::uint8_t>("y.npy", {3, 2}, {1, 0, 0, 1, 1, 0}), {.test = 0});
  EXPECT_EQ(rows.training.data->target_size, 2);
  std::vector<std::int32_t> many;
  for (int i = 0; i < 30; ++i) many.push_back(1000 + 7 * i);
  const std::string x30 = npy<float>("x30.npy", {30, 1}, std::vector<float>(30));
  const auto prices = load_data("npy:" + x30 + "," + npy<std::int32_t>("many.npy", {30}, many), {.test = 0});
  EXPECT_EQ(prices.training.data->targets[1], 1007);
}

TEST_F(Data, samples_alone_may_be_tested_with_classes) {
  const std::string normal = npy<float>("normal.npy", {4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const std::string x = npy<float>("x.npy", {3, 2}, {1, 2, 3, 4, 9, 9});
  const std::string y = npy<std::uint8_t>("y.npy", {3}, {0, 0, 1});
  const Splits splits = load_data("npy:" + normal, {.validation = 0, .test_set = "npy:" + x + "," + y});
  EXPECT_TRUE(splits.training.data->labels.empty());
  EXPECT_THAT(splits.test.data->labels, ElementsAre(0, 0, 1));
  EXPECT_THAT(splits.test.data->class_names, ElementsAre("0", "1"));
}

TEST_F(Data, another_set_is_the_test_set_with_columns_and_classes_by_name) {
  write_file(at("train.csv"), std::string_view("a,b,kind\n1,2,cat\n3,4,cow\n5,6,dog\n7,8,dog\n"));
  write_file(at("test.csv"), std::string_view("kind,b,a\ndog,20,10\ncat,40,30\n"));
  const SplitOptions options{.validation = 0, .test_set = "csv:" + at("test.csv")};
  const Splits splits = load_data("csv:" + at("train.csv"), options);
  EXPECT_EQ(splits.training.size(), 4);
  EXPECT_EQ(splits.test.size(), 2);
  EXPECT_EQ(splits.test.label(0), 2);
  EXPECT_EQ(splits.test.data->class_names, splits.training.data->class_names);
  EXPECT_EQ(reinterpret_cast<const float*>(splits.test.sample(0).data())[0], 10);
  const auto refused = [&](std::string_view text) {
    write_file(at("test.csv"), text);
    try {
      load_data("csv:" + at("train.csv"), options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(refused("kind,b,a\nowl,20,10\n"), HasSubstr("the class 'owl'"));
  EXPECT_THAT(refused("kind,b\ncat,20\n"), HasSubstr("has no column 'a'"));
}

TEST_F(Data, idx_and_npy_take_training_and_test_together) {
  write_file(at("x"), std::string("\0\0\x08\x03\0\0\0\3\0\0\0\1\0\0\0\1ABC", 19));
  write_file(at("y"), std::string("\0\0\x08\x01\0\0\0\3\0\1\2", 11));
  write_file(at("test-x"), std::string("\0\0\x08\x03\0\0\0\1\0\0\0\1\0\0\0\1D", 17));
  write_file(at("test-y"), std::string("\0\0\x08\x01\0\0\0\1\2", 9));
  const std::string four = "idx:" + at("x") + "," + at("y") + "," + at("test-x") + "," + at("test-y");
  const Splits idx = load_data(four, {.validation = 0});
  EXPECT_EQ(idx.training.size(), 3);
  EXPECT_EQ(idx.test.size(), 1);
  EXPECT_EQ(idx.test.label(0), 2);
  const std::string x = npy<float>("x.npy", {3, 1}, {1, 2, 3}), y = npy<std::int32_t>("y.npy", {3}, {0, 1, 2});
  const std::string tx = npy<float>("tx.npy", {1, 1}, {4}), ty = npy<std::int32_t>("ty.npy", {1}, {2});
  const Splits pairs = load_data("npy:" + x + "," + y + "," + tx + "," + ty, {.validation = 0});
  EXPECT_EQ(pairs.test.label(0), 2);
}

// What is not read need not be there.
TEST_F(Data, test_samples_alone_take_no_training_images) {
  write_file(at("t10k-images-idx3-ubyte"), std::string("\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\1AB", 18));
  write_file(at("t10k-labels-idx1-ubyte"), std::string("\0\0\x08\x01\0\0\0\2\0\1", 10));
  write_file(at("train-labels-idx1-ubyte"), std::string("\0\0\x08\x01\0\0\0\3\0\4\1", 11));
  write_file(at("test_batch.bin"), std::string("\3", 1) + std::string(std::size_t{3} * 32 * 32, 'x'));
  const std::string folder = std::filesystem::path(at("x")).parent_path().string();
  const Splits idx = load_data("idx:" + folder, {.test_only = true});
  EXPECT_EQ(idx.training.size(), 0);
  EXPECT_EQ(idx.test.size(), 2);
  EXPECT_EQ(idx.test.data->class_names.size(), 5U);  // the training labels say so
  const Splits cifar = load_data("cifar10:" + folder, {.test_only = true});
  EXPECT_EQ(cifar.test.size(), 1);
  EXPECT_EQ(cifar.test.label(0), 3);
  EXPECT_THAT(error_of("idx:" + folder), HasSubstr("train-images-idx3-ubyte"));
}

TEST_F(Data, fashion_mnist_is_what_its_authors_describe) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "no package dataset-fashion-mnist";
  const Splits splits = load_data("fashion-mnist", {.validation = 0.1});
  EXPECT_EQ(splits.training.size(), 54000);
  EXPECT_EQ(splits.validation.size(), 6000);
  EXPECT_EQ(splits.test.size(), 10000);
  EXPECT_EQ(splits.test.data->sample, (TensorType{DType::uint8, {28, 28, 1}}));
  const auto& labels = splits.test.data->labels;
  for (int c = 0; c < 10; ++c) EXPECT_EQ(std::count(labels.begin(), labels.end(), c), 1000);
  EXPECT_EQ(splits.test.data->class_names[9], "Ankle boot");
  EXPECT_EQ(splits.test.label(0), 9);  // the first test image is an ankle boot
}

using DataSlow = Data;

TEST_F(DataSlow, cifar10_is_read_from_a_folder_of_packed_files) {
  const auto folder = kShared / "datasets/cifar10";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no ../shared/data";
  const Splits splits = load_data("cifar10:" + folder.string(), {.validation = 0});
  EXPECT_EQ(splits.training.size(), 50000);
  EXPECT_EQ(splits.test.size(), 10000);
  const auto& labels = splits.test.data->labels;
  for (int c = 0; c < 10; ++c) EXPECT_EQ(std::count(labels.begin(), labels.end(), c), 1000);
}

TEST_F(Data, tables_of_real_data_load) {
  const auto folder = kShared / "datasets/tabular";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no ../shared/data";
  const Splits iris = load_data("csv:" + (folder / "iris.csv").string());
  EXPECT_EQ(iris.training.data->size(), 150);
  EXPECT_EQ(iris.training.data->class_names.size(), 3U);
  const Splits digits = load_data("csv:" + (folder / "digits.csv.gz").string());
  EXPECT_EQ(digits.training.data->size(), 1797);
  EXPECT_EQ(digits.training.data->sample.shape, (Shape{64}));
}

}  // namespace
}  // namespace mirim
