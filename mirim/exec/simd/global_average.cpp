#include <algorithm>
#include <array>

#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/ops/reduce.hpp"

namespace mirim::simd {
namespace {

/// y[n,c] = mean over h, w of x[n,h,w,c]
class GlobalAverage final : public Layer {
 public:
  GlobalAverage(PlanBuilder& builder, const Node& node) {
    const Shape& x = builder.graph()[node.inputs[0]].type.shape;
    const Layout layout = builder.layout(node.inputs[0]);
    area_ = x[1] * x[2];
    channels_ = x[3];
    // Blocked: each block of channels is a small NHWC image.
    width_ = layout == Layout::blocked ? stored_elements({1, 1, 1, 1}, layout) : channels_;
    images_ = stored_elements(x, layout) / area_ / width_;
    builder.read(node.inputs[0], layout);
    builder.write(node.outputs[0], Layout::plain);
  }
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }

  void forward(bool) override {
    const float scale = 1 / static_cast<float>(area_);
    for_each_image([&](std::int64_t image, std::int64_t at, std::int64_t count) {
      const float* from = memory_->x[0] + image * area_ * width_;
      float* to = memory_->y[0] + at;
      std::array<float, 16> sums{};
      if (width_ > 16) {
        sum_rows(from, to, area_, width_);
        for (std::int64_t c = 0; c < count; ++c) to[c] *= scale;
      } else {
        sum_rows(from, sums.data(), area_, width_);
        for (std::int64_t c = 0; c < count; ++c) to[c] = sums[static_cast<std::size_t>(c)] * scale;
      }
    });
  }

  void backward() override {
    if (!memory_->dx[0]) return;
    const float scale = 1 / static_cast<float>(area_);
    for_each_image([&](std::int64_t image, std::int64_t at, std::int64_t count) {
      const float* from = memory_->dy[0] + at;
      float* to = memory_->dx[0] + image * area_ * width_;
      for (std::int64_t c = 0; c < width_; ++c) to[c] = c < count ? from[c] * scale : 0.0F;
      for (std::int64_t p = 1; p < area_; ++p) std::copy_n(to, width_, to + p * width_);
    });
  }

 private:
  /// body(image, index of its channels in y, how many are real)
  template <class Body>
  void for_each_image(const Body& body) const {
    const std::int64_t blocks = (channels_ + width_ - 1) / width_;
    const auto parts = static_cast<int>(std::clamp<std::int64_t>(images_ * area_ * width_ / kWorthAThread, 1,
                                                                 std::min<std::int64_t>(images_, available_threads())));
    for_each_part(parts, [&](int part) {
      for (std::int64_t image = images_ * part / parts; image < images_ * (part + 1) / parts; ++image) {
        const std::int64_t first = image % blocks * width_;
        body(image, image / blocks * channels_ + first, std::min(width_, channels_ - first));
      }
    });
  }

  std::int64_t area_ = 0;
  std::int64_t channels_ = 0;
  std::int64_t width_ = 0;
  std::int64_t images_ = 0;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_global_average(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  if (!n.op.is<Mean>() || graph[n.inputs[0]].type.shape.rank() != 4) return nullptr;
  if (!graph[n.inputs[1]].is_constant() || graph[n.inputs[1]].type.dtype != DType::int32) return nullptr;
  bool height = false;
  bool width = false;
  for (const std::int32_t axis : graph[n.inputs[1]].values<std::int32_t>()) {
    const int a = normalize_axis(axis, 4);
    if (a != 1 && a != 2) return nullptr;
    (a == 1 ? height : width) = true;
  }
  return height && width ? std::make_unique<GlobalAverage>(builder, n) : nullptr;
}

}  // namespace mirim::simd
