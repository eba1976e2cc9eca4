#pragma once

#include <flatbuffers/flatbuffers.h>
#include <flatbuffers/minireflect.h>
#include <tflite_generated.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

/// Changes a .tflite file where it means something: numbers of tables and vectors, floats, names, lengths, and which
/// tensors and nodes there are. Bytes changed blindly mostly end at FlatBuffers' verifier; these come past it.
class TfliteMutator {
 public:
  TfliteMutator(std::uint8_t* data, std::size_t size, unsigned seed) : data_(data), size_(size), random_(seed) {}

  /// False when the bytes are no FlatBuffer; nothing has been changed then.
  bool mutate() {
    flatbuffers::Verifier verifier(data_, size_);
    if (size_ < 8 || !tflite::VerifyModelBuffer(verifier)) return false;
    collect(flatbuffers::GetMutableRoot<flatbuffers::Table>(data_), *tflite::ModelTypeTable());
    for (int n = 1 + below(3); n > 0; --n) {
      switch (below(8)) {
        case 0:
        case 1:
        case 2:
          change_number(scalars_);
          break;
        case 3:
        case 4:
          change_number(elements_);
          break;
        case 5:
          change_length();
          break;
        case 6:
          change_list();
          break;
        default:
          drop_field();
      }
    }
    return true;
  }

 private:
  struct Number {
    std::uint8_t* at;
    flatbuffers::ElementaryType type;
  };
  struct Field {
    std::uint8_t* entry;  // in the vtable
  };

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  template <class T>
  T& one_of(std::vector<T>& items) {
    return items[random_() % items.size()];
  }

  void collect(flatbuffers::Table* table, const flatbuffers::TypeTable& kind) {
    constexpr std::size_t kMost = 20000;
    const int slots = (flatbuffers::ReadScalar<flatbuffers::voffset_t>(table->GetVTable()) - 4) / 2;
    for (int slot = 0; slot < std::min(slots, static_cast<int>(kind.num_elems)); ++slot) {
      const auto entry = flatbuffers::FieldIndexToOffset(static_cast<std::uint16_t>(slot));
      const bool deprecated = &kind == tflite::SignatureDefTypeTable() && slot == 3;
      if (!table->CheckField(entry) || scalars_.size() > kMost || deprecated) continue;
      fields_.push_back({const_cast<std::uint8_t*>(table->GetVTable()) + entry});
      collect_field(table, kind, slot, entry);
    }
  }

  void collect_field(flatbuffers::Table* table, const flatbuffers::TypeTable& kind, int slot,
                     flatbuffers::voffset_t entry) {
    const flatbuffers::TypeCode& code = kind.type_codes[slot];
    const auto type = static_cast<flatbuffers::ElementaryType>(code.base_type);
    const flatbuffers::TypeTable* below_it = code.sequence_ref >= 0 ? kind.type_refs[code.sequence_ref]() : nullptr;
    if (code.is_repeating) {
      collect_vector(table->GetPointer<std::uint8_t*>(entry), type, below_it);
    } else if (type == flatbuffers::ET_STRING) {
      collect_vector(table->GetPointer<std::uint8_t*>(entry), flatbuffers::ET_UCHAR, nullptr);
    } else if (type == flatbuffers::ET_SEQUENCE && below_it->st == flatbuffers::ST_UNION) {
      const auto tag = table->GetField<std::uint8_t>(static_cast<flatbuffers::voffset_t>(entry - 2), 0);
      if (tag == 0 || tag >= below_it->num_elems) return;
      collect(table->GetPointer<flatbuffers::Table*>(entry),
              *below_it->type_refs[below_it->type_codes[tag].sequence_ref]());
    } else if (type == flatbuffers::ET_SEQUENCE) {
      collect(table->GetPointer<flatbuffers::Table*>(entry), *below_it);
    } else {
      scalars_.push_back({const_cast<std::uint8_t*>(table->GetAddressOf(entry)), type});
    }
  }

