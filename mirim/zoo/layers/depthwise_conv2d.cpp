#include "mirim/zoo/layers/depthwise_conv2d.hpp"

#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"

namespace mirim {

void DepthwiseConv2dLayer::keys(LayerKeys& k) {
  k.key("multiplier", multiplier);
  k.key("kernel", kernel);
  k.key("stride", stride);
  k.key("dilation", dilation);
  k.key("padding", padding);
  k.key("bias", bias);
  k.key("batch_norm", batch_norm);
  k.key("activation", activation);
  k.from(from);
}

ValueId DepthwiseConv2dLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_image(name, builder.shape(x));
  check_size(name, "multiplier", multiplier);
  check_size(name, "kernel", kernel);
  const std::int64_t channels = builder.shape(x).back() * multiplier;
  check_size(name, "multiplier * channels", channels);
  const std::int64_t area = std::int64_t{kernel.height} * kernel.width;
  std::vector<ValueId> inputs = {
      x, builder.weights({1, kernel.height, kernel.width, channels}, area, area * multiplier, activation, name)};
  if (bias) inputs.push_back(builder.bias(name, channels));
  const DepthwiseConv2d op{.padding = padding,
                           .stride = stride,
                           .depth_multiplier = static_cast<std::int32_t>(multiplier),
                           .dilation = dilation};
  return finish(builder, builder.node(op, std::move(inputs), name), batch_norm, activation, name);
}

}  // namespace mirim
