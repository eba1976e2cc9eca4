#include "mirim/recipe/json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "mirim/compile/cost.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void put(Json& json, const ErrorScore& error) {
  json["root_mean_squared_error"] = error.root_mean_squared_error;
  json["mean_absolute_error"] = error.mean_absolute_error;
  if (error.mean_distance) json["mean_distance"] = *error.mean_distance;
  if (!error.r_squared) return;
  json["r_squared"] = *error.r_squared;
  json["normalized_rmse"] = std::sqrt(std::max(0.0, 1 - *error.r_squared));
}

}  // namespace

std::string to_json(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
  Json json = {{"samples", evaluation.samples}, {"loss", evaluation.loss}, {"loss_name", name(evaluation.task.loss)}};
  if (evaluation.frechet) json["frechet_distance"] = *evaluation.frechet;
  if (evaluation.modes) {
    json["near_modes"] = evaluation.modes->near;
    json["least_mode"] = evaluation.modes->least_class;
  }
  for (const FactorScore& factor : evaluation.factors) {
    json["factors"].push_back({{"name", factor.name}, {"r_squared", factor.r_squared}});
    const double least = json.value("least_factor_r_squared", 1.0);
    json["least_factor_r_squared"] = std::min(least, factor.r_squared);
  }
  if (evaluation.negative_elbo) json["negative_elbo_nats"] = evaluation.loss;
  for (const OwnScore& own : evaluation.own) {
    Json entry = {{"kind", own.kind}, {"of", own.of}, {"value", own.value}};
    if (own.mean) entry["mean_activation"] = *own.mean;
    if (own.mean && !json.contains("mean_activation")) json["mean_activation"] = *own.mean;
    json["own_losses"].push_back(std::move(entry));
  }
  if (evaluation.error) put(json, *evaluation.error);
  if (evaluation.psnr) json["psnr_db"] = *evaluation.psnr;
  if (evaluation.roc_auc) json["roc_auc"] = *evaluation.roc_auc;
  if (evaluation.accuracy) json["accuracy"] = *evaluation.accuracy;
  if (evaluation.right_among_three) json["right_among_three"] = *evaluation.right_among_three;
  if (evaluation.task.loss == Loss::Kind::softmax_cross_entropy) json["bits"] = evaluation.loss / std::numbers::ln2;
  for (const TargetScore& target : evaluation.targets) {
    Json entry = {{"name", target.name}};
    put(entry, target.error);
    if (target.accuracy) entry["accuracy"] = *target.accuracy;
    if (target.roc_auc) entry["roc_auc"] = *target.roc_auc;
    json["targets"].push_back(entry);
  }
  if (const auto& errors = evaluation.per_sample) {
    json["error_per_sample"] = {{"median", errors->median}, {"high", errors->high}, {"largest", errors->largest}};
    if (errors->threshold) {
      json["threshold"] = {{"normal", errors->normal},
                           {"error", errors->threshold->score},
                           {"found", errors->threshold->found},
                           {"false_alarms", errors->threshold->false_alarms}};
    }
  }
  if (!evaluation.confusion) return text(json);
  const ConfusionMatrix& confusion = *evaluation.confusion;
  json["macro_f1"] = confusion.macro_f1();
  json["confusion"] = Json::array();
  json["classes"] = class_names;
  json["per_class"] = Json::array();
  for (int label = 0; label < confusion.classes(); ++label) {
    Json row = Json::array();
    for (int prediction = 0; prediction < confusion.classes(); ++prediction)
      row.push_back(confusion.at(label, prediction));
    json["confusion"].push_back(row);
    json["per_class"].push_back(
        {{"precision", confusion.precision(label)}, {"recall", confusion.recall(label)}, {"f1", confusion.f1(label)}});
  }
  return text(json);
}

