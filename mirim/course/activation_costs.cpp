#include <array>
#include <nlohmann/json.hpp>

#include "mirim/base/random.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/recipe/quantize_job.hpp"
#include "mirim/zoo/layers/all.hpp"

namespace mirim::course {
namespace {

constexpr std::int64_t kUnits = 64;
constexpr std::int64_t kSamples = 200;

constexpr std::array kActivations{"step",     "relu",  "relu6",      "leaky_relu", "elu",  "selu", "softplus",
                                  "softsign", "swish", "hard_swish", "gelu",       "mish", "tanh", "sigmoid"};

Splits noise() {
  Random random(1);
  std::vector<float> values(static_cast<std::size_t>(kSamples * kUnits));
  for (float& value : values) value = random.normal();
  const BytesView bytes = bytes_of(values);
  Dataset data{.sample = {DType::float32, {kUnits}}, .samples = Bytes(bytes.begin(), bytes.end())};
  return split(std::make_shared<const Dataset>(std::move(data)), {.validation = 0, .test = 0});
}

struct Price {
  std::int64_t cycles = 0;
  std::int64_t bytes = 0;
};

Price price_of(const std::string& activation, const Splits& data) {
  Builder builder("activation");
  builder.input({.shape = {kUnits}});
  builder.append(FullyConnectedLayer{.units = kUnits, .activation = activation});
  Model model;
  model.graphs.push_back(builder.build());
  const Quantized quantized = quantize(std::move(model), data, {});
  const ModelCost all = cost(quantized.model.main(), {.target = "cortex-m4", .measure = false});
  return {.cycles = all.cycles(), .bytes = all.memory->constant_bytes};
}

}  // namespace

std::string activation_costs() {
  const Splits data = noise();
  const Price none = price_of("linear", data);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const char* name : kActivations) {
    const Price price = price_of(name, data);
    rows.push_back({{"name", name},
                    {"cycles", static_cast<double>(price.cycles - none.cycles) / static_cast<double>(kUnits)},
                    {"bytes", price.bytes - none.bytes}});
  }
  return rows.dump();
}

}  // namespace mirim::course
