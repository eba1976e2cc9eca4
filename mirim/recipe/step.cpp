#include "mirim/recipe/step.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/hash.hpp"

namespace mirim {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path record_file(const fs::path& folder, const RecipeStep& step) {
  return folder / "steps" / (step.name + ".json");
}

std::string key_of(const RecipeStep& step) {
  const std::string all = step.name + "\n" + step.depends + "\n" + hash_of_files(step.reads);
  return hash_text(bytes_of(all));
}

std::optional<std::string> hash_if_there(const std::vector<fs::path>& paths) {
  const bool there = std::all_of(paths.begin(), paths.end(), [](const fs::path& path) { return fs::exists(path); });
  if (!there) return std::nullopt;
  return hash_of_files(paths);
}

// If a record is broken or missing, the work is simply done again.
std::optional<StepRecord> read_record(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(read_text(file), nullptr, false);
  const auto text = [&](const char* key) { return json.contains(key) && json[key].is_string(); };
  if (!json.is_object() || !text("key") || !text("made") || !json.contains("found")) return std::nullopt;
  StepRecord record;
  record.key = json["key"];
  record.made = json["made"];
  if (json.contains("seconds") && json["seconds"].is_number()) record.seconds = json["seconds"];
  record.found = json["found"].dump();
  return record;
}

void write_record(const fs::path& file, const StepRecord& record) {
  nlohmann::ordered_json json = {{"key", record.key}, {"made", record.made}, {"seconds", record.seconds}};
  json["found"] = nlohmann::ordered_json::parse(record.found);
  write_file(file, json.dump(1) + "\n");
}

std::optional<StepRecord> done_before(const fs::path& folder, const RecipeStep& step, const std::string& key) {
  auto record = read_record(record_file(folder, step));
  if (!record || record->key != key || hash_if_there(step.writes) != record->made) return std::nullopt;
  record->name = step.name;
  return record;
}

}  // namespace

std::string hash_of_files(const std::vector<fs::path>& paths) {
  std::string all;
  for (const fs::path& path : paths) {
    for (const fs::path& file : files_below(path)) {
      const fs::path name = file == path ? path.filename() : fs::relative(file, path);
      all += fmt::format("{}:{}\n", name.string(), hash_text(read_file(file)));
    }
  }
  return hash_text(bytes_of(all));
}

StepRecord run_step(const fs::path& folder, const RecipeStep& step) {
  const std::string key = key_of(step);
  if (auto record = done_before(folder, step, key)) return *record;

  const auto begin = std::chrono::steady_clock::now();
  StepRecord record;
  record.name = step.name;
  record.key = key;
  record.found = step.work();
  record.made = hash_of_files(step.writes);
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  record.worked = true;
  write_record(record_file(folder, step), record);
  return record;
}

}  // namespace mirim
