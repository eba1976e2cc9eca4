#include "mirim/report/report.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/report/page.hpp"

namespace mirim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  void SetUp() override {
    if (page_pieces().empty()) GTEST_SKIP() << "built without the report's npm packages";
  }
};

std::string error_of(std::string_view json) {
  try {
    render_report(json, Language::en);
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_F(Report, is_one_html_file_that_loads_nothing_from_elsewhere) {
  const std::string html = render_report(read_text(MIRIM_SOURCE_DIR "/tests/report/run.json"), Language::en);
  EXPECT_TRUE(html.starts_with("<!doctype html>"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

TEST_F(Report, text_of_the_run_cannot_end_the_script_that_holds_it) {
  const std::string html = render_report(R"({"mirim": "1", "name": "</script><b>&<!--"})", Language::en);
  EXPECT_THAT(html, HasSubstr("\\u003c/script>\\u003cb>&\\u003c!--"));
  EXPECT_THAT(html, Not(HasSubstr("</script><b>")));
}

TEST_F(Report, bytes_that_are_not_utf8_are_refused) {
  const std::string json = std::string(R"({"mirim": "1", "name": ")") + "\xff" + R"("})";
  EXPECT_THAT(error_of(json), HasSubstr("run.json: not JSON"));
}

TEST_F(Report, text_beyond_ascii_is_written_as_escapes) {
  EXPECT_THAT(render_report("{\"mirim\": \"1\", \"name\": \"ab\u00e9lha\u2028\"}", Language::en),
              HasSubstr("ab\\u00e9lha\\u2028"));
}

TEST_F(Report, names_what_is_wrong_with_a_run) {
  EXPECT_THAT(error_of("{\"mirim\": \"1\", "), HasSubstr("run.json: not JSON at byte 16"));
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("the key 'mirim' is missing"));
  EXPECT_THAT(error_of("{\"recipe\": \"a.toml\"}"), HasSubstr("the key 'mirim' is missing"));
}

TEST_F(Report, a_page_is_in_its_language_and_says_so) {
  EXPECT_THAT(render_report(R"({"mirim": "1"})", Language::en), HasSubstr("<html lang=\"en\">"));
  const std::string html = render_report(R"({"mirim": "1"})", Language::pt);
  EXPECT_THAT(html, HasSubstr("<html lang=\"pt\">"));
  EXPECT_THAT(html, HasSubstr("Esta p\u00e1gina desenha"));
}

TEST_F(Report, an_unknown_page_is_refused) {
  const auto error_of_page = [](std::string_view json) {
    try {
      render_page(json, Language::en);
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(error_of_page(R"({"page": "menu"})"),
            "page: \"menu\" is unknown: there are report, chart, chapter and zoo");
  EXPECT_EQ(error_of_page("[]"), "page: the JSON is not an object");
  EXPECT_EQ(error_of_page(R"({"page": "chart"})"), "no error");
}

TEST_F(Report, the_licences_of_the_bundled_libraries_are_in_the_page) {
  const std::string html = render_report(R"({"mirim": "1"})", Language::en);
  EXPECT_THAT(html, HasSubstr("@observablehq/plot 0.6.17"));
  EXPECT_THAT(html, HasSubstr("Permission to use, copy, modify, and/or distribute this software"));
}

}  // namespace
}  // namespace mirim::report
