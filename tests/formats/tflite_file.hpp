#pragma once

#include <flatbuffers/idl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mirim/base/file.hpp"

/// .tflite files as FlatBuffers' own parser sees them, so that a test need not believe mirim's reader.
namespace mirim::test {

inline flatbuffers::Parser& tflite_schema() {
  static const auto parser = [] {
    flatbuffers::IDLOptions options;
    options.output_default_scalars_in_json = true;  // whether a default is spelt out says nothing
    auto result = std::make_unique<flatbuffers::Parser>(options);
    EXPECT_TRUE(result->Parse(read_text(MIRIM_SOURCE_DIR "/mirim/formats/tflite.fbs").c_str())) << result->error_;
    return result;
  }();
  return *parser;
}

/// A file in the schema's JSON (quotes may be single), so that a test can say what no writer would.
inline Bytes file_of(std::string json) {
  std::replace(json.begin(), json.end(), '\'', '"');
  flatbuffers::Parser& parser = tflite_schema();
  EXPECT_TRUE(parser.Parse(json.c_str())) << parser.error_ << "\n" << json;
  const auto* begin = reinterpret_cast<const std::byte*>(parser.builder_.GetBufferPointer());
  return {begin, begin + parser.builder_.GetSize()};
}

/// Every field of a file as JSON, a line each.
inline std::string json_of(const Bytes& file) {
  std::string text;
  EXPECT_TRUE(flatbuffers::GenerateText(tflite_schema(), file.data(), &text));
  return text;
}

/// The .tflite files of these folders below the sources, in order; those that are not on this machine are left out.
inline std::vector<std::filesystem::path> tflite_files(const std::vector<std::string>& folders) {
  std::vector<std::filesystem::path> files;
  for (const std::string& folder : folders) {
    std::error_code none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(MIRIM_SOURCE_DIR + folder, none)) {
      if (entry.path().extension() == ".tflite") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mirim::test
