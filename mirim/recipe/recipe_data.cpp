#include "mirim/recipe/recipe_data.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/file.hpp"
#include "mirim/base/files_read.hpp"
#include "mirim/base/hash.hpp"

namespace mirim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A file's current state: {"path", "bytes", "modified"}; null if it is gone.
Json state_of(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  if (error) return nullptr;
  const auto modified = fs::last_write_time(path, error);
  if (error) return nullptr;
  return {{"path", path.string()}, {"bytes", bytes}, {"modified", modified.time_since_epoch().count()}};
}

bool is_as_it_was(const Json& file) {
  return file.is_object() && file.contains("path") && file["path"].is_string() &&
         state_of(file["path"].get<std::string>()) == file;
}

std::string facts_of(const DataSettings& settings, const Splits& splits) {
  const Dataset& data = *splits.training.data;
  Json facts = {{"name", settings.set},
                {"train", splits.training.size()},
                {"validation", splits.validation.size()},
                {"test", splits.test.size()},
                {"input_shape", data.sample.shape.dimensions()}};
  if (!data.notes.empty()) facts["notes"] = data.notes;
  if (!data.feature_names.empty()) facts["features"] = data.feature_names;
  if (!data.target_names.empty()) facts["targets"] = data.target_names;
  return facts.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

RecipeData::RecipeData(const DataSettings& settings, const fs::path& folder)
    : settings_(settings),
      record_(folder / "steps" / "data.json"),
      asked_(settings.set + "\n" + settings_text(settings) + fs::current_path().string()) {}

const std::string& RecipeData::key() {
  if (key_.empty()) find_known();
  if (key_.empty()) splits();
  return key_;
}

const std::string& RecipeData::facts() {
  key();
  return facts_;
}

const Splits& RecipeData::splits() {
  if (splits_) return *splits_;
  const FilesRead read;
  splits_ = load(settings_);
  key_ = hash_text(bytes_of(settings_.set + "\n" + settings_text(settings_) + fingerprint(*splits_)));
  facts_ = facts_of(settings_, *splits_);
  Json record = {{"asked", asked_}, {"key", key_}, {"facts", Json::parse(facts_)}, {"files", Json::array()}};
  for (const fs::path& path : read.paths) record["files"].push_back(state_of(fs::absolute(path)));
  write_file(record_, record.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  return *splits_;
}

// If a record is broken or missing, the data are simply read.
void RecipeData::find_known() {
  if (!fs::exists(record_)) return;
  const Json record = Json::parse(read_text(record_), nullptr, false);
  const auto text = [&](const char* key) { return record.contains(key) && record[key].is_string(); };
  if (!record.is_object() || !text("asked") || !text("key") || !record.contains("facts")) return;
  const bool same = record["asked"] == asked_ && record.contains("files") && record["files"].is_array() &&
                    std::ranges::all_of(record["files"], is_as_it_was);
  if (!same) return;
  key_ = record["key"];
  facts_ = record["facts"].dump();
}

}  // namespace mirim
