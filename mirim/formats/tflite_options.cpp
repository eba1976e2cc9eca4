#include "mirim/formats/tflite_options.hpp"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

// Position of field `slot`'s offset in a vtable, after two 16-bit sizes.
flatbuffers::voffset_t vtable_entry(int slot) {
  return flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot));
}

// Whether the schema stores this number in 64 bits: an axis among StableHLO's lists of axes.
bool is_long(std::string_view name) { return name == "index_vector_dim"; }

class Reader final : public Options {
 public:
  Reader(const flatbuffers::Table& table, DType output) : table_(table), output_(output) {}

  void field(int slot, std::string_view, bool& value, bool fallback) override {
    value = get<std::uint8_t>(slot, fallback ? 1 : 0) != 0;
  }
  void field(int slot, std::string_view name, std::int32_t& value, std::int32_t fallback) override {
    if (!is_long(name)) {
      value = get<std::int32_t>(slot, fallback);
      return;
    }
    const auto number = get<std::int64_t>(slot, fallback);
    value = static_cast<std::int32_t>(number);
    if (value != number) fail("{} is {}, expected a number of 32 bits", name, number);
  }
  void field(int slot, std::string_view name, float& value, float fallback) override {
    value = get<float>(slot, fallback);
    if (!std::isfinite(value)) fail("{} is {}, expected a finite number", name, value);
  }
  void field(int slot, std::string_view, std::vector<std::int32_t>& value) override { get_list(slot, value); }
  void field(int slot, std::string_view name, std::vector<float>& value) override {
    constexpr std::size_t kMostNumbers = 1000;  // any number of nodes may share them in the file, but not in memory
    get_list(slot, value);
    if (value.size() > kMostNumbers) fail("{} has {} numbers, at most {} make sense", name, value.size(), kMostNumbers);
    for (const float number : value) {
      if (!std::isfinite(number)) fail("{} has {}, expected finite numbers", name, number);
    }
  }
  void field(int slot, std::string_view name, std::vector<std::int64_t>& value) override {
    constexpr flatbuffers::uoffset_t kMostNumbers = 64;  // as many as two for each axis, and far more
    slots_.push_back(slot);
    const auto* vector = table_.GetPointer<const flatbuffers::Vector<std::int64_t>*>(vtable_entry(slot));
    if (vector != nullptr && vector->size() > kMostNumbers) {
      fail("{} has {} numbers, at most {} make sense", name, vector->size(), kMostNumbers);
    }
    value.clear();
    if (vector != nullptr) value.assign(vector->begin(), vector->end());
  }
  void field(int slot, std::string_view name, std::string& value) override {
    // In the file any number of nodes may share the text, but not in memory.
    constexpr flatbuffers::uoffset_t kMostCharacters = 1000;
    slots_.push_back(slot);
    const auto* text = table_.GetPointer<const flatbuffers::String*>(vtable_entry(slot));
    if (text != nullptr && text->size() > kMostCharacters) {
      fail("{} has {} characters, at most {} make sense", name, text->size(), kMostCharacters);
    }
    value = text == nullptr ? "" : text->str();
  }
  void enumeration(int slot, std::string_view name, int& value, int fallback,
                   std::span<const std::string_view> names) override {
    if (slot == kOutsideTable) return;
    if (slot == kOutputType) {
      slots_.push_back(slot);
      value = static_cast<int>(output_);
      return;
    }
    value = int{get<std::int8_t>(slot, static_cast<std::int8_t>(fallback))};
    if (value < 0 || value >= static_cast<int>(names.size())) {
      fail("{} is {}, there are only 0 to {}", name, value, static_cast<int>(names.size()) - 1);
    }
  }

