#include "mirim/compile/firmware.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {

namespace {

using Json = nlohmann::ordered_json;

Json port_json(const Firmware::Port& port) {
  Json json = {{"name", port.name},
               {"dtype", std::string(name(port.type.dtype))},
               {"shape", port.type.shape.dimensions()},
               {"bytes", port.type.bytes()}};
  if (!port.quantization.empty()) {
    json["scale"] = port.quantization.scale;
    json["zero_point"] = port.quantization.zero_point;
  }
  if (!port.labels.empty()) json["labels"] = port.labels;
  if (!port.value_labels.empty()) json["value_labels"] = port.value_labels;
  if (!port.scaling.empty()) {
    json["mean"] = port.scaling.mean;
    json["deviation"] = port.scaling.deviation;
  }
  if (port.random) json["random"] = name(*port.random);
  return json;
}

Firmware::Port parse_port(const Json& json) {
  Firmware::Port port;
  port.name = json.at("name").get<std::string>();
  const auto dtype = dtype_of(json.at("dtype").get<std::string>());
  if (!dtype) fail("'{}' is no element type", json.at("dtype").get<std::string>());
  port.type = {*dtype, Shape(json.at("shape").get<std::vector<std::int64_t>>())};
  if (port.type.bytes() <= 0) fail("'{}' has no elements", port.name);
  if (json.contains("scale")) {
    port.quantization.scale = json.at("scale").get<std::vector<float>>();
    port.quantization.zero_point = json.at("zero_point").get<std::vector<std::int64_t>>();
  }
  if (json.contains("labels")) port.labels = json.at("labels").get<std::vector<std::string>>();
  if (json.contains("value_labels")) port.value_labels = json.at("value_labels").get<std::vector<std::string>>();
  if (json.contains("mean")) {
    port.scaling = {json.at("mean").get<std::vector<float>>(), json.at("deviation").get<std::vector<float>>()};
    const bool sound = !port.scaling.mean.empty() && port.scaling.mean.size() == port.scaling.deviation.size() &&
                       std::ranges::all_of(port.scaling.deviation, [](float d) { return d > 0; });
    if (!sound) fail("the scaling of '{}' makes no sense", port.name);
  }
  if (json.contains("random")) port.random = distribution_named(json.at("random").get<std::string>());
  return port;
}

std::int64_t total_bytes(const std::vector<Firmware::Port>& ports) {
  std::int64_t sum = 0;
  for (const auto& port : ports) sum += port.type.bytes();
  return sum;
}

bool is_identifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

// Files listed here are replaced and deleted by the next `compile`.
bool stays_inside(const std::filesystem::path& file) {
  return file.is_relative() && !file.empty() && std::ranges::find(file, "..") == file.end();
}

}  // namespace

std::int64_t Firmware::sample_bytes() const { return total_bytes(inputs); }
std::int64_t Firmware::answer_bytes() const { return total_bytes(outputs); }

std::string to_json(const Firmware& firmware) {
  Json json = {{"name", firmware.name},
               {"target", firmware.target},
               {"reentrant", firmware.reentrant},
               {"input_rows", firmware.input_rows},
               {"arena_bytes", firmware.arena_bytes},
               {"constant_bytes", firmware.constant_bytes},
               {"inputs", Json::array()},
               {"outputs", Json::array()},
               {"layers", Json::array()},
               {"files", firmware.files}};
  for (const auto& port : firmware.inputs) json["inputs"].push_back(port_json(port));
  for (const auto& port : firmware.outputs) json["outputs"].push_back(port_json(port));
  if (firmware.target_of_learning) {
    json["learns"] = {{"target", port_json(*firmware.target_of_learning)}, {"bytes", firmware.learnt_bytes}};
  }
  for (const auto& layer : firmware.layers) {
    json["layers"].push_back({{"name", layer.name}, {"op", layer.op}, {"kernel", layer.kernel}, {"macs", layer.macs}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Firmware read_firmware(const std::filesystem::path& folder) {
  const auto path = folder / kFirmwareFile;
  if (!std::filesystem::exists(path)) {
    fail("{}: no {} here, so this is no folder that `mirim compile` wrote", folder.string(), kFirmwareFile);
  }
  const std::string text = read_text(path);
  try {
    const Json json = Json::parse(text);
    Firmware firmware;
    firmware.name = json.at("name").get<std::string>();
    if (!is_identifier(firmware.name)) fail("the name is no C identifier");
    firmware.target = json.at("target").get<std::string>();
    firmware.reentrant = json.at("reentrant").get<bool>();
    firmware.input_rows = json.value("input_rows", false);
    firmware.arena_bytes = json.at("arena_bytes").get<std::int64_t>();
    firmware.constant_bytes = json.at("constant_bytes").get<std::int64_t>();
    for (const Json& port : json.at("inputs")) firmware.inputs.push_back(parse_port(port));
    for (const Json& port : json.at("outputs")) firmware.outputs.push_back(parse_port(port));
    if (json.contains("learns")) {
      firmware.target_of_learning = parse_port(json.at("learns").at("target"));
      firmware.learnt_bytes = json.at("learns").at("bytes").get<std::int64_t>();
      if (firmware.learnt_bytes <= 0 || firmware.inputs.size() != 1) fail("it learns nothing");
    }
    if (firmware.input_rows && (firmware.inputs.size() != 1 || firmware.inputs[0].type.shape.rank() != 4 ||
                                firmware.inputs[0].type.bytes() <= 0)) {
      fail("rows come for one image only");
    }
    for (const Json& layer : json.value("layers", Json::array())) {
      firmware.layers.push_back({.name = layer.at("name").get<std::string>(),
                                 .op = layer.at("op").get<std::string>(),
                                 .kernel = layer.at("kernel").get<std::string>(),
                                 .macs = layer.at("macs").get<std::int64_t>()});
    }
    // mirim 0.1 did not list them.
    if (json.contains("files")) firmware.files = json.at("files").get<std::vector<std::string>>();
    for (const std::string& file : firmware.files) {
      if (!stays_inside(file)) fail("the file '{}' is not in the folder", file);
    }
    return firmware;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: broken ({}); compile the model again", path.string(), error.what());
  } catch (const Error& error) {
    fail("{}: broken ({}); compile the model again", path.string(), error.what());
  }
}

std::string macro_prefix(std::string_view name) {
  std::string result;
  for (const char c : name) result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace mirim
