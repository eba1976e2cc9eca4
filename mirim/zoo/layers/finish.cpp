#include "mirim/zoo/layers/finish.hpp"

#include "mirim/base/error.hpp"
#include "mirim/zoo/layers/activation.hpp"
#include "mirim/zoo/layers/batch_norm.hpp"

namespace mirim {

ValueId finish(Builder& builder, ValueId id, bool batch_norm, const std::string& activation, const std::string& layer) {
  if (batch_norm) id = normalized(builder, id, {}, layer + "/batch_norm");
  return in_context("layer '" + layer + "'",
                    [&] { return activated(builder, id, activation, std::nullopt, layer + "/" + activation); });
}

}  // namespace mirim