  // Refuses a field in the file that was not read. An operator whose type follows from its output may find it here
  // again.
  void require_all_read() const {
    if (std::find(slots_.begin(), slots_.end(), kOutputType) != slots_.end()) return;
    const std::uint8_t* vtable = table_.GetVTable();
    const int slots = (flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable) - 4) / 2;
    for (int slot = 0; slot < slots; ++slot) {
      const bool read = std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
      if (!read && table_.CheckField(vtable_entry(slot)))
        fail_unsupported("option {} of its table is not supported", slot);
    }
  }

 private:
  template <class T>
  T get(int slot, T fallback) {
    slots_.push_back(slot);
    return table_.GetField<T>(vtable_entry(slot), fallback);
  }

  template <class T>
  void get_list(int slot, std::vector<T>& value) {
    slots_.push_back(slot);
    const auto* vector = table_.GetPointer<const flatbuffers::Vector<T>*>(vtable_entry(slot));
    value.clear();
    if (vector != nullptr) value.assign(vector->begin(), vector->end());
  }

  const flatbuffers::Table& table_;
  DType output_;
  std::vector<int> slots_;
};

// Vectors and texts are written as they come, since none may be written once their table is begun; the table's fields
// are gathered.
class Gatherer final : public Options {
 public:
  using Reference = flatbuffers::Offset<void>;
  using AnyValue = std::variant<std::uint8_t, std::int8_t, std::int32_t, std::int64_t, float, Reference>;
  struct Field {
    int slot;
    AnyValue value;
    AnyValue fallback;
  };
  std::vector<Field> fields;

  explicit Gatherer(flatbuffers::FlatBufferBuilder& builder) : builder_(builder) {}

  void field(int slot, std::string_view, bool& value, bool fallback) override {
    fields.push_back({slot, static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(fallback)});
  }
  void field(int slot, std::string_view name, std::int32_t& value, std::int32_t fallback) override {
    if (is_long(name)) {
      fields.push_back({slot, std::int64_t{value}, std::int64_t{fallback}});
    } else {
      fields.push_back({slot, value, fallback});
    }
  }
  void field(int slot, std::string_view, float& value, float fallback) override {
    fields.push_back({slot, value, fallback});
  }
  void field(int slot, std::string_view, std::vector<std::int32_t>& value) override {
    refer(slot, value.empty() ? 0 : builder_.CreateVector(value).o);
  }
  void field(int slot, std::string_view, std::vector<std::int64_t>& value) override {
    refer(slot, value.empty() ? 0 : builder_.CreateVector(value).o);
  }
  void field(int slot, std::string_view, std::vector<float>& value) override {
    refer(slot, value.empty() ? 0 : builder_.CreateVector(value).o);
  }
  void field(int slot, std::string_view, std::string& value) override {
    refer(slot, value.empty() ? 0 : builder_.CreateString(value).o);
  }
  void enumeration(int slot, std::string_view, int& value, int fallback, std::span<const std::string_view>) override {
    if (slot == kOutputType || slot == kOutsideTable) return;
    fields.push_back({slot, static_cast<std::int8_t>(value), static_cast<std::int8_t>(fallback)});
  }

 private:
  void refer(int slot, flatbuffers::uoffset_t offset) { fields.push_back({slot, Reference(offset), Reference()}); }

  flatbuffers::FlatBufferBuilder& builder_;
};

}  // namespace

void read_tflite_options(Op& op, const flatbuffers::Table& table, DType output) {
  Reader reader(table, output);
  op.options(reader);
  reader.require_all_read();
}

std::uint32_t write_tflite_options(flatbuffers::FlatBufferBuilder& builder, const Op& op) {
  Gatherer gathered(builder);
  op.options(gathered);
  const flatbuffers::uoffset_t start = builder.StartTable();
  for (const Gatherer::Field& field : gathered.fields) {
    std::visit(
        [&]<class T>(const T& value) {
          if constexpr (std::is_arithmetic_v<T>) {
            builder.AddElement<T>(vtable_entry(field.slot), value, std::get<T>(field.fallback));
          } else {
            builder.AddOffset(vtable_entry(field.slot), value);
          }
        },
        field.value);
  }
  return builder.EndTable(start);
}

}  // namespace mirim
