#pragma once

#include <span>
#include <string_view>

#include "mirim/base/embedded.hpp"

namespace mirim::chart {

/// data/growth/*.csv, as built: the rows that charts show without --data (data/growth/README.md).
std::span<const EmbeddedFile> embedded_data();

/// The text of one: "training_compute.csv". Throws Error when there is none.
std::string_view embedded_csv(std::string_view name);

}  // namespace mirim::chart
