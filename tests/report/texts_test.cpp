#include "mirim/report/texts.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim::report {
namespace {

using testing::HasSubstr;

template <class F>
std::string error_of(F&& f) {
  try {
    f();
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Texts, are_of_the_language_that_is_asked_for) {
  EXPECT_EQ(text(Language::en, "epoch"), "epoch");
  EXPECT_EQ(text(Language::pt, "epoch"), "época");
}

TEST(Texts, placeholders_become_their_values) {
  EXPECT_EQ(text(Language::pt, "front.model", {{"name", "int8"}, {"figure", "92,5 %"}, {"size", "30 KB"}}),
            "int8 92,5 % em 30 KB");
}

TEST(Texts, a_number_chooses_its_form_by_the_rules_of_the_language) {
  EXPECT_EQ(text(Language::en, "learning.epochs", {{"n", "1"}}), "1 epoch.");
  EXPECT_EQ(text(Language::en, "learning.epochs", {{"n", "0"}}), "0 epochs.");
  EXPECT_EQ(text(Language::pt, "learning.epochs", {{"n", "0"}}), "0 época.");
  EXPECT_EQ(text(Language::pt, "learning.epochs", {{"n", "2"}}), "2 épocas.");
}

TEST(Texts, an_unknown_key_or_a_missing_value_is_an_error) {
  EXPECT_THAT(error_of([] { (void)text(Language::en, "no.such"); }), HasSubstr("text 'no.such' is in no file"));
  EXPECT_THAT(error_of([] {
                (void)text(Language::en, "front.model", {{"name", "a"}});
              }),
              HasSubstr("text 'front.model': {figure} has no value"));
}

TEST(Texts, another_language_is_refused_with_the_two_there_are) {
  EXPECT_EQ(parse_language("pt"), Language::pt);
  EXPECT_EQ(error_of([] { (void)parse_language("fr"); }), "language 'fr' is unknown: there are en and pt");
}

}  // namespace
}  // namespace mirim::report
