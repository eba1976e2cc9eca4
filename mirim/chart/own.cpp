#include "mirim/chart/own.hpp"

#include "mirim/base/error.hpp"
#include "mirim/chart/ball.hpp"
#include "mirim/chart/data.hpp"
#include "mirim/chart/fits.hpp"
#include "mirim/chart/growth.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::chart {

Chart own_chart(std::string_view name, const Device& board, Language language) {
  using report::text;
  Chart chart;
  if (name == "growth") {
    chart = growth_chart(read_growth(embedded_csv("training_compute.csv")), language);
    chart.credits = {text(language, "chart.credit_epoch"), text(language, "chart.credit_gpt4")};
  } else if (name == "ball") {
    chart = ball_chart(read_classifiers(embedded_csv("imagenet_models.csv")), board, language);
    chart.credits = {text(language, "chart.credit_imagenet")};
  } else if (name == "fits") {
    chart = fits_chart(read_networks(embedded_csv("device_models.csv")), board, language);
    chart.credits = {text(language, "chart.credit_devices")};
  } else {
    fail("there is no chart '{}'; there are growth, ball and fits", name);
  }
  return chart;
}

}  // namespace mirim::chart
