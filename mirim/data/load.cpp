#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/data/csv_data.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/data/match_data.hpp"
#include "mirim/data/patterns.hpp"
#include "mirim/data/points.hpp"
#include "mirim/data/sequences.hpp"
#include "mirim/data/series.hpp"
#include "mirim/data/source.hpp"
#include "mirim/data/sprites.hpp"
#include "mirim/data/strokes.hpp"
#include "mirim/data/text.hpp"
#include "mirim/data/wav.hpp"
#include "mirim/data/windows.hpp"

namespace mirim {
namespace {

using std::filesystem::path;

/// "a,b" as two paths, or as one if a file has that name.
std::vector<path> files_of(std::string_view text) {
  std::error_code error;
  if (std::filesystem::exists(path(text), error)) return {path(text)};
  std::vector<path> files;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    files.emplace_back(text.substr(at, end - at));
    if (files.back().empty()) fail("'{}' names an empty file", text);
    at = end + 1;
  }
  return files;
}

/// What was read, and how to read another table of the kind.
struct Read {
  Source source{};
  CsvLike like{};
};

Read read(std::string_view spec, bool test_only, const CsvLike* like) {
  const auto colon = spec.find(':');
  const std::string_view kind = spec.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : spec.substr(colon + 1);
  if (kind == "fashion-mnist") return {load_fashion_mnist(rest, test_only)};
  if (kind == "cifar10") return {load_cifar10(rest, test_only)};
  if (kind == "patterns") return {load_patterns(rest)};
  if (kind == "points") return {load_points(rest)};
  if (kind == "sequences") return {load_sequences(rest)};
  if (kind == "series") return {load_series(rest)};
  if (kind == "sprites") return {load_sprites(rest)};
  constexpr std::array<std::string_view, 7> kOfFiles{"csv", "idx", "npy", "strokes", "text", "wav", "windows"};
  if (rest.empty() && std::ranges::find(kOfFiles, kind) != kOfFiles.end()) {
    fail("data '{}' names no file, expected {}:FILE", spec, kind);
  }
  if (kind == "idx") {
    std::error_code error;
    const bool folder =
        rest.find(',') == std::string_view::npos && !std::filesystem::is_regular_file(path(rest), error);
    return {folder ? load_idx_folder(rest, test_only) : load_idx_files(files_of(rest))};
  }
  if (kind == "strokes") return {load_strokes(rest)};
  if (kind == "text") return {load_text(rest)};
  if (kind == "wav") return {load_wav(rest)};
  if (kind == "windows") return {load_windows(rest)};
  if (kind == "npy") return {load_npy_files(files_of(rest))};
  if (kind == "csv") {
    const auto [file, options] = parse_csv_spec(rest);
    CsvData table = load_csv(file, options, like ? *like : CsvLike{});
    return {{.samples = std::move(table.data)}, std::move(table.like)};
  }
  std::error_code error;
  const bool is_file = std::filesystem::exists(path(spec), error);
  fail("there is no data '{}', {}", spec,
       is_file ? fmt::format("say what it is: csv:{}, npy:{} or idx:{}", spec, spec, spec)
               : "expected fashion-mnist, cifar10:FOLDER, idx:FOLDER, npy:X,Y, csv:FILE, strokes:FILE, wav:FOLDER, "
                 "windows:FILE, text:FILE, points:SHAPE, sprites:SHAPE, series:NAME, "
                 "sequences:TASK or patterns:KIND");
}

Subset all_of(Dataset data) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return {std::make_shared<const Dataset>(std::move(data)), std::move(all)};
}

/// With a separate test set: validation is part of the training samples.
Splits with_test(Dataset training, Dataset test, SplitOptions options) {
  options.test = 0;
  Splits splits = split(std::make_shared<const Dataset>(std::move(training)), options);
  splits.test = all_of(std::move(test));
  return splits;
}

/// The test samples of another source: its own test set, or else all of it.
Dataset read_test(const std::string& spec, const Dataset& training, const CsvLike& like) {
  return in_context("test " + spec, [&] {
    Source source = read(spec, true, &like).source;
    Dataset test = source.test ? std::move(*source.test) : std::move(source.samples);
    match_data(test, training);
    return test;
  });
}

}  // namespace

Splits load_data(std::string_view spec, const SplitOptions& options) {
  const bool own_test = options.test_set.empty();
  Read first = read(spec, own_test && options.test_only, nullptr);
  Source& source = first.source;
  if (options.folds != 0 && (!own_test || source.test)) {
    fail("{}: has a test set of its own; folds are of a set without one", own_test ? spec : "--test");
  }
  if (!own_test) {
    Dataset test = read_test(options.test_set, source.samples, first.like);
    return with_test(std::move(source.samples), std::move(test), options);
  }
  if (!source.test) return split(std::make_shared<const Dataset>(std::move(source.samples)), options);
  if (source.samples.size() == 0) return {.training = {}, .validation = {}, .test = all_of(std::move(*source.test))};
  in_context(fmt::format("{}: the test set", spec), [&] { match_data(*source.test, source.samples); });
  return with_test(std::move(source.samples), std::move(*source.test), options);
}

}  // namespace mirim
