#include "mirim/zoo/layers/fully_connected.hpp"

#include "mirim/ops/fully_connected.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void FullyConnectedLayer::keys(LayerKeys& k) {
  k.needed("units", units, "fully_connected needs it: how many results it makes");
  k.key("bias", bias);
  k.key("batch_norm", batch_norm);
  k.key("activation", activation);
  k.from(from);
}

ValueId FullyConnectedLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  const std::int64_t features = builder.shape(x).back();
  std::vector<ValueId> inputs = {x, builder.weights({units, features}, features, units, activation, name)};
  if (bias) inputs.push_back(builder.bias(name, units));
  return finish(builder, builder.node(FullyConnected{}, std::move(inputs), name), batch_norm, activation, name);
}

}  // namespace mirim
