#include <algorithm>
#include <limits>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/planes.hpp"
#include "mirim/exec/simd/trained_constant.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/pool2d.hpp"

namespace mirim::simd {
namespace {

std::int64_t round_up(std::int64_t n) { return (n + 15) / 16 * 16; }

/// Common to all windows over single channels: each thread has some images and its own memory.
class WindowLayer : public Layer {
 public:
  WindowLayer(PlanBuilder& builder, const PlaneGeometry& g, const FollowingClamp& clamp)
      : g_(g),
        planes_(g),
        clamp_(clamp),
        parts_(std::clamp<std::int64_t>(builder.options().threads, 1, std::max<std::int64_t>(1, g.images))) {}

  std::string description() const override { return "vectorised windows"; }

 protected:
  /// body(part, its first image, its end, its scratch memory)
  template <class Body>
  void for_each_share(const Body& body) const {
    for_each_part(static_cast<int>(parts_), [&](int part) {
      auto* scratch = reinterpret_cast<float*>(memory_->scratch) + part * floats_;
      body(part, g_.images * part / parts_, g_.images * (part + 1) / parts_, scratch);
    });
  }
  void ask_scratch(PlanBuilder& builder, std::int64_t floats) {
    floats_ = round_up(floats);
    builder.scratch(parts_ * floats_ * std::int64_t{sizeof(float)});
  }
  void clamp_image(float* y) const {
    if (clamp_.bounded()) clamp(y, y, g_.y_image(), clamp_.least, clamp_.most);
  }
  /// The gradient before the clamp, of one image.
  float* unclamp_image(std::int64_t image) const {
    float* dy = memory_->dy[0] + image * g_.y_image();
    if (clamp_.bounded()) {
      clamp_gradient(memory_->y[0] + image * g_.y_image(), dy, dy, g_.y_image(), clamp_.least, clamp_.most);
    }
    return dy;
  }

  PlaneGeometry g_;
  Planes planes_;
  FollowingClamp clamp_;
  std::int64_t parts_;
  std::int64_t floats_ = 0;
  const LayerMemory* memory_ = nullptr;
};

/// y[n,h,w,c] = clamp(max or mean of a window of channel c)
class PoolLayer final : public WindowLayer {
 public:
  PoolLayer(PlanBuilder& builder, const Node& node, const PlaneGeometry& g, const FollowingClamp& clamp, Layout layout,
            bool is_max)
      : WindowLayer(builder, g, clamp), is_max_(is_max) {
    const std::int64_t plane = round_up(planes_.plane_floats()), dy = round_up(planes_.dy_floats());
    first_at_ = round_up(planes_.x_floats());
    dy_at_ = first_at_ + dy;
    y_at_ = dy_at_ + dy;
    dx_at_ = y_at_ + plane;
    ask_scratch(builder, dx_at_ + (planes_.scatters() ? planes_.x_floats() : 0));
    builder.read(node.inputs[0], layout);
    builder.write(clamp.output, layout);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    if (!is_max) count_taps();
  }

  void bind(const LayerMemory& memory) override { memory_ = &memory; }

  void forward(bool) override {
    for_each_share([&](int, std::int64_t begin, std::int64_t end, float* scratch) {
      std::fill_n(scratch, planes_.x_floats(), is_max_ ? std::numeric_limits<float>::lowest() : 0.0F);
      for (std::int64_t image = begin; image < end; ++image) {
        float* y = memory_->y[0] + image * g_.y_image();
        planes_.put_input(memory_->x[0] + image * g_.x_image(), scratch);
        run(scratch, scratch + y_at_, scratch + first_at_);
        planes_.take_output(scratch + y_at_, y);
        if (!is_max_) multiply(y);
        clamp_image(y);
      }
    });
  }

