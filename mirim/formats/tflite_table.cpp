#include "mirim/formats/tflite_table.hpp"

#include <flatbuffers/flatbuffers.h>
#include <flatbuffers/minireflect.h>
#include <tflite_generated.h>

#include <algorithm>
#include <cstring>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using flatbuffers::TypeTable;

// Position of field `slot`'s offset in a vtable, after two 16-bit sizes.
flatbuffers::voffset_t vtable_entry(int slot) {
  return flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot));
}

const TypeTable* reference_of(const TypeTable& kind, int slot) {
  const flatbuffers::TypeCode& code = kind.type_codes[slot];
  return code.sequence_ref >= 0 ? kind.type_refs[code.sequence_ref]() : nullptr;
}

// The table of a union's member `tag`; null for none and for members that the schema lacks, which the verifier has not
// checked.
const TypeTable* member_of(const TypeTable& union_kind, std::uint8_t tag) {
  if (tag == 0 || tag >= union_kind.num_elems) return nullptr;
  return reference_of(union_kind, tag);
}

bool contains(std::span<const int> slots, int slot) { return std::ranges::find(slots, slot) != slots.end(); }

}  // namespace

Budget::Budget(std::size_t file_bytes) {
  constexpr std::size_t kFree = std::size_t{16} << 20;
  constexpr std::size_t kMostBeside = std::size_t{48} << 20;
  most_ = file_bytes + std::min(kFree + 8 * file_bytes, kMostBeside);
}

void Budget::spend(std::size_t bytes) {
  spent_ += bytes;
  if (overdrawn()) fail("names the same bytes of the file too many times");
}

void TableFields::copy(const flatbuffers::Table& table, const TypeTable& kind, std::span<const int> except,
                       std::span<const int> emptied) {
  for (int slot = 0; slot < static_cast<int>(kind.num_elems); ++slot) {
    if (contains(except, slot) || !table.CheckField(vtable_entry(slot))) continue;
    copy_field(table, kind, slot, contains(emptied, slot));
  }
}

void TableFields::copy_field(const flatbuffers::Table& table, const TypeTable& kind, int slot, bool emptied) {
  const flatbuffers::TypeCode& code = kind.type_codes[slot];
  const auto type = static_cast<flatbuffers::ElementaryType>(code.base_type);
  const TypeTable* below = reference_of(kind, slot);
  const auto entry = vtable_entry(slot);
  if (code.is_repeating) {
    const auto* vector = table.GetPointer<const void*>(entry);
    if (emptied) {
      builder_.StartVector(0, 1);
      reference(slot, builder_.EndVector(0));
    } else if (type == flatbuffers::ET_SEQUENCE) {
      reference(slot, copy_tables(vector, *below));
    } else {
      reference(slot, copy_vector(vector, static_cast<int>(flatbuffers::InlineSize(type, below))));
    }
  } else if (type == flatbuffers::ET_STRING) {
    const auto* text = table.GetPointer<const flatbuffers::String*>(entry);
    if (budget_ != nullptr) budget_->spend(text->size());
    reference(slot, builder_.CreateString(text).o);
  } else if (type == flatbuffers::ET_SEQUENCE && below->st == flatbuffers::ST_UNION) {
    // Its tag is in the previous slot.
    const TypeTable* member = member_of(*below, table.GetField<std::uint8_t>(vtable_entry(slot - 1), 0));
    if (member != nullptr) reference(slot, copy_table(*table.GetPointer<const flatbuffers::Table*>(entry), *member));
  } else if (type == flatbuffers::ET_SEQUENCE) {
    reference(slot, copy_table(*table.GetPointer<const flatbuffers::Table*>(entry), *below));
  } else {
    const auto size = flatbuffers::InlineSize(type, below);
    std::uint64_t bits = 0;
    std::memcpy(&bits, table.GetAddressOf(entry), size);
    fields_.push_back({slot, static_cast<int>(size), bits});
  }
}

std::uint32_t TableFields::copy_vector(const void* vector, int element_bytes) {
  const auto* bytes = static_cast<const std::uint8_t*>(vector);
  const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(bytes);
  const std::size_t size = std::size_t{count} * static_cast<std::size_t>(element_bytes);
  if (budget_ != nullptr) budget_->spend(size);
  // The schema requires more than the natural alignment for some byte vectors.
  constexpr std::size_t kMostAlignment = 16;
  builder_.ForceVectorAlignment(size, 1, element_bytes == 1 ? kMostAlignment : static_cast<std::size_t>(element_bytes));
  builder_.StartVector(count, static_cast<std::size_t>(element_bytes));
  builder_.PushBytes(bytes + sizeof count, size);
  return builder_.EndVector(count);
}

std::uint32_t TableFields::copy_tables(const void* vector, const TypeTable& kind) {
  const auto& tables = *static_cast<const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::Table>>*>(vector);
  std::vector<flatbuffers::Offset<void>> copies;
  for (const flatbuffers::Table* table : tables) copies.emplace_back(copy_table(*table, kind));
  return builder_.CreateVector(copies).o;
}

// Terminates: no table of the schema contains one of its own kind.
std::uint32_t TableFields::copy_table(const flatbuffers::Table& table, const TypeTable& kind) {
  constexpr std::size_t kOverhead = 16;
  if (budget_ != nullptr) budget_->spend(kOverhead + 8 * kind.num_elems);
  TableFields fields(builder_, budget_);
  // The verifier skips deprecated fields, so this one must not be followed.
  static constexpr int kDeprecatedTag[] = {3};
  const bool is_signature = &kind == tflite::SignatureDefTypeTable();
  fields.copy(table, kind, is_signature ? std::span<const int>(kDeprecatedTag) : std::span<const int>());
  return fields.finish();
}

std::uint32_t TableFields::finish() {
  const flatbuffers::uoffset_t start = builder_.StartTable();
  // Large ones first, to lose little to alignment.
  std::ranges::stable_sort(fields_, std::greater<>(), [](const Field& f) { return f.size == 0 ? 4 : f.size; });
  for (const Field& field : fields_) {
    const auto entry = vtable_entry(field.slot);
    switch (field.size) {
      case 0:
        builder_.AddOffset(entry, flatbuffers::Offset<void>(static_cast<std::uint32_t>(field.value)));
        break;
      case 1:
        builder_.AddElement(entry, static_cast<std::uint8_t>(field.value));
        break;
      case 2:
        builder_.AddElement(entry, static_cast<std::uint16_t>(field.value));
        break;
      case 4:
        builder_.AddElement(entry, static_cast<std::uint32_t>(field.value));
        break;
      default:
        builder_.AddElement(entry, field.value);
    }
  }
  fields_.clear();
  return builder_.EndTable(start);
}

template <class T>
const T* kept_table(BytesView bytes) {
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return verifier.VerifyBuffer<T>(nullptr) ? flatbuffers::GetRoot<T>(bytes.data()) : nullptr;
}
template const tflite::Model* kept_table(BytesView bytes);
template const tflite::SubGraph* kept_table(BytesView bytes);
template const tflite::Tensor* kept_table(BytesView bytes);

Bytes finish_apart(flatbuffers::FlatBufferBuilder& builder, TableFields& fields) {
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(fields.finish()));
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  Bytes bytes(begin, begin + builder.GetSize());
  builder.Clear();
  return bytes;
}

}  // namespace mirim
