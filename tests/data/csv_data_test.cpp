#include "mirim/data/csv_data.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Names = std::vector<std::string>;

/// A table read with options as they stand behind "csv:FILE".
Dataset table(std::string_view text, const std::string& options = "", const CsvLike& like = {}) {
  static int count = 0;
  const auto file =
      std::filesystem::temp_directory_path() / fmt::format("mirim_csv_data_test.{}.{}.csv", ::getpid(), count++);
  write_file(file, text);
  const struct Remove {
    std::filesystem::path path;
    ~Remove() { std::filesystem::remove(path); }
  } remove{file};
  const auto [path, parsed] = parse_csv_spec(file.string() + options);
  return load_csv(path, parsed, like).data;
}

std::string error_of(std::string_view text, const std::string& options = "") {
  try {
    table(text, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<float> values(const Dataset& data) {
  const auto* first = reinterpret_cast<const float*>(data.samples.data());
  return {first, first + data.samples.size() / sizeof(float)};
}

std::string notes(const Dataset& data) { return fmt::format("{}", fmt::join(data.notes, "\n")); }

TEST(CsvData, the_column_named_label_class_or_target_is_the_label_and_that_is_said) {
  for (const char* name : {"label", "Class", "TARGET", "y"}) {
    const Dataset data = table(fmt::format("{},a,b\n0,1,2\n1,3,4\n", name));
    EXPECT_THAT(data.labels, ElementsAre(0, 1));
    EXPECT_EQ(data.feature_names, (Names{"a", "b"}));
    EXPECT_THAT(values(data), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(notes(data), HasSubstr(fmt::format("label: column 0 '{}' (by its name), 2 classes: 0, 1", name)));
  }
}

TEST(CsvData, two_columns_with_a_labels_name_are_refused) {
  EXPECT_THAT(error_of("label,a,class\n0,1,2\n1,3,4\n"),
              HasSubstr("column 0 'label' and column 2 'class' may both be the label; say label=label and drop=class"));
  EXPECT_THAT(table("label,a,class\n0,1,2\n1,3,4\n", "?label=label&drop=class").feature_names, ElementsAre("a"));
}

TEST(CsvData, a_coordinate_y_is_no_label) {
  EXPECT_EQ(table("x,y,z,kind\n1,2,3,0\n4,5,6,1\n").feature_names, (Names{"x", "y", "z"}));
  EXPECT_EQ(table("x,y,speed,group\n1,2,3,0\n4,5,6,1\n").feature_names, (Names{"x", "y", "speed"}));
  EXPECT_EQ(table("x,y\n1,2\n2,2\n").feature_names, (Names{"x"}));
}

TEST(CsvData, else_the_only_column_of_texts_is_the_label_and_else_the_last) {
  const Dataset texts = table("species,a,b\nsetosa,1,2\nvirginica,3,4\n");
  EXPECT_THAT(texts.class_names, ElementsAre("setosa", "virginica"));
  EXPECT_TRUE(texts.named_classes);
  EXPECT_THAT(notes(texts), HasSubstr("the only column of texts"));
  const Dataset last = table("a,b,c\n1,2,0\n3,4,1\n");
  EXPECT_EQ(last.feature_names, (Names{"a", "b"}));
  EXPECT_FALSE(last.named_classes);
  EXPECT_THAT(notes(last), HasSubstr("column 2 'c' (the last column; label=COLUMN takes another"));
}

TEST(CsvData, columns_are_asked_for_by_name_or_number) {
  const std::string text = "a,b,c\n1,2,3\n4,5,6\n";
  EXPECT_EQ(table(text, "?label=b").feature_names, (Names{"a", "c"}));
  EXPECT_EQ(table(text, ",label=0").feature_names, (Names{"b", "c"}));
  EXPECT_EQ(table(text, "?label=-1").feature_names, (Names{"a", "b"}));
  EXPECT_EQ(table(text, "?label=none").feature_names, (Names{"a", "b", "c"}));
  EXPECT_THAT(values(table(text, "?label=none&features=c+a")), ElementsAre(3, 1, 6, 4));
  EXPECT_THAT(error_of(text, "?label=d"), HasSubstr("has no column 'd', the columns are a, b, c"));
  EXPECT_THAT(error_of(text, "?lable=a"), HasSubstr("there is no option 'lable'; did you mean 'label'?"));
  EXPECT_THAT(error_of(text, ",lable=a"), HasSubstr("did you mean 'label'?"));
}

TEST(CsvData, targets_are_numbers_of_one_or_several_columns) {
  for (const char* options : {"?target=b+c", "?target=b&target=2"}) {
    const Dataset data = table("a,b,c\n1,2,3\n4,5,6\n", options);
    EXPECT_THAT(data.targets, ElementsAre(2, 3, 5, 6));
    EXPECT_EQ(data.target_size, 2);
    EXPECT_EQ(data.target_names, (Names{"b", "c"}));
    EXPECT_THAT(values(data), ElementsAre(1, 4));
    EXPECT_THAT(data.labels, IsEmpty());
  }
  EXPECT_THAT(table("a+b,c\n1,2\n", "?target=a+b").targets, ElementsAre(1));
}

TEST(CsvData, a_last_column_with_fractions_or_many_numbers_is_to_be_predicted) {
  const Dataset fractions = table("a,price\n1,2.5\n2,3\n3,4.5\n");
  EXPECT_THAT(fractions.targets, ElementsAre(2.5, 3, 4.5));
  EXPECT_THAT(notes(fractions), HasSubstr("number to predict: column 1 'price'"));
  std::string many = "a,price\n";
  for (int i = 0; i < 30; ++i) many += fmt::format("{},{}\n", i, 1000 + 37 * i);
  EXPECT_EQ(table(many).targets.size(), 30U);
  EXPECT_EQ(table(many, "?label=price").class_names.size(), 30U);
}

TEST(CsvData, numbers_as_classes_are_in_order_of_the_numbers) {
  std::string text = "a,label\n";
  for (int i = 11; i >= 0; --i) text += fmt::format("{},{}.0\n", i, i);
  const Dataset data = table(text);
  EXPECT_EQ(data.class_names, (Names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}));
  EXPECT_EQ(data.labels.front(), 11);
}

TEST(CsvData, labels_from_1_negative_ones_and_gaps_become_classes_with_their_numbers) {
  const Dataset from_1 = table("a,label\n5,1\n6,3\n7,2\n");
  EXPECT_EQ(from_1.class_names, (Names{"1", "2", "3"}));
  EXPECT_THAT(from_1.labels, ElementsAre(0, 2, 1));
  EXPECT_THAT(notes(from_1), HasSubstr("no label is 0: the model's first class is the label 1, its last 3"));
  EXPECT_EQ(table("a,label\n5,-1\n6,1\n").class_names, (Names{"-1", "1"}));
  const Dataset gap = table("a,label\n5,0\n6,3\n");
  EXPECT_EQ(gap.class_names, (Names{"0", "1", "2", "3"}));
  EXPECT_THAT(notes(gap), HasSubstr("classes without a sample: 1, 2"));
  EXPECT_EQ(table("a,label\n5,0\n6,255\n").class_names, (Names{"0", "255"}));
}

TEST(CsvData, decimal_commas_are_found_or_said) {
  EXPECT_THAT(values(table("a;b;label\n3,564;-0,5;2\n1,5;2;1\n")), ElementsAre(3.564F, -0.5, 1.5, 2));
  EXPECT_THAT(values(table("a,b,label\n\"3,5\",1,0\n\"4,25\",1,1\n")), ElementsAre(3.5, 1, 4.25, 1));
  EXPECT_THAT(values(table("a;label\n1;0\n2,5;1\n", "?decimal=comma&sep=semicolon")), ElementsAre(1, 2.5));
  EXPECT_THAT(error_of("a;b;label\n1,5;2.5;0\n"), HasSubstr("say which is the decimal"));
  EXPECT_THAT(error_of("a,b,label\n\"1,234\",5,0\n"), HasSubstr("decimal comma or thousands"));
  EXPECT_THAT(error_of("a,b,label\n1,5,2,5,0\n"), HasSubstr("decimal commas need another separator or quotes"));
}

TEST(CsvData, columns_that_are_empty_or_number_the_rows_are_left_out) {
  const Dataset empty = table("a,,b,label,\n1,,2,0,\n3,,4,1,\n");
  EXPECT_EQ(empty.feature_names, (Names{"a", "b"}));
  EXPECT_THAT(notes(empty), HasSubstr("column 1 is empty and left out"));
  EXPECT_EQ(table(",a,label\n0,5,0\n1,6,1\n").feature_names, (Names{"a"}));
  EXPECT_EQ(table("Unnamed: 0,a,label\n17,5,0\n3,6,1\n").feature_names, (Names{"a"}));
  EXPECT_EQ(table("id,a,label\n1,5,0\n2,6,1\n").feature_names, (Names{"a"}));
  EXPECT_EQ(table("id,a,label\n1,5,0\n1,6,1\n").feature_names, (Names{"id", "a"}));
  // A header of one name less: R's row names.
  EXPECT_EQ(table("a,label\n1,5,0\n2,6,1\n").feature_names, (Names{"a"}));
}

TEST(CsvData, headers_are_texts_above_numbers_or_count_the_columns) {
  EXPECT_THAT(table("1.5,2,0\n2.5,3,1\n").feature_names, IsEmpty());
  EXPECT_EQ(table("0,1,2,3\n1.5,2,7,0\n2.5,3,8,1\n").size(), 2);
  EXPECT_EQ(table(",0,1,2\n0,1.5,2,0\n1,2.5,3,1\n").feature_names, (Names{"0", "1"}));
  EXPECT_EQ(table("0,1,label\n1.5,2,0\n2.5,3,1\n").feature_names, (Names{"0", "1"}));
  EXPECT_EQ(table("900.5,901.5,label\n1,2,0\n2,3,1\n").feature_names, (Names{"900.5", "901.5"}));
  EXPECT_EQ(table("0,1,2\n3,4,0\n", "?header=no").size(), 2);
  EXPECT_EQ(table("5,6\n3,0\n", "?header=yes").feature_names, (Names{"5"}));
  EXPECT_THAT(error_of("a,b,label\n"), HasSubstr("has a header and no rows"));
  EXPECT_THAT(error_of(""), HasSubstr("has no rows"));
}

TEST(CsvData, the_first_row_of_scikit_learns_tables_names_the_classes) {
  const Dataset data = table("3,2,setosa,versicolor\n5.1,3.5,0\n4.9,3.0,1\n4.7,3.2,0\n");
  EXPECT_THAT(data.class_names, ElementsAre("setosa", "versicolor"));
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0));
  EXPECT_EQ(data.size(), 3);
}

TEST(CsvData, a_missing_value_is_named_by_line_and_column) {
  for (const char* missing : {"", "NA", "nan", "?", "null"}) {
    EXPECT_THAT(error_of(fmt::format("a,b,label\n1,2,0\n3,{},1\n", missing)),
                testing::AllOf(HasSubstr("line 3, column 1 'b' has no value"), HasSubstr("missing=skip")));
  }
  const Dataset skipped = table("a,b,label\n1,2,0\n3,NA,1\n5,6,1\n", "?missing=skip");
  EXPECT_THAT(values(skipped), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(skipped.labels, ElementsAre(0, 1));
  EXPECT_THAT(notes(skipped), HasSubstr("1 rows left out"));
  EXPECT_THAT(error_of("a,b,label\n1,2,wave\n3,4,?\n"), HasSubstr("line 3, column 2 'label' has no value"));
  EXPECT_THAT(table("a,label\n1,wave\n3,none\n").class_names, ElementsAre("none", "wave"));
}

TEST(CsvData, what_is_no_number_is_named_by_line_and_column) {
  EXPECT_THAT(error_of("a,b,label\n1,2,0\n3,4,1\n1,1.2.3,0\n"),
              HasSubstr("line 4, column 1 'b': '1.2.3' is no number"));
  EXPECT_THAT(error_of("a,sex,label\n1,m,0\n3,f,1\n"), HasSubstr("column 1 'sex' holds texts ('m' in line 2)"));
  EXPECT_THAT(error_of("a,label\n1,0\ninf,1\n"), HasSubstr("'inf' is no finite number"));
  EXPECT_THAT(error_of("a,label\n1,0\n1e99,1\n"), HasSubstr("too large"));
  EXPECT_THAT(error_of("a,b,label\n1,2,0\n3,4\n"), HasSubstr("line 3 has 2 columns, line 2 has 3"));
  EXPECT_THAT(values(table("a,b,label\nTrue,1,0\nFalse,2,1\n")), ElementsAre(1, 1, 0, 2));
}

// What another file is read like: its columns by their names there.
TEST(CsvData, another_file_is_read_like_the_first) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("mirim_csv_like.{}.csv", ::getpid());
  write_file(file, std::string_view("a,b,kind\n1,2,0\n3,4,1\n"));
  const CsvLike like = load_csv(file, {}).like;
  std::filesystem::remove(file);
  const Dataset other = table("kind,b,c,a\n1,20,9,10\n", "", like);
  EXPECT_THAT(values(other), ElementsAre(10, 20));
  EXPECT_THAT(other.class_names, ElementsAre("1"));
  EXPECT_THAT(values(table("10,20,1\n", "", like)), ElementsAre(10, 20));
}

TEST(CsvData, rows_are_images_of_a_given_shape) {
  const Dataset images = table("a,b,c,d,label\n1,2,3,4,0\n5,6,7,8,1\n", "?shape=2x2");
  EXPECT_EQ(images.sample.shape, (Shape{2, 2, 1}));
  EXPECT_THAT(values(images), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(images.feature_names, IsEmpty());  // pixels, which no other table names
  EXPECT_EQ(table("1,2,3,4,0\n5,6,7,8,1\n", ",shape=1x2x2").sample.shape, (Shape{1, 2, 2}));
  EXPECT_THAT(error_of("1,2,3,0\n5,6,7,1\n", "?shape=2x2"),
              HasSubstr("shape=2x2x1: an image has 4 elements, a row 3 features"));
  EXPECT_THAT(error_of("1,2,3,4,0\n5,6,7,8,1\n", "?shape=4"), HasSubstr("shape=4: expected HEIGHTxWIDTH"));
}

}  // namespace
}  // namespace mirim