std::string to_json(const std::vector<EpochRecord>& history, const Task& task, bool validated) {
  const bool error = task.kind == Task::Kind::numbers || task.kind == Task::Kind::sample;
  Json json = Json::array();
  for (const EpochRecord& epoch : history) {
    Json entry = {{"epoch", epoch.epoch}, {"train_loss", epoch.training_loss}};
    entry[error ? "train_rmse" : "train_accuracy"] = error ? epoch.training_error : epoch.training_accuracy;
    if (validated) {
      entry["validation_loss"] = epoch.validation_loss;
      entry[error ? "validation_rmse" : "validation_accuracy"] =
          error ? epoch.validation_error : epoch.validation_accuracy;
    }
    entry["learning_rate"] = epoch.learning_rate;
    entry["seconds"] = epoch.seconds;
    json.push_back(entry);
  }
  return text(json);
}

std::string to_json(const Comparison& comparison) {
  Json json = {{"equal", comparison.first_different < 0}, {"layers", Json::array()}};
  if (comparison.first_different >= 0) {
    json["first_different"] = comparison.layers[static_cast<std::size_t>(comparison.first_different)].name;
  }
  if (comparison.first_departing >= 0) {
    json["first_departing"] = comparison.layers[static_cast<std::size_t>(comparison.first_departing)].name;
  }
  if (comparison.largest >= 0) {
    const LayerDifference& layer = comparison.layers[static_cast<std::size_t>(comparison.largest)];
    json["largest_difference"] = {{"layer", layer.name}, {"value", layer.largest}};
  }
  json["folded"] = Json::array();
  for (const FoldedLayer& layer : comparison.folded) {
    json["folded"].push_back({{"name", layer.name}, {"op", layer.op}, {"into", layer.into}});
  }
  json["unmatched_in_a"] = comparison.unmatched_in_a;
  json["unmatched_in_b"] = comparison.unmatched_in_b;
  for (const LayerDifference& layer : comparison.layers) {
    Json entry = {{"name", layer.name},       {"name_in_a", layer.name_in_a},
                  {"op", layer.op},           {"largest_error", layer.largest},
                  {"mean_error", layer.mean}, {"equal", layer.equal},
                  {"departs", layer.departs}, {"limit", name(layer.limit.kind)}};
    // JSON has no infinity, the ratio of equal values.
    if (std::isfinite(layer.signal_to_noise_db)) entry["signal_to_noise_db"] = layer.signal_to_noise_db;
    json["layers"].push_back(entry);
  }
  return text(json);
}

std::string to_json(const QuantizationCheck& check) {
  const auto entry = [](const QuantizationLoss& loss) {
    Json json = {{"name", loss.name}};
    if (!loss.op.empty()) json["op"] = loss.op;
    if (std::isfinite(loss.signal_to_noise_db)) json["signal_to_noise_db"] = loss.signal_to_noise_db;
    json["steps"] = loss.steps;
    return json;
  };
  Json json = {{"samples", check.samples}, {"tensors", Json::array()}, {"warnings", Json::array()}};
  for (const QuantizationLoss& loss : check.tensors) json["tensors"].push_back(entry(loss));
  for (const QuantizationWarning& warning : check.warnings) {
    Json one = entry(warning.loss);
    if (warning.column >= 0) one["column"] = warning.column;
    one["cause"] = name(warning.cause);
    one["text"] = warning.text;
    json["warnings"].push_back(one);
  }
  return text(json);
}

std::string layers_json(const Graph& graph) {
  const ModelCost cost = count(graph);
  Json json = {{"parameters", cost.parameters}, {"macs", cost.macs}, {"layers", Json::array()}};
  for (const LayerCost& layer : cost.layers) {
    json["layers"].push_back({{"name", layer.name},
                              {"op", layer.op},
                              {"output_shape", layer.output_type.shape.dimensions()},
                              {"parameters", layer.parameters},
                              {"macs", layer.macs},
                              {"operations", layer.operations},
                              {"weight_bytes", layer.weight_bytes},
                              {"activation_bytes", layer.output_type.bytes()}});
  }
  return text(json);
}

std::string merge_json(const std::string& base, const std::string& more) {
  Json json = Json::parse(base);
  json.update(Json::parse(more));
  return text(json);
}

}  // namespace mirim
