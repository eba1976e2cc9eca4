#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

class Builder;

/// What ends most layers: BATCH_NORM if asked for, then the activation. Throws Error for an unknown activation.
ValueId finish(Builder& builder, ValueId id, bool batch_norm, const std::string& activation, const std::string& layer);

}  // namespace mirim
