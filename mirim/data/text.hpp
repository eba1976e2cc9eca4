#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// text:FILE[?key=value&...]: letters in their order, for predicting the next one. The file is UTF-8, also .gz or .xz.
/// Its letters become small ones without accents; everything between them becomes one blank: 27 symbols, blank, a to z.
/// A sample is int32 [history], the last symbols, the newest last; its label is the symbol that follows. The last part
/// `test` of the file is the test set.
///
/// Keys: history (1 to 16; 4), test (0.01 to 0.9; 0.1), limit (of letters, 0: all). Throws Error that names the file.
Source load_text(std::string_view spec);

}  // namespace mirim
