#include "mirim/zoo/layers/transposed_conv2d.hpp"

#include <algorithm>

#include "mirim/ops/transpose_conv.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"

namespace mirim {

void TransposedConv2dLayer::keys(LayerKeys& k) {
  k.needed("filters", filters, "transposed_conv2d needs it: how many channels it makes");
  k.key("kernel", kernel);
  k.key("stride", stride);
  k.key("padding", padding);
  k.key("bias", bias);
  k.key("batch_norm", batch_norm);
  k.key("activation", activation);
  k.from(from);
}

ValueId TransposedConv2dLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_image(name, builder.shape(x));
  check_size(name, "filters", filters);
  check_size(name, "kernel", kernel);
  check_size(name, "stride", stride);
  const auto output = [&](int axis, std::int32_t window, std::int32_t step) {
    const std::int64_t size =
        padding == Padding::same ? builder.shape(x)[axis] * step : (builder.shape(x)[axis] - 1) * step + window;
    check_size(name, axis == 1 ? "the height of the result" : "the width of the result", size);
    return static_cast<std::int32_t>(size);
  };
  const std::vector<std::int32_t> result = {1, output(1, kernel.height, stride.height),
                                            output(2, kernel.width, stride.width), static_cast<std::int32_t>(filters)};
  const std::int64_t channels = builder.shape(x).back();
  const std::int64_t area = std::int64_t{kernel.height} * kernel.width;
  // With a stride an output reads only some of the window, an input still reaches all of it.
  const std::int64_t steps = std::int64_t{stride.height} * stride.width;
  const ValueId target = builder.indices(name + "/shape", {4}, result);
  std::vector<ValueId> inputs = {
      target,
      builder.weights({filters, kernel.height, kernel.width, channels},
                      std::max<std::int64_t>(1, area * channels / steps), area * filters, activation, name),
      x};
  if (bias) inputs.push_back(builder.bias(name, filters));
  const TransposeConv op{.padding = padding, .stride = stride};
  return finish(builder, builder.node(op, std::move(inputs), name), batch_norm, activation, name);
}

}  // namespace mirim
