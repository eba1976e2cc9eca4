#pragma once

#include <string>

#include "mirim/base/language.hpp"

namespace mirim::chart {

/// Numbers as a language writes them: 1,234.5 in English, 1.234,5 in Portuguese. A number and its unit are joined by
/// U+00A0.
class Words {
 public:
  explicit Words(Language language) : language_(language) {}
  Language language() const { return language_; }

  /// So many digits after the decimal mark: 1234.5, 2 -> "1,234.50".
  std::string fixed(double value, int places) const;
  /// 1234567 -> "1,234,567".
  std::string count(double value) const;
  /// At most so many digits that matter, no zeros after them: 0.012345, 3 -> "0.0123".
  std::string digits(double value, int most) const;
  /// 4.7e17 -> "4.7 × 10¹⁷"; up to 99,999 as count.
  std::string power(double value) const;
  /// 38204 -> "37.3 KB"; 1 KB is 1,024 bytes, as in the data sheets of boards.
  std::string bytes(double value) const;
  /// 0.565 -> "56.5 %".
  std::string percent(double share) const;

 private:
  Language language_;
};

/// 10¹⁷ of 17.
std::string power_of_ten(int exponent);

}  // namespace mirim::chart
