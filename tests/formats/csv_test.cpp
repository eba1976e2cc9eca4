#include "mirim/formats/csv.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Row = std::pair<std::int64_t, std::vector<std::string>>;

std::vector<Row> rows_of(std::string_view text) {
  std::vector<Row> rows;
  for_each_row(text, csv_layout(text), [&](std::int64_t line, std::span<const std::string_view> fields) {
    rows.emplace_back(line, std::vector<std::string>(fields.begin(), fields.end()));
  });
  return rows;
}

std::string error_of(std::string_view text) {
  try {
    rows_of(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Csv, finds_the_separator) {
  for (const char separator : {',', ';', '\t', '|', ' '}) {
    const std::string text = fmt::format("a{0}b\n1{0}2\n", separator);
    EXPECT_EQ(csv_layout(text).separator, separator);
    EXPECT_THAT(rows_of(text)[1].second, ElementsAre("1", "2"));
  }
  EXPECT_EQ(csv_layout("a;b\n1,5;2,5\n").separator, ';');
  EXPECT_EQ(csv_layout("1,5;2,5\n3,5;4,5\n").separator, ';');
  EXPECT_EQ(csv_layout("a (m,s);b\n1.5;2\n").separator, ';');
  EXPECT_EQ(csv_layout("a,\"b;c\"\n1,2\n").separator, ',');
  EXPECT_EQ(csv_layout("a,b\n1,2\n", ';').separator, ';');
}

TEST(Csv, several_blanks_are_one_separator) { EXPECT_THAT(rows_of(" 1  2\n3 4\n")[0].second, ElementsAre("1", "2")); }

TEST(Csv, quotes_hold_separators_quotes_and_line_ends) {
  const auto rows = rows_of("1,\"a, \"\"b\"\"\nc\"\r\n2,d\r\n");
  EXPECT_THAT(rows, ElementsAre(Pair(1, ElementsAre("1", "a, \"b\"\nc")), Pair(3, ElementsAre("2", "d"))));
}

TEST(Csv, every_kind_of_line_end_and_none_at_the_end) {
  for (const char* text : {"1,2\n3,4\n", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "1,2\n3,4"}) {
    EXPECT_THAT(rows_of(text), ElementsAre(Pair(1, ElementsAre("1", "2")), Pair(2, ElementsAre("3", "4")))) << text;
  }
}

TEST(Csv, leaves_out_empty_rows_and_counts_their_lines) {
  EXPECT_THAT(rows_of("1,2\n\n ,\n3, 4 \n"),
              ElementsAre(Pair(1, ElementsAre("1", "2")), Pair(4, ElementsAre("3", "4"))));
}

TEST(Csv, begins_behind_a_byte_order_mark_comments_and_excels_line) {
  EXPECT_THAT(rows_of("\xef\xbb\xbf"
                      "a,b\n1,2\n")[0]
                  .second,
              ElementsAre("a", "b"));
  EXPECT_THAT(rows_of("sep=;\n1,5;2\n"), ElementsAre(Pair(2, ElementsAre("1,5", "2"))));
  EXPECT_THAT(rows_of("# made in 2024\n1,2\n"), ElementsAre(Pair(2, ElementsAre("1", "2"))));
  // numpy.savetxt's header.
  EXPECT_THAT(rows_of("# a,b\n1,2\n"), ElementsAre(Pair(1, ElementsAre("a", "b")), Pair(2, ElementsAre("1", "2"))));
}

TEST(Csv, refuses_broken_quotes_and_what_is_no_text) {
  EXPECT_THAT(error_of("1,2\n3,\"4\n5,6\n"), HasSubstr("line 2: a quote"));
  EXPECT_THAT(error_of("1,2\n3,4\"5\n"), HasSubstr("line 2: a quote"));
  EXPECT_THAT(error_of(std::string_view("\xff\xfe"
                                        "1\0,\0",
                                        6)),
              HasSubstr("UTF-16"));
  EXPECT_THAT(error_of("PK\x03\x04..."), HasSubstr("spreadsheet"));
  EXPECT_THAT(error_of(std::string_view("1,\0\n", 4)), HasSubstr("no text"));
}

TEST(Csv, numbers_have_signs_exponents_and_one_kind_of_decimal) {
  EXPECT_EQ(csv_number("+3.5"), 3.5);
  EXPECT_EQ(csv_number("-.5e1"), -5);
  EXPECT_EQ(csv_number("1,25", ','), 1.25);
  EXPECT_EQ(csv_number("1e-999"), 0);
  EXPECT_TRUE(std::isinf(csv_number("1e999").value()));
  for (const char* text : {"", "+", "-", "+-1", "1,25", "1.2.3", "nan", "inf", "0x10", "1 2", "5%"}) {
    EXPECT_FALSE(csv_number(text)) << text;
  }
  EXPECT_FALSE(csv_number("1.25", ','));
}

}  // namespace
}  // namespace mirim
