#include <array>
#include <nlohmann/json.hpp>

#include "mirim/compile/cost.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::course {
namespace {

struct Network {
  const char* file;
  const char* name;
  int year;
};

constexpr std::array kNetworks{Network{"lenet5", "LeNet-5", 1998},
                               Network{"alexnet", "AlexNet", 2012},
                               Network{"vgg16", "VGG-16", 2014},
                               Network{"resnet50", "ResNet-50", 2015},
                               Network{"squeezenet", "SqueezeNet", 2016},
                               Network{"mobilenet_v1", "MobileNet", 2017},
                               Network{"mobilenet_v2", "MobileNetV2", 2018},
                               Network{"efficientnet_b0", "EfficientNet-B0", 2019}};

}  // namespace

std::string network_costs(const FigureWork& work) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Network& network : kNetworks) {
    std::vector<std::string> warnings;
    const Model model = read_to_look_at(work.models / (std::string(network.file) + ".toml"), std::nullopt, warnings);
    const ModelCost all = count(model.main());
    rows.push_back(
        {{"name", network.name}, {"year", network.year}, {"parameters", all.parameters}, {"macs", all.macs}});
  }
  return rows.dump();
}

}  // namespace mirim::course
