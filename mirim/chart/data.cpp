#include "mirim/chart/data.hpp"

#include "mirim/base/error.hpp"

namespace mirim::chart {

std::string_view embedded_csv(std::string_view name) {
  for (const EmbeddedFile& file : embedded_data()) {
    if (file.path.ends_with(name)) return file.text;
  }
  fail("{}: this mirim carries no such data", name);
}

}  // namespace mirim::chart