  void collect_vector(std::uint8_t* vector, flatbuffers::ElementaryType type, const flatbuffers::TypeTable* kind) {
    const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(vector);
    lengths_.push_back(vector);
    std::uint8_t* const first = vector + sizeof count;
    if (type != flatbuffers::ET_SEQUENCE) {
      const std::size_t bytes = flatbuffers::InlineSize(type, kind);
      for (flatbuffers::uoffset_t i = 0; i < std::min(count, 16U); ++i) elements_.push_back({first + i * bytes, type});
      return;
    }
    if (count > 0) lists_.push_back(vector);
    for (flatbuffers::uoffset_t i = 0; i < count; ++i) {
      auto* table = first + i * 4 + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(first + i * 4);
      collect(reinterpret_cast<flatbuffers::Table*>(table), *kind);
    }
  }

  void change_number(std::vector<Number>& numbers) {
    if (numbers.empty()) return;
    const Number number = one_of(numbers);
    if (number.type == flatbuffers::ET_FLOAT) {
      constexpr float kLimit = std::numeric_limits<float>::infinity();
      const float values[] = {0, -0.0F, 1, -1, 0.5F, 1e-30F, 1e30F, kLimit, -kLimit, kLimit - kLimit, 3.4e38F, 1e-45F};
      put(number.at, values[below(12)]);
      return;
    }
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    const std::int64_t values[] = {0,   1,   2,     3,     4,         5,          6,      7,         8,       -1,
                                   -2,  -3,  16,    127,   128,       -128,       255,    256,       32767,   65535,
                                   100, 999, 65536, kMost, kMost - 1, -kMost - 1, -kMost, kMost / 2, 1 << 20, 1 << 30};
    const std::size_t bytes = flatbuffers::InlineSize(number.type, nullptr);
    std::int64_t value = 0;
    std::memcpy(&value, number.at, bytes);
    value = below(4) == 0 ? value + below(5) - 2 : values[below(below(2) == 0 ? 10 : 30)];
    if (number.type == flatbuffers::ET_BOOL) value &= 1;
    std::memcpy(number.at, &value, bytes);
  }

  template <class T>
  static void put(std::uint8_t* at, T value) {
    std::memcpy(at, &value, sizeof value);
  }

  // A vector that ends earlier.
  void change_length() {
    if (lengths_.empty()) return;
    std::uint8_t* vector = one_of(lengths_);
    const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(vector);
    if (count > 0) put(vector, static_cast<flatbuffers::uoffset_t>(random_() % count));
  }

  // A list of tables (tensors, nodes, buffers...) with one entry written over another, two exchanged, or one taken out.
  void change_list() {
    if (lists_.empty()) return;
    std::uint8_t* vector = one_of(lists_);
    const auto count = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(vector);
    // An earlier change can have written here: vectors of a file may overlap.
    if (count == 0 || count > static_cast<std::size_t>(data_ + size_ - vector) / 4 - 1) return;
    const auto slot = [&](flatbuffers::uoffset_t i) { return vector + 4 + 4 * i; };
    const auto target = [&](flatbuffers::uoffset_t i) {
      return slot(i) + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(slot(i));
    };
    const auto point = [&](flatbuffers::uoffset_t i, const std::uint8_t* at) {
      if (at > slot(i)) put(slot(i), static_cast<flatbuffers::uoffset_t>(at - slot(i)));
    };
    const auto a = static_cast<flatbuffers::uoffset_t>(random_() % count);
    const auto b = static_cast<flatbuffers::uoffset_t>(random_() % count);
    const std::uint8_t* const at_a = target(a);
    const std::uint8_t* const at_b = target(b);
    switch (below(3)) {
      case 0:
        point(a, at_b);
        break;
      case 1:
        point(a, at_b);
        point(b, at_a);
        break;
      default:
        for (flatbuffers::uoffset_t i = a; i + 1 < count; ++i) point(i, target(i + 1));
        put(vector, count - 1);
    }
  }

  // Tables that share a vtable lose it together.
  void drop_field() {
    if (!fields_.empty()) put(one_of(fields_).entry, flatbuffers::voffset_t{0});
  }

  std::uint8_t* data_;
  std::size_t size_;
  std::minstd_rand random_;
  std::vector<Number> scalars_;
  std::vector<Number> elements_;
  std::vector<Field> fields_;
  std::vector<std::uint8_t*> lengths_;
  std::vector<std::uint8_t*> lists_;
};

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 8 != 0 && TfliteMutator(data, size, seed).mutate()) return size;
  return LLVMFuzzerMutate(data, size, max_size);
}
