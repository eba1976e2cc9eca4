#include "mirim/zoo/layers/conv2d.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"

namespace mirim {

void Conv2dLayer::keys(LayerKeys& k) {
  k.needed("filters", filters, "conv2d needs it: how many channels it makes");
  k.key("kernel", kernel);
  k.key("stride", stride);
  k.key("dilation", dilation);
  k.key("groups", groups);
  k.key("padding", padding);
  k.key("bias", bias);
  k.key("batch_norm", batch_norm);
  k.key("activation", activation);
  k.from(from);
}

ValueId Conv2dLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_image(name, builder.shape(x));
  check_size(name, "filters", filters);
  check_size(name, "kernel", kernel);
  check_size(name, "groups", groups);
  if (builder.shape(x).back() % groups != 0 || filters % groups != 0) {
    fail("layer '{}': {} channels and {} filters are not in {} groups; choose a divisor of both", name,
         builder.shape(x).back(), filters, groups);
  }
  const std::int64_t channels = builder.shape(x).back() / groups;
  const std::int64_t area = std::int64_t{kernel.height} * kernel.width;
  std::vector<ValueId> inputs = {x, builder.weights({filters, kernel.height, kernel.width, channels}, area * channels,
                                                    area * (filters / groups), activation, name)};
  if (bias) inputs.push_back(builder.bias(name, filters));
  const Conv2d op{.padding = padding, .stride = stride, .dilation = dilation};
  return finish(builder, builder.node(op, std::move(inputs), name), batch_norm, activation, name);
}

}  // namespace mirim