  void backward() override {
    if (!memory_->dx[0]) return;
    for_each_share([&](int, std::int64_t begin, std::int64_t end, float* scratch) {
      float *first = scratch + first_at_, *dy = scratch + dy_at_, *plane = scratch + y_at_;
      std::fill_n(scratch, planes_.x_floats(), is_max_ ? std::numeric_limits<float>::lowest() : 0.0F);
      std::fill_n(first, 2 * (dy_at_ - first_at_), 0.0F);  // including dy
      for (std::int64_t image = begin; image < end; ++image) {
        float* above = unclamp_image(image);
        if (is_max_) {
          planes_.put_input(memory_->x[0] + image * g_.x_image(), scratch);
          run(scratch, plane, first + planes_.margin());
        } else {
          multiply(above);
        }
        planes_.put_output(above, dy + planes_.margin());
        float* dx = memory_->dx[0] + image * g_.x_image();
        std::fill_n(dx, g_.x_image(), 0.0F);  // inputs that no window reads
        if (planes_.scatters()) {
          scatter(first + planes_.margin(), dy + planes_.margin(), scratch + dx_at_, dx);
          continue;
        }
        for (const Planes::Phase& phase : planes_.backward()) {
          if (phase.taps.empty()) continue;
          const Runs runs = planes_.backward(phase);
          if (is_max_) {
            plane_maximum_gradient(runs, phase.float_taps, first + planes_.margin(), dy + planes_.margin(), plane);
          } else {
            plane_products(runs, ones(), dy + planes_.margin(), plane);
          }
          planes_.take_gradient(phase, plane, dx);
        }
      }
    });
  }

 private:
  void run(const float* x, float* y, float* first) const {
    if (is_max_) return plane_maximum(planes_.forward(), x, y, first);
    plane_products(planes_.forward(), ones(), x, y);
  }
  void scatter(const float* first, const float* dy, float* planes, float* dx) const {
    std::fill_n(planes, planes_.x_floats(), 0.0F);
    if (is_max_) {
      plane_maximum_scatter(planes_.forward(), first, dy, planes);
    } else {
      plane_scatter(planes_.forward(), ones(), dy, planes);
    }
    planes_.take_gradients(planes, dx);
  }
  Pattern ones() const { return {ones_.data(), planes_.pattern(), nullptr, true}; }

  /// 1 / the number of taps of each window inside the image, [height, width, channels].
  void count_taps() {
    ones_.assign(static_cast<std::size_t>(planes_.pattern()), 1.0F);
    const auto taps = [](const Window& w, std::int64_t o, std::int64_t size) {
      return std::min(size, w.start(o) + w.filter) - std::max<std::int64_t>(0, w.start(o));
    };
    for (std::int64_t r = 0; r < g_.vertical.output; ++r) {
      for (std::int64_t c = 0; c < g_.horizontal.output; ++c) {
        const std::int64_t count = taps(g_.vertical, r, g_.height) * taps(g_.horizontal, c, g_.width);
        shares_.insert(shares_.end(), static_cast<std::size_t>(g_.channels), 1 / static_cast<float>(count));
      }
    }
  }
  void multiply(float* y) const {
    for (std::size_t i = 0; i < shares_.size(); ++i) y[i] *= shares_[i];
  }

  bool is_max_;
  AlignedVector<float> ones_;
  std::vector<float> shares_;
  std::int64_t first_at_, dy_at_, y_at_, dx_at_;  // in a part's scratch memory, after the planes of x
};

/// y[n,h,w,o] = clamp(bias[o] + sum over i,j of w[i,j,o] * x[n,..,o / multiplier])
class DepthwiseLayer final : public WindowLayer {
 public:
  DepthwiseLayer(PlanBuilder& builder, const Node& node, const PlaneGeometry& g, const FollowingClamp& clamp)
      : WindowLayer(builder, g, clamp) {
    // By phases, so that the taps of each are consecutive.
    for (const Planes::Phase& phase : planes_.backward()) {
      for (const std::int64_t tap : phase.taps) {
        taps_.push_back(tap);
        offsets_.push_back(planes_.forward().offsets[static_cast<std::size_t>(tap)]);
      }
    }
    y_at_ = round_up(planes_.x_floats());
    dy_at_ = y_at_ + round_up(planes_.plane_floats());
    sums_at_ = dy_at_ + round_up(planes_.dy_floats());
    bias_sums_at_ = sums_at_ + std::ssize(taps_) * planes_.pattern();
    dx_at_ = bias_sums_at_ + planes_.pattern();
    ask_scratch(builder, dx_at_ + (planes_.scatters() ? planes_.x_floats() : 0));
    patterns_ = builder.buffer((std::ssize(taps_) + 1) * planes_.pattern() * std::int64_t{sizeof(float)});
    builder.read(node.inputs[0], Layout::plain);
    builder.write(clamp.output, Layout::plain);
    if (clamp.absorbed >= 0) builder.absorb(clamp.absorbed);
    weights_ = TrainedConstant(builder, node.inputs[1]);
    if (node.inputs.size() > 2) bias_ = TrainedConstant(builder, node.inputs[2]);
  }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    std::size_t parameter = 0;
    weights_.bind(memory, parameter);
    bias_.bind(memory, parameter);
  }

