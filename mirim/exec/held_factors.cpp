#include "mirim/exec/held_factors.hpp"

#include <algorithm>

namespace mirim {
namespace {

class HeldFactors final : public Layer {
 public:
  HeldFactors(std::int64_t batch, const std::vector<float>& varying)
      : batch_(static_cast<std::size_t>(batch)), varying_(varying) {}
  std::string description() const override { return "plain loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }

  void forward(bool training) override {
    if (training) {
      hold(memory_->x[0], memory_->y[0]);
    } else {
      std::copy_n(memory_->x[0], batch_ * varying_.size(), memory_->y[0]);
    }
  }

  // The step is symmetric: a mean of gradients for a mean of values.
  void backward() override {
    if (memory_->dx[0]) hold(memory_->dy[0], memory_->dx[0]);
  }

 private:
  void hold(const float* from, float* to) const {
    const std::size_t size = varying_.size();
    for (std::size_t i = 0; i < size; ++i) {
      float mean = 0;
      for (std::size_t b = 0; b < batch_; ++b) mean += from[b * size + i] / static_cast<float>(batch_);
      for (std::size_t b = 0; b < batch_; ++b) to[b * size + i] = varying_[i] != 0 ? from[b * size + i] : mean;
    }
  }

  std::size_t batch_;
  const std::vector<float>& varying_;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_held_factors(std::int64_t batch, const std::vector<float>& varying) {
  return std::make_unique<HeldFactors>(batch, varying);
}

}  // namespace mirim
