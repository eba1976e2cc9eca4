#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// The entry of `known` that is the fewest edits (Levenshtein) from `word`, if it is at most a third of the word's
/// length or two edits away; else empty.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// The end of a message about an unknown word: "did you mean 'filters'?", or "known: filters, kernel" when
/// nothing is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace mirim
