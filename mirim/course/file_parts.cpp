#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::course {

std::string file_parts(const FigureWork& work) {
  using Json = nlohmann::ordered_json;
  const std::filesystem::path path = work.folder / "int8.tflite";
  const Bytes bytes = read_file(path);
  Json head = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(16, bytes.size()); ++i) {
    head.push_back(std::to_integer<int>(bytes[i]));
  }
  Json tensors = Json::array();
  const Model model = read_sound_model(path);
  for (const Value& value : model.main().values) {
    Json tensor{{"name", std::string(short_name(value.name))},
                {"type", std::string(name(value.type.dtype))},
                {"shape", value.type.shape.dimensions()},
                {"bytes", value.is_constant() ? value.constant->size() : 0},
                {"scales", value.quantization.scale.size()}};
    if (!value.quantization.scale.empty()) {
      tensor["scale"] = value.quantization.scale[0];
      tensor["zero_point"] = value.quantization.zero_point.empty() ? 0 : value.quantization.zero_point[0];
    }
    tensors.push_back(std::move(tensor));
  }
  return Json({{"bytes", bytes.size()}, {"head", head}, {"tensors", tensors}})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim::course