  void forward(bool) override {
    const float* pattern = make_patterns();
    for_each_share([&](int, std::int64_t begin, std::int64_t end, float* scratch) {
      std::fill_n(scratch, planes_.x_floats(), 0.0F);
      for (std::int64_t image = begin; image < end; ++image) {
        float* y = memory_->y[0] + image * g_.y_image();
        planes_.put_input(memory_->x[0] + image * g_.x_image(), scratch);
        plane_products(runs(), {pattern + planes_.pattern(), planes_.pattern(), pattern}, scratch, scratch + y_at_);
        planes_.take_output(scratch + y_at_, y);
        clamp_image(y);
      }
    });
  }

  void backward() override {
    const float* pattern = memory_->arena->as<float>(patterns_) + planes_.pattern();
    for_each_share([&](int, std::int64_t begin, std::int64_t end, float* scratch) {
      std::fill_n(scratch, planes_.x_floats(), 0.0F);
      std::fill_n(scratch + dy_at_, dx_at_ - dy_at_, 0.0F);  // dy and the sums
      float* dy = scratch + dy_at_ + planes_.margin();
      for (std::int64_t image = begin; image < end; ++image) {
        planes_.put_output(unclamp_image(image), dy);
        if (memory_->dx[0]) input_gradient(image, pattern, dy, scratch);
        if (weights_.gradient) {
          planes_.put_input(memory_->x[0] + image * g_.x_image(), scratch);
          plane_gradient(runs(), scratch, dy, planes_.pattern(), scratch + sums_at_);
        }
        if (bias_.gradient) plane_sums(runs().count, dy, planes_.pattern(), scratch + bias_sums_at_);
      }
    });
    gather_sums();
  }

 private:
  Runs runs() const { return {planes_.forward().count, offsets_}; }

  /// The bias and each tap's weights, repeated.
  const float* make_patterns() const {
    auto* to = memory_->arena->as<float>(patterns_);
    const std::int64_t outputs = g_.outputs(), pattern = planes_.pattern();
    const auto repeat = [&](const float* values) {
      std::copy_n(values, outputs, to);
      for (std::int64_t done = outputs; done < pattern; done *= 2) {  // few copies of much
        std::copy_n(to, std::min(done, pattern - done), to + done);
      }
      to += pattern;
    };
    if (bias_.values) {
      repeat(bias_.values);
    } else {
      to = std::fill_n(to, pattern, 0.0F);
    }
    for (const std::int64_t tap : taps_) repeat(weights_.values + tap * outputs);
    return memory_->arena->as<float>(patterns_);
  }

  void input_gradient(std::int64_t image, const float* pattern, const float* dy, float* scratch) const {
    float *dx = memory_->dx[0] + image * g_.x_image(), *plane = scratch + y_at_;
    std::fill_n(dx, g_.x_image(), 0.0F);  // inputs that no window reads
    if (planes_.scatters()) {
      std::fill_n(scratch + dx_at_, planes_.x_floats(), 0.0F);
      plane_scatter(runs(), {pattern, planes_.pattern()}, dy, scratch + dx_at_);
      return planes_.take_gradients(scratch + dx_at_, dx);
    }
    for (const Planes::Phase& phase : planes_.backward()) {
      if (phase.taps.empty()) continue;
      plane_products(planes_.backward(phase), {pattern, planes_.pattern()}, dy, plane);
      planes_.take_gradient(phase, plane, dx);
      pattern += std::ssize(phase.taps) * planes_.pattern();
    }
  }

