#include <array>

#include "mirim/exec/layer.hpp"

namespace mirim {
namespace {

constexpr std::array kMakers{
    LayerMaker{"plain", &make_plain_layer},
};

}  // namespace

std::span<const LayerMaker> layer_makers() { return kMakers; }

}  // namespace mirim
