#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mirim {

/// Numbers the entries of a list in a file (buffers, operator codes), each given by its bytes. An entry from a file
/// asks for its old number and gets it, so that a file read and written has the same list. A new one shares the number
/// of an equal entry or is appended. Unused numbers are closed up.
class Numbering {
 public:
  using Claim = std::size_t;

  /// An entry that was number `wanted` in its file, or -1 for a new one. The bytes are borrowed.
  Claim claim(std::string_view entry, std::int64_t wanted) {
    if (wanted >= 0) {
      const auto [slot, is_free] = slots_.try_emplace(wanted, entry);
      if (!is_free && slot->second != entry) wanted = -1;  // taken: its companion from the file has changed
    }
    claims_.push_back({entry, wanted});
    return claims_.size() - 1;
  }

  /// After all claims: decides the numbers.
  void settle() {
    for (const auto& [wanted, entry] : slots_) {
      number_of_[wanted] = static_cast<std::uint32_t>(entries_.size());
      wanted_.push_back(wanted);
      entries_.push_back(entry);
      by_content_.try_emplace(entry, number_of_[wanted]);
    }
    for (Entry& claim : claims_) {
      if (claim.wanted >= 0) {
        claim.number = number_of_[claim.wanted];
        continue;
      }
      const auto [found, is_new] = by_content_.try_emplace(claim.entry, static_cast<std::uint32_t>(entries_.size()));
      if (is_new) {
        entries_.push_back(claim.entry);
        wanted_.push_back(-1);
      }
      claim.number = found->second;
    }
  }

  std::uint32_t number(Claim claim) const { return claims_[claim].number; }

  /// The current number of the file's entry `wanted`; -1 if it is gone.
  std::int64_t number_of(std::int64_t wanted) const {
    const auto found = number_of_.find(wanted);
    return found == number_of_.end() ? -1 : found->second;
  }

  /// By number: the entry, and its number in the file, -1 for a new one.
  const std::vector<std::string_view>& entries() const { return entries_; }
  const std::vector<std::int64_t>& wanted() const { return wanted_; }

 private:
  struct Entry {
    std::string_view entry;
    std::int64_t wanted;
    std::uint32_t number = 0;
  };
  std::vector<Entry> claims_;
  std::map<std::int64_t, std::string_view> slots_;
  std::map<std::int64_t, std::uint32_t> number_of_;
  std::unordered_map<std::string_view, std::uint32_t> by_content_;
  std::vector<std::string_view> entries_;
  std::vector<std::int64_t> wanted_;
};

}  // namespace mirim
