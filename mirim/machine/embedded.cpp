#include "mirim/machine/embedded.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::string_view embedded_file(std::string_view path) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path == path) return file.text;
  }
  fail("{}: this mirim carries no such file", path);
}

}  // namespace mirim
