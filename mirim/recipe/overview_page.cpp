#include "mirim/recipe/overview_page.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/version.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/network_sketch.hpp"
#include "mirim/recipe/overview.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

Json boards() {
  Json all = Json::array();
  for (const Device& device : all_devices()) {
    all.push_back({{"title", device.title}, {"flash_bytes", device.flash_bytes}, {"ram_bytes", device.ram_bytes}});
  }
  return all;
}

/// What the run's second model is, by the command that made it.
std::string_view form_of_integers(const Json& run) {
  for (const Json& command : run.value("commands", Json::array())) {
    const std::string text = command.get<std::string>();
    if (text.find(" quantize ") == std::string::npos) continue;
    if (text.find("--weights float16") != std::string::npos) return "float16";
    return text.find("--activations 16") != std::string::npos ? "16x8" : "int8";
  }
  return "int8";
}

/// What the page tells of a run beside its figures.
void describe(Json& told, const Json& run, const fs::path& folder) {
  const NetworkSketch network = sketch(read_runnable_model(folder / "float.tflite").main());
  for (const NetworkSketch::Column& column : network.columns) {
    told["columns"].push_back({{"op", column.op}, {"units", column.units}});
  }
  told["skips"] = network.skips;
  told["input_shape"] = run["data"]["input_shape"];
  told["data"] = run["data"]["name"];
  told["form"] = form_of_integers(run);
  told["learns_by"] = run.value("learns_by", Json::array());
  told["parameters"] = run["models"][0]["parameters"];
  told["board"] = run["device"]["name"];
  told["seconds"] = run["seconds"];
  told["seeds"] = run.contains("seeds") ? run["seeds"]["values"].size() : 1;
  if (run.contains("goal") && run["goal"].contains("source")) told["source"] = run["goal"]["source"];
}

Json told(const fs::path& file, const fs::path& beside) {
  const std::string text = read_text(file);
  const fs::path folder = file.parent_path();
  try {
    Json all = Json::parse(overview_json({{.name = folder.filename().string(), .run_json = text}}));
    describe(all[0], Json::parse(text), folder);
    const fs::path report = folder / "report.html";
    if (fs::exists(report)) all[0]["page"] = fs::proximate(report, beside).generic_string();
    return all[0];
  } catch (const Json::exception&) {
    fail("not the JSON of a run (docs/run-json.md); make the run again with `mirim make`");
  }
}

}  // namespace

std::string overview_page_json(const fs::path& folder, const fs::path& beside) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "run.json")) files.push_back(entry.path() / "run.json");
  }
  if (files.empty()) {
    fail("{}: holds neither run.json nor folders that do; make them with `mirim make RECIPES`", folder.string());
  }
  std::ranges::sort(files);
  Json page = {{"page", "zoo"}, {"mirim", kVersion}, {"runs", Json::array()}, {"boards", boards()}};
  for (const fs::path& file : files)
    page["runs"].push_back(in_context(file.string(), [&] { return told(file, beside); }));
  return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
