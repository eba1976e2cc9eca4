#include "mirim/base/error.hpp"

namespace mirim {
namespace {

std::string one_line(std::string text) {
  for (char& c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) c = '?';
  }
  return text;
}

}  // namespace

Error::Error(const std::string& line) : std::runtime_error(one_line(line)) {}

}  // namespace mirim
