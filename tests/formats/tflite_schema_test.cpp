#include <flatbuffers/idl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using Rows = std::set<std::vector<std::string>>;  // kind, owner, name, id, type, default, attributes

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> result(1);
  for (const char c : line) {
    if (c == ',') {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

std::string element_name(const flatbuffers::Type& type) {
  if (type.enum_def != nullptr && type.base_type == flatbuffers::BASE_TYPE_UTYPE) {
    return type.enum_def->name + " (union tag)";
  }
  if (type.enum_def != nullptr) return type.enum_def->name;
  if (type.struct_def != nullptr) return type.struct_def->name;
  return flatbuffers::kTypeNames[type.base_type];
}

std::string type_name(const flatbuffers::Type& type) {
  if (type.base_type == flatbuffers::BASE_TYPE_VECTOR) return "[" + element_name(type.VectorType()) + "]";
  return element_name(type);
}

std::string enumerator_or(const flatbuffers::FieldDef& field, const std::string& number) {
  if (field.value.type.enum_def == nullptr || number.empty()) return number;
  const auto* enumerator = field.value.type.enum_def->FindByValue(number);
  return enumerator != nullptr ? enumerator->name : number;
}

// What flatc understood of tflite.fbs, as rows of the table. A default of zero is the same as none.
Rows rows_of_schema() {
  flatbuffers::Parser parser;
  const std::string text = read_text(MIRIM_SOURCE_DIR "/mirim/formats/tflite.fbs");
  EXPECT_TRUE(parser.Parse(text.c_str())) << parser.error_;
  Rows rows;
  for (const auto* definition : parser.enums_.vec) {
    for (const auto* value : definition->Vals()) {
      const std::string id = definition->ToString(*value);
      rows.insert({definition->is_union ? "union" : "enum", definition->name, value->name, id,
                   definition->is_union ? "" : flatbuffers::kTypeNames[definition->underlying_type.base_type], "", ""});
    }
  }
  for (const auto* table : parser.structs_.vec) {
    for (const auto* field : table->fields.vec) {
      std::string attributes = field->deprecated ? "deprecated" : "";
      if (const auto* align = field->attributes.Lookup("force_align")) attributes = "force_align: " + align->constant;
      std::string fallback = field->value.constant == "0" || field->value.constant == "0.0"
                                 ? ""
                                 : enumerator_or(*field, field->value.constant);
      if (fallback == "1" && field->value.type.base_type == flatbuffers::BASE_TYPE_BOOL) fallback = "true";
      const auto id = std::to_string((field->value.offset - 4) / 2);
      rows.insert({"table", table->name, field->name, id, type_name(field->value.type), fallback, attributes});
    }
  }
  return rows;
}

Rows rows_of_facts(const std::filesystem::path& path) {
  // Enumerators of zero, which the table writes by name where the schema's default is spelled out.
  const std::set<std::string> zeros = {"0", "false", "NONE", "DEFAULT", "FULL"};
  std::istringstream lines(read_text(path));
  std::string line;
  std::getline(lines, line);
  Rows rows;
  while (std::getline(lines, line)) {
    auto row = cells(line);
    EXPECT_EQ(row.size(), 7U) << line;
    if (zeros.contains(row[5])) row[5].clear();
    // flatc numbers the enumeration int32 as its synonym int.
    if (row[4] == "int32") row[4] = "int";
    rows.insert(row);
  }
  return rows;
}

TEST(TfliteSchema, has_each_enumerator_union_member_and_field_of_the_table_of_facts) {
  const std::filesystem::path facts = MIRIM_SOURCE_DIR "/../shared/formats/tflite_schema_facts.csv";
  if (!std::filesystem::exists(facts)) GTEST_SKIP() << facts << " is not on this machine";
  const Rows expected = rows_of_facts(facts);
  const Rows found = rows_of_schema();
  EXPECT_EQ(expected.size(), 757U);
  for (const auto& row : expected) {
    EXPECT_TRUE(found.contains(row)) << row[0] << " " << row[1] << "." << row[2] << " id " << row[3] << " " << row[4];
  }
  for (const auto& row : found) {
    EXPECT_TRUE(expected.contains(row)) << row[0] << " " << row[1] << "." << row[2] << " id " << row[3] << " " << row[4]
                                        << " default '" << row[5] << "' " << row[6];
  }
}

}  // namespace
}  // namespace mirim
