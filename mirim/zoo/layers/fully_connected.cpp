#include "mirim/zoo/layers/fully_connected.hpp"

#include "mirim/ops/fully_connected.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void FullyConnectedLayer::keys(LayerKeys& k) {
  k.needed("units", units, "fully_connected needs it: how many results it makes");
  k.key("bias", bias);
  k.key("keep_num_dims", keep_num_dims);
  k.key("batch_norm", batch_norm);
  k.key("activation", activation);
  k.from(from);
}

ValueId FullyConnectedLayer::append(Builder& builder) const {
  const ValueId x = keep_num_dims ? builder.source(from, name) : flat_source(builder, from, name);
  check_size(name, "units", units);
  return finish(builder, dense_along_features(builder, x, units, bias, activation, name), batch_norm, activation, name);
}

ValueId dense_along_features(Builder& builder, ValueId x, std::int64_t units, bool bias, const std::string& activation,
                             const std::string& name) {
  const std::int64_t features = builder.shape(x).back();
  std::vector<ValueId> inputs = {x, builder.weights({units, features}, features, units, activation, name)};
  if (bias) inputs.push_back(builder.bias(name, units));
  return builder.node(FullyConnected{.keep_num_dims = builder.shape(x).rank() > 2}, std::move(inputs), name);
}

}  // namespace mirim
