#include "mirim/chart/records.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim::chart {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHead = "model,date,size,size_unit,source\n";

template <class F>
std::string error_of(F&& f) {
  try {
    f();
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string error_of_row(std::string_view row) {
  return error_of([&] {
    for (const Record& r : read_records(std::string(kHead) + std::string(row), {"size", "size_unit"}))
      (void)r.quantity("size", Measure::bytes);
  });
}

std::int64_t day_of(std::string_view date) {
  return read_records(std::string(kHead) + "a," + std::string(date) + ",1,B,x\n", {}).front().day();
}

TEST(Records, hold_their_cells_and_quantities_in_base_units) {
  const auto rows =
      read_records("model,date,size,size_unit,source\n\"A, B\",2012-09-30,2,KiB,a paper\n", {"size", "size_unit"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].text("model"), "A, B");
  EXPECT_EQ(rows[0].quantity("size", Measure::bytes), 2048);
  EXPECT_EQ(iso_date(rows[0].day()), "2012-09-30");
  EXPECT_EQ(rows[0].text("label"), "");
}

TEST(Records, a_date_may_lack_its_day_or_month) {
  EXPECT_EQ(iso_date(day_of("1998-11")), "1998-11-15");
  EXPECT_EQ(iso_date(day_of("1958")), "1958-07-01");
  EXPECT_EQ(day_of("1970-01-02"), 1);
}

TEST(Records, a_row_without_source_date_or_unit_is_refused_with_its_line) {
  EXPECT_EQ(error_of_row("ok,2012,1,B,x\nNet,2012,1,B,\n"), "line 3: Net: source is missing");
  EXPECT_EQ(error_of_row("Net,,1,B,x\n"), "line 2: Net: date is missing");
  EXPECT_EQ(error_of_row("Net,2012,1,,x\n"), "line 2: Net: size_unit is missing");
  EXPECT_EQ(error_of_row("Net,2012,,B,x\n"), "line 2: Net: size is missing");
  EXPECT_EQ(error_of_row(",2012,1,B,x\n"), "line 2: model is missing");
}

TEST(Records, what_is_no_number_no_date_or_no_unit_is_refused_with_its_line) {
  EXPECT_THAT(error_of_row("Net,2012,1,furlong,x\n"), HasSubstr("line 2: Net: size: unit 'furlong' is unknown"));
  for (const char* number : {"many", "0", "-3", "nan"}) {
    EXPECT_THAT(error_of_row("Net,2012," + std::string(number) + ",B,x\n"), HasSubstr("is no number above 0"))
        << number;
  }
  for (const char* number : {"1e999", "1e61", "1e-31"}) {
    EXPECT_THAT(error_of_row("Net,2012," + std::string(number) + ",B,x\n"), HasSubstr("is not from 1e-30 to 1e60"))
        << number;
  }
  for (const char* date :
       {"2012-13-01", "2012-02-30", "30.9.2012", "12", "soon", "2012-9-30", "2012-09-30x", "0000-01-01"}) {
    EXPECT_THAT(error_of_row("Net," + std::string(date) + ",1,B,x\n"), HasSubstr("write 2012-09-30, 2012-09 or 2012"))
        << date;
  }
}

TEST(Records, missing_columns_and_rows_are_named) {
  EXPECT_THAT(error_of([] { read_records("model,date,size\na,2012,1\n", {"size"}); }),
              HasSubstr("line 1: there is no column 'source'"));
  EXPECT_THAT(error_of([] { read_records(kHead, {}); }), HasSubstr("no rows"));
  EXPECT_THAT(error_of([] { read_records("", {}); }), HasSubstr("no rows"));
  EXPECT_THAT(error_of_row("Net,2012,1,B,x,more\n"), HasSubstr("line 2: 6 fields, but 5 columns"));
}

}  // namespace
}  // namespace mirim::chart
