#include "mirim/course/figures.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/chart/make.hpp"

namespace mirim::course {
namespace {

/// Drawn by the page alone (mirim/report/page/chapter.js), from the run or from what the reader chooses.
constexpr std::array<std::string_view, 6> kDrawnByThePage{"networks", "balance",     "grid",
                                                          "codebook", "temperature", "systolic"};

}  // namespace

std::string figure_data(std::string_view figure, const FigureWork& work) {
  if (figure == "film" || figure == "neuron") return film(work);
  if (figure == "activations") return activation_costs();
  if (figure == "cores") return core_costs(work);
  if (figure == "file") return file_parts(work);
  if (figure == "costs") return network_costs(work);
  if (constexpr std::string_view kChart = "chart "; figure.starts_with(kChart)) {
    return page_json(chart::make_chart({.name = std::string(figure.substr(kChart.size())),
                                        .board = &find_device(work.recipe.firmware.device),
                                        .language = work.language}));
  }
  const bool drawn = std::ranges::find(kDrawnByThePage, figure) != kDrawnByThePage.end();
  if (drawn || figure.starts_with("report ")) return "";
  fail("there is no figure '{}'", figure);
}

}  // namespace mirim::course
