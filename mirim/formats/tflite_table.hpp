#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

// Declared here so that no outside header is included; only tflite_*.cpp use these.
namespace flatbuffers {
class FlatBufferBuilder;
class Table;
struct TypeTable;
}  // namespace flatbuffers
namespace tflite {
struct Model;
struct SubGraph;
struct Tensor;
}  // namespace tflite

namespace mirim {

/// Counts bytes copied from a file. A file can refer to one long string a million times: throws Error if far more is
/// copied than the file holds.
class Budget {
 public:
  explicit Budget(std::size_t file_bytes);

  void spend(std::size_t bytes);
  bool overdrawn() const { return spent_ > most_; }

 private:
  std::size_t most_;
  std::size_t spent_ = 0;
};

/// Builds a table of the .tflite schema: fields copied from another table of its kind, by the schema's own description
/// (flatc's TypeTable), and new fields. Vectors and tables below it are written as they are added, so none may be open
/// in the builder.
class TableFields {
 public:
  /// Without a budget everything is copied: for tables that mirim itself has kept.
  explicit TableFields(flatbuffers::FlatBufferBuilder& builder, Budget* budget = nullptr)
      : builder_(builder), budget_(budget) {}

  /// Copies every field of `table`, which must be verified, except the slots `except`; those of `emptied`, which must
  /// be vectors, are copied empty. Fields and union members that the schema lacks are left out.
  void copy(const flatbuffers::Table& table, const flatbuffers::TypeTable& kind, std::span<const int> except = {},
            std::span<const int> emptied = {});

  template <class T>
  void scalar(int slot, T value) {
    static_assert(std::is_arithmetic_v<T> && sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    fields_.push_back({slot, static_cast<int>(sizeof value), bits});
  }
  /// The object at `offset` in the builder (a vector, string or table); 0 adds nothing.
  void reference(int slot, std::uint32_t offset) {
    if (offset != 0) fields_.push_back({slot, 0, offset});
  }

  /// Writes the table and returns its offset in the builder.
  std::uint32_t finish();

 private:
  struct Field {
    int slot;
    int size;  // of a scalar, 0 for a reference
    std::uint64_t value;
  };

  std::uint32_t copy_vector(const void* vector, int element_bytes);
  std::uint32_t copy_tables(const void* vector, const flatbuffers::TypeTable& kind);
  std::uint32_t copy_table(const flatbuffers::Table& table, const flatbuffers::TypeTable& kind);
  void copy_field(const flatbuffers::Table& table, const flatbuffers::TypeTable& kind, int slot, bool emptied);

  flatbuffers::FlatBufferBuilder& builder_;
  Budget* budget_;
  std::vector<Field> fields_;
};

/// The fields as separate bytes, for `extras`.
Bytes finish_apart(flatbuffers::FlatBufferBuilder& builder, TableFields& fields);

/// The table (a Model, SubGraph or Tensor) in such bytes; null if they hold none, as for a graph that was not read from
/// a file.
template <class T>
const T* kept_table(BytesView bytes);
template <class T>
const T* kept_table(const Extras& extras, const std::string& name) {
  const auto found = extras.find(name);
  return found == extras.end() ? nullptr : kept_table<T>(found->second);
}

/// A field's slot from the offset of its entry in a vtable, as in generated code.
constexpr int slot_of(int vtable_offset) { return (vtable_offset - 4) / 2; }

/// The generic table of a schema's table.
template <class T>
const flatbuffers::Table& plain(const T& table) {
  return reinterpret_cast<const flatbuffers::Table&>(table);
}

}  // namespace mirim
