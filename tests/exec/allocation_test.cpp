#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string_view>

#include "mirim/exec/training_plan.hpp"
#include "tests/exec/networks.hpp"

// Under the address sanitizer `new` belongs to it: there is nothing to count with.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MIRIM_NEW_IS_TAKEN 1
#endif
#endif

#ifndef MIRIM_NEW_IS_TAKEN

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // it sees through new to malloc, but not through delete
#endif

namespace {

std::atomic<bool> counting = false;
std::atomic<int> ours = 0;
std::atomic<int> of_onednn = 0;

/// Whether the code at this address is oneDNN's or of the OpenMP library under it.
bool is_onednn(void* caller) {
  Dl_info info{};
  if (dladdr(caller, &info) == 0 || !info.dli_fname) return false;
  const std::string_view file = info.dli_fname;
  return file.find("libdnnl") != file.npos || file.find("libgomp") != file.npos;
}

void* allocate(std::size_t size, std::size_t alignment, void* caller) {
  if (counting) ++(is_onednn(caller) ? of_onednn : ours);
  void* at = alignment == 0 ? std::malloc(size)
                            : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!at) throw std::bad_alloc();
  return at;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 0, __builtin_return_address(0)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size) { return allocate(size, 0, __builtin_return_address(0)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }

namespace mirim {
namespace {

void expect_no_allocation(const Graph& graph, std::int64_t batch, const Loss& loss) {
  TrainingPlan plan(graph, {.batch = batch, .loss = loss});
  plan.step(0.001F);
  plan.evaluate(batch);
  ours = 0;
  counting = true;
  for (int i = 0; i < 3; ++i) {
    plan.step(0.001F);
    plan.evaluate(batch);
  }
  counting = false;
  EXPECT_EQ(ours, 0);
}

TEST(TrainingPlanAllocation, the_counter_counts) {
  ours = 0;
  counting = true;
  auto* volatile number = new int(3);
  counting = false;
  delete number;
  EXPECT_EQ(ours, 1);
}

TEST(TrainingPlanAllocation, nothing_is_allocated_after_the_first_step) {
  const Loss squared{.kind = Loss::Kind::mean_squared_error};
  for (const std::int64_t batch : {1, 8}) {
    expect_no_allocation(networks::mlp(64, 32), batch, {});
    expect_no_allocation(networks::lenet5(), batch, {});
    expect_no_allocation(networks::ds_cnn(20, 10, 16), batch, {});
    expect_no_allocation(networks::resnet8(8, 8), batch, {});
    expect_no_allocation(networks::autoencoder(48, 32, 8, false), batch, squared);
  }
  RecordProperty("allocations inside oneDNN", of_onednn.load());
}

}  // namespace
}  // namespace mirim

#endif
