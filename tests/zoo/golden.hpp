#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "mirim/learn/rows.hpp"

namespace mirim {

/// Arrays of tests/zoo/golden/NAME.txt, a line each: "array.name 2 3 : numbers". tests/zoo/peers/ makes them.
class Golden {
 public:
  explicit Golden(const std::string& name) {
    std::ifstream file(std::string(MIRIM_SOURCE_DIR) + "/tests/zoo/golden/" + name + ".txt");
    std::string line;
    while (std::getline(file, line)) {
      std::istringstream words(line);
      std::string key, word;
      words >> key;
      Array& array = arrays_[key];
      while (words >> word && word != ":") array.shape.push_back(std::stoll(word));
      for (double number = 0; words >> number;) array.numbers.push_back(static_cast<float>(number));
    }
  }

  const std::vector<float>& numbers(const std::string& key) const { return at(key).numbers; }

  /// The first axis as rows, the others joined.
  Rows rows(const std::string& key) const {
    const Array& array = at(key);
    const auto all = static_cast<std::int64_t>(array.numbers.size());
    return {.rows = array.shape[0], .columns = all / array.shape[0], .values = array.numbers};
  }

 private:
  struct Array {
    std::vector<std::int64_t> shape{};
    std::vector<float> numbers{};
  };

  const Array& at(const std::string& key) const {
    const auto found = arrays_.find(key);
    if (found == arrays_.end()) throw std::runtime_error("golden: there is no array " + key);
    return found->second;
  }

  std::map<std::string, Array> arrays_;
};

}  // namespace mirim