  /// Adds the parts' sums, in order, and the repetitions of each pattern.
  void gather_sums() const {
    const std::int64_t outputs = g_.outputs(), pattern = planes_.pattern();
    const auto add = [&](float* sums, float* to) {
      std::int64_t width = pattern;
      for (; width % (2 * outputs) == 0; width /= 2) {
        for (std::int64_t i = 0; i < width / 2; ++i) sums[i] += sums[i + width / 2];
      }
      for (std::int64_t i = 0; i < width; i += outputs) {
        for (std::int64_t o = 0; o < outputs; ++o) to[o] += sums[i + o];
      }
    };
    if (weights_.gradient) std::fill_n(weights_.gradient, std::ssize(taps_) * outputs, 0.0F);
    if (bias_.gradient) std::fill_n(bias_.gradient, outputs, 0.0F);
    for (std::int64_t part = 0; part < parts_; ++part) {
      float* scratch = reinterpret_cast<float*>(memory_->scratch) + part * floats_;
      for (std::size_t t = 0; weights_.gradient && t < taps_.size(); ++t) {
        add(scratch + sums_at_ + static_cast<std::int64_t>(t) * pattern, weights_.gradient + taps_[t] * outputs);
      }
      if (bias_.gradient) add(scratch + bias_sums_at_, bias_.gradient);
    }
  }

  std::vector<std::int64_t> taps_, offsets_;
  TrainedConstant weights_, bias_;
  Arena::BufferId patterns_ = -1;
  std::int64_t y_at_, dy_at_, sums_at_, bias_sums_at_, dx_at_;  // in a part's scratch memory, after the planes of x
};

PlaneGeometry geometry(const Shape& x, const Shape& y, const Window& vertical, const Window& horizontal) {
  const PlaneGeometry g{x[0], x[1], x[2], x[3], y[3] / x[3], vertical, horizontal};
  // A column has the same memory as a row, and long rows are copied faster than short ones.
  if (x[2] == 1 && horizontal.filter == 1) return {x[0], 1, x[1], x[3], y[3] / x[3], horizontal, vertical};
  return g;
}

}  // namespace

std::unique_ptr<Layer> make_pooling(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* max = n.op.as<MaxPool2d>();
  const auto* average = n.op.as<AveragePool2d>();
  if (!max && !average) return nullptr;
  const auto clamp = following_clamp(builder, node, max ? max->activation : average->activation);
  if (!clamp) return nullptr;
  const Shape& x = graph[n.inputs[0]].type.shape;
  const auto along = [&](const auto& op, bool height) {
    return slide(op.name, op.padding, x[height ? 1 : 2], height ? op.filter.height : op.filter.width,
                 height ? op.stride.height : op.stride.width, 1);
  };
  PlaneGeometry g = geometry(x, graph[n.outputs[0]].type.shape, max ? along(*max, true) : along(*average, true),
                             max ? along(*max, false) : along(*average, false));
  const Layout layout = builder.layout(n.inputs[0]);
  if (layout == Layout::blocked) {  // each block of channels is a small image
    g.channels = stored_elements({1, 1, 1, 1}, layout);
    g.images = stored_elements(x, layout) / (x[1] * x[2] * g.channels);
  }
  return std::make_unique<PoolLayer>(builder, n, g, *clamp, layout, max != nullptr);
}

std::unique_ptr<Layer> make_depthwise(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<DepthwiseConv2d>();
  if (!op || !are_constants(graph, n, {1, 2})) return nullptr;
  const auto clamp = following_clamp(builder, node, op->activation);
  if (!clamp) return nullptr;
  const Shape &x = graph[n.inputs[0]].type.shape, &w = graph[n.inputs[1]].type.shape;
  const Window vertical = slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height);
  const Window horizontal = slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width);
  if (reaches_far(x[1], w[1], vertical.dilation) || reaches_far(x[2], w[2], horizontal.dilation)) return nullptr;
  const PlaneGeometry g = geometry(x, graph[n.outputs[0]].type.shape, vertical, horizontal);
  return std::make_unique<DepthwiseLayer>(builder, n, g, *clamp);
}

}  // namespace mirim::simd
