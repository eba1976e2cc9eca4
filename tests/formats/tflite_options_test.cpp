#include <flatbuffers/idl.h>
#include <gtest/gtest.h>

#include <map>

#include "mirim/base/file.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

struct Field {
  std::string name;
  std::string type;
  double fallback = 0;
};

// What an operator says of its options, by slot.
class Gatherer final : public Options {
 public:
  std::map<int, Field> fields;

  void field(int slot, std::string_view name, bool&, bool fallback) override {
    fields[slot] = {std::string(name), "bool", fallback ? 1.0 : 0.0};
  }
  void field(int slot, std::string_view name, std::int32_t&, std::int32_t fallback) override {
    // The one number that the schema stores in 64 bits.
    const char* type = name == "index_vector_dim" ? "long" : "int";
    fields[slot] = {std::string(name), type, static_cast<double>(fallback)};
  }
  void field(int slot, std::string_view name, float&, float fallback) override {
    fields[slot] = {std::string(name), "float", fallback};
  }
  void field(int slot, std::string_view name, std::vector<std::int32_t>&) override {
    fields[slot] = {std::string(name), "[int]", 0};
  }
  void field(int slot, std::string_view name, std::vector<std::int64_t>&) override {
    fields[slot] = {std::string(name), "[long]", 0};
  }
  void field(int slot, std::string_view name, std::vector<float>&) override {
    fields[slot] = {std::string(name), "[float]", 0};
  }
  void field(int slot, std::string_view name, std::string&) override {
    fields[slot] = {std::string(name), "string", 0};
  }
  void enumeration(int slot, std::string_view name, int&, int fallback, std::span<const std::string_view>) override {
    fields[slot] = {std::string(name), "byte", static_cast<double>(fallback)};
  }
};

std::string type_of(const flatbuffers::Type& type) {
  if (type.base_type == flatbuffers::BASE_TYPE_VECTOR) return "[" + type_of(type.VectorType()) + "]";
  return flatbuffers::kTypeNames[type.base_type];
}

// The reader trusts what operators say of their options, after the verifier has looked at the schema's: so the two
// must agree.
TEST(TfliteOptions, of_each_operator_are_fields_of_its_table_in_the_schema) {
  flatbuffers::Parser schema;
  ASSERT_TRUE(schema.Parse(read_text(MIRIM_SOURCE_DIR "/mirim/formats/tflite.fbs").c_str())) << schema.error_;
  const auto* codes = schema.enums_.Lookup("tflite.BuiltinOperator");
  const auto* tables = schema.enums_.Lookup("tflite.BuiltinOptions");
  const auto* tables_2 = schema.enums_.Lookup("tflite.BuiltinOptions2");
  ASSERT_TRUE(codes != nullptr && tables != nullptr && tables_2 != nullptr);
  for (const Op& op : all_operators().all()) {
    if (op.tflite_code() < 0 || op.tflite_code() == kCustomOperator) continue;  // a custom one's has no schema
    SCOPED_TRACE(op.name());
    const auto* code = codes->ReverseLookup(op.tflite_code());
    ASSERT_NE(code, nullptr);
    EXPECT_EQ(code->name, op.name());
    Gatherer gathered;
    op.options(gathered);
    if (op.tflite_options() == 0 && op.tflite_options_2() == 0) {
      for (const auto& [slot, field] : gathered.fields) EXPECT_EQ(slot, kOutputType);
      continue;
    }
    const auto* member = op.tflite_options_2() > 0 ? tables_2->ReverseLookup(op.tflite_options_2())
                                                   : tables->ReverseLookup(op.tflite_options());
    ASSERT_NE(member, nullptr);
    const auto& stored = member->union_type.struct_def->fields.vec;
    for (const auto& [slot, field] : gathered.fields) {
      if (slot == kOutputType || slot == kOutsideTable) continue;  // stand elsewhere
      SCOPED_TRACE(member->name + "." + field.name);
      ASSERT_LT(static_cast<std::size_t>(slot), stored.size());
      const auto& expected = *stored[static_cast<std::size_t>(slot)];
      EXPECT_EQ(field.name, expected.name);
      EXPECT_EQ(field.type, type_of(expected.value.type));
      if (!field.type.starts_with('[')) {
        EXPECT_EQ(field.fallback, std::stod(expected.value.constant));
      }
    }
  }
}

}  // namespace
}  // namespace mirim
