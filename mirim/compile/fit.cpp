#include "mirim/compile/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {

namespace {

struct Named {
  std::string name;
  std::int64_t bytes;
};

std::string three_largest(std::vector<Named> items) {
  std::stable_sort(items.begin(), items.end(), [](const Named& a, const Named& b) { return a.bytes > b.bytes; });
  if (items.size() > 3) items.resize(3);
  std::string text;
  for (const Named& item : items)
    text += fmt::format("{}{} ({} bytes)", text.empty() ? "" : ", ", item.name, item.bytes);
  return text;
}

// The step with most bytes alive; a step where nothing starts has no more than the one before.
int step_of_peak(const Plan& plan) {
  int peak_step = 0;
  std::int64_t peak = -1;
  for (const Buffer& start : plan.buffers) {
    std::int64_t sum = 0;
    for (const Buffer& b : plan.buffers) sum += b.first <= start.first && start.first <= b.last ? b.bytes : 0;
    if (sum > peak) {
      peak = sum;
      peak_step = start.first;
    }
  }
  return peak_step;
}

}  // namespace

void check_fits(const Plan& plan, std::string_view device_name) {
  const Device& device = find_device(device_name);
  if (plan.arena_bytes > device.ram_bytes) {
    const int at = step_of_peak(plan);
    std::vector<Named> live;
    for (const Buffer& b : plan.buffers) {
      if (b.first > at || at > b.last) continue;
      live.push_back({b.values.empty() ? "scratch" : "'" + plan.graph[b.values.back()].name + "'", b.bytes});
    }
    fail("the model needs {} bytes of RAM, {} has {}; largest at the peak are {}", plan.arena_bytes, device.title,
         device.ram_bytes, three_largest(live));
  }
  if (plan.constant_bytes > device.flash_bytes) {
    std::vector<Named> constants;
    for (const PackedConstant& c : plan.constants)
      constants.push_back({c.name, static_cast<std::int64_t>(c.bytes->size())});
    fail("the model has {} bytes of constants, {} has {} bytes of flash; the largest are {}", plan.constant_bytes,
         device.title, device.flash_bytes, three_largest(constants));
  }
}

}  // namespace mirim
