#include "mirim/chart/growth.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/chart/data.hpp"
#include "mirim/chart/records.hpp"

namespace mirim::chart {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<TrainedModel> ours() { return read_growth(embedded_csv("training_compute.csv")); }

TEST(Growth, the_fits_are_the_published_ones) {
  const GrowthFits fits = fit_growth(ours());
  // data/growth/README.md: fitted in Python over the same rows; Sevilla et al. 2022 say about 20 and 5.7, Epoch AI 4.6
  // times a year
  EXPECT_NEAR(fits.to_2010->doubling_months(), 20.3, 0.05);
  EXPECT_EQ(fits.to_2010->points, 56U);
  EXPECT_NEAR(fits.to_2022->doubling_months(), 6.0, 0.05);
  EXPECT_EQ(fits.to_2022->points, 259U);
  EXPECT_NEAR(fits.since_2010->doubling_months(), 5.4, 0.05);
  EXPECT_NEAR(fits.since_2010->times_a_year(), 4.6, 0.1);
  EXPECT_EQ(fits.since_2010->points, 428U);
  EXPECT_NEAR(fits.records->doubling_months(), 3.1, 0.05);
  EXPECT_EQ(fits.records->points, 10U);
}

TEST(Growth, a_record_holder_has_more_compute_than_any_model_before) {
  const std::vector<TrainedModel> models = ours();
  const GrowthFits fits = fit_growth(models);
  EXPECT_EQ(models[fits.holders.back()].name, "AlphaGo Zero");
  for (const std::size_t holder : fits.holders) {
    for (std::size_t i = 0; i < holder; ++i) EXPECT_LT(models[i].flop, models[holder].flop);
  }
}

TEST(Growth, each_era_finds_the_doubling_time_of_a_series_made_with_it) {
  // 30 months up to 2010, then 6: 2^(days / (months * 30.4375))
  std::string csv = "model,date,compute,compute_unit,source\n";
  double flop = 1e3;
  for (int year = 1960; year < 2024; ++year) {
    csv += fmt::format("m{0},{0},{1:.17g},kFLOP,made\n", year, flop / 1000);
    flop *= std::pow(2, 365.25 / ((year < 2010 ? 30 : 6) * 30.4375));
  }
  const GrowthFits fits = fit_growth(read_growth(csv));
  EXPECT_NEAR(fits.to_2010->doubling_months(), 30, 0.05);
  EXPECT_NEAR(fits.since_2010->doubling_months(), 6, 0.02);
  EXPECT_NEAR(fits.to_2022->doubling_months(), 6, 0.02);
  EXPECT_NEAR(fits.records->doubling_months(), 6, 0.02);
}

TEST(Growth, one_model_is_a_chart_without_fits) {
  const auto models = read_growth("model,date,compute,compute_unit,source\nA,2015,1,petaFLOP/s-day,x\n");
  const GrowthFits fits = fit_growth(models);
  EXPECT_FALSE(fits.since_2010 || fits.to_2022 || fits.records || fits.to_2010);
  EXPECT_DOUBLE_EQ(models[0].flop, 8.64e19);
  EXPECT_THAT(picture(growth_chart(models, Language::pt)), HasSubstr("<svg"));
}

TEST(Growth, what_does_not_grow_has_no_doubling_time) {
  const auto models = read_growth("model,date,compute,compute_unit,source\nA,2015,7,FLOP,x\nB,2016,7,FLOP,x\n");
  EXPECT_THAT(page_json(growth_chart(models, Language::en)), Not(AllOf(HasSubstr("inf"), HasSubstr("nan"))));
  EXPECT_THAT(picture(growth_chart(models, Language::en)), Not(HasSubstr("nan")));
}

TEST(Growth, a_rumour_is_marked_wherever_it_is_shown) {
  for (const Language language : {Language::en, Language::pt}) {
    const nlohmann::json page = nlohmann::json::parse(page_json(growth_chart(ours(), language)));
    const std::string mark = language == Language::en ? " (rumour)" : " (boato)";
    int seen = 0;
    const auto check = [&](const std::string& text) {
      for (std::size_t at = text.find("76\u00a0×\u00a010¹²"); at != std::string::npos;
           at = text.find("76\u00a0×\u00a010¹²", at + 1)) {
        ++seen;
        EXPECT_EQ(text.substr(at + std::string("76\u00a0×\u00a010¹²").size(), mark.size()), mark);
      }
    };
    for (const auto& tip : page["tips"]) check(tip.get<std::string>());
    for (const auto& table : page["tables"]) {
      for (const auto& row : table["rows"]) {
        for (const auto& cell : row) check(cell.get<std::string>());
      }
    }
    EXPECT_EQ(seen, 2) << "in the tip and in the table";
  }
}

TEST(Growth, says_which_models_each_line_fits_and_what_is_published) {
  const std::string svg = picture(growth_chart(ours(), Language::en));
  for (const char* text :
       {"20.3 months (n = 56)", "about 20 months (Sevilla et al. 2022)", "6.0 months (n = 259)", "5.7 months (Sevilla",
        "5.4 months (n = 428)", "4.6 times a year (Epoch AI)", "record holders: doubles in 3.1 months (n = 10)",
        "3.4 months, 2012 to 2018 (OpenAI 2018)"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  for (const char* name : {"AlexNet", "AlphaGo Zero", "GPT-3", "GPT-4", "LeNet-5", "Perceptron"})
    EXPECT_THAT(svg, HasSubstr(std::string(">") + name + "</text>"));
}

TEST(Growth, text_of_a_row_cannot_become_markup) {
  const auto models =
      read_growth("model,date,compute,compute_unit,label,source\n\"<b>&\"\"x\",2015,1,FLOP,</text><script>,<i>\n");
  const std::string svg = picture(growth_chart(models, Language::en));
  EXPECT_THAT(svg, AllOf(HasSubstr("&lt;b&gt;&amp;&quot;x"), HasSubstr("&lt;/text&gt;&lt;script&gt;"),
                         Not(HasSubstr("<script"))));
}

TEST(Growth, an_unknown_confidence_or_status_is_refused_with_its_line) {
  const auto error_of = [](const std::string& row) {
    try {
      read_growth("model,date,compute,compute_unit,confidence,parameters,parameters_status,source\n" + row);
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(error_of("A,2015,1,FLOP,sure,1,,x\n"),
              HasSubstr("line 2: A: confidence 'sure' is unknown; there are Confident"));
  EXPECT_THAT(error_of("A,2015,1,FLOP,,1,guess,x\n"),
              HasSubstr("parameters_status 'guess' is unknown; there are published, rumour"));
  EXPECT_THAT(error_of("A,2015,1,FLOP,,few,,x\n"), HasSubstr("parameters 'few' is no number above 0"));
}

}  // namespace
}  // namespace mirim::chart
