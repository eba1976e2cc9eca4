#include "mirim/formats/csv.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string error_of(std::string_view text) {
  try {
    parse_csv(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Csv, a_first_row_of_text_is_a_header) {
  const CsvTable table = parse_csv("width,height,kind\n1,2,cat\n3,4,dog\n");
  EXPECT_THAT(table.header, ElementsAre("width", "height", "kind"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("1", "2", "cat"), ElementsAre("3", "4", "dog")));
}

TEST(Csv, text_in_every_row_makes_no_header) {
  const CsvTable table = parse_csv("1,2,cat\n3,4,dog");
  EXPECT_THAT(table.header, IsEmpty());
  EXPECT_EQ(table.rows.size(), 2U);
}

TEST(Csv, finds_the_separator) {
  EXPECT_THAT(parse_csv("1;2\n3;4\n").rows[1], ElementsAre("3", "4"));
  EXPECT_THAT(parse_csv("1\t2\n3\t4\n").rows[1], ElementsAre("3", "4"));
  EXPECT_THAT(parse_csv("1  2\n3 4\n").rows[0], ElementsAre("1", "2"));
}

TEST(Csv, quotes_hold_separators_quotes_and_line_ends) {
  EXPECT_THAT(parse_csv("1,\"a, \"\"b\"\"\nc\"\r\n2,d\r\n").rows[0], ElementsAre("1", "a, \"b\"\nc"));
}

TEST(Csv, refuses_rows_of_different_lengths_and_broken_quotes) {
  EXPECT_EQ(error_of("1,2\n3,4\n5\n"), "row 3 has 1 columns, row 2 has 2");
  EXPECT_EQ(error_of("1,2,3\n3,4\n"), "row 1 has 3 columns, row 2 has 2");
  EXPECT_THAT(error_of("1,\"2\n"), HasSubstr("row 1"));
  EXPECT_EQ(error_of(""), "has no rows");
}

}  // namespace
}  // namespace mirim
