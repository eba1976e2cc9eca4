#include "mirim/explore/jobs.hpp"

#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string hexadecimal(BytesView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    const auto b = static_cast<unsigned>(byte);
    text += kDigits[b >> 4];
    text += kDigits[b & 15];
  }
  return text;
}

Bytes from_hexadecimal(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<Bytes::value_type>(16 * digit(text[i]) + digit(text[i + 1])));
  }
  return bytes;
}

Json json_of(const Score& score) { return {{"value", score.value}, {"is_accuracy", score.is_accuracy}}; }

Score score_of(const Json& json) { return {json.at("value").get<double>(), json.at("is_accuracy").get<bool>()}; }

Json json_of(const Trial& trial, bool kept) {
  Json json{{"score", json_of(trial.score)}};
  for (const Measure& measure : kMeasures) json["price"][std::string(measure.name)] = trial.price.*measure.of;
  if (kept) json["file"] = hexadecimal(trial.file);
  return json;
}

/// Results come from other processes and from a file that may be edited.
template <class F>
auto read(const std::string& result, F&& f) {
  try {
    return f(Json::parse(result));
  } catch (const Json::exception&) {
    fail("a result of the search is broken: {}", result.substr(0, 100));
  }
}

}  // namespace

std::string float_job() { return dumped({{"do", "float"}}); }

std::string sensitivity_job(const std::string& layer) { return dumped({{"do", "sensitivity"}, {"layer", layer}}); }

std::string price_job(const Candidate& candidate, const std::string& target) {
  return dumped({{"do", "price"}, {"candidate", to_string(candidate)}, {"target", target}});
}

std::string trial_job(const Candidate& candidate, std::int64_t epochs, const std::string& target, bool kept) {
  return dumped(
      {{"do", "train"}, {"candidate", to_string(candidate)}, {"epochs", epochs}, {"target", target}, {"keep", kept}});
}

FloatModel float_model_of(const std::string& result) {
  return read(result, [](const Json& json) {
    return FloatModel{score_of(json.at("score")), json.at("layers").get<std::vector<std::string>>()};
  });
}

Sensitivity sensitivity_of(const std::string& result) {
  return read(result, [](const Json& json) {
    return Sensitivity{.layer = json.at("layer"),
                       .weights = json.at("weights"),
                       .sparsity = json.at("sparsity"),
                       .clusters = json.at("clusters"),
                       .bits = json.at("bits")};
  });
}

TrialResult trial_of(const std::string& result) {
  return read(result, [](const Json& json) {
    TrialResult found;
    if (json.contains("failed")) {
      found.failed = json["failed"];
      return found;
    }
    found.trial.score = score_of(json.at("score"));
    for (const Measure& measure : kMeasures)
      found.trial.price.*measure.of = json.at("price").at(std::string(measure.name));
    if (json.contains("file")) found.trial.file = from_hexadecimal(json["file"]);
    return found;
  });
}

Worker::Worker(std::filesystem::path model, const Splits& data, const TrialTraining& training,
               std::function<bool()> stop)
    : model_(std::move(model)),
      training_(training),
      stop_(std::move(stop)),
      graph_(read_for_training(model_, 1)),
      data_(data),
      matched_(matched(graph_, data)) {}

std::string Worker::operator()(const std::string& job) const {
  const Json json = Json::parse(job);
  const std::string what = json.at("do");
  VerbWork work{.data = &data_, .stop = stop_};
  if (what == "float") {
    Json layers = Json::array();
    for (const PrunableWeights& weights : prunable_weights(graph_)) {
      // A recurrent layer has several weights.
      if (layers.empty() || layers.back() != weights.layer) layers.push_back(weights.layer);
    }
    const Score found = score(graph_, judging_samples(matched_), "auto", work);
    return dumped({{"score", json_of(found)}, {"layers", std::move(layers)}});
  }
  if (what == "sensitivity") {
    const Sensitivity found = measure_sensitivity(graph_, json.at("layer"), judging_samples(matched_), work);
    return dumped({{"layer", found.layer},
                   {"weights", found.weights},
                   {"sparsity", found.sparsity},
                   {"clusters", found.clusters},
                   {"bits", found.bits}});
  }
  constexpr std::int64_t kGlance = 50;
  const Splits few{data_.training.first(kGlance), data_.validation.first(kGlance), data_.test};
  TrialTraining training = training_;
  const bool trains = what == "train";
  if (!trains) work.data = &few;
  training.epochs = trains ? json.at("epochs").get<std::int64_t>() : 0;
  try {
    const Candidate candidate = parse_candidate(json.at("candidate").get<std::string>());
    return dumped(json_of(try_candidate(model_, candidate, training, json.at("target"), work),
                          trains && json.at("keep").get<bool>()));
  } catch (const Error& error) {
    // One mix that cannot be made does not end the search; a wish to stop does.
    if (stop_ && stop_()) throw;
    return dumped({{"failed", error.what()}});
  }
}

}  // namespace mirim
