#include "mirim/chart/make.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/chart/data.hpp"
#include "mirim/chart/growth.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::chart {
namespace {

std::string read_rows(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{4} << 20;  // a chart of more rows could not be read
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (!error && bytes > kMostBytes)
    fail("{}: has {} bytes; a chart takes at most {}", file.string(), bytes, kMostBytes);
  if (error && std::filesystem::exists(file)) fail("{}: is no regular file", file.string());
  return read_text(file);
}

/// The rows of the request's CSV, or of the project's own file; errors name it.
template <class Read>
auto rows(const Request& request, std::string_view own, Read&& read) {
  const std::string text = request.data.empty() ? std::string(embedded_csv(own)) : read_rows(request.data);
  return in_context(request.data.empty() ? std::string(own) : request.data.string(), [&] { return read(text); });
}

template <class Row>
std::vector<Row> joined(std::vector<Row> all, const std::vector<Row>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

Chart make_chart(const Request& request) {
  using report::text;
  const Language language = request.language;
  Chart chart;
  if (request.name == "growth") {
    chart = growth_chart(rows(request, "training_compute.csv", read_growth), language);
    chart.credits = {text(language, "chart.credit_epoch"), text(language, "chart.credit_gpt4")};
  } else if (request.name == "ball") {
    const auto models = rows(request, "imagenet_models.csv", read_classifiers);
    chart = ball_chart(joined(models, request.classifiers), *request.board, language);
    chart.credits = {text(language, "chart.credit_imagenet")};
  } else if (request.name == "fits") {
    const auto networks = rows(request, "device_models.csv", read_networks);
    chart = fits_chart(joined(networks, request.networks), *request.board, language);
    chart.credits = {text(language, "chart.credit_devices")};
  } else {
    fail("there is no chart '{}'; there are growth, ball and fits", request.name);
  }
  if (!request.data.empty()) chart.credits = {text(language, "chart.your_data", {{"file", request.data.string()}})};
  return chart;
}

}  // namespace mirim::chart
